// Long lists: only what is near the window is drawn, however long the list is.
import { html, useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from '../lib/ui.js';

const BEYOND_PX = 800; // drawn above and below the window, so that scrolling shows no gap
const ENOUGH = 20; // heights that tell how high others will be
const HIGHEST_PX = 12e6; // of all that is not read yet: browsers draw nothing that lies much deeper

/**
 * Draws `item(each, index)` for what can be seen of `items`. Heights may differ: they are measured
 * as items are drawn, and `estimate` (px) stands for those that were not. `onEnd` is called when the
 * end comes near, to load more. `show` is `{ key }`: a new one scrolls its item into view, as soon
 * as that is among the items.
 *
 * `stands(each)` is for how many items that are not read yet an item stands, which leaves as much
 * room as they will take; 0 for one that is itself.
 */
export function VirtualList({ items, itemKey, item, estimate = 64, onEnd, show, label, stands = () => 0 }) {
  const frame = useRef();
  const heights = useRef(new Map());
  const settled = useRef(null);
  const [, redraw] = useState(0);
  const [view, setView] = useState({ top: 0, height: window.innerHeight });

  const tops = useMemo(() => {
    const made = new Float64Array(items.length + 1);
    const known = heights.current;
    let sum = 0;
    for (const height of known.values()) sum += height;
    const guess = settled.current ?? (known.size > 5 ? sum / known.size : estimate);
    if (known.size >= ENOUGH) settled.current = guess; // else all that is above would go on moving
    const unread = items.reduce((all, each) => all + stands(each), 0);
    const gap = Math.min(guess, HIGHEST_PX / Math.max(1, unread));
    for (let i = 0; i < items.length; i += 1) {
      const many = stands(items[i]);
      made[i + 1] = made[i] + (many ? many * gap : known.get(String(itemKey(items[i]))) ?? guess);
    }
    return made;
  }, [items, view.measured, estimate]);

  // Where the window stands before anything is drawn anew: of that, `view` may be a scroll behind.
  const top = frame.current ? -frame.current.getBoundingClientRect().top : view.top;
  // What is looked at stays where it is when something above it turns out taller than was guessed,
  // or is read at last; and it stays drawn, or it would lose the focus.
  const held = useRef({ tops, items });
  const atEnd = useRef(false);
  const here = standing(held.current);
  useLayoutEffect(() => {
    held.current = { tops, items };
    if (here === Infinity) window.scrollTo(0, document.documentElement.scrollHeight);
    else if (Math.abs(here - top) > 0.5) window.scrollBy(0, here - top);
  }, [tops]);

  /** Where the window has to stand for what it shows to stay in it; Infinity for the end. */
  function standing(before) {
    if (before.tops === tops || before.items.length === 0 || top <= 0) return top;
    const places = before.items === items ? null : new Map(items.map((each, i) => [itemKey(each), i]));
    const now = (at) => (places ? places.get(itemKey(before.items[at])) : at);
    const last = now(before.items.length - 1);
    if (atEnd.current && (last === undefined || last === items.length - 1)) return Infinity;
    const end = Math.min(lastBefore(before.tops, top + view.height) + 1, before.items.length);
    let at = Math.min(lastBefore(before.tops, top), end - 1);
    while (at < end && now(at) === undefined) at += 1; // what stood for others is not there any more
    return at < end ? top + tops[now(at)] - before.tops[at] : top;
  }

  const look = useCallback(() => {
    if (!frame.current) return;
    const { top: above, bottom } = frame.current.getBoundingClientRect();
    const top = -above;
    atEnd.current = top > 0 && bottom <= window.innerHeight + 100;
    setView((was) => (Math.abs(was.top - top) < 50 && was.height === window.innerHeight ? was : { ...was, top, height: window.innerHeight }));
  }, []);

  useEffect(() => {
    // The browser would glide to where the end was guessed to be before it was drawn.
    const leap = (event) => {
      if (event.key !== 'End' || event.defaultPrevented || event.target.closest?.('input, textarea, select, dialog')) return;
      event.preventDefault();
      window.scrollTo({ top: document.documentElement.scrollHeight, behavior: 'instant' });
    };
    window.addEventListener('scroll', look, { passive: true });
    window.addEventListener('resize', look);
    window.addEventListener('keydown', leap);
    look();
    return () => {
      window.removeEventListener('keydown', leap);
      window.removeEventListener('scroll', look);
      window.removeEventListener('resize', look);
    };
  }, [look]);

  const index = useMemo(() => (show ? items.findIndex((each) => itemKey(each) === show.key) : -1), [show, items]);
  const sought = useRef(false);
  useLayoutEffect(() => {
    sought.current = index >= 0;
  }, [show, index >= 0]);

  const from = Math.min(here, tops[items.length] - view.height);
  const first = Math.max(0, lastBefore(tops, from - BEYOND_PX));
  const last = Math.min(items.length, lastBefore(tops, from + view.height + BEYOND_PX) + 1);

  useLayoutEffect(() => {
    let changed = false;
    for (const drawn of frame.current.children) {
      const key = drawn.dataset.key;
      if (drawn.dataset.stands) continue;
      const height = drawn.getBoundingClientRect().height;
      if (key !== undefined && height && Math.abs((heights.current.get(key) ?? -1) - height) > 0.5) {
        heights.current.set(key, height);
        changed = true;
      }
    }
    if (changed) setView((was) => ({ ...was, measured: (was.measured || 0) + 1 }));
    if (sought.current) sought.current = !land() || changed;
  });

  /** Brings what is sought to the middle of the window, or near it where it is not drawn yet. */
  function land() {
    const found = [...frame.current.children].find((drawn) => drawn.dataset.key === show.key);
    if (found) {
      found.scrollIntoView({ block: 'center' });
      found.querySelector('[tabindex="-1"]')?.focus({ preventScroll: true });
    } else {
      window.scrollBy({ top: frame.current.getBoundingClientRect().top + tops[index] - window.innerHeight / 3 });
    }
    return Boolean(found);
  }

  // An item may grow by itself, when what came of a turn is opened in it.
  useEffect(() => {
    const watching = new ResizeObserver(() => redraw((n) => n + 1));
    for (const drawn of frame.current.children) watching.observe(drawn);
    return () => watching.disconnect();
  }, [first, last, items]);

  useEffect(() => {
    if (last >= items.length - 5) onEnd?.();
  }, [last, items.length]);

  return html`<div class="virtual" role="list" aria-label=${label} ref=${frame}
      style=${{ paddingTop: `${tops[first]}px`, paddingBottom: `${tops[items.length] - tops[last]}px` }}>
    ${items.slice(first, last).map((each, i) => html`
      <div key=${itemKey(each)} data-key=${itemKey(each)} role="listitem" class="virtual-item"
        data-stands=${stands(each) || undefined} style=${stands(each) ? { height: `${tops[first + i + 1] - tops[first + i]}px` } : undefined}
        aria-setsize=${items.length} aria-posinset=${first + i + 1}>${item(each, first + i)}</div>`)}
  </div>`;
}

function lastBefore(tops, where) {
  let low = 0;
  let high = tops.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (tops[middle] <= where) low = middle;
    else high = middle - 1;
  }
  return low;
}

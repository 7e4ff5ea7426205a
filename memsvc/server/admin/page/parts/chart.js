// Charts: SVG that is drawn with attributes alone, so that the page's policy holds.
import { html, useEffect, useRef, useState } from '../lib/ui.js';

/** A function from `[a, b]` to `[from, to]`. */
export function scale([a, b], [from, to]) {
  const span = b - a || 1;
  return (value) => from + ((value - a) / span) * (to - from);
}

/** About `count` round numbers from `least` up to `most`, 0 among them. */
export function ticks(most, count = 3, least = 0) {
  if (!(most > least)) return [least];
  const rough = (most - least) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].map((each) => each * power).find((each) => each >= rough);
  const first = Math.ceil(least / step - 1e-9);
  const last = Math.floor(most / step + 1e-9);
  return Array.from({ length: last - first + 1 }, (_, i) => (first + i) * step);
}

/** The width that a frame has, for charts that fill it: `[ref, width]`. */
export function useWidth(least = 320) {
  const frame = useRef();
  const [width, setWidth] = useState(0);
  useEffect(() => {
    const watching = new ResizeObserver(([entry]) => setWidth(Math.max(least, Math.floor(entry.contentRect.width))));
    watching.observe(frame.current);
    return () => watching.disconnect();
  }, []);
  return [frame, width];
}

/** A path through `[x, y]` points; null breaks it. */
export function line(points) {
  let isDown = false;
  return points.map((point) => {
    if (point === null) {
      isDown = false;
      return '';
    }
    const step = `${isDown ? 'L' : 'M'}${point[0].toFixed(1)} ${point[1].toFixed(1)}`;
    isDown = true;
    return step;
  }).join('');
}

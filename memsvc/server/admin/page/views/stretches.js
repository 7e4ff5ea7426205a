// The turns of a stream, read by stretches as they come near the window: its rows in order.
import { useCallback, useEffect, useMemo, useRef, useState } from '../lib/ui.js';
import { get, items, path } from '../lib/api.js';
import { woven } from './weave.js';

const LONG = 100; // numbers of turns in a stretch

export const stretchOf = (seq) => Math.floor(seq / LONG);

/**
 * `{ rows, isEmpty, read, problem }`: rows of turns and heads of events where a stretch was read, one
 * row `{ kind: 'stretch', number, count }` where not. `read(number)` reads one; `last` is the number
 * of the stream's last turn, null while it is not known. `tail()` promises the open end.
 */
export function useStretches({ where, stream, last, tail }) {
  const [state, setState] = useState({ known: new Map(), problem: null });
  const asked = useRef(new Set());
  const stop = useRef(null);
  useEffect(() => {
    stop.current = new AbortController();
    return () => stop.current.abort();
  }, []);

  const read = useCallback(async (number) => {
    if (asked.current.has(number)) return;
    asked.current.add(number);
    const { signal } = stop.current;
    const start = number * LONG;
    const within = { stream, to_seq: start + LONG };
    try {
      const [turns, events, open] = await Promise.all([
        get(`${where}/turns`, { ...within, from_seq: start, limit: LONG }, { signal }),
        // With the one before, which says why the first began.
        all(items(`${where}/events`, { ...within, from_seq: Math.max(0, start - 1), texts: false }, { signal })),
        tail(),
      ]);
      const rows = turns.items.length ? rowsOf({ events, tail: open, turns: turns.items }) : [];
      setState(({ known }) => ({ known: new Map(known).set(number, rows), problem: null }));
    } catch (problem) {
      asked.current.delete(number);
      if (problem.name !== 'AbortError') setState(({ known }) => ({ known, problem }));
    }
  }, [where, stream, tail]);

  const rows = useMemo(() => {
    const made = [];
    const most = Math.max(last === null ? -1 : stretchOf(last), ...state.known.keys());
    for (let number = 0; number <= most; number += 1) {
      const known = state.known.get(number);
      const count = last === null ? LONG : Math.min(LONG, last + 1 - number * LONG);
      if (known) made.push(...known);
      else made.push({ kind: 'stretch', key: `stretch ${number}`, number, count });
    }
    return made;
  }, [state.known, last]);
  return { rows, isEmpty: state.known.size === 0, read, problem: state.problem };
}

/** The turns of a stretch, with the heads of those events that begin in it. */
function rowsOf({ events, tail, turns }) {
  const spans = new Map([...events, { ...tail, id: 'open' }].map((span) => [span.id, span]));
  return woven({ events, tail, turns }).rows.flatMap((row) => {
    if (row.kind === 'turn') return [row];
    const span = spans.get(row.key);
    return span.turns[0].seq < turns[0].seq ? [] : [{ ...row, number: span.number }];
  });
}

async function all(list) {
  const found = [];
  for await (const each of list) found.push(each);
  return found;
}

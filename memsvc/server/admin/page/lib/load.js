// Loading: what a view reads from the API, and in which state that is.
import { useCallback, useEffect, useRef, useState } from './ui.js';
import { get, MOST } from './api.js';

/**
 * Load something whenever `deps` change: `{ data, problem, isLoading, reload }`.
 * `loader` is given an AbortSignal. While it reloads, `data` is what it was before.
 */
export function useLoad(loader, deps) {
  const [state, setState] = useState({ data: null, problem: null, isLoading: true });
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    const stop = new AbortController();
    setState((was) => ({ ...was, isLoading: true }));
    Promise.resolve(loader(stop.signal)).then(
      (data) => stop.signal.aborted || setState({ data, problem: null, isLoading: false }),
      (problem) => {
        if (!stop.signal.aborted) setState({ data: null, problem, isLoading: false });
      },
    );
    return () => stop.abort();
  }, [...deps, turn]);
  const reload = useCallback(() => setTurn((n) => n + 1), []);
  return { ...state, reload };
}

/**
 * A loader for several readers, which asks when the first of them does. To ask earlier would leave a
 * refusal that nobody listens to yet.
 */
export function once(loader) {
  let promised;
  return () => (promised ??= loader());
}

/**
 * A list of the API, page by page:
 * `{ items, problem, isLoading, isDone, more, reload, change }`. `more()` loads the next page.
 * `by` is what the cursor is called: the ledger calls it `before` where it is read backwards.
 */
export function usePages(where, query = {}, { size = MOST, by = 'cursor' } = {}) {
  const key = JSON.stringify([where, query, size]);
  const empty = { key, items: [], cursor: null, problem: null, isLoading: true, isDone: false };
  const [state, setState] = useState(empty);
  const [turn, setTurn] = useState(0);
  const busy = useRef(null);

  const load = useCallback(async (cursor, kept) => {
    busy.current?.abort();
    const stop = new AbortController();
    busy.current = stop;
    setState((was) => ({ ...was, key, items: kept, problem: null, isLoading: true }));
    try {
      const page = await get(where, { limit: size, ...query, [by]: cursor }, { signal: stop.signal });
      const items = [...kept, ...page.items];
      setState({
        key, items, cursor: page.next_cursor, problem: null, isLoading: false, isDone: !page.next_cursor,
      });
    } catch (problem) {
      if (problem.name !== 'AbortError') setState((was) => ({ ...was, problem, isLoading: false }));
    } finally {
      if (busy.current === stop) busy.current = null;
    }
  }, [key]);

  useEffect(() => {
    load(undefined, []);
    return () => busy.current?.abort();
  }, [key, turn]);

  const now = state.key === key ? state : empty;
  return {
    ...now,
    more: () => {
      if (!now.isLoading && !now.isDone && !now.problem) load(now.cursor, now.items);
    },
    reload: () => setTurn((n) => n + 1),
  };
}

/** Call `again` every so many seconds while `isOn`, and never while the page is not looked at. */
export function useEvery(seconds, again, isOn = true) {
  const latest = useRef(again);
  latest.current = again;
  useEffect(() => {
    if (!isOn) return undefined;
    const timer = setInterval(() => document.hidden || latest.current(), seconds * 1000);
    return () => clearInterval(timer);
  }, [seconds, isOn]);
}

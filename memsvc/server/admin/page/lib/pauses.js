// Long work in short tasks: between them the page answers whoever uses it.
//
//     const pause = pauses();
//     await each(nodes, (node, i) => { … }, pause);
const TASK_MS = 16;
const OFTEN = 256; // items between two looks at the clock

/** A function to await often: it goes on at once until the task has lasted long enough. */
export function pauses({ signal } = {}) {
  let since = performance.now();
  return async () => {
    if (performance.now() - since < TASK_MS) return;
    await breath();
    signal?.throwIfAborted();
    since = performance.now();
  };
}

/** Let the page do what waits, in any case. */
export const breath = () => (globalThis.scheduler?.yield ? scheduler.yield() : new Promise((resolve) => { setTimeout(resolve); }));

/** Call `act(item, i)` for each of the items, with pauses. */
export async function each(items, act, pause) {
  let i = 0;
  for (const item of items) {
    act(item, i);
    i += 1;
    if (i % OFTEN === 0) await pause();
  }
}

// Differences of words: what two texts have in common, in order, and what only one of them has.
const MOST = 1_200; // words and gaps of each side; beyond that the middle is told as a whole

/** `[{ kind: 'same' | 'gone' | 'new', text }]`: the pieces of both texts, in their order. */
export function wordDiff(before, after) {
  const a = before.match(/\s+|\S+/g) || [];
  const b = after.match(/\s+|\S+/g) || [];
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start += 1;
  let end = 0;
  while (end < a.length - start && end < b.length - start && a.at(-1 - end) === b.at(-1 - end)) end += 1;
  const middle = between(a.slice(start, a.length - end), b.slice(start, b.length - end));
  return joined([
    ...a.slice(0, start).map((text) => ({ kind: 'same', text })),
    ...middle,
    ...a.slice(a.length - end).map((text) => ({ kind: 'same', text })),
  ]);
}

// The weightiest common subsequence, by the table of all its rests.
function between(a, b) {
  const gone = (text) => ({ kind: 'gone', text });
  const added = (text) => ({ kind: 'new', text });
  if (a.length > MOST || b.length > MOST) return [...a.map(gone), ...b.map(added)];
  const width = b.length + 1;
  const rest = new Uint16Array((a.length + 1) * width);
  for (let i = a.length - 1; i >= 0; i -= 1) {
    for (let j = b.length - 1; j >= 0; j -= 1) {
      rest[i * width + j] = a[i] === b[j]
        ? rest[(i + 1) * width + j + 1] + (a[i].trim() ? 3 : 1) // a word in common says more than a gap
        : Math.max(rest[(i + 1) * width + j], rest[i * width + j + 1]);
    }
  }
  const made = [];
  let i = 0;
  let j = 0;
  while (i < a.length && j < b.length) {
    if (a[i] === b[j]) {
      made.push({ kind: 'same', text: a[i] });
      i += 1;
      j += 1;
    } else if (rest[(i + 1) * width + j] >= rest[i * width + j + 1]) {
      made.push(gone(a[i]));
      i += 1;
    } else {
      made.push(added(b[j]));
      j += 1;
    }
  }
  return [...made, ...a.slice(i).map(gone), ...b.slice(j).map(added)];
}

// What stays is one piece, and so is what went or came between two that stay. A gap alone that
// stayed between two changes is taken into both, so that a rewritten phrase reads as one.
function joined(pieces) {
  const made = [];
  let gone = '';
  let added = '';
  const settle = () => {
    if (gone) made.push({ kind: 'gone', text: gone });
    if (added) made.push({ kind: 'new', text: added });
    gone = '';
    added = '';
  };
  pieces.forEach(({ kind, text }, i) => {
    const isBridge = kind === 'same' && (gone || added) && !text.trim() && pieces[i + 1] && pieces[i + 1].kind !== 'same';
    if (kind === 'gone' || isBridge) gone += text;
    if (kind === 'new' || isBridge) added += text;
    if (kind !== 'same' || isBridge) return;
    settle();
    if (made.at(-1)?.kind === 'same') made.at(-1).text += text;
    else made.push({ kind, text });
  });
  settle();
  return made;
}

/** The same for lists, whose order counts for nothing here: what stayed, went and came. */
export function listDiff(before, after) {
  return [
    ...after.map((text) => ({ kind: before.includes(text) ? 'same' : 'new', text })),
    ...before.filter((text) => !after.includes(text)).map((text) => ({ kind: 'gone', text })),
  ];
}

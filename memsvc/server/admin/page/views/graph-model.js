// What the graph view shows, as values: pieces that the API gave put together, what of them passes
// the filters, and how that is drawn. Nothing here asks or draws.
import { communities } from '../lib/communities.js';
import { each, pauses } from '../lib/pauses.js';

export const KINDS = {
  entity: { one: 'entity', many: 'Entities', shape: 'circle', colour: 'hue-1', scale: 1 },
  fact: { one: 'fact', many: 'Facts', shape: 'diamond', colour: 'hue-2', scale: 0.75 },
  turn: { one: 'turn', many: 'Turns', shape: 'square', colour: 'hue-3', scale: 0.6 },
  passage: { one: 'passage', many: 'Passages', shape: 'hexagon', colour: 'hue-7', scale: 0.65 },
  event: { one: 'event', many: 'Events', shape: 'triangle', colour: 'hue-4', scale: 0.7 },
  note: { one: 'note', many: 'Notes', shape: 'ring', colour: 'hue-5', scale: 0.7 },
};
export const EDGES = {
  mention: 'names it', about: 'is about it', relation: 'a fact relates them', synonym: 'may mean the same',
  adjacency: 'next to each other', part: 'is part of it, or says it', note: 'a note of it',
};
export const SOURCES = ['user', 'agent', 'tool', 'document', 'untrusted'];
const HUES = 8;
const LONGEST_SAID = 22; // characters of a turn in the drawing; the list and the details have more
const SAID = new Set(['turn', 'passage', 'note']);

/** The kind that people know: a turn may be a note, or a passage of a document. */
export function kindOf(node) {
  if (node.kind !== 'turn') return node.kind;
  if (node.role === 'note') return 'note';
  return node.source === 'document' ? 'passage' : 'turn';
}

/** Put pieces together: `{ nodes: Map, edges: Map, near: Map of sets, groups }`, each thing once. Resolves after some tasks. */
export async function together(pieces, notes = [], signal = undefined) {
  const pause = pauses({ signal });
  const nodes = new Map();
  const edges = new Map();
  for (const piece of pieces) {
    await each(piece.nodes, (node) => nodes.set(node.node, { ...nodes.get(node.node), ...node, shown: kindOf(node) }), pause);
  }
  for (const piece of pieces) await each(piece.edges, (edge) => join(edges, nodes, edge), pause);
  for (const note of notes) hang(note, nodes, edges);
  const near = new Map();
  for (const key of nodes.keys()) near.set(key, new Set());
  await each(edges.values(), ({ one, other }) => {
    near.get(one).add(other);
    near.get(other).add(one);
  }, pause);
  for (const [key, node] of nodes) node.neighbours = Math.max(node.neighbours || 0, near.get(key).size);
  return { nodes, edges, near, groups: await grouped(nodes, edges, pause), paths: pieces[0].paths };
}

function join(edges, nodes, { one, other, kind, weight }) {
  if (!nodes.has(one) || !nodes.has(other) || one === other) return;
  const key = one < other ? `${one}|${other}` : `${other}|${one}`;
  const known = edges.get(key);
  if (!known) edges.set(key, { key, one, other, weight, kinds: [{ kind, weight }] });
  else if (!known.kinds.some((each) => each.kind === kind)) {
    known.kinds.push({ kind, weight });
    known.weight += weight;
  }
}

/** A note made of an event hangs on that, or on its turns; one written outright is a turn already. */
function hang(note, nodes, edges) {
  if (!note.event) return;
  const held = [`event:${note.event}`, ...note.turns.map((id) => `turn:${id}`)].filter((key) => nodes.has(key));
  if (held.length === 0) return;
  const key = `note:${note.id}`;
  nodes.set(key, { node: key, kind: 'note', shown: 'note', id: note.id, label: note.content, at: note.at, source: note.source });
  for (const each of held) join(edges, nodes, { one: key, other: each, kind: 'note', weight: 1 });
}

async function grouped(nodes, edges, pause) {
  const keys = [...nodes.keys()].sort();
  const number = new Map(keys.map((key, i) => [key, i]));
  const joined = [];
  await each(edges.values(), ({ one, other, weight }) => joined.push([number.get(one), number.get(other), weight]), pause);
  const found = await communities(keys.length, joined, pause);
  return new Map(keys.map((key, i) => [key, found[i]]));
}

export const NO_FILTER = { kinds: [], sources: [], from: '', to: '', group: null };
export const isFiltered = (filter) => filter.kinds.length > 0 || filter.sources.length > 0 || Boolean(filter.from || filter.to) || filter.group !== null;

/**
 * The keys of what passes. `kinds` and `sources` are what is left out; `from` and `to` are days. What
 * only such turns hold goes with them. Neighbours that hang on nothing but `folded` nodes are in them.
 */
export function passing(model, filter, folded, chosen) {
  const { nodes, near, groups } = model;
  const outside = new Set();
  for (const [key, node] of nodes) {
    if (node.source && filter.sources.includes(node.source)) outside.add(key);
    else if (node.at && ((filter.from && node.at < filter.from) || (filter.to && node.at.slice(0, 10) > filter.to))) outside.add(key);
  }
  const bereft = (key, node) => {
    if (outside.size === 0 || node.at || SAID.has(node.shown)) return false;
    const sayers = [...near.get(key)].filter((each) => SAID.has(nodes.get(each).shown));
    return sayers.length > 0 && sayers.every((each) => outside.has(each));
  };
  const kept = new Set();
  for (const [key, node] of nodes) {
    if (outside.has(key) || filter.kinds.includes(node.shown) || bereft(key, node)) continue;
    if (filter.group !== null && groups.get(key) !== filter.group) continue;
    kept.add(key);
  }
  if (folded.size === 0) return kept;
  return new Set([...kept].filter((key) => {
    if (folded.has(key) || key === chosen) return true;
    const others = [...near.get(key)].filter((each) => kept.has(each));
    return others.length === 0 || !others.every((each) => folded.has(each));
  }));
}

/** What is drawn of a model: `{ nodes, edges }` as `Drawing` takes them. */
export function drawn(model, kept, { colouring, masses }) {
  const largest = Math.max(1, ...[...kept].map((key) => model.nodes.get(key).neighbours));
  const least = kept.size > 1500 ? 1.6 : kept.size > 200 ? 2.4 : 3.5;
  const scale = Math.max(4, 14 * Math.sqrt(Math.min(1, 120 / kept.size))); // many must not hide each other
  return {
    nodes: [...kept].map((key) => {
      const node = model.nodes.get(key);
      const share = masses && node.mass ? Math.sqrt(node.mass) : Math.sqrt(node.neighbours / largest);
      const { shape, scale: its } = KINDS[node.shown];
      const label = SAID.has(node.shown) ? shortened(node.label) : node.label;
      return { key, label, shape, colour: colourOf(model, key, colouring), size: least + scale * share * its, group: model.groups.get(key) };
    }),
    edges: [...model.edges.values()].filter(({ one, other }) => kept.has(one) && kept.has(other))
      .map(({ key, one, other, weight }) => ({ key, one, other, weight })),
  };
}

export function colourOf(model, key, colouring) {
  if (colouring === 'kind') return KINDS[model.nodes.get(key).shown].colour;
  return hueOf(model.groups.get(key));
}

export const hueOf = (group) => (group < HUES ? `hue-${group + 1}` : 'ink-quiet');

const shortened = (text) => (text.length <= LONGEST_SAID ? text : `${text.slice(0, LONGEST_SAID - 1)}…`);

/** The communities of what is kept, largest first: `{ group, size, label }` of those with a hue. */
export function largestGroups(model, kept) {
  const found = new Map();
  for (const key of kept) {
    const group = model.groups.get(key);
    const node = model.nodes.get(key);
    const was = found.get(group) || { group, size: 0, key, best: -1 };
    const rank = node.neighbours + (node.shown === 'entity' ? 1e6 : 0);
    if (rank > was.best) Object.assign(was, { key, best: rank, label: node.label });
    was.size += 1;
    found.set(group, was);
  }
  return [...found.values()].filter(({ group, size }) => group < HUES && size > 1).sort((a, b) => a.group - b.group);
}

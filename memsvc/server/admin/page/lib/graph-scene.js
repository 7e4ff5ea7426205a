// What is drawn of a graph, as numbers: where nodes stand, which of them edges join, and what lies
// at a point. Asked so, a pointer that moves never waits for the graphics.
import { each } from './pauses.js';

const NEAR_EDGE_PX = 3; // beside the middle of an edge that is still on it

/** Nothing yet. */
export const EMPTY = { nodes: [], edges: [], index: new Map(), xy: new Float32Array(), ends: new Int32Array() };

/**
 * `{ nodes, edges, index, xy, ends }`: the nodes; the edges between two of them; numbers of nodes
 * by key; two coordinates a node, those of `before` or NaN; two numbers of nodes an edge.
 */
export async function composed(nodes, edges, before, pause) {
  const index = new Map();
  const xy = new Float32Array(2 * nodes.length).fill(NaN);
  await each(nodes, ({ key }, i) => {
    index.set(key, i);
    const was = before.index.get(key);
    if (was !== undefined) [xy[2 * i], xy[2 * i + 1]] = [before.xy[2 * was], before.xy[2 * was + 1]];
  }, pause);
  const kept = [];
  const ends = new Int32Array(2 * edges.length);
  await each(edges, (edge) => {
    const [one, other] = [index.get(edge.one), index.get(edge.other)];
    if (one === undefined || other === undefined || one === other) return;
    [ends[2 * kept.length], ends[2 * kept.length + 1]] = [one, other];
    kept.push(edge);
  }, pause);
  return { nodes, edges: kept, index, xy, ends: ends.subarray(0, 2 * kept.length) };
}

/** The keys of what a node or an edge is joined to. */
export function joinedTo({ nodes, edges, index, ends }, key) {
  const found = new Set();
  const node = index.get(key);
  edges.forEach((edge, i) => {
    const [one, other] = [ends[2 * i], ends[2 * i + 1]];
    if (one === node || edge.key === key) found.add(nodes[other].key);
    if (other === node || edge.key === key) found.add(nodes[one].key);
  });
  return found;
}

export const has = ({ edges, index }, key) => index.has(key) || edges.some((edge) => edge.key === key);

/** `{ x: [least, most], y: [least, most] }` of some places. */
export function extent(xy) {
  const [x, y] = [[Infinity, -Infinity], [Infinity, -Infinity]];
  xy.forEach((value, i) => {
    const axis = i % 2 === 0 ? x : y;
    if (value < axis[0]) axis[0] = value;
    if (value > axis[1]) axis[1] = value;
  });
  return { x, y };
}

/** The key of the node on whose disc a point lies, the nearest; null of none. `px` is how long a pixel of its size is. */
export function nodeAt({ nodes, xy }, { x, y }, px) {
  let found = null;
  let least = Infinity;
  nodes.forEach(({ key, size }, i) => {
    const away = squared(xy[2 * i] - x, xy[2 * i + 1] - y);
    if (away > squared(size * px) || away >= least) return;
    found = key;
    least = away;
  });
  return found;
}

/** The key of the edge that a point lies on, the nearest; null of none. `px` is how long a pixel is. */
export function edgeAt({ edges, xy, ends }, { x, y }, px) {
  let found = null;
  let least = squared(NEAR_EDGE_PX * px);
  edges.forEach(({ key }, i) => {
    const one = 2 * ends[2 * i];
    const other = 2 * ends[2 * i + 1];
    const right = xy[other] - xy[one];
    const up = xy[other + 1] - xy[one + 1];
    const along = ((x - xy[one]) * right + (y - xy[one + 1]) * up) / (right * right + up * up || 1);
    const share = Math.min(1, Math.max(0, along));
    const away = squared(xy[one] + share * right - x, xy[one + 1] + share * up - y);
    if (away >= least) return;
    found = key;
    least = away;
  });
  return found;
}

const squared = (x, y = 0) => x * x + y * y;

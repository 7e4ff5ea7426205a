// Where nodes stand: a first guess that is drawn at once, and ForceAtlas2 in a worker after it.
import { ForceAtlas2, Graph, inferSettings } from '../vendor/sigma.js';

const GOLDEN = Math.PI * (3 - Math.sqrt(5));
const LONGEST_MS = { small: 2500, large: 5000, grown: 900 };
const LARGE = 1500; // nodes and edges of which each frame would be drawn too slowly to be watched
const STEP_MS = 120;

/** Give each node without a place one: beside its neighbours, or within its `group`. */
export function place(graph) {
  const fresh = graph.filterNodes((_, node) => node.x === undefined);
  const isGrown = fresh.length < graph.order;
  if (isGrown) placeBeside(graph, fresh);
  else placeInGroups(graph, fresh);
  return isGrown ? fresh : null;
}

function placeInGroups(graph, nodes) {
  const groups = new Map();
  for (const node of nodes) {
    const group = graph.getNodeAttribute(node, 'group') ?? 0;
    if (!groups.has(group)) groups.set(group, []);
    groups.get(group).push(node);
  }
  const spread = 12 * Math.sqrt(nodes.length);
  [...groups.values()].sort((a, b) => b.length - a.length).forEach((members, i) => {
    const away = spread * Math.sqrt(i / groups.size);
    const [x, y] = [away * Math.cos(i * GOLDEN), away * Math.sin(i * GOLDEN)];
    members.forEach((node, j) => {
      const out = 7 * Math.sqrt(j);
      graph.mergeNodeAttributes(node, { x: x + out * Math.cos(j * GOLDEN), y: y + out * Math.sin(j * GOLDEN) });
    });
  });
}

function placeBeside(graph, nodes) {
  nodes.forEach((node, i) => {
    const near = graph.filterNeighbors(node, (_, other) => other.x !== undefined);
    const middle = (axis) => near.reduce((sum, each) => sum + graph.getNodeAttribute(each, axis), 0) / (near.length || 1);
    const out = 18 + 4 * Math.sqrt(i);
    graph.mergeNodeAttributes(node, { x: middle('x') + out * Math.cos(i * GOLDEN), y: middle('y') + out * Math.sin(i * GOLDEN) });
  });
}

/**
 * Let the nodes find their places, in a worker and for some seconds at most. `only` are the nodes
 * that may move; null is all. `onDone` hears of the end; returns how to stop before it.
 * Small graphs are watched as they settle; large ones, and all for who wants less motion, jump once.
 */
export function settle(graph, { only = null, onDone } = {}) {
  const twin = new Graph({ type: 'undirected' });
  const moves = only && new Set(only);
  graph.forEachNode((node, { x, y, size }) => twin.addNode(node, { x, y, size, fixed: Boolean(moves && !moves.has(node)) }));
  graph.forEachEdge((_, { weight = 1 }, one, other) => twin.mergeEdge(one, other, { weight }));
  if (twin.order < 2 || (moves && moves.size === 0)) {
    onDone?.();
    return () => {};
  }
  const isLarge = twin.order + twin.size > LARGE;
  const isWatched = !isLarge && !matchMedia('(prefers-reduced-motion: reduce)').matches;
  const settings = {
    ...inferSettings(twin), barnesHutOptimize: twin.order > 300, gravity: 0.6, scalingRatio: 12, slowDown: 4, edgeWeightInfluence: 0.4,
  };
  const layout = new ForceAtlas2(twin, { settings });
  const copy = () => graph.updateEachNodeAttributes((node, was) => {
    const { x, y } = twin.getNodeAttributes(node);
    return { ...was, x, y };
  }, { attributes: ['x', 'y'] });
  const timer = isWatched ? setInterval(copy, STEP_MS) : null;
  let isOver = false;
  const end = (isDone) => {
    if (isOver) return;
    isOver = true;
    clearInterval(timer);
    clearTimeout(last);
    layout.kill();
    if (isDone) {
      copy();
      onDone?.();
    }
  };
  const last = setTimeout(() => end(true), moves ? LONGEST_MS.grown : LONGEST_MS[isLarge ? 'large' : 'small']);
  layout.start();
  return () => end(false);
}

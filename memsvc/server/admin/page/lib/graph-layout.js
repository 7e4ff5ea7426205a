// Where nodes stand: a first guess that is drawn at once, and ForceAtlas2 in a worker after it.
//
// The worker is graphology's. What goes to and fro are numbers, ten a node and three an edge in the
// order of its constants, without a copy; no step of it costs the page more than reading them.
const GOLDEN = Math.PI * (3 - Math.sqrt(5));
const LONGEST_MS = { small: 2500, large: 5000, grown: 900 };
const LARGE = 1500; // nodes and edges of which each frame would be drawn too slowly to be watched
const STEP_MS = 120;
const NODE = { length: 10, mass: 6, convergence: 7, size: 8, fixed: 9 };
const EDGE = { length: 3 };
const SETTINGS = {
  adjustSizes: false, barnesHutTheta: 0.5, edgeWeightInfluence: 0.4, gravity: 0.6, linLogMode: false,
  outboundAttractionDistribution: false, scalingRatio: 12, slowDown: 4, strongGravityMode: true,
};
const EXACT = 300; // nodes up to which each pair is looked at

/** Give each node of a scene without a place one: beside its neighbours, or within its `group`. Returns the numbers of those nodes, or null for all. */
export function place(scene) {
  const { nodes, xy } = scene;
  const fresh = nodes.map((_, i) => i).filter((i) => Number.isNaN(xy[2 * i]));
  const isGrown = fresh.length < nodes.length;
  if (isGrown) placeBeside(scene, fresh);
  else placeInGroups(scene);
  return isGrown ? fresh : null;
}

function placeInGroups({ nodes, xy }) {
  const groups = new Map();
  nodes.forEach(({ group = 0 }, i) => {
    if (!groups.has(group)) groups.set(group, []);
    groups.get(group).push(i);
  });
  const spread = 12 * Math.sqrt(nodes.length);
  [...groups.values()].sort((a, b) => b.length - a.length).forEach((members, i) => {
    const away = spread * Math.sqrt(i / groups.size);
    const [x, y] = [away * Math.cos(i * GOLDEN), away * Math.sin(i * GOLDEN)];
    members.forEach((node, j) => {
      const out = 7 * Math.sqrt(j);
      xy.set([x + out * Math.cos(j * GOLDEN), y + out * Math.sin(j * GOLDEN)], 2 * node);
    });
  });
}

function placeBeside({ xy, ends }, fresh) {
  const near = new Map(fresh.map((node) => [node, []]));
  for (let i = 0; i < ends.length; i += 2) {
    near.get(ends[i])?.push(ends[i + 1]);
    near.get(ends[i + 1])?.push(ends[i]);
  }
  fresh.forEach((node, i) => {
    const placed = near.get(node).filter((other) => !Number.isNaN(xy[2 * other]));
    const middle = (axis) => placed.reduce((sum, other) => sum + xy[2 * other + axis], 0) / (placed.length || 1);
    const out = 18 + 4 * Math.sqrt(i);
    xy.set([middle(0) + out * Math.cos(i * GOLDEN), middle(1) + out * Math.sin(i * GOLDEN)], 2 * node);
  });
}

/**
 * Let the nodes of a scene find their places, in a worker and for some seconds at most. `only` are
 * the numbers of the nodes that may move; null is all. `onStep` is given all places, and `onDone`
 * those at the end, or nothing where none could move; returns how to stop before it.
 * Small graphs are watched as they settle; large ones, and all for who wants less motion, jump once.
 */
export function settle(scene, { only = null, onStep, onDone } = {}) {
  const { nodes, edges, xy } = scene;
  if (nodes.length < 2 || only?.length === 0) {
    onDone?.();
    return () => {};
  }
  const isLarge = nodes.length + edges.length > LARGE;
  const isWatched = !isLarge && !matchMedia('(prefers-reduced-motion: reduce)').matches;
  const settings = { ...SETTINGS, barnesHutOptimize: nodes.length > EXACT };
  const places = xy.slice();
  let stepped = performance.now();
  const worker = new Worker(new URL('../vendor/forceatlas2-worker.js', import.meta.url));
  worker.onmessage = ({ data }) => {
    const matrix = new Float32Array(data.nodes);
    for (let i = 0; i < nodes.length; i += 1) {
      places[2 * i] = matrix[NODE.length * i];
      places[2 * i + 1] = matrix[NODE.length * i + 1];
    }
    worker.postMessage({ settings, nodes: data.nodes }, [data.nodes]);
    if (isWatched && performance.now() - stepped > STEP_MS) {
      onStep?.(places);
      stepped = performance.now();
    }
  };
  const stop = () => {
    worker.onmessage = null; // what is on its way is of no use
    worker.terminate();
    clearTimeout(last);
  };
  const last = setTimeout(() => {
    stop();
    onDone?.(places);
  }, only ? LONGEST_MS.grown : LONGEST_MS[isLarge ? 'large' : 'small']);
  const { nodes: first, edges: joined } = matrices(scene, only && new Set(only));
  worker.postMessage({ settings, nodes: first.buffer, edges: joined.buffer }, [first.buffer, joined.buffer]);
  return stop;
}

function matrices({ nodes, edges, xy, ends }, moving) {
  const made = { nodes: new Float32Array(NODE.length * nodes.length), edges: new Float32Array(EDGE.length * edges.length) };
  nodes.forEach(({ size }, i) => {
    const at = NODE.length * i;
    [made.nodes[at], made.nodes[at + 1]] = [xy[2 * i], xy[2 * i + 1]];
    [made.nodes[at + NODE.mass], made.nodes[at + NODE.convergence], made.nodes[at + NODE.size]] = [1, 1, size];
    made.nodes[at + NODE.fixed] = moving && !moving.has(i) ? 1 : 0;
  });
  edges.forEach(({ weight = 1 }, i) => {
    const [one, other] = [NODE.length * ends[2 * i], NODE.length * ends[2 * i + 1]];
    made.edges.set([one, other, weight], EDGE.length * i);
    made.nodes[one + NODE.mass] += weight;
    made.nodes[other + NODE.mass] += weight;
  });
  return made;
}

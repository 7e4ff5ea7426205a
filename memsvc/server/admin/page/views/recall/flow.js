// Paths of a recall as a flow in columns: from where a walk set out to the hit that it reached.
//
// A node stands once in each column that it is in: a turn may be set out from and be reached as well.

const ARMS = { pagerank: 'Walks (PageRank)', bridges: 'Two hops' };

/** The arms that tell of paths, `[arm, name]`, those with mass first. */
export const armsOf = (hits) => Object.entries(ARMS).filter(([arm]) => hits.some((hit) => hit.why[arm]?.path));

/** `{ nodes, edges, paths, columns }` of the paths of one arm that are wanted. */
export function flowOf(hits, arm, isWanted = () => true) {
  const nodes = new Map();
  const edges = new Map();
  const paths = [];
  hits.forEach((hit, i) => {
    const path = hit.why[arm]?.path;
    if (!path || path.nodes.length < 2 || !isWanted(hit, path)) return;
    const kinds = kindsOf(path);
    const first = kinds[0] === 'name' ? 1 : 0;
    const keys = path.nodes.map((id, step) => {
      const key = `${first + step}|${kinds[step]}|${id}`;
      if (!nodes.has(key)) nodes.set(key, { key, id, kind: kinds[step], column: first + step, before: [], reached: null });
      return key;
    });
    const end = nodes.get(keys.at(-1));
    end.reached = end.reached ?? i + 1;
    const along = [];
    for (let step = 0; step < path.steps.length; step += 1) {
      const key = `${keys[step]}→${keys[step + 1]}`;
      const mass = path.mass[step] ?? null;
      const known = edges.get(key);
      if (!known) {
        edges.set(key, { key, from: keys[step], to: keys[step + 1], step: path.steps[step], mass });
        nodes.get(keys[step + 1]).before.push(keys[step]);
      } else if (mass !== null) known.mass = Math.max(known.mass ?? 0, mass);
      along.push(key);
    }
    paths.push({ hit, place: i + 1, nodes: keys, edges: along, steps: path.steps, mass: path.mass });
  });
  const columns = [];
  for (const node of nodes.values()) (columns[node.column] ||= []).push(node);
  return { nodes, edges: [...edges.values()], paths, columns: columns.map((column) => column || []) };
}

/** A path ends at a turn; a step between a turn and a name changes the kind, others do not. */
function kindsOf(path) {
  const kinds = ['turn'];
  for (const step of [...path.steps].reverse()) {
    const after = kinds[0];
    const changes = step === 'names' || step === 'is_about';
    kinds.unshift(changes ? (after === 'turn' ? 'name' : 'turn') : after);
  }
  return kinds;
}

const ROW = 62;
const TOP = 30;
export const BOX = { width: 188, height: 42 };
const GAP = 84;
const EDGE = 18; // on both sides together; the mark of a hit stands out of its box

/** Give every node its place; return the size of the whole. */
export function lay({ nodes, columns }, least) {
  const used = columns.map((column, i) => [column, i]).filter(([column]) => column.length);
  const rows = Math.max(...used.map(([column]) => column.length));
  const step = Math.max(BOX.width + GAP, (least - BOX.width - EDGE) / Math.max(1, used.length - 1));
  const height = TOP + rows * ROW;
  used.forEach(([column], place) => {
    const wish = (node) => {
      const before = node.before.map((key) => nodes.get(key).y).filter((y) => y !== undefined);
      return before.length ? before.reduce((sum, y) => sum + y, 0) / before.length : node.reached ?? 0;
    };
    const sorted = [...column].sort((a, b) => wish(a) - wish(b) || (a.reached ?? 99) - (b.reached ?? 99));
    const gap = (height - TOP) / sorted.length;
    sorted.forEach((node, row) => {
      node.x = 4 + place * step;
      node.y = TOP + gap * (row + 0.5);
    });
  });
  return { width: Math.max(least, EDGE + BOX.width + (used.length - 1) * step), height, heads: used.map(([column], place) => ({ x: 4 + place * step, text: headOf(column, place, used.length) })) };
}

function headOf(column, place, count) {
  if (column.every((node) => node.kind === 'name')) return place === 0 ? 'Names in the question' : 'Names';
  if (place === 0) return 'Set out from';
  return place === count - 1 ? 'Reached' : 'Over turns';
}

// What is shown, as files for other programs: networkx's node-link JSON, and GraphML.
const XMLNS = 'http://graphml.graphdrawing.org/xmlns';

/** `place(key)` is where a node is drawn. Edges between the same nodes stay apart by kind. */
export function nodeLink(model, kept, place) {
  const nodes = [...kept].map((key) => {
    const { kind, shown, id, label, neighbours, at, source, mass } = model.nodes.get(key);
    return { id: key, kind, shown_as: shown, node_id: id, text: label, neighbours, community: model.groups.get(key), at, source, mass, ...place(key) };
  });
  const edges = [...model.edges.values()].filter(({ one, other }) => kept.has(one) && kept.has(other))
    .flatMap(({ one, other, kinds }) => kinds.map(({ kind, weight }) => ({ source: one, target: other, key: kind, kind, weight })));
  return { directed: false, multigraph: true, graph: {}, nodes, edges };
}

const TYPES = { neighbours: 'long', community: 'long', mass: 'double', x: 'double', y: 'double', weight: 'double' };

export function graphml(model, kept, place) {
  const { nodes, edges } = nodeLink(model, kept, place);
  const fields = { node: ['kind', 'shown_as', 'node_id', 'text', 'neighbours', 'community', 'at', 'source', 'mass', 'x', 'y'], edge: ['kind', 'weight'] };
  const keys = Object.entries(fields).flatMap(([of, names]) => names.map((name) => `<key id="${of}-${name}" for="${of}" attr.name="${name}" attr.type="${TYPES[name] || 'string'}"/>`));
  const data = (of, each) => fields[of].filter((name) => each[name] !== undefined && each[name] !== null)
    .map((name) => `<data key="${of}-${name}">${escaped(each[name])}</data>`).join('');
  return ['<?xml version="1.0" encoding="UTF-8"?>', `<graphml xmlns="${XMLNS}">`, ...keys, '<graph edgedefault="undirected">',
    ...nodes.map((node) => `<node id="${escaped(node.id)}">${data('node', node)}</node>`),
    ...edges.map((edge) => `<edge source="${escaped(edge.source)}" target="${escaped(edge.target)}" id="${escaped(edge.kind)}">${data('edge', edge)}</edge>`),
    '</graph>', '</graphml>', ''].join('\n');
}

const NAMED = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
// What XML 1.0 cannot hold is left out.
const escaped = (value) => String(value).replace(/[^\t\n\r\x20-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '').replace(/[&<>"]/g, (each) => NAMED[each]);

/** Hand a file to whoever looks. */
export function download(name, content, type) {
  const blob = content instanceof Blob ? content : new Blob([content], { type });
  const address = URL.createObjectURL(blob);
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 10000);
}

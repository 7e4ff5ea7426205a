// A graph, drawn: sigma over graphology, laid out in a worker, in the colours of the theme.
//
// Knows nothing of memories. A node is `{ key, label, shape, colour, size, group }`, an edge
// `{ key, one, other, colour?, size?, weight? }`; `colour` is the name of a variable of the theme.
// What is drawn again keeps its place. Edges rest while the camera moves.
//
//     const drawing = new GraphDrawing(frame, { onNode, onEdge, onStage, onSettled });
//     drawing.show(nodes, edges);          // what is to be seen from now on
//     drawing.light(['a', 'b'], ['a|b']);  // these alone in full colour; null: all
//     drawing.choose('a'); drawing.close();
import { Graph, Sigma } from '../vendor/sigma.js';
import { mixed, onTheme, shapeProgram, themed } from './graph-shapes.js';
import { place, settle } from './graph-layout.js';

const MOST_EDGES_HEARD = 4000; // more make every move of the pointer slow
const FONT = 'system-ui, -apple-system, "Segoe UI", "Noto Sans", "DejaVu Sans", sans-serif';

export class GraphDrawing {
  /** `frame` is an element with a size of its own. The callbacks hear keys, but for `onStage`. */
  constructor(frame, { onNode, onEdge, onStage, onSettled } = {}) {
    this.frame = frame;
    this.graph = new Graph({ type: 'undirected' });
    this.chosen = null;
    this.lit = null;
    this.onSettled = onSettled;
    this.stopSettling = () => {};
    this.colours();
    this.sigma = new Sigma(this.graph, frame, {
      allowInvalidContainer: true,
      nodeProgramClasses: { circle: shapeProgram() },
      defaultNodeType: 'circle',
      hideEdgesOnMove: true,
      labelFont: FONT,
      labelSize: 12,
      labelWeight: '550',
      labelDensity: 0.7,
      labelGridCellSize: 110,
      labelRenderedSizeThreshold: 5,
      minCameraRatio: 0.02,
      maxCameraRatio: 6,
      stagePadding: 56,
      zIndex: true,
      nodeReducer: (key, node) => this.nodeNow(key, node),
      edgeReducer: (key, edge) => this.edgeNow(key, edge),
      defaultDrawNodeLabel: (context, node, settings) => this.drawLabel(context, node, settings),
      defaultDrawNodeHover: (context, node, settings) => this.drawHover(context, node, settings),
    });
    this.sigma.on('clickNode', ({ node }) => onNode?.(node));
    this.sigma.on('clickEdge', ({ edge }) => onEdge?.(edge));
    this.sigma.on('clickStage', () => onStage?.());
    this.sigma.on('enterNode', () => { frame.style.cursor = 'pointer'; });
    this.sigma.on('leaveNode', () => { frame.style.cursor = ''; });
    this.stopTheme = onTheme(() => {
      this.colours();
      this.sigma.refresh({ skipIndexation: true });
    });
  }

  /** Draw these nodes and edges from now on. With `isNew` nothing keeps its place. */
  show(nodes, edges, { isNew = false } = {}) {
    this.stopSettling();
    const before = this.graph;
    const graph = new Graph({ type: 'undirected' });
    for (const { key, ...rest } of nodes) {
      const was = !isNew && before.hasNode(key) ? before.getNodeAttributes(key) : null;
      graph.addNode(key, { ...rest, tone: rest.colour, ...(was && { x: was.x, y: was.y }) });
    }
    for (const { key, one, other, ...rest } of edges) {
      if (graph.hasNode(one) && graph.hasNode(other) && one !== other && !graph.hasEdge(one, other)) {
        graph.addEdgeWithKey(key, one, other, { ...rest, tone: rest.colour, ends: [one, other] });
      }
    }
    const fresh = place(graph);
    this.graph = graph;
    if (this.chosen && !graph.hasNode(this.chosen) && !graph.hasEdge(this.chosen)) this.chosen = null;
    this.set('enableEdgeEvents', graph.size <= MOST_EDGES_HEARD);
    this.set('labelRenderedSizeThreshold', graph.order > 1000 ? 7 : 5);
    if (fresh === null) this.sigma.setCustomBBox(null);
    this.sigma.setGraph(graph);
    this.settle(fresh);
  }

  /** Change a setting of sigma, which draws all anew for it. */
  set(name, value) {
    if (this.sigma.getSetting(name) !== value) this.sigma.setSetting(name, value);
  }

  /** Lay out anew; `only` these nodes, or all. */
  settle(only = null) {
    this.stopSettling();
    const { graph } = this;
    this.stopSettling = settle(graph, {
      only,
      onDone: () => {
        if (graph !== this.graph) return;
        if (only === null) this.sigma.setCustomBBox(null).refresh();
        this.sigma.setCustomBBox(this.sigma.getBBox()); // so that nothing jumps when more is shown
        this.onSettled?.();
      },
    });
  }

  /** Mark a node or an edge, with what it is joined to. */
  choose(key) {
    if (this.chosen === key) return;
    this.chosen = key;
    this.neighbours = key && this.graph.hasNode(key) ? new Set(this.graph.neighbors(key)) : new Set();
    if (key && this.graph.hasEdge(key)) this.neighbours = new Set(this.graph.extremities(key));
    this.sigma.refresh({ skipIndexation: true });
  }

  /** Show these nodes and edges in full colour and the others faintly; null shows all alike. */
  light(nodes, edges = []) {
    if (!nodes && !this.lit) return;
    this.lit = nodes && new Set([...nodes, ...edges]);
    this.sigma.refresh({ skipIndexation: true });
  }

  /** Bring a node into the middle, unless it is in sight already. */
  look(key) {
    if (!this.graph.hasNode(key)) return;
    const at = this.sigma.getNodeDisplayData(key);
    const seen = this.sigma.framedGraphToViewport(at);
    const { width, height } = this.sigma.getDimensions();
    const margin = 60;
    if (seen.x > margin && seen.x < width - margin && seen.y > margin && seen.y < height - margin) return;
    this.camera({ x: at.x, y: at.y });
  }

  /** Come nearer (above 1) or go away. */
  zoom(factor) {
    this.camera({ ratio: this.sigma.getCamera().getBoundedRatio(this.sigma.getCamera().ratio / factor) });
  }

  /** Move by shares of what is seen. */
  pan(right, down) {
    const { x, y, ratio } = this.sigma.getCamera();
    this.camera({ x: x + right * ratio, y: y - down * ratio });
  }

  fit() {
    this.sigma.setCustomBBox(null);
    this.sigma.refresh();
    this.camera({ x: 0.5, y: 0.5, ratio: 1, angle: 0 });
  }

  camera(state) {
    const camera = this.sigma.getCamera();
    if (matchMedia('(prefers-reduced-motion: reduce)').matches) camera.setState(state);
    else camera.animate(state, { duration: 220 });
  }

  /** What is seen now, as a PNG. */
  png() {
    const { width, height } = this.sigma.getDimensions();
    const canvas = document.createElement('canvas');
    const scale = window.devicePixelRatio || 1;
    [canvas.width, canvas.height] = [width * scale, height * scale];
    const context = canvas.getContext('2d');
    context.fillStyle = this.theme.surface;
    context.fillRect(0, 0, canvas.width, canvas.height);
    this.sigma.refresh(); // WebGL keeps what it drew only until the browser has shown it
    for (const layer of ['edges', 'nodes', 'edgeLabels', 'labels', 'hovers']) {
      context.drawImage(this.sigma.getCanvases()[layer], 0, 0, canvas.width, canvas.height);
    }
    return new Promise((resolve) => { canvas.toBlob(resolve, 'image/png'); });
  }

  /** Where nodes stand, for an export: `{ x, y }`. */
  position(key) {
    const { x, y } = this.graph.getNodeAttributes(key);
    return { x, y };
  }

  close() {
    this.stopSettling();
    this.stopTheme();
    this.sigma.kill();
  }

  colours() {
    this.theme = Object.fromEntries(['surface', 'ink', 'ink-quiet', 'line', 'line-strong', 'accent'].map((name) => [name, themed(`--${name}`)]));
    this.tones = new Map();
  }

  /** A colour of the theme, full or faint; looked up once for each theme. */
  tone(name, isFaint) {
    const known = `${name}${isFaint ? '~' : ''}`;
    if (!this.tones.has(known)) {
      const full = name.startsWith('#') ? name : themed(`--${name}`);
      this.tones.set(known, isFaint ? mixed(full, this.theme.surface, 0.16) : full);
    }
    return this.tones.get(known);
  }

  isFaint(key, ends = null) {
    if (this.lit) return !this.lit.has(key);
    if (!this.chosen) return false;
    if (ends) return key !== this.chosen && !ends.includes(this.chosen);
    return key !== this.chosen && !this.neighbours.has(key);
  }

  nodeNow(key, node) {
    const isFaint = this.isFaint(key);
    const isChosen = key === this.chosen;
    return {
      ...node,
      color: this.tone(node.tone || 'ink-quiet', isFaint),
      label: isFaint ? '' : node.label,
      forceLabel: isChosen || (this.lit?.has(key) ?? false),
      highlighted: isChosen,
      zIndex: isFaint ? 0 : 1,
    };
  }

  edgeNow(key, edge) {
    const isFaint = this.isFaint(key, edge.ends);
    const isStrong = !isFaint && Boolean(this.chosen || this.lit);
    return {
      ...edge,
      color: isStrong ? this.tone(edge.tone || 'accent', false) : this.tone(edge.tone || 'line-strong', isFaint),
      size: edge.size ?? 1,
      zIndex: isFaint ? 0 : 1,
    };
  }

  drawLabel(context, { label, x, y, size }, { labelSize, labelFont, labelWeight }) {
    if (!label) return;
    context.font = `${labelWeight} ${labelSize}px ${labelFont}`;
    const said = shortened(label);
    context.lineWidth = 3;
    context.lineJoin = 'round';
    context.strokeStyle = this.theme.surface;
    context.strokeText(said, x + size + 4, y + labelSize / 3);
    context.fillStyle = this.theme.ink;
    context.fillText(said, x + size + 4, y + labelSize / 3);
  }

  drawHover(context, node, settings) {
    const { x, y, size } = node;
    const label = node.label || this.graph.getNodeAttribute(node.key, 'label') || '';
    context.font = `${settings.labelWeight} ${settings.labelSize}px ${settings.labelFont}`;
    const width = context.measureText(label).width;
    context.beginPath();
    context.roundRect(x - size - 4, y - Math.max(size + 4, 11), width + 2 * size + 18, 2 * Math.max(size + 4, 11), 8);
    context.fillStyle = this.theme.surface;
    context.fill();
    context.lineWidth = 1.5;
    context.strokeStyle = this.theme.accent;
    context.stroke();
    context.fillStyle = this.theme.ink;
    context.fillText(label, x + size + 5, y + settings.labelSize / 3);
  }
}

const LONGEST_LABEL = 34;
const shortened = (label) => (label.length <= LONGEST_LABEL ? label : `${label.slice(0, LONGEST_LABEL - 1)}…`);

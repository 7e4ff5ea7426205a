// A graph, drawn: sigma for its nodes and labels, a layer of our own for its edges, laid out in a
// worker, in the colours of the theme.
//
// Knows nothing of memories. A node is `{ key, label, shape, colour, size, group }`, an edge
// `{ key, one, other, colour?, size?, weight? }`; `colour` is the name of a variable of the theme.
// What is drawn again keeps its place. Edges rest while the camera moves.
//
//     const drawing = new GraphDrawing(frame, { onNode, onEdge, onStage, onDrawn, onSettled });
//     await drawing.show(nodes, edges);    // what is to be seen from now on
//     drawing.light(['a', 'b'], ['a|b']);  // these alone in full colour; null: all
//     drawing.choose('a'); drawing.close();
import { Graph, Sigma, utils } from '../vendor/sigma.js';
import { ITEMS, edgeProgram } from './graph-edges.js';
import { place, settle } from './graph-layout.js';
import { EMPTY, composed, edgeAt, extent, has, joinedTo, nodeAt } from './graph-scene.js';
import { NoProgram, OUTLINES, mixed, onTheme, shapeProgram, themed } from './graph-shapes.js';
import { breath, each, pauses } from './pauses.js';

const MOST_EDGES_HEARD = 4000; // of more, every click would be on one
const FONT = 'system-ui, -apple-system, "Segoe UI", "Noto Sans", "DejaVu Sans", sans-serif';

// A browser without a graphics card waits at the end of a frame for each canvas that WebGL touched in
// it. So nodes alone have one: edges are drawn elsewhere, and a node under the pointer in two
// dimensions. Nor is what was drawn read back to tell what lies under the pointer.
const NO_CONTEXT = { bindFramebuffer() {}, clear() {}, getExtension() {}, viewport() {} };

class Stage extends Sigma {
  createWebGLContext(id, options) {
    if (id === 'nodes') return super.createWebGLContext(id, { ...options, picking: false });
    this.elements[id] = document.createElement('canvas');
    this.webGLContexts[id] = NO_CONTEXT;
    return NO_CONTEXT;
  }

  getNodeAtPosition(at) {
    return this.nodeAt(at);
  }
}

export class GraphDrawing {
  /** `frame` is an element with a size of its own. The callbacks hear keys; `onDrawn` hears when all is drawn for the first time. */
  constructor(frame, { onNode, onEdge, onStage, onDrawn, onSettled } = {}) {
    this.scene = EMPTY;
    this.places = []; // what sigma knows of each node
    this.turn = 0;
    this.chosen = null;
    this.lit = null;
    this.looksFor = null;
    this.isShowing = false;
    this.beginsAnew = false;
    this.onDrawn = onDrawn;
    this.onSettled = onSettled;
    this.stopSettling = () => {};
    this.colours();
    this.sigma = new Stage(new Graph({ type: 'undirected' }), frame, {
      allowInvalidContainer: true,
      nodeProgramClasses: { circle: shapeProgram() },
      nodeHoverProgramClasses: { circle: NoProgram },
      edgeProgramClasses: { line: edgeProgram((layer) => { this.edges = layer; }), arrow: NoProgram },
      defaultNodeType: 'circle',
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
      defaultDrawNodeLabel: (context, node, settings) => this.drawLabel(context, node, settings),
      defaultDrawNodeHover: (context, node, settings) => this.drawHover(context, node, settings),
    });
    this.sigma.nodeAt = (at) => nodeAt(this.scene, this.sigma.viewportToGraph(at), this.sigma.scaleSize() * this.pixel());
    this.edges.onWhole = () => this.whole();
    this.sigma.on('clickNode', ({ node }) => onNode?.(node));
    this.sigma.on('clickStage', ({ event }) => {
      const isHeard = this.scene.edges.length <= MOST_EDGES_HEARD;
      const edge = isHeard ? edgeAt(this.scene, this.sigma.viewportToGraph(event), this.pixel()) : null;
      if (edge === null) onStage?.();
      else onEdge?.(edge);
    });
    this.sigma.on('enterNode', () => { frame.style.cursor = 'pointer'; });
    this.sigma.on('leaveNode', () => { frame.style.cursor = ''; });
    this.stopTheme = onTheme(() => {
      this.colours();
      this.redraw();
    });
  }

  /** How long a pixel is in the graph. */
  pixel() {
    return 1 / this.sigma.getGraphToViewportRatio();
  }

  /**
   * Draw these nodes and edges from now on. With `isNew` nothing keeps its place. Much of it takes
   * several tasks; until it is done, what was there before stands, and what is shown after it counts.
   */
  show(nodes, edges, { isNew = false } = {}) {
    this.stopSettling();
    this.turn += 1;
    this.beginsAnew = isNew || (this.isShowing && this.beginsAnew); // also where what began it is overtaken
    this.isShowing = true;
    this.shown = this.compose(this.turn, nodes, edges, this.beginsAnew);
    return this.shown;
  }

  async compose(turn, nodes, edges, isNew) {
    const pause = pauses();
    const scene = await composed(nodes, edges, isNew ? EMPTY : this.scene, pause);
    const fresh = place(scene);
    const graph = new Graph({ type: 'undirected' });
    const places = [];
    await each(nodes, ({ key, colour, ...rest }, i) => {
      graph.addNode(key, { ...rest, tone: colour, x: scene.xy[2 * i], y: scene.xy[2 * i + 1] });
      places.push(graph.getNodeAttributes(key));
    }, pause);
    await breath();
    if (turn !== this.turn) return;
    this.scene = scene;
    this.places = places;
    if (this.chosen && !has(scene, this.chosen)) this.chosen = null;
    this.near();
    const least = nodes.length > 1000 ? 7 : 5;
    if (this.sigma.getSetting('labelRenderedSizeThreshold') !== least) this.sigma.setSetting('labelRenderedSizeThreshold', least);
    if (fresh === null) this.sigma.setCustomBBox(null);
    this.isStale = false;
    this.edges.fill(new Float32Array()); // they come in a task of their own
    this.sigma.setGraph(graph);
    await breath();
    if (turn !== this.turn) return;
    this.isShowing = false;
    this.isWhole = false;
    if (this.isStale) this.redraw(); // another is chosen by now
    else this.fillEdges();
    if (nodes.length > 0) this.edges.draw();
    else this.whole(); // of nothing sigma draws no layer
    if (this.looksFor) this.look(this.looksFor);
    await breath();
    if (turn === this.turn) this.settle(fresh);
  }

  /** Lay out anew; `only` the nodes with these numbers, or all. */
  settle(only = null) {
    this.stopSettling();
    this.stopSettling = settle(this.scene, {
      only,
      onStep: (xy) => this.move(xy),
      onDone: (xy) => {
        if (xy) this.move(xy, extent(xy)); // with a frame, so that nothing jumps when more is shown
        this.onSettled?.();
      },
    });
  }

  /** Let the nodes stand elsewhere. They are written in place: sigma would hear of each by itself. */
  move(xy, frame = this.sigma.getCustomBBox()) {
    this.scene.xy.set(xy);
    this.places.forEach((node, i) => {
      node.x = xy[2 * i];
      node.y = xy[2 * i + 1];
    });
    this.sigma.setCustomBBox(frame);
    this.redraw();
  }

  redraw() {
    this.isStale = this.isShowing;
    if (this.isShowing) return; // it is to come
    this.fillEdges();
    this.sigma.refresh();
  }

  whole() {
    if (this.isWhole || this.isShowing) return;
    this.isWhole = true;
    this.onDrawn?.();
  }

  /** Mark a node or an edge, with what it is joined to. */
  choose(key) {
    if (this.chosen === key) return;
    this.chosen = key;
    this.near();
    this.redraw();
  }

  near() {
    this.neighbours = this.chosen === null ? new Set() : joinedTo(this.scene, this.chosen);
  }

  /** Show these nodes and edges in full colour and the others faintly; null shows all alike. */
  light(nodes, edges = []) {
    if (!nodes && !this.lit) return;
    this.lit = nodes && new Set([...nodes, ...edges]);
    this.redraw();
  }

  /** Bring a node into the middle, unless it is in sight already. */
  look(key) {
    this.looksFor = this.isShowing ? key : null;
    if (this.isShowing || !this.scene.index.has(key)) return;
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
  async png() {
    await this.shown;
    const edges = await this.edges.picture();
    const { width, height } = this.sigma.getDimensions();
    const canvas = document.createElement('canvas');
    const scale = window.devicePixelRatio || 1;
    [canvas.width, canvas.height] = [width * scale, height * scale];
    const context = canvas.getContext('2d');
    context.fillStyle = this.theme.surface;
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.drawImage(edges, 0, 0, canvas.width, canvas.height);
    this.sigma.refresh(); // WebGL keeps what it drew only until the browser has shown it
    for (const layer of ['nodes', 'edgeLabels', 'labels', 'hovers']) {
      context.drawImage(this.sigma.getCanvases()[layer], 0, 0, canvas.width, canvas.height);
    }
    return new Promise((resolve) => { canvas.toBlob(resolve, 'image/png'); });
  }

  /** Where nodes stand, for an export: `{ x, y }`. */
  position(key) {
    const [x, y] = this.scene.xy.subarray(2 * this.scene.index.get(key));
    return { x, y };
  }

  close() {
    this.turn += 1;
    this.isShowing = true;
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

  isFaint(key) {
    if (this.lit) return !this.lit.has(key);
    return Boolean(this.chosen) && key !== this.chosen && !this.neighbours.has(key);
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

  /** Write edges for their layer, faint ones first and so below. */
  fillEdges() {
    const { edges, xy, ends, index } = this.scene;
    const items = new Float32Array(ITEMS * edges.length);
    const chosen = index.get(this.chosen) ?? -1;
    const isMarked = Boolean(this.chosen || this.lit);
    const isFaint = (key, i) => {
      if (this.lit) return !this.lit.has(key);
      return isMarked && key !== this.chosen && ends[2 * i] !== chosen && ends[2 * i + 1] !== chosen;
    };
    const usual = isMarked ? 'accent' : 'line-strong';
    let at = 0;
    for (const wanted of isMarked ? [true, false] : [false]) {
      const painted = (name) => utils.floatColor(this.tone(name, wanted));
      const plain = painted(wanted ? 'line-strong' : usual);
      edges.forEach(({ key, colour, size = 1 }, i) => {
        if (isFaint(key, i) !== wanted) return;
        const one = 2 * ends[2 * i];
        const other = 2 * ends[2 * i + 1];
        items[at] = xy[one];
        items[at + 1] = xy[one + 1];
        items[at + 2] = xy[other];
        items[at + 3] = xy[other + 1];
        items[at + 4] = size;
        items[at + 5] = colour ? painted(colour) : plain;
        at += ITEMS;
      });
    }
    this.edges.fill(items);
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
    const label = node.label || this.scene.nodes[this.scene.index.get(node.key)].label || '';
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
    context.save();
    context.translate(x, y);
    context.scale(size / 6, size / 6);
    context.translate(-8, -8);
    context.fillStyle = node.color;
    context.fill(new Path2D(OUTLINES[node.shape]), 'evenodd');
    context.restore();
  }
}

const LONGEST_LABEL = 34;
const shortened = (label) => (label.length <= LONGEST_LABEL ? label : `${label.slice(0, LONGEST_LABEL - 1)}…`);

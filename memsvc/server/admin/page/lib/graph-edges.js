// Edges of a drawn graph, drawn by a worker on a canvas of theirs: `graph-edges-worker.js`.
//
// Sigma takes this for the program of its edges, and has none: it would go over each edge for each
// picture, and the page would wait until all are drawn. While the camera moves they rest; then
// they come back.
import { utils } from '../vendor/sigma.js';

const REST_MS = 100;
const LEAST_PX = 1.7;

/** Numbers of an edge as it is filled in: where its ends are, how wide it is, and its colour. */
export const ITEMS = 6;

/** What sigma makes its layer of; `onMade` is given that. */
export const edgeProgram = (onMade) => class extends EdgeLayer {
  constructor(_, __, sigma) {
    super(sigma);
    onMade(this);
  }
};

class EdgeLayer {
  constructor(sigma) {
    this.sigma = sigma;
    this.onWhole = null; // hears each time that all edges are drawn
    this.turn = 0;
    this.seen = null;
    this.pictures = [];
    this.canvas = document.createElement('canvas');
    this.canvas.className = 'sigma-edges';
    this.canvas.style.position = 'absolute';
    sigma.getContainer().prepend(this.canvas);
    const surface = this.canvas.transferControlToOffscreen();
    this.worker = new Worker(new URL('./graph-edges-worker.js', import.meta.url), { type: 'module' });
    this.worker.onmessage = ({ data }) => {
      if (data.picture) this.pictures.shift()(data.picture);
      else if (data.whole === this.turn) this.onWhole?.();
    };
    this.worker.postMessage({ surface }, [surface]);
  }

  /** Draw these from the next picture on, `ITEMS` numbers an edge, what is to lie above last. They are given away. */
  fill(items) {
    this.worker.postMessage({ items }, [items.buffer]);
  }

  /** Sigma draws a picture of its own. */
  render(params) {
    const { x, y, ratio, angle } = this.sigma.getCamera().getState();
    const seen = `${x} ${y} ${ratio} ${angle}`;
    const isMoving = this.seen !== null && this.seen !== seen;
    this.seen = seen;
    this.params = params;
    if (!isMoving) this.draw();
    else {
      clearTimeout(this.timer);
      this.worker.postMessage({ rest: true });
      this.timer = setTimeout(() => this.draw(), REST_MS);
    }
  }

  draw() {
    clearTimeout(this.timer);
    this.turn += 1;
    this.worker.postMessage({ view: this.view(), turn: this.turn });
  }

  /** All edges as they are seen now, as an `ImageBitmap`. */
  picture() {
    return new Promise((resolve) => {
      this.pictures.push(resolve);
      this.worker.postMessage({ view: this.view(), turn: this.turn, isKept: true });
    });
  }

  view() {
    const { width, height, pixelRatio, sizeRatio, matrix } = this.params;
    Object.assign(this.canvas.style, { width: `${width}px`, height: `${height}px` });
    const framed = utils.createNormalizationFunction(this.sigma.getCustomBBox() || this.sigma.getBBox());
    const { x, y } = framed.inverse({ x: 0.5, y: 0.5 });
    return {
      size: [width * pixelRatio, height * pixelRatio],
      matrix,
      frame: [x, y, 1 / framed.ratio],
      scale: pixelRatio / sizeRatio,
      least: LEAST_PX * pixelRatio,
    };
  }

  // What else sigma asks of a program: its graph has no edges of its own.
  reallocate() {}

  process() {}

  kill() {
    clearTimeout(this.timer);
    this.worker.terminate();
  }
}

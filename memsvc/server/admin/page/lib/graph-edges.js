// Edges of a drawn graph, in portions: no frame draws more of them than it has time for.
//
// Sigma takes this for the program of its edges, and has none: it would go over each edge for each
// picture and draw all in one go. While the camera moves they rest; then they come back.
import { rendering, utils } from '../vendor/sigma.js';

const { loadFragmentShader, loadProgram, loadVertexShader } = rendering;
const PORTION = { first: 1500, least: 250 }; // edges of a frame
const FRAME_MS = { short: 24, long: 48 };
const REST_MS = 100;
const LEAST_PX = 1.7;
const CORNERS = new Float32Array([0, -1, 1, -1, 0, 1, 1, 1]); // of each edge: along it, and across

/** Numbers of an edge as it is filled in: where its ends are, how wide it is, and its colour. */
export const ITEMS = 6;

const VERTEX = `#version 300 es
in vec2 a_corner;
in vec4 a_ends;
in float a_size;
in vec4 a_color;
uniform mat3 u_matrix;
uniform vec3 u_frame; // the middle of the graph, and how often it goes into 1
uniform vec2 u_pixels; // half the width and the height
uniform float u_scale;
uniform float u_least;
out vec4 v_color;
out float v_half;
out float v_across;
const float bias = 255.0 / 254.0;
vec2 seen(vec2 at) {
  return (u_matrix * vec3((at - u_frame.xy) * u_frame.z + .5, 1)).xy;
}
void main() {
  vec2 one = seen(a_ends.xy);
  vec2 other = seen(a_ends.zw);
  vec2 along = (other - one) * u_pixels;
  vec2 across = vec2(-along.y, along.x) / max(length(along), 1e-6);
  v_half = max(a_size * u_scale, u_least) / 2.0;
  v_across = a_corner.y * (v_half + .5);
  gl_Position = vec4(mix(one, other, a_corner.x) + across * v_across / u_pixels, 0, 1);
  v_color = vec4(a_color.rgb, a_color.a * bias);
}`;

const FRAGMENT = `#version 300 es
precision mediump float;
in vec4 v_color;
in float v_half;
in float v_across;
out vec4 color;
void main() {
  color = v_color * clamp(v_half - abs(v_across) + .5, 0.0, 1.0);
}`;

/** What sigma makes its layer of; `onMade` is given that. */
export const edgeProgram = (onMade) => class extends EdgeLayer {
  constructor(gl, _, sigma) {
    super(gl, sigma);
    onMade(this);
  }
};

class EdgeLayer {
  constructor(gl, sigma) {
    this.gl = gl;
    this.sigma = sigma;
    this.onWhole = null; // hears each time that all edges are drawn
    this.items = new Float32Array();
    this.isFilled = true;
    this.drawn = 0;
    this.portion = PORTION.first;
    this.seen = null;
    this.waits = null;
    this.load();
  }

  load() {
    const { gl } = this;
    this.program = loadProgram(gl, [loadVertexShader(gl, VERTEX), loadFragmentShader(gl, FRAGMENT)]);
    this.at = Object.fromEntries(['matrix', 'frame', 'pixels', 'scale', 'least'].map((name) => [name, gl.getUniformLocation(this.program, `u_${name}`)]));
    this.places = ['ends', 'size', 'color'].map((name) => gl.getAttribLocation(this.program, `a_${name}`));
    this.bound = gl.createVertexArray();
    gl.bindVertexArray(this.bound);
    gl.bindBuffer(gl.ARRAY_BUFFER, gl.createBuffer());
    gl.bufferData(gl.ARRAY_BUFFER, CORNERS, gl.STATIC_DRAW);
    const corner = gl.getAttribLocation(this.program, 'a_corner');
    gl.enableVertexAttribArray(corner);
    gl.vertexAttribPointer(corner, 2, gl.FLOAT, false, 0, 0);
    this.buffer = gl.createBuffer();
    for (const place of this.places) {
      gl.enableVertexAttribArray(place);
      gl.vertexAttribDivisor(place, 1);
    }
    gl.bindVertexArray(null);
  }

  /** Draw these from the next picture on, `ITEMS` numbers an edge, what is to lie above last. */
  fill(items) {
    this.items = items;
    this.isFilled = false;
  }

  get count() {
    return this.items.length / ITEMS;
  }

  /** A picture begins: sigma has emptied the layer. */
  render(params) {
    const { x, y, ratio, angle } = this.sigma.getCamera().getState();
    const seen = `${x} ${y} ${ratio} ${angle}`;
    const isMoving = this.seen !== null && this.seen !== seen;
    this.seen = seen;
    this.params = params;
    this.stop();
    this.drawn = 0;
    if (isMoving) this.waits = { timer: setTimeout(() => this.draw(), REST_MS) };
    else this.draw();
  }

  /** Draw a portion, and the others in the frames that follow. */
  draw(since = null) {
    const now = performance.now();
    if (since !== null && now - since > FRAME_MS.long) this.portion = Math.max(PORTION.least, this.portion / 2);
    else if (since !== null && now - since < FRAME_MS.short) this.portion *= 2;
    this.stop();
    this.drawUpTo(Math.min(this.count, this.drawn + Math.round(this.portion)));
    if (this.drawn < this.count) this.waits = { frame: requestAnimationFrame(() => this.draw(now)) };
    else this.onWhole?.();
  }

  /** Draw what is left at once, for a picture that is kept. */
  finish() {
    this.stop();
    this.drawUpTo(this.count);
    this.onWhole?.();
  }

  drawUpTo(end) {
    const { gl, params, at } = this;
    if (end === this.drawn) return;
    gl.bindVertexArray(this.bound);
    gl.bindBuffer(gl.ARRAY_BUFFER, this.buffer);
    if (!this.isFilled) gl.bufferData(gl.ARRAY_BUFFER, this.items, gl.STATIC_DRAW);
    this.isFilled = true;
    const [ends, size, color] = this.places;
    const bytes = ITEMS * 4;
    gl.vertexAttribPointer(ends, 4, gl.FLOAT, false, bytes, this.drawn * bytes);
    gl.vertexAttribPointer(size, 1, gl.FLOAT, false, bytes, this.drawn * bytes + 16);
    gl.vertexAttribPointer(color, 4, gl.UNSIGNED_BYTE, true, bytes, this.drawn * bytes + 20);
    const [width, height] = [params.width * params.pixelRatio, params.height * params.pixelRatio];
    const framed = utils.createNormalizationFunction(this.sigma.getCustomBBox() || this.sigma.getBBox());
    const middle = framed.inverse({ x: 0.5, y: 0.5 });
    gl.viewport(0, 0, width, height);
    gl.useProgram(this.program);
    gl.uniformMatrix3fv(at.matrix, false, params.matrix);
    gl.uniform3f(at.frame, middle.x, middle.y, 1 / framed.ratio);
    gl.uniform2f(at.pixels, width / 2, height / 2);
    gl.uniform1f(at.scale, params.pixelRatio / params.sizeRatio);
    gl.uniform1f(at.least, LEAST_PX * params.pixelRatio);
    gl.enable(gl.BLEND);
    gl.drawArraysInstanced(gl.TRIANGLE_STRIP, 0, 4, end - this.drawn);
    gl.bindVertexArray(null);
    this.drawn = end;
  }

  stop() {
    clearTimeout(this.waits?.timer);
    cancelAnimationFrame(this.waits?.frame);
    this.waits = null;
  }

  // What else sigma asks of a program: its graph has no edges of its own.
  reallocate() {}

  process() {}

  kill() {
    this.stop();
  }
}

// Draws edges on a canvas of the page, apart from it, and in portions: who shares the graphics with
// it waits for one of them and not for all.
//
// Hears `{ surface }` first, then `{ items }`, `{ view, turn }` to draw them and `{ rest }` to draw
// none; tells `{ whole: turn }` when all are drawn, or with `isKept` the `{ picture }` of them.
const PORTION = { first: 1500, least: 250 }; // edges
const PORTION_MS = { short: 8, long: 20 };
const CORNERS = new Float32Array([0, -1, 1, -1, 0, 1, 1, 1]); // of each edge: along it, and across
const BYTES = 24; // of an edge: four numbers for its ends, one for how wide it is, and its colour

const VERTEX = `#version 300 es
in vec2 a_corner;
in vec4 a_ends;
in float a_width;
in vec4 a_color;
uniform mat3 u_matrix;
uniform vec3 u_frame; // the middle of the graph, and how often it goes into 1
uniform vec2 u_size;
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
  vec2 along = (other - one) * u_size;
  vec2 across = vec2(-along.y, along.x) / max(length(along), 1e-6);
  v_half = max(a_width * u_scale, u_least) / 2.0;
  v_across = a_corner.y * v_half;
  gl_Position = vec4(mix(one, other, a_corner.x) + across * v_across * 2.0 / u_size, 0, 1);
  v_color = vec4(a_color.rgb, a_color.a * bias);
}`;

const FRAGMENT = `#version 300 es
precision mediump float;
in vec4 v_color;
in float v_half;
in float v_across;
out vec4 color;
void main() {
  color = v_color * (1.0 - smoothstep(v_half - 1.0, v_half, abs(v_across)));
}`;

let gl = null;
let places = [];
let uniforms = {};
let count = 0;
let drawn = 0;
let portion = PORTION.first;
let waits = 0;

addEventListener('message', ({ data }) => {
  if (data.surface) begin(data.surface);
  else if (data.items) fill(data.items);
  else if (data.rest) rest();
  else if (data.isKept) keep(data);
  else draw(data);
});

function begin(surface) {
  gl = surface.getContext('webgl2', { antialias: false, preserveDrawingBuffer: true });
  const program = gl.createProgram();
  for (const [type, source] of [[gl.VERTEX_SHADER, VERTEX], [gl.FRAGMENT_SHADER, FRAGMENT]]) {
    const shader = gl.createShader(type);
    gl.shaderSource(shader, source);
    gl.compileShader(shader);
    gl.attachShader(program, shader);
  }
  gl.linkProgram(program);
  if (!gl.getProgramParameter(program, gl.LINK_STATUS)) throw new Error(`The edges' program: ${gl.getProgramInfoLog(program)}`);
  gl.useProgram(program);
  gl.enable(gl.BLEND);
  gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
  uniforms = Object.fromEntries(['matrix', 'frame', 'size', 'scale', 'least'].map((name) => [name, gl.getUniformLocation(program, `u_${name}`)]));
  const corner = gl.getAttribLocation(program, 'a_corner');
  gl.bindBuffer(gl.ARRAY_BUFFER, gl.createBuffer());
  gl.bufferData(gl.ARRAY_BUFFER, CORNERS, gl.STATIC_DRAW);
  gl.enableVertexAttribArray(corner);
  gl.vertexAttribPointer(corner, 2, gl.FLOAT, false, 0, 0);
  gl.bindBuffer(gl.ARRAY_BUFFER, gl.createBuffer());
  places = ['ends', 'width', 'color'].map((name) => gl.getAttribLocation(program, `a_${name}`));
  for (const place of places) {
    gl.enableVertexAttribArray(place);
    gl.vertexAttribDivisor(place, 1);
  }
}

function fill(items) {
  cancelAnimationFrame(waits);
  gl.bufferData(gl.ARRAY_BUFFER, items, gl.STATIC_DRAW);
  count = items.byteLength / BYTES;
}

function rest() {
  cancelAnimationFrame(waits);
  gl.clear(gl.COLOR_BUFFER_BIT);
}

function draw({ view, turn }) {
  look(view);
  const next = () => {
    const began = performance.now();
    drawUpTo(Math.min(count, drawn + Math.round(portion)));
    gl.readPixels(0, 0, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, new Uint8Array(4)); // waits until it is drawn
    const took = performance.now() - began;
    if (drawn === count) {
      postMessage({ whole: turn });
      return;
    }
    if (took > PORTION_MS.long) portion = Math.max(PORTION.least, portion / 2);
    else if (took < PORTION_MS.short) portion *= 2;
    waits = requestAnimationFrame(next);
  };
  next();
}

function keep({ view }) {
  look(view);
  drawUpTo(count);
  createImageBitmap(gl.canvas).then((picture) => postMessage({ picture }, [picture]));
}

function look({ size: [width, height], matrix, frame, scale, least }) {
  cancelAnimationFrame(waits);
  if (gl.canvas.width !== width || gl.canvas.height !== height) Object.assign(gl.canvas, { width, height });
  gl.viewport(0, 0, width, height);
  gl.clear(gl.COLOR_BUFFER_BIT);
  gl.uniformMatrix3fv(uniforms.matrix, false, matrix);
  gl.uniform3f(uniforms.frame, ...frame);
  gl.uniform2f(uniforms.size, width, height);
  gl.uniform1f(uniforms.scale, scale);
  gl.uniform1f(uniforms.least, least);
  drawn = 0;
}

function drawUpTo(end) {
  const [ends, width, color] = places;
  gl.vertexAttribPointer(ends, 4, gl.FLOAT, false, BYTES, drawn * BYTES);
  gl.vertexAttribPointer(width, 1, gl.FLOAT, false, BYTES, drawn * BYTES + 16);
  gl.vertexAttribPointer(color, 4, gl.UNSIGNED_BYTE, true, BYTES, drawn * BYTES + 20);
  if (end > drawn) gl.drawArraysInstanced(gl.TRIANGLE_STRIP, 0, 4, end - drawn);
  drawn = end;
}

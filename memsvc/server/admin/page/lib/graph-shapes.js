// How nodes of a drawn graph look: a shape for each kind, so that colour alone never tells, and the
// colours of the theme in force.
import { rendering, utils } from '../vendor/sigma.js';

// What a pixel of the square around a node is in: above 0 inside, measured in halves of its width.
const INSIDE = {
  circle: '.5 - length(m)',
  square: '.41 - max(abs(m.x), abs(m.y))',
  diamond: '.5 - (abs(m.x) + abs(m.y))',
  triangle: 'min(.4 - m.y, (.46 + m.y) * .447 - abs(m.x) * .894)',
  hexagon: '.45 - max(abs(m.x) * .866 + abs(m.y) * .5, abs(m.y))',
  ring: 'min(.5 - length(m), length(m) - .22)',
};
export const SHAPES = Object.keys(INSIDE);

/** The same shapes as paths, in a square of 16 around 8. */
export const OUTLINES = {
  circle: 'M8 2a6 6 0 1 0 0 12a6 6 0 0 0 0-12z',
  square: 'M3 3h10v10H3z',
  diamond: 'M8 1.5 14.5 8 8 14.5 1.5 8z',
  triangle: 'M8 2 14.5 14h-13z',
  hexagon: 'M8 1.5 14 5v6l-6 3.5L2 11V5z',
  ring: 'M8 2a6 6 0 1 0 0 12a6 6 0 0 0 0-12zM8 5.5a2.5 2.5 0 1 1 0 5a2.5 2.5 0 0 1 0-5z',
};
const NUMBERS = new Map(SHAPES.map((name, i) => [name, i]));

const VERTEX = `
attribute vec4 a_color;
attribute vec2 a_position;
attribute float a_size;
attribute float a_shape;
uniform float u_sizeRatio;
uniform float u_pixelRatio;
uniform mat3 u_matrix;
varying vec4 v_color;
varying float v_soft;
varying float v_shape;
const float bias = 255.0 / 254.0;
void main() {
  gl_Position = vec4((u_matrix * vec3(a_position, 1)).xy, 0, 1);
  gl_PointSize = a_size / u_sizeRatio * u_pixelRatio * 2.0;
  v_soft = 1.0 / max(gl_PointSize, 1.0);
  v_shape = a_shape;
  v_color = a_color;
  v_color.a *= bias;
}`;

const FRAGMENT = `
precision mediump float;
varying vec4 v_color;
varying float v_soft;
varying float v_shape;
void main(void) {
  vec2 m = gl_PointCoord - vec2(.5, .5);
  float inside = 0.0;
  ${SHAPES.map((name, i) => `if (abs(v_shape - ${i}.0) < .5) inside = ${INSIDE[name]};`).join('\n  ')}
  gl_FragColor = mix(vec4(0.0, 0.0, 0.0, 0.0), v_color, clamp(inside / v_soft, 0.0, 1.0));
}`;

/** One program for all shapes: each further one would have to be compiled before the first picture. */
export function shapeProgram() {
  const { FLOAT, UNSIGNED_BYTE, POINTS } = WebGLRenderingContext;
  return class extends rendering.NodeProgram {
    getDefinition() {
      return {
        VERTICES: 1,
        VERTEX_SHADER_SOURCE: VERTEX,
        FRAGMENT_SHADER_SOURCE: FRAGMENT,
        METHOD: POINTS,
        UNIFORMS: ['u_sizeRatio', 'u_pixelRatio', 'u_matrix'],
        ATTRIBUTES: [
          { name: 'a_position', size: 2, type: FLOAT },
          { name: 'a_size', size: 1, type: FLOAT },
          { name: 'a_shape', size: 1, type: FLOAT },
          { name: 'a_color', size: 4, type: UNSIGNED_BYTE, normalized: true },
        ],
      };
    }

    processVisibleItem(_, at, node) {
      this.array.set([node.x, node.y, node.size, NUMBERS.get(node.shape) || 0], at);
      this.array[at + 4] = utils.floatColor(node.color);
    }

    setUniforms({ sizeRatio, pixelRatio, matrix }, { gl, uniformLocations: at }) {
      gl.uniform1f(at.u_sizeRatio, sizeRatio);
      gl.uniform1f(at.u_pixelRatio, pixelRatio);
      gl.uniformMatrix3fv(at.u_matrix, false, matrix);
    }
  };
}

/** A program that draws nothing. */
export class NoProgram {
  reallocate() {}

  process() {}

  render() {}

  kill() {}
}

/** A colour of the theme by the name of its variable, as `#rrggbb`. */
export const themed = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/** Two `#rrggbb` mixed: all of the first at 1. */
export function mixed(one, other, share) {
  const parts = (colour) => [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
  const [mine, theirs] = [parts(one), parts(other)];
  return `#${mine.map((value, i) => Math.round(value * share + theirs[i] * (1 - share)).toString(16).padStart(2, '0')).join('')}`;
}

/** Calls `again` when the theme changes, by the page or the system; returns how to stop that. */
export function onTheme(again) {
  const system = matchMedia('(prefers-color-scheme: dark)');
  const watching = new MutationObserver(again);
  watching.observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme'] });
  system.addEventListener('change', again);
  return () => {
    watching.disconnect();
    system.removeEventListener('change', again);
  };
}

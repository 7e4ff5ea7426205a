// The surprise of each unit over the turns, the threshold at that moment, and where events began.
import { html, useState } from '../lib/ui.js';
import { counted, score } from '../lib/format.js';
import { line, scale, ticks, useWidth } from '../parts.js';
import { BOUNDARIES } from './weave.js';

const HEIGHT = 200;
const LEFT = 42;
const RIGHT = 10;
const TOP = 22;
const BOTTOM = 24;

/** `curve` is what the API tells of the stream, null while it is on its way; `wanted` a turn's number. */
export function SurpriseCurve({ curve, wanted, onChoose }) {
  const [frame, width] = useWidth();
  const points = curve?.points ?? [];
  const [near, setNear] = useState(null);
  const known = points.filter((point) => point.surprise !== null);
  const values = points.flatMap((point) => [point.surprise ?? 0, point.threshold ?? 0]);
  const most = values.reduce((a, b) => Math.max(a, b), 0.05);
  const least = values.reduce((a, b) => Math.min(a, b), 0); // below 0: less surprising than most
  const x = scale([0, Math.max(1, points.length - 1)], [LEFT, width - RIGHT]);
  const y = scale([least, most + (most - least) * 0.05], [HEIGHT - BOTTOM, TOP]);
  const at = (event) => {
    const box = event.currentTarget.getBoundingClientRect();
    const share = (event.clientX - box.left - LEFT) / (width - RIGHT - LEFT);
    return Math.min(points.length - 1, Math.max(0, Math.round(share * (points.length - 1))));
  };
  const began = points.map((point, i) => ({ ...point, i })).filter((point) => point.began);
  const step = (event) => {
    const move = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!move) {
      if (event.key === 'Enter' && near !== null) onChoose(points[near].turn);
      return;
    }
    event.preventDefault();
    setNear((was) => Math.min(points.length - 1, Math.max(0, (was ?? -1) + move)));
  };
  const shown = near === null ? null : points[near];
  const chosen = wanted === null ? -1 : points.findLastIndex((point) => point.seq <= wanted);
  const isDense = (width - LEFT) / (began.length + 1) < 4; // lines from top to bottom would hide the curve
  return html`<section class="card curve-card" aria-labelledby="curve-title">
    <div class="card-head"><h2 id="curve-title">Surprise</h2>
      <ul class="legend"><li class="key-curve">surprise</li><li class="key-threshold">threshold</li><li class="key-began">an event began</li></ul></div>
    <div class="chart tall" ref=${frame}>
      ${width > 0 && points.length > 0 && html`<svg width=${width} height=${HEIGHT} viewBox=${`0 0 ${width} ${HEIGHT}`} tabindex="0"
          role="slider" aria-label=${summary(curve, known, began)} aria-valuemin="0" aria-valuemax=${points.length - 1}
          aria-valuenow=${near ?? 0} aria-valuetext=${shown ? told(shown) : 'Use the arrow keys to walk along the turns'}
          onPointerMove=${(event) => setNear(at(event))} onPointerLeave=${() => setNear(null)}
          onClick=${(event) => onChoose(points[at(event)].turn)} onKeyDown=${step}>
        ${ticks(most, 4, least).map((tick) => html`<g key=${tick}>
          <line class="grid" x1=${LEFT} x2=${width - RIGHT} y1=${y(tick)} y2=${y(tick)} />
          <text class="axis" x=${LEFT - 8} y=${y(tick) + 4} text-anchor="end">${Number(tick.toFixed(3))}</text></g>`)}
        ${isDense ? Object.keys(BOUNDARIES).map((kind) => html`<path key=${kind} class=${`began began-${kind}`}
          d=${began.map((point) => (point.began === kind ? `M${x(point.i).toFixed(1)} ${TOP - 6}v10` : '')).join('')} />`)
          : began.map((point) => html`<g key=${point.i} class=${`began began-${point.began}`}>
          <line x1=${x(point.i)} x2=${x(point.i)} y1=${TOP - 6} y2=${HEIGHT - BOTTOM} />
          ${(width - LEFT) / (began.length + 1) > 70 && html`<text x=${Math.min(x(point.i) + 5, width - 60)} y=${TOP - 8}>${BOUNDARIES[point.began].name}</text>`}</g>`)}
        <path class="threshold" d=${line(points.map((point, i) => (point.threshold === null ? null : [x(i), y(point.threshold)])))} />
        <path class="curve" d=${line(points.map((point, i) => (point.surprise === null ? null : [x(i), y(point.surprise)])))} />
        ${points.length <= 150 && points.map((point, i) => point.surprise !== null && html`
          <circle key=${i} class=${point.threshold !== null && point.surprise > point.threshold ? 'dot over' : 'dot'} cx=${x(i)} cy=${y(point.surprise)} r="3" />`)}
        ${chosen >= 0 && html`<line class="chosen" x1=${x(chosen)} x2=${x(chosen)} y1=${TOP} y2=${HEIGHT - BOTTOM} />`}
        ${shown && html`<line class="near" x1=${x(near)} x2=${x(near)} y1=${TOP} y2=${HEIGHT - BOTTOM} />`}
        <text class="axis" x=${LEFT} y=${HEIGHT - 6}>turn ${points[0]?.seq ?? 0}</text>
        <text class="axis" x=${width - RIGHT} y=${HEIGHT - 6} text-anchor="end">turn ${points.at(-1)?.seq ?? 0}</text>
      </svg>`}
    </div>
    <p class="curve-told" aria-hidden="true">${shown ? told(shown) : hint(curve, known)}</p>
  </section>`;
}

function told(point) {
  const held = point.surprise === null ? 'surprise not known' : `surprise ${score(point.surprise)}`;
  const over = point.threshold === null ? '' : `, threshold ${score(point.threshold)}`;
  const began = point.began ? `; an event begins here, by ${BOUNDARIES[point.began].name}` : '';
  return `Turn ${point.seq}${point.piece ? `, piece ${point.piece + 1}` : ''}: ${held}${over}${began}`;
}

function hint(curve, known) {
  if (!curve) return 'Loading…';
  if (!known.length) return 'There is no surprise yet: it is told once enough has followed a turn, or its vector has come.';
  const thinned = curve.units > curve.points.length
    ? ` Of ${counted(curve.units, 'unit')}, each point shows the one that surprised most in a run of ${Math.ceil(curve.units / curve.points.length)}.` : '';
  return `How unexpected each turn was, given what came before it. Choose a point to go to its turn.${thinned}`;
}

function summary(curve, known, began) {
  if (!known.length) return 'Surprise over the turns; none is known yet';
  const top = known.reduce((best, point) => (point.surprise > best.surprise ? point : best));
  return `Surprise over ${counted(curve.units, 'unit')}; ${began.length} times an event began; the highest, ${score(top.surprise)}, at turn ${top.seq}`;
}

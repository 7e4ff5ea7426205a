// How a space grew: positions of its ledger over time, read off a sample of its entries.
import { html } from '../lib/ui.js';
import { get } from '../lib/api.js';
import { counted, number, whenDay, whenMinute } from '../lib/format.js';
import { useLoad } from '../lib/load.js';
import { Card, Loaded, line, scale, ticks, useWidth } from '../parts.js';

const SAMPLES = 12;
const HEIGHT = 150;
const LEFT = 44;

/** Positions of the ledger over time: read at some places of it, never whole. */
export function Growth({ where, position }) {
  const sampled = useLoad((signal) => sample(where, position, signal), [where, position]);
  return html`<${Card} title="Growth">
    <${Loaded} from=${sampled} rows=${3}>${(points) => (points.length < 2
      ? html`<p class="muted">There is too little to draw yet.</p>`
      : html`<${Curve} points=${points} />`)}<//>
  <//>`;
}

async function sample(where, position, signal) {
  const count = Math.min(SAMPLES, position);
  const places = [...new Set(Array.from({ length: count }, (_, i) => Math.round((i * (position - 1)) / Math.max(1, count - 1))))];
  const pages = await Promise.all(places.map((after) => get(`${where}/ledger`, { after, limit: 1 }, { signal })));
  return pages.flatMap((page) => page.items).map((entry) => ({ at: Date.parse(entry.at), position: entry.position }));
}

function Curve({ points }) {
  const [frame, width] = useWidth();
  const first = points[0];
  const last = points.at(-1);
  const x = scale([first.at, last.at], [LEFT, width - 8]);
  const y = scale([0, last.position], [HEIGHT - 24, 10]);
  const curve = line(points.flatMap((point, i) => [[x(point.at), y(points[Math.max(0, i - 1)].position)], [x(point.at), y(point.position)]]));
  const isOneDay = last.at - first.at < 36 * 3600 * 1000;
  const name = isOneDay ? whenMinute : whenDay;
  return html`<figure class="chart" ref=${frame}>
    ${width > 0 && html`<svg width=${width} height=${HEIGHT} viewBox=${`0 0 ${width} ${HEIGHT}`} role="img"
        aria-label=${`From ${name(first.at)} to ${name(last.at)} the ledger grew to ${counted(last.position, 'entry', 'entries')}.`}>
      ${ticks(last.position).map((tick) => html`<g key=${tick}>
        <line class="grid" x1=${LEFT} x2=${width - 8} y1=${y(tick)} y2=${y(tick)} />
        <text class="axis" x=${LEFT - 8} y=${y(tick) + 4} text-anchor="end">${number(tick)}</text></g>`)}
      <path class="area" d=${`${curve}L${x(last.at)} ${y(0)}L${x(first.at)} ${y(0)}Z`} />
      <path class="curve" d=${curve} />
      <text class="axis" x=${LEFT} y=${HEIGHT - 5}>${name(first.at)}</text>
      <text class="axis" x=${width - 8} y=${HEIGHT - 5} text-anchor="end">${name(last.at)}</text>
    </svg>`}
    <figcaption>Changes in the ledger, by when they were made.</figcaption>
  </figure>`;
}

// Where the time goes: recalls, their parts and stages, read off /metrics while the page is open.
import { html, useEffect, useRef, useState } from '../lib/ui.js';
import { get } from '../lib/api.js';
import { counted, number, whenClock } from '../lib/format.js';
import { useEvery } from '../lib/load.js';
import { between, gauge, histograms, mean, parse, quantile } from '../lib/metrics.js';
import { Card, Empty, Loading, ProblemBox, Stat, Table, line, scale, ticks, useWidth } from '../parts.js';

const EVERY_S = 2;
const KEPT = 150; // samples: five minutes
const isRecall = ({ method, route }) => method === 'POST' && /\/recall$/.test(route);
const HEIGHT = 190;
const LEFT = 62;

export function ms(value) {
  if (value === null) return 'none';
  const told = value * 1000;
  return `${told < 10 ? told.toFixed(2) : told < 100 ? told.toFixed(1) : Math.round(told)} ms`;
}

const reading = (samples) => ({
  recall: histograms(samples, 'memsvc_request_seconds', null, isRecall).get('') || { count: 0, sum: 0, buckets: new Map() },
  parts: histograms(samples, 'memsvc_recall_part_seconds', 'part'),
  stages: histograms(samples, 'memsvc_recall_stage_seconds', 'stage'),
});

export function Speed() {
  const [state, setState] = useState({ samples: null, taken: [], problem: null });
  const last = useRef(null);
  const look = async () => {
    try {
      const samples = parse(await get('/metrics'));
      const now = reading(samples);
      const before = last.current;
      last.current = now;
      const since = before && {
        at: new Date().toISOString(),
        recall: between(now.recall, before.recall),
        parts: lately(now.parts, before.parts),
        stages: lately(now.stages, before.stages),
      };
      setState((was) => ({ samples, problem: null, taken: since ? [...was.taken, since].slice(-KEPT) : was.taken }));
    } catch (problem) {
      setState((was) => ({ ...was, problem }));
    }
  };
  useEffect(() => { look(); }, []);
  useEvery(EVERY_S, look);
  if (state.problem && !state.samples) return html`<${ProblemBox} problem=${state.problem} again=${look} />`;
  if (!state.samples) return html`<${Loading} rows=${4} />`;
  const now = last.current;
  return html`
    ${state.problem && html`<${ProblemBox} problem=${state.problem} again=${look} />`}
    <dl class="stats">
      <${Stat} name="Recalls" value=${number(now.recall.count)} note="since the service began" />
      <${Stat} name="Half within" value=${ms(quantile(now.recall, 0.5))} />
      <${Stat} name="95 % within" value=${ms(quantile(now.recall, 0.95))} />
      <${Stat} name="Requests now" value=${number(gauge(state.samples, 'memsvc_requests_working') ?? 0)} note=${`${number(gauge(state.samples, 'memsvc_requests_waiting') ?? 0)} waiting`} />
    </dl>
    <${Card} title="Recalls while this page is open"><${Latency} taken=${state.taken} /><//>
    ${now.recall.count === 0 && html`<${Empty} title="Nobody has asked yet"><p>Parts and stages are shown once there was a recall.</p><//>`}
    <${Split} title="Parts of a recall" word="part" whole=${now.parts} of="parts" taken=${state.taken} />
    <${Split} title="Stages" word="stage" whole=${now.stages} of="stages" taken=${state.taken} />
    <p class="muted">Shares are read off buckets, so they are as fine as those are. All numbers are in <a href="../metrics">/metrics</a>, for Prometheus.</p>`;
}

const lately = (now, before) => new Map([...now].map(([name, one]) => [name, between(one, before.get(name))]));

function Latency({ taken }) {
  const [frame, width] = useWidth();
  const heard = taken.filter((one) => one.recall.count > 0);
  // One that is beyond the last bucket lifts the average over what 95 % are said to take.
  const most = Math.max(0.005, ...heard.map((one) => Math.max(mean(one.recall), quantile(one.recall, 0.95))));
  const x = scale([0, Math.max(KEPT / 5, taken.length - 1)], [LEFT, width - 8]);
  const y = scale([0, most], [HEIGHT - 24, 10]);
  const curve = (value) => line(taken.flatMap((one, i) => (one.recall.count ? [[x(i), y(value(one.recall))]] : [])));
  const told = heard.length
    ? `In ${counted(taken.length * EVERY_S, 'second')}, ${counted(heard.reduce((sum, one) => sum + one.recall.count, 0), 'recall')}; lately ${ms(mean(heard.at(-1).recall))} on average.`
    : 'No recall came while this page was open.';
  return html`<figure class="chart tall" ref=${frame}>
    ${width > 0 && html`<svg width=${width} height=${HEIGHT} viewBox=${`0 0 ${width} ${HEIGHT}`} role="img" aria-label=${told}>
      ${ticks(most * 1000).map((tick) => html`<g key=${tick}>
        <line class="grid" x1=${LEFT} x2=${width - 8} y1=${y(tick / 1000)} y2=${y(tick / 1000)} />
        <text class="axis" x=${LEFT - 8} y=${y(tick / 1000) + 4} text-anchor="end">${number(tick)} ms</text></g>`)}
      <path class="threshold" d=${curve((one) => quantile(one, 0.95))} />
      <path class="curve" d=${curve(mean)} />
      ${taken.map((one, i) => one.recall.count > 0 && html`<circle key=${one.at} class="dot" r="2.5" cx=${x(i)} cy=${y(mean(one.recall))} />`)}
      ${taken.length > 1 && html`<text class="axis" x=${LEFT} y=${HEIGHT - 5}>${whenClock(taken[0].at)}</text>`}
    </svg>`}
    <ul class="legend"><li class="key-curve">average</li><li class="key-threshold">95 % within</li></ul>
    <figcaption>${told}</figcaption>
  </figure>`;
}

/** A histogram by one of its labels: since the start as numbers, while the page is open as a line. */
function Split({ title, word, whole, of, taken }) {
  if (whole.size === 0) return null;
  const rows = [...whole].map(([name, one]) => ({ name, one })).filter(({ one }) => one.count > 0).sort((a, b) => b.one.sum - a.one.sum);
  const all = rows.reduce((sum, { one }) => sum + one.sum, 0) || 1;
  return html`<h2 class="part-title">${title}</h2>
    <${Table} caption=${title} rows=${rows} rowKey=${(row) => row.name} columns=${[
      { key: 'name', name: word === 'part' ? 'Part' : 'Stage', isMain: true, cell: (row) => row.name },
      { key: 'share', name: 'Share', isNumber: true, cell: (row) => html`<span class="share"><meter max="1" value=${row.one.sum / all} aria-hidden="true"></meter> ${Math.round((row.one.sum / all) * 100)} %</span>` },
      { key: 'mean', name: 'Average', isNumber: true, cell: (row) => ms(mean(row.one)) },
      { key: 'p95', name: '95 % within', isNumber: true, cell: (row) => ms(quantile(row.one, 0.95)) },
      { key: 'count', name: 'Times', isNumber: true, cell: (row) => number(row.one.count) },
      { key: 'line', name: 'While open', cell: (row) => html`<${Spark} values=${taken.map((one) => (one[of].has(row.name) ? mean(one[of].get(row.name)) : null))} />` },
    ]} />`;
}

function Spark({ values }) {
  const points = values.map((value, i) => [i, value]).filter(([, value]) => value !== null);
  if (points.length === 0) return html`<span class="muted">none</span>`;
  const x = scale([0, Math.max(30, values.length - 1)], [3, 117]);
  const y = scale([0, Math.max(...points.map(([, value]) => value)) || 1], [21, 3]);
  const last = points.at(-1);
  return html`<svg class="spark" width="120" height="24" viewBox="0 0 120 24" role="img" aria-label=${`lately ${ms(last[1])}`}>
    <path class="curve" d=${line(points.map(([i, value]) => [x(i), y(value)]))} /><circle class="dot" r="2" cx=${x(last[0])} cy=${y(last[1])} /></svg>`;
}

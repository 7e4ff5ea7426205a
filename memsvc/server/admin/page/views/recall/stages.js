// What each stage of the recipe did: candidates in and out, and the time it took.
import { html } from '../../lib/ui.js';
import { number } from '../../lib/format.js';
import { Empty } from '../../parts.js';

export function Stages({ answer }) {
  const trace = answer.trace || [];
  if (!trace.length) return html`<${Empty} title="No stage told of itself"><p>The answer came without a trace.</p><//>`;
  const slowest = Math.max(...trace.map((stage) => stage.took_ms), 0.001);
  const most = Math.max(...trace.map((stage) => stage.candidates), 1);
  const all = trace.reduce((sum, stage) => sum + stage.took_ms, 0);
  return html`<div class="table-frame"><table class="table stages">
    <caption>The stages of <strong>${answer.recipe}</strong> in the order in which they ran; ${all.toFixed(1)} ms together.</caption>
    <thead><tr><th scope="col">Stage</th><th scope="col" class="number">In</th><th scope="col" class="number">Out</th>
      <th scope="col" class="number">ms</th><th scope="col"><span class="sr-only">Bars</span></th></tr></thead>
    <tbody>${trace.map((stage, i) => {
      const [name, told] = split(stage.stage);
      return html`<tr key=${i}>
        <th scope="row" class="main"><span class="stage-name">${name}</span> <span class="muted">${told}</span>
          ${Object.keys(stage.facts).length > 0 && html`<span class="stage-facts">${facts(stage.facts)}</span>`}</th>
        <td class="number" data-name="In">${i === 0 ? '' : number(trace[i - 1].candidates)}</td>
        <td class="number" data-name="Out">${number(stage.candidates)}</td>
        <td class="number" data-name="ms">${stage.took_ms.toFixed(stage.took_ms < 10 ? 2 : 0)}</td>
        <td class="stage-bars" aria-hidden="true">
          <span class="stage-out" style=${{ width: `${((stage.candidates / most) * 100).toFixed(1)}%` }} title="Candidates"></span>
          <span class="stage-time" style=${{ width: `${((stage.took_ms / slowest) * 100).toFixed(1)}%` }} title="Time"></span></td>
      </tr>`;
    })}</tbody></table></div>
    <ul class="legend bars-legend"><li class="key-out">candidates that came out</li><li class="key-time">time it took</li></ul>`;
}

function split(text) {
  const at = text.indexOf('(');
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at)];
}

function facts(told) {
  return Object.entries(told).map(([name, value]) => html`<span key=${name}>${name.replaceAll('_', ' ')} <code>${said(value)}</code></span>`);
}

function said(value) {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > 400 ? `${text.slice(0, 400)}…` : text;
}

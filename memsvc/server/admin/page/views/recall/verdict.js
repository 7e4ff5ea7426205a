// Whether the memory holds the answer, and what the answer stands on.
import { html } from '../../lib/ui.js';
import { counted, number } from '../../lib/format.js';
import { Tag, Time } from '../../parts.js';

const percent = (value) => `${Math.round(value * 100)} %`;

const word = ({ abstain, holds }) => {
  if (abstain) return 'May not hold the answer';
  return holds && holds.probability < 0.5 ? 'May hold the answer' : 'Likely holds the answer';
};

export function Verdict({ answer, tookMs }) {
  const { holds } = answer;
  const reasons = holds && [
    ['words', `${percent(holds.words)} of the question’s words, weighed by how rare they are, stand in the first hit.`, holds.words],
    holds.nearness !== null && ['nearness', `It is ${holds.nearness.toFixed(2)} near in meaning.`, Math.max(0, holds.nearness)],
    holds.tokens !== null && ['single words', `${percent(holds.tokens)} of the question is met by the meaning of single words.`, holds.tokens],
    ['lead', `It leads the tenth hit by ${holds.lead.toFixed(2)}${holds.lead < 0.1 ? ': many turns are alike' : ''}.`, Math.max(0, holds.lead)],
  ].filter(Boolean);
  const inStages = (answer.trace || []).reduce((sum, stage) => sum + stage.took_ms, 0);
  return html`<section class="card verdict" aria-label="Whether the memory holds the answer">
    <div class="verdict-main">
      <p class=${`verdict-word tone-${answer.abstain ? 'warn' : 'good'}`}>${word(answer)}</p>
      ${holds && html`<p class="verdict-number">${percent(holds.probability)} <span class="muted">probable; below 30 % is “abstain”</span></p>
      <div class="meter" aria-hidden="true"><span class=${answer.abstain ? 'low' : ''} style=${{ width: percent(holds.probability).replace(' ', '') }}></span></div>`}
      ${answer.missing_arms.length > 0 && html`<p><${Tag} tone="warn" title="The answer is the one without them">not asked: ${answer.missing_arms.join(', ')}<//></p>`}
    </div>
    ${reasons && html`<ul class="plain verdict-why">${reasons.map(([name, told, value]) => html`<li key=${name}>
      <span class="mini" aria-hidden="true"><span style=${{ width: `${Math.min(100, value * 100).toFixed(0)}%` }}></span></span>${told}</li>`)}</ul>`}
    <p class="verdict-facts">
      <span>Recipe <strong>${answer.recipe}</strong></span>
      <span>ledger position ${number(answer.position)}</span>
      <span>${counted(answer.hits.length, 'hit')}</span>
      <span>${counted(answer.context_tokens, 'token')} of context</span>
      <span>${inStages.toFixed(1)} ms in stages, ${Math.round(tookMs)} ms as seen from here</span>
    </p>
    ${answer.understood?.times.map((time) => html`<p key=${time.words} class="muted">“${time.words}” was read as
      ${' '}${time.since ? html`<${Time} at=${time.since} />` : 'any time'} to ${time.until ? html`<${Time} at=${time.until} />` : 'now'}.</p>`)}
  </section>`;
}

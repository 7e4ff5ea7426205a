// Two answers side by side: which hits are in both, which moved, and which only one has.
import { html, classes } from '../../lib/ui.js';
import { counted, number, score } from '../../lib/format.js';
import { link } from '../../lib/router.js';
import { Tag, Time } from '../../parts.js';
import { Shares } from './hits.js';
import { inShort, turnOf } from './words.js';

export function Compare({ space, one, other, names }) {
  const both = one.hits.filter((hit) => placeIn(other, hit) !== null);
  const moved = both.filter((hit) => placeIn(one, hit) !== placeIn(other, hit));
  const onlyOne = one.hits.length - both.length;
  const onlyOther = other.hits.length - both.length;
  const isSame = moved.length + onlyOne + onlyOther === 0;
  return html`
    <section class="card" aria-label="What differs">
      <p class="verdict-word" role="status">${isSame ? 'Both answer alike' : `${counted(both.length, 'hit')} in both, ${number(moved.length)} moved, ${number(onlyOne)} only in A, ${number(onlyOther)} only in B`}</p>
      <div class="table-frame"><table class="table compared"><caption class="sr-only">The two answers in figures</caption>
        <thead><tr><th scope="col">Side</th><th scope="col">Recipe</th><th scope="col" class="number">Position</th><th scope="col" class="number">Holds</th>
          <th scope="col" class="number">Context</th><th scope="col" class="number">In stages</th></tr></thead>
        <tbody>${[one, other].map((answer, i) => html`<tr key=${i}>
          <th scope="row" class="main">${names[i]}</th><td data-name="Recipe">${answer.recipe}</td><td class="number" data-name="Position">${number(answer.position)}</td>
          <td class="number" data-name="Holds">${answer.holds ? `${Math.round(answer.holds.probability * 100)} %` : ''}${answer.abstain ? ' (abstain)' : ''}</td>
          <td class="number" data-name="Context">${counted(answer.context_tokens, 'token')}</td>
          <td class="number" data-name="In stages">${(answer.trace || []).reduce((sum, stage) => sum + stage.took_ms, 0).toFixed(1)} ms</td></tr>`)}</tbody></table></div>
    </section>
    <div class="sides">
      <${Side} space=${space} name=${names[0]} answer=${one} against=${other} />
      <${Side} space=${space} name=${names[1]} answer=${other} against=${one} />
    </div>`;
}

function placeIn(answer, hit) {
  const at = answer.hits.findIndex((each) => each.id === hit.id);
  return at < 0 ? null : at + 1;
}

function Side({ space, name, answer, against }) {
  const most = Math.max(...answer.hits.map((hit) => hit.score), 0.0001);
  return html`<section class="side-list" aria-label=${name}>
    <h2>${name}</h2>
    ${answer.hits.length === 0 && html`<p class="muted">Nothing answers on this side.</p>`}
    <ol class="hits small">${answer.hits.map((hit, i) => {
      const there = placeIn(against, hit);
      return html`<li key=${hit.id}><article class=${classes('hit', there === null && 'only')} aria-label=${`Hit ${i + 1}`}>
        <header class="turn-head"><span class="hit-place">${i + 1}</span>
          <span class="turn-who">${hit.speaker || hit.role}</span>
          <a href=${link('/spaces/:space/streams/:stream', { space, stream: hit.stream }, { turn: turnOf(hit) })}><${Time} at=${hit.at} as="day" /></a>
          <${Change} here=${i + 1} there=${there} />
          <span class="hit-score">${score(hit.score)}</span></header>
        <p class="turn-text clamp">${hit.text}</p>
        <${Shares} hit=${hit} width=${Math.max(0.02, hit.score / most)} />
        <p class="hit-short">${inShort(hit)}</p>
      </article></li>`;
    })}</ol>
  </section>`;
}

function Change({ here, there }) {
  if (there === null) return html`<${Tag} tone="warn">only here<//>`;
  if (there === here) return html`<${Tag}>same place<//>`;
  return html`<${Tag} tone="good">${here < there ? '↑' : '↓'} there ${there}<//>`;
}

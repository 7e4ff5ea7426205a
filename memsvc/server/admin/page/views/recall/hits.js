// The hits, best first, each with why it is there and what it was worth.
import { html, classes, useMemo, useState } from '../../lib/ui.js';
import { path, post, remove } from '../../lib/api.js';
import { counted, score } from '../../lib/format.js';
import { link } from '../../lib/router.js';
import { may, useSession } from '../../lib/session.js';
import { Button, Empty, Icon, Tag, Time, announce, announceProblem } from '../../parts.js';
import { besideOf } from './context.js';
import { FAMILIES, inShort, reasons, shares, turnOf } from './words.js';

export function Hits({ space, answer, question, isPast }) {
  const key = useSession();
  const beside = useMemo(() => besideOf(answer), [answer]);
  if (!answer.hits.length) {
    return html`<${Empty} title="Nothing answers"><p>No turn passes the filters, or the memory is empty. Take filters away, ask otherwise, or
      look at what <a href=${link('/spaces/:space/streams', { space })}>was said</a>.</p><//>`;
  }
  const most = Math.max(...answer.hits.map((hit) => hit.score), 0.0001);
  const families = Object.keys(FAMILIES).filter((family) => answer.hits.some((hit) => shares(hit).some((each) => each.family === family)));
  return html`
    <ul class="families" aria-label="Colours">${families.map((family) => html`<li key=${family} class=${`fam-${family}`}>${FAMILIES[family]}</li>`)}</ul>
    <ol class="hits">${answer.hits.map((hit, i) => html`<li key=${hit.id}>
      <${Hit} space=${space} hit=${hit} place=${i + 1} most=${most} beside=${beside.get(hit.id)} question=${question} maySay=${!isPast && may(key, 'writer')} /></li>`)}</ol>`;
}

function Hit({ space, hit, place, most, beside, question, maySay }) {
  const [isOpen, setOpen] = useState(false);
  const turn = turnOf(hit);
  const name = hit.speaker || hit.role;
  return html`<article class="hit" aria-label=${`Hit ${place}, ${name}`}>
    <header class="turn-head">
      <span class="hit-place">${place}</span>
      <span class="turn-who">${name}</span>
      <${Time} at=${hit.at} />
      <a href=${link('/spaces/:space/streams/:stream', { space, stream: hit.stream }, { turn })}>${hit.title || hit.stream}, turn ${hit.seq}</a>
      <${Marks} hit=${hit} space=${space} />
      <span class="hit-score">score ${score(hit.score)}</span>
    </header>
    ${hit.event?.title && html`<p class="strong">${hit.event.title}</p>`}
    <p class="turn-text">${hit.text}</p>
    <${Shares} hit=${hit} width=${Math.max(0.02, hit.score / most)} />
    <p class="hit-short">${inShort(hit)}</p>
    ${beside && html`<${Beside} beside=${beside} />`}
    <div class="hit-foot">
      <${Button} kind="link" aria-expanded=${isOpen ? 'true' : 'false'} onClick=${() => setOpen(!isOpen)}><${Icon} name="chevron" />Why, arm by arm<//>
      ${maySay && hit.kind === 'turn' && html`<${Worth} space=${space} turn=${hit.id} place=${place} question=${question} />`}
    </div>
    ${isOpen && html`<${Arms} hit=${hit} />`}
  </article>`;
}

/** The neighbours that the context has beside a hit, in their order. */
function Beside({ beside }) {
  const { before, after } = beside;
  return html`<details class="beside"><summary>${counted(before.length + after.length, 'neighbour')} beside it in the context</summary>
    <ul class="plain">
      ${before.map((item) => html`<li key=${item.id}><span class="muted">before</span> ${item.text}</li>`)}
      ${after.map((item) => html`<li key=${item.id}><span class="muted">after</span> ${item.text}</li>`)}
    </ul></details>`;
}

const MAYBE = { maybe: 'may be superseded', stated: 'superseded', corrected: 'corrected' };

function Marks({ hit }) {
  return html`
    ${hit.kind !== 'turn' && html`<${Tag}>${hit.kind}<//>`}
    ${hit.turns.length > 1 && hit.kind === 'turn' && html`<${Tag} title="So many turns say the very same; they are one hit">said ${hit.turns.length} times<//>`}
    ${hit.source !== 'user' && hit.source !== 'agent' && html`<${Tag} title="Where the words come from">${hit.source}<//>`}
    ${hit.trust === 'untrusted' && html`<${Tag} tone="bad" title="The least trusted source that it stands on">untrusted<//>`}
    ${hit.echo_of && html`<${Tag} tone="warn" title=${`It repeats ${hit.echo_of}`}>echo<//>`}
    ${hit.superseded_by && html`<${Tag} tone="warn" title=${`By ${hit.superseded_by.id}${hit.superseded_by.reason ? `: ${hit.superseded_by.reason}` : ''}`}>
      ${MAYBE[hit.superseded_by.certainty] || 'superseded'} ${' '}<${Time} at=${hit.superseded_by.at} as="day" /><//>`}
    ${hit.disputed_by.length > 0 && html`<${Tag} tone="warn" title=${hit.disputed_by.join(', ')}>disputed<//>`}
    ${hit.note && html`${hit.note.tags.map((tag) => html`<${Tag} key=${tag}>${tag}<//>`)}`}`;
}

/** The shares of the families, as long as the hit's score is beside the best's. */
export function Shares({ hit, width }) {
  return html`<div class="shares" aria-hidden="true"><div class="shares-bar" style=${{ width: `${(width * 100).toFixed(1)}%` }}>
    ${shares(hit).map((each) => html`<span key=${each.family} class=${`fam-${each.family}`} style=${{ flexGrow: each.part.toFixed(4) }}></span>`)}
  </div></div>`;
}

function Arms({ hit }) {
  const all = reasons(hit);
  const most = Math.max(...all.map((each) => Math.abs(each.share)), 0.0001);
  return html`<table class="arms"><caption class="sr-only">What each arm added to the score</caption>
    <thead><tr><th scope="col">Arm</th><th scope="col">What it said</th><th scope="col" class="number">Share</th><th scope="col"><span class="sr-only">Bar</span></th></tr></thead>
    <tbody>${all.map((each) => html`<tr key=${each.arm}>
      <th scope="row" title=${each.arm}>${each.name}</th>
      <td class="muted">${each.says}</td>
      <td class="number">${each.share >= 0 ? '+' : '−'}${Math.abs(each.share).toFixed(3)}</td>
      <td class="arm-bar" aria-hidden="true"><span class=${classes(`fam-${each.family}`, each.share < 0 && 'less')}
        style=${{ width: `${((Math.abs(each.share) / most) * 100).toFixed(1)}%` }}></span></td>
    </tr>`)}</tbody></table>`;
}

const VERDICTS = [['helped', 'Helped'], ['wrong', 'Wrong'], ['outdated', 'Outdated']];

function Worth({ space, turn, place, question }) {
  const [given, setGiven] = useState(null);
  const [isBusy, setBusy] = useState(false);
  const where = path`/v1/spaces/${space}/feedback`;
  const act = async (work) => {
    setBusy(true);
    try {
      await work();
    } catch (problem) {
      announceProblem(problem);
    }
    setBusy(false);
  };
  const say = (verdict) => act(async () => {
    if (given?.verdict === verdict) {
      await remove(`${where}${path`/${given.id}`}`);
      setGiven(null);
      announce('Taken back: recalls heed it no more.');
      return;
    }
    setGiven(await post(where, { turn, verdict, question }));
    announce(`Said: ${verdict}. Recalls heed it from now on.`);
  });
  return html`<div class="worth" role="group" aria-label=${`What hit ${place} was worth`}>
    ${VERDICTS.map(([verdict, name]) => html`<button key=${verdict} type="button" class="chip" disabled=${isBusy}
      aria-pressed=${given?.verdict === verdict ? 'true' : 'false'} onClick=${() => say(verdict)}>${name}</button>`)}
  </div>`;
}

// One fact in full: who says it and how far that is trusted, what stands against it, what was ruled.
import { html } from '../lib/ui.js';
import { get, path, remove } from '../lib/api.js';
import { counted, number } from '../lib/format.js';
import { useLoad } from '../lib/load.js';
import { Button, Loaded, Tag, Time, announce, announceProblem } from '../parts.js';
import { STATES, Spans, TRUST, sentence } from './fact-parts.js';
import { Maker, SaidBy } from './known.js';

const VERDICTS = { superseded: 'held no longer', upheld: 'holds, whatever else is said', rejected: 'does not hold, and never did' };

/** `onAct(kind, fact)` opens a dialog: decide, end or delete; null where nothing may be changed. */
export function FactDetail({ space, id, version, asOf, onAct, onChanged, to, isAlone }) {
  const where = path`/v1/spaces/${space}/facts`;
  const found = useLoad((signal) => read(where, id, asOf, signal), [where, id, asOf, version]);
  const undo = async (ruling) => {
    try {
      await remove(`${where}${path`/${id}/rulings/${ruling.id}`}`);
      announce('The ruling was taken back; the fact stands as it would without it.');
    } catch (problem) {
      announceProblem(problem);
    }
    found.reload();
    onChanged();
  };
  return html`<div class="fact-detail"><${Loaded} from=${found} rows=${2}>${({ fact, others }) => html`
    ${isAlone && html`<h2>${sentence(fact)}</h2><div><${Tag} tone=${STATES[fact.state]?.tone}>${fact.state}<//> <${Spans} fact=${fact} /></div>`}
    <dl class="pairs">
      <div><dt>It is</dt><dd>${fact.state}: ${STATES[fact.state]?.says}</dd></div>
      ${fact.superseded_by && html`<div><dt>In its place</dt><dd><${Other} fact=${others.get(fact.superseded_by)} id=${fact.superseded_by} to=${to} /></dd></div>`}
      ${fact.disputes.length > 0 && html`<div><dt>Against it stands</dt><dd><ul class="plain">${fact.disputes.map((each) => html`<li key=${each}><${Other} fact=${others.get(each)} id=${each} to=${to} /></li>`)}</ul></dd></div>`}
      <div><dt>Trust</dt><dd>${fact.trust}: ${TRUST[fact.trust]}${fact.source !== fact.trust ? html`; last ${TRUST[fact.source]}` : ''}</dd></div>
      ${fact.run && html`<div><dt>Read by</dt><dd>a language model, <${Maker} space=${space} maker="enrichment" run=${fact.run} /></dd></div>`}
      <div><dt>Said in</dt><dd>${counted(fact.turns.length, 'turn')}<${SaidBy} space=${space} turns=${fact.turns} asOf=${asOf} /></dd></div>
      ${fact.rulings.length > 0 && html`<div><dt>Ruled</dt><dd><ul class="plain rulings">${fact.rulings.map((ruling) => html`<li key=${ruling.id}>
        <p><strong>${VERDICTS[ruling.verdict]}</strong>${ruling.verdict === 'superseded' && ruling.at ? html` from <${Time} at=${ruling.at} as="day" />` : ''}${ruling.by ? html`, for <${Other} fact=${others.get(ruling.by)} id=${ruling.by} to=${to} />` : ''}</p>
        <p class="version-why">${ruling.reason}</p>
        <p class="muted"><${Maker} space=${space} maker=${ruling.maker} />, at ledger position ${number(ruling.position)}
          ${onAct && html` <${Button} kind="link" onClick=${() => undo(ruling)}>Take it back<//>`}</p></li>`)}</ul></dd></div>`}
      <div><dt>Kept as</dt><dd><code>${fact.id}</code>, stated at ledger position ${number(fact.position)}, version ${number(fact.version)}</dd></div>
    </dl>
    ${onAct && html`<div class="actions">
      <${Button} onClick=${() => onAct('decide', fact)}>Decide…<//>
      <${Button} onClick=${() => onAct('end', fact)}>It ended…<//>
      <${Button} kind="danger-quiet" icon="forget" onClick=${() => onAct('delete', fact)}>Retract…<//>
    </div>`}`}<//></div>`;
}

function Other({ fact, id, to }) {
  return fact ? html`<a href=${to({ fact: fact.id, show: '', entity: fact.subject, state: '', predicate: '', valid_at: '' })}>${sentence(fact)}</a>` : html`<code>${id}</code>`;
}

async function read(where, id, asOf, signal) {
  const one = (each) => get(`${where}${path`/${each}`}`, { as_of: asOf }, { signal });
  const fact = await one(id);
  const ids = [...new Set([fact.superseded_by, ...fact.disputes.slice(0, 20), ...fact.rulings.map((ruling) => ruling.by)].filter(Boolean))];
  const others = await Promise.all(ids.map((each) => one(each).catch((problem) => {
    if (problem.status === 404) return null; // it went between the two questions
    throw problem;
  })));
  return { fact, others: new Map(others.filter(Boolean).map((each) => [each.id, each])) };
}

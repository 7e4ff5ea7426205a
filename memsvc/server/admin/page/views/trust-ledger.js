// The ledger, the newest entry first: who changed what, filtered, and the check of its chain.
import { html, useEffect, useId, useState } from '../lib/ui.js';
import { get, post } from '../lib/api.js';
import { counted, number } from '../lib/format.js';
import { useLoad, usePages } from '../lib/load.js';
import { go } from '../lib/router.js';
import { may, useSession } from '../lib/session.js';
import { Button, Card, Empty, Field, Loading, ProblemBox, Tag, Time, VirtualList, announceProblem } from '../parts.js';

export const KINDS = [
  'space.made', 'space.revised', 'space.rolled_back', 'stream.made', 'stream.deleted', 'turn.added', 'turn.embedded',
  'turn.revised', 'turn.deleted', 'event.closed', 'event.deleted', 'event.titled', 'event.untitled', 'fact.added',
  'fact.revised', 'fact.unsaid', 'fact.ruled', 'fact.unruled', 'fact.embedded', 'fact.deleted', 'entities.merged',
  'entities.unmerged', 'entity.unlinked', 'entity.linked', 'names.compared', 'turns.forgotten', 'note.added', 'note.revised', 'note.embedded', 'note.retired',
  'note.restored', 'note.deleted', 'link.added', 'link.retired', 'turn.held', 'turn.released', 'turn.rejected',
  'held.deleted', 'feedback.given', 'feedback.taken_back', 'question.pinned', 'question.unpinned',
  'canaries.planted', 'document.written', 'document.deleted',
];
const TONES = { deleted: 'bad', forgotten: 'bad', rejected: 'bad', held: 'warn', rolled_back: 'warn', revised: 'warn', added: 'good', made: 'good', released: 'good' };

const SCREENFUL = 20;

export function Ledger({ where, query, to }) {
  const key = useSession();
  const seesKeys = may(key, 'admin', { everywhere: true });
  const keys = useLoad((signal) => (seesKeys ? get('/v1/keys', { limit: 500 }, { signal }) : { items: [key] }), [seesKeys]);
  const names = new Map((keys.data?.items || []).map((one) => [one.id, one.name]));
  const asked = { actor: query.actor, change: query.change, since: begins(query.from), until: begins(query.to, 1), newest_first: true };
  const entries = usePages(`${where}/ledger`, asked, { by: 'before' });
  // A page of what is filtered may be short or empty: so much of the ledger was looked through for it.
  useEffect(() => {
    if (entries.items.length < SCREENFUL) entries.more();
  }, [entries.items, entries.isLoading]);
  const isFiltered = Boolean(query.actor || query.change || query.from || query.to);
  const choose = (some) => {
    const { actor, change, from, to: until } = { ...query, ...some };
    go(to('ledger', { actor, change, from, to: until }), { replace: true });
  };
  return html`
    <${Chain} where=${where} />
    <${Filters} query=${query} names=${names} choose=${choose} isFiltered=${isFiltered} />
    ${entries.problem && html`<${ProblemBox} problem=${entries.problem} again=${entries.reload} />`}
    ${entries.isLoading && entries.items.length === 0 && html`<${Loading} />`}
    ${entries.isDone && entries.items.length === 0 && html`<${Empty} title="No entry is like that"
      action=${html`<${Button} onClick=${() => choose({ actor: '', change: '', from: '', to: '' })}>Show all entries<//>`}>
      <p>Leave out one of the filters, or take a longer time.</p><//>`}
    ${entries.items.length > 0 && html`<p class="muted" role="status">${counted(entries.items.length, 'entry', 'entries')}${entries.isDone ? '' : ' so far'}, the newest first</p>`}
    <div class="rows"><${VirtualList} items=${entries.items} itemKey=${(entry) => entry.position} onEnd=${entries.more} label="Entries of the ledger" estimate=${62}
      item=${(entry) => html`<${Entry} entry=${entry} names=${names} choose=${choose} back=${may(key, 'admin') && to('rollback', { to: entry.position })} />`} /></div>`;
}

/** The moment at which a day begins in the reader's zone, some days on. */
function begins(day, on = 0) {
  if (!day) return undefined;
  const [year, month, date] = day.split('-').map(Number);
  const moment = new Date(year, month - 1, date + on);
  return Number.isNaN(moment.getTime()) ? day : moment.toISOString();
}

function Filters({ query, names, choose, isFiltered }) {
  const ids = { actor: useId(), change: useId(), from: useId(), to: useId() };
  const actors = new Map([...names, ['worker', 'the service itself']]);
  if (query.actor && !actors.has(query.actor)) actors.set(query.actor, '');
  return html`<form class="filters" aria-label="Filter" onSubmit=${(event) => event.preventDefault()}>
    <${Field} id=${ids.actor} label="Actor"><select id=${ids.actor} value=${query.actor || ''} onChange=${(event) => choose({ actor: event.target.value })}>
      <option value="">anybody</option>
      ${[...actors].map(([id, name]) => html`<option key=${id} value=${id} selected=${id === query.actor}>${name ? `${name} (${id})` : id}</option>`)}
    </select><//>
    <${Field} id=${ids.change} label="Kind"><select id=${ids.change} value=${query.change || ''} onChange=${(event) => choose({ change: event.target.value })}>
      <option value="">all kinds</option>
      ${KINDS.map((kind) => html`<option key=${kind} value=${kind} selected=${kind === query.change}>${kind}</option>`)}
    </select><//>
    <${Field} id=${ids.from} label="From" type="date" value=${query.from || ''} onChange=${(event) => choose({ from: event.target.value })} />
    <${Field} id=${ids.to} label="To" type="date" value=${query.to || ''} onChange=${(event) => choose({ to: event.target.value })} />
    ${isFiltered && html`<${Button} icon="close" onClick=${() => choose({ actor: '', change: '', from: '', to: '' })}>Clear<//>`}
  </form>`;
}

function Entry({ entry, names, choose, back }) {
  const name = names.get(entry.actor);
  return html`<div class="row entry">
    <span class="entry-position">${number(entry.position)}</span>
    <span class="row-main">
      <span><${Tag} tone=${TONES[entry.change.split('.')[1]]}>${entry.change}<//> <code class="entry-subject">${entry.subject}</code></span>
      <span class="row-sub" title=${`digest ${entry.digest}, hash ${entry.hash}`}>
        <button type="button" class="button link" title="Only what this one did" onClick=${() => choose({ actor: entry.actor })}>${name || entry.actor}</button>
        ${' '}<span class="hash">${entry.hash.slice(0, 12)}</span></span>
    </span>
    <span class="row-fact"><${Time} at=${entry.at} /></span>
    ${back && html`<a class="row-fact" href=${back} title="Look at rolling back to here" aria-label=${`Roll back to position ${entry.position}`}>Roll back to…</a>`}
  </div>`;
}

function Chain({ where }) {
  const [verdict, setVerdict] = useState(null);
  const [isBusy, setBusy] = useState(false);
  const check = async () => {
    setBusy(true);
    try {
      setVerdict(await post(`${where}/ledger/verify`));
    } catch (problem) {
      announceProblem(problem);
    }
    setBusy(false);
  };
  return html`<${Card} title="The chain" actions=${html`<${Button} icon="check" onClick=${check} disabled=${isBusy}>${isBusy ? 'Checking…' : 'Check the chain'}<//>`}>
    <p>Each entry holds the hash of the one before it, and digests instead of texts. A check recomputes all of them and holds every turn against its entry.</p>
    <div role="status">${verdict && (verdict.is_whole
      ? html`<p><${Tag} tone="good">whole<//> ${counted(verdict.entries, 'entry', 'entries')} checked; it ends in <code>${verdict.head.slice(0, 16)}</code>.</p>`
      : html`<p><${Tag} tone="bad">broken<//> At position ${number(verdict.broken_at)}: ${verdict.reason}. Restore a backup from before, and keep this store for looking into it.</p>`)}</div>
  <//>`;
}

// One space: what it holds, whether its ledger is whole, what is still to be done, how it is set.
import { html, useId, useState } from '../lib/ui.js';
import { get, path, post, remove } from '../lib/api.js';
import { bytes, counted, number, seconds } from '../lib/format.js';
import { useEvery, useLoad } from '../lib/load.js';
import { go, link } from '../lib/router.js';
import { may, useSession } from '../lib/session.js';
import {
  Button, Card, ConfirmDialog, Empty, Loaded, Page, Progress, Stat, Table, Tag, Time, announce, announceProblem,
} from '../parts.js';
import { ForgetDialog } from './forgetting.js';
import { Growth } from './growth.js';
import { Health, backlog } from './health.js';
import { ExportLink, ImportDialog } from './moving.js';

export default function Space({ params }) {
  const key = useSession();
  const [open, setOpen] = useState(null);
  const where = path`/v1/spaces/${params.space}`;
  const space = useLoad((signal) => get(where, {}, { signal }), [where]);
  const enrichment = useLoad((signal) => get(`${where}/enrichment`, {}, { signal }), [where]);
  useEvery(2, () => { enrichment.reload(); space.reload(); }, Boolean(enrichment.data && backlog(enrichment.data)));
  const close = () => setOpen(null);
  const changed = () => { space.reload(); enrichment.reload(); };

  const actions = space.data && html`
    <${ExportLink} space=${params.space} />
    ${may(key, 'writer') && html`<${Button} icon="upload" onClick=${() => setOpen('import')}>Import<//>
      <${Button} icon="forget" onClick=${() => setOpen('forget')}>Forget…<//>`}`;

  return html`<${Page} title=${params.space} crumbs=${[['Spaces', '#/']]} actions=${actions}>
    <${Loaded} from=${space} rows=${5}>${(found) => html`
      ${found.turns === 0 && html`<${Empty} title="Nothing is remembered here yet">
        <p>An agent writes with its key, over <a href="../docs">the API</a>, the SDK or the tools of MCP:</p>
        <pre><code>${`memsvc write ${found.name} chat-1 "I moved to Lisbon in May."`}</code></pre>
        <p>An export of another space can be imported above.</p><//>`}
      <${Numbers} space=${found} />
      <div class="cards">
        <${LedgerCard} where=${where} space=${found} />
        <${EnrichmentCard} where=${where} enrichment=${enrichment} mayRetry=${may(key, 'writer')} onChanged=${changed} />
        ${found.turns > 0 && html`<${Growth} where=${where} position=${found.position} />`}
        <${SettingsCard} settings=${found.settings} />
        ${may(key, 'admin') && html`<${Card} title="Delete the space">
          <p>Everything in it goes: what was said, what came of it, its ledger and its secret. To let go of a part only, use Forget.</p>
          <${Button} kind="danger-quiet" icon="forget" onClick=${() => setOpen('delete')}>Delete ${params.space}…<//>
        <//>`}
      </div>`}<//>
    ${open === 'import' && html`<${ImportDialog} space=${params.space} onClose=${close} onDone=${changed} />`}
    ${open === 'forget' && html`<${ForgetDialog} space=${params.space} onClose=${close} onDone=${changed} />`}
    ${open === 'delete' && html`<${DeleteSpace} where=${where} space=${space.data} onClose=${close} />`}
  <//>`;
}

function Numbers({ space }) {
  return html`<dl class="stats">
    <${Stat} name="Turns" value=${number(space.turns)} note=${bytes(space.text_bytes)} />
    <${Stat} name="Streams" value=${html`<a href=${link('/spaces/:space/streams', { space: space.name })}>${number(space.streams)}</a>`} />
    <${Stat} name="Events" value=${number(space.events)} note="closed" />
    <${Stat} name="Vectors" value=${number(space.vectors)} />
    <${Stat} name="Made" value=${html`<${Time} at=${space.created_at} as="day" />`} />
  </dl>`;
}

function LedgerCard({ where, space }) {
  const [verdict, setVerdict] = useState(null);
  const [isBusy, setBusy] = useState(false);
  const check = async () => {
    setBusy(true);
    try {
      setVerdict(await post(`${where}/ledger/verify`));
    } catch (problem) {
      announceProblem(problem);
    } finally {
      setBusy(false);
    }
  };
  return html`<${Card} title="Ledger">
    <p>Every change is an entry of a hash chain. It stands at position <strong>${number(space.position)}</strong>.</p>
    <div role="status">${verdict && (verdict.is_whole
      ? html`<p><${Tag} tone="good">whole<//> ${counted(verdict.entries, 'entry', 'entries')} checked; the chain and what it tells of fit.</p>`
      : html`<p><${Tag} tone="bad">broken<//> At position ${number(verdict.broken_at)}: ${verdict.reason}. Restore a backup from before, and keep this store for looking into it.</p>`)}</div>
    <${Button} icon="check" onClick=${check} disabled=${isBusy}>${isBusy ? 'Checking…' : 'Check the chain'}<//>
  <//>`;
}

function EnrichmentCard({ where, enrichment, mayRetry, onChanged }) {
  const retry = async () => {
    try {
      const done = await post(`${where}/enrichment/retry`);
      announce(`${counted(done.jobs, 'job')} will be tried again.`);
      onChanged();
    } catch (problem) {
      announceProblem(problem);
    }
  };
  return html`<${Card} title="Enrichment" actions=${html`<${Health} enrichment=${enrichment.data} />`}>
    <${Loaded} from=${enrichment} rows=${2}>${(found) => {
      const waiting = backlog(found);
      return html`
        ${waiting > 0 && html`<${Progress} value=${found.done / (found.done + waiting)} label="Enrichment done" />
          <p>${Object.entries(found.waiting).map(([step, n]) => `${number(n)} ${step}`).join(', ')} waiting; the oldest for ${seconds(found.lag_s)}.</p>`}
        ${waiting === 0 && found.parked.length === 0 && html`<p>All that follows a write is done${found.done ? `: ${counted(found.done, 'job')} so far` : ''}.</p>`}
        ${found.parked.length > 0 && html`
          <p>These failed all their tries. What they were for is missing until they are tried again with success.</p>
          <${Table} caption="Parked jobs" rows=${found.parked} rowKey=${(job) => job.turn + job.step} columns=${[
            { key: 'step', name: 'Step', isMain: true, cell: (job) => job.step },
            { key: 'reason', name: 'Reason', cell: (job) => job.reason },
            { key: 'since', name: 'Since', cell: (job) => html`<${Time} at=${job.since} />` },
          ]} />
          ${mayRetry && html`<${Button} icon="refresh" onClick=${retry}>Try them again<//>`}`}`;
    }}<//>
  <//>`;
}

const NAMES = {
  retention_days: 'Turns are kept for', recipe: 'Recipe', segmentation: 'Cutting into events', forgetting: 'Fading',
  synonyms: 'Synonyms of names', single_valued: 'Single-valued predicates', admission: 'Admission', notes: 'Notes of events',
  improving: 'Language model after writes', clues: 'Clues in recalls', sift_facts: 'Sifting of facts',
};
const DEFAULTS = {
  retention_days: 'ever', recipe: 'default', forgetting: 'off', synonyms: 'off', notes: 'off', improving: 'off',
};

function SettingsCard({ settings }) {
  return html`<${Card} title="Settings in force">
    <dl class="pairs">${Object.entries(settings).map(([name, value]) => html`<div key=${name}>
      <dt>${NAMES[name] || name}</dt>
      <dd class=${value === null ? 'muted' : ''}>${said(name, value)}</dd></div>`)}</dl>
  <//>`;
}

function said(name, value) {
  if (value === null) return DEFAULTS[name] || 'by default';
  if (name === 'retention_days') return counted(value, 'day');
  if (Array.isArray(value)) return value.join(', ') || 'none';
  if (typeof value === 'object') {
    return html`<span class="inner-pairs">${Object.entries(value)
      .filter(([, inner]) => inner !== null)
      .map(([inner, each]) => html`<span key=${inner}>${inner.replaceAll('_', ' ')} <code>${typeof each === 'object' ? JSON.stringify(each) : String(each)}</code></span>`)}</span>`;
  }
  return String(value);
}

function DeleteSpace({ where, space, onClose }) {
  const go_away = async () => {
    await remove(where);
    announce(`The space ${space.name} is gone.`);
    onClose();
    go('#/');
  };
  return html`<${ConfirmDialog} title="Delete this space?" word=${space.name} submit="Delete for good" onSubmit=${go_away} onClose=${onClose}>
    <p><strong>${space.name}</strong> holds ${counted(space.turns, 'turn')} in ${counted(space.streams, 'stream')}. All of it goes, with its ledger and its secret, and cannot be brought back but from an export or a backup.</p>
  <//>`;
}

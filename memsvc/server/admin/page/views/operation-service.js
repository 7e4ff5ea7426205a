// The service itself: which release, whether it can work, on what and how it is set, and everything
// as one file.
import { html, useState } from '../lib/ui.js';
import { address, get } from '../lib/api.js';
import { bytes, number } from '../lib/format.js';
import { useLoad } from '../lib/load.js';
import { gauge, parse } from '../lib/metrics.js';
import { ButtonLink, Card, Loaded, Table, Tag } from '../parts.js';

export function Service() {
  const ready = useLoad((signal) => get('/readyz', {}, { signal }), []);
  const health = useLoad((signal) => get('/healthz', {}, { signal }), []);
  const numbers = useLoad(async (signal) => parse(await get('/metrics', {}, { signal })), []);
  const service = useLoad((signal) => get('/v1/service', {}, { signal }), []);
  const limits = useLoad(async (signal) => limitsOf((await get('/openapi.json', {}, { signal })).info.description), []);
  return html`<div class="cards">
    <${Card} title="Service">
      <${Loaded} from=${health} rows=${1}>${(told) => html`<dl class="pairs"><div><dt>Version</dt><dd>${told.version}</dd></div></dl>`}<//>
      <${Loaded} from=${ready} rows=${2}>${(told) => html`<dl class="pairs">${Object.entries(told.parts).map(([name, state]) => html`
        <div key=${name}><dt>${name[0].toUpperCase() + name.slice(1)}</dt><dd><${State} state=${state} /></dd></div>`)}</dl>`}<//>
    <//>
    <${Card} title="Store">
      <${Loaded} from=${service} rows=${2}>${(told) => html`<${Store} store=${told.store} />`}<//>
    <//>
    <${Card} title="Memory and indexes">
      <${Loaded} from=${numbers} rows=${2}>${(samples) => html`<dl class="pairs">
        ${[['memsvc_index_bytes', 'Loaded indexes', bytes], ['memsvc_index_vectors_new', 'Vectors not in a graph yet', number],
          ['memsvc_body_bytes', 'Bodies of requests', bytes], ['process_resident_memory_bytes', 'The whole process', bytes]]
          .filter(([name]) => gauge(samples, name) !== null)
          .map(([name, title, say]) => html`<div key=${name}><dt>${title}</dt><dd>${say(gauge(samples, name))}</dd></div>`)}</dl>`}<//>
    <//>
    <${Backup} />
    <${Card} title="Limits">
      <p class="muted">What a request may hold, as this service is set.</p>
      <${Loaded} from=${limits} rows=${6}>${(rows) => html`<dl class="pairs limits">${rows.map(([name, value]) => html`
        <div key=${name}><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`}<//>
    <//>
  </div>
  <${Card} title="Settings in force">
    <p class="muted">A space's own settings are on its overview.</p>
    <${Loaded} from=${service} rows=${6}>${(told) => html`<${Settings} settings=${told.settings} />`}<//>
  <//>`;
}

function State({ state }) {
  const [, word, rest] = /^(ok|off)\s*(?:\((.*)\))?$/.exec(state) || [];
  if (!word) return html`<${Tag} tone="bad">not ready<//> ${state}`;
  return html`<${Tag} tone=${word === 'ok' ? 'good' : 'quiet'}>${word}<//> ${rest && html`<code>${rest}</code>`}`;
}

/** The rows of the table of limits that heads the service's documentation. */
function limitsOf(description) {
  return description.split('\n').filter((row) => /^\|(?! *limit *\||-)/.test(row))
    .map((row) => row.split('|').slice(1, 3).map((cell) => cell.replaceAll('`', '').trim()));
}

/** A link, which the browser takes to its disk as it comes, and shows how far it is. */
function Backup() {
  return html`<${Card} title="Backup">
    <p>Every space, key and ledger as they stand now, in one file; writes go on meanwhile. It holds all texts: keep it as safe as the service. It comes in again with <code>memsvc restore</code>.</p>
    <${ButtonLink} icon="download" href=${address('/v1/backup')} download>Download a backup<//>
  <//>`;
}

const KINDS = { sqlite: 'SQLite, a file in the data directory', postgresql: 'PostgreSQL' };
const SEARCHED = { memory: 'in the memory of the process', database: 'in the database' };

function Store({ store }) {
  return html`<dl class="pairs">
    <div><dt>Rows</dt><dd>${KINDS[store.kind]}${store.is_shared && ', shared with other replicas'}</dd></div>
    <div><dt>Vectors and words</dt><dd>searched ${SEARCHED[store.search]}</dd></div></dl>`;
}

function Settings({ settings }) {
  const [isWhole, setWhole] = useState(false);
  const shown = settings.filter((one) => isWhole || one.is_set);
  return html`<label class="check-line"><input type="checkbox" checked=${isWhole} onChange=${(event) => setWhole(event.target.checked)} />Also those that stand as they are by default</label>
    ${shown.length === 0 ? html`<p class="muted">All stand as they are by default.</p>` : html`<${Table} caption="Settings in force" rows=${shown} rowKey=${(one) => one.name} columns=${COLUMNS} />`}`;
}

const COLUMNS = [
  { key: 'name', name: 'Setting', isMain: true, cell: (one) => html`<code>${one.variable}</code>` },
  { key: 'value', name: 'Value', cell: (one) => html`<${Value} one=${one} />` },
  { key: 'meaning', name: 'Meaning', cell: (one) => html`<span class="muted">${one.meaning}</span>` },
];

function Value({ one }) {
  if (one.is_secret) return html`<${Tag} tone=${one.is_set ? 'good' : 'quiet'}>${one.is_set ? 'set' : 'not set'}<//>`;
  if (one.value === '') return html`<span class="muted">${one.is_set ? 'set' : 'none'}</span>`;
  return html`<code class="any">${typeof one.value === 'number' ? number(one.value) : String(one.value)}</code>`;
}

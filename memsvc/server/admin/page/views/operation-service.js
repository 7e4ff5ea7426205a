// The service itself: which release, whether it can work, its limits, and everything as one file.
import { html, useState } from '../lib/ui.js';
import { address, get } from '../lib/api.js';
import { bytes, number } from '../lib/format.js';
import { useLoad } from '../lib/load.js';
import { gauge, parse } from '../lib/metrics.js';
import { Button, Card, Loaded, ProblemBox, Progress, Tag, announce } from '../parts.js';

export function Service() {
  const ready = useLoad((signal) => get('/readyz', {}, { signal }), []);
  const health = useLoad((signal) => get('/healthz', {}, { signal }), []);
  const numbers = useLoad(async (signal) => parse(await get('/metrics', {}, { signal })), []);
  const limits = useLoad(async (signal) => limitsOf((await get('/openapi.json', {}, { signal })).info.description), []);
  return html`<div class="cards">
    <${Card} title="Service">
      <${Loaded} from=${health} rows=${1}>${(told) => html`<dl class="pairs"><div><dt>Version</dt><dd>${told.version}</dd></div></dl>`}<//>
      <${Loaded} from=${ready} rows=${2}>${(told) => html`<dl class="pairs">${Object.entries(told.parts).map(([name, state]) => html`
        <div key=${name}><dt>${name[0].toUpperCase() + name.slice(1)}</dt><dd><${State} state=${state} /></dd></div>`)}</dl>`}<//>
    <//>
    <${Card} title="Memory and indexes">
      <${Loaded} from=${numbers} rows=${2}>${(samples) => html`<dl class="pairs">
        ${[['memsvc_index_bytes', 'Loaded indexes', bytes], ['memsvc_index_vectors_new', 'Vectors not in a graph yet', number],
          ['memsvc_body_bytes', 'Bodies of requests', bytes], ['process_resident_memory_bytes', 'The whole process', bytes]]
          .filter(([name]) => gauge(samples, name) !== null)
          .map(([name, title, say]) => html`<div key=${name}><dt>${title}</dt><dd>${say(gauge(samples, name))}</dd></div>`)}</dl>`}<//>
    <//>
    <${Backup} />
    <${Card} title="Settings in force">
      <p class="muted">Limits as this service is set; a space's own settings are on its overview.</p>
      <${Loaded} from=${limits} rows=${6}>${(rows) => html`<dl class="pairs limits">${rows.map(([name, value]) => html`
        <div key=${name}><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`}<//>
    <//>
  </div>`;
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

/** Asked for by script, as a cookie alone starts nothing; the browser keeps what comes on its disk. */
function Backup() {
  const [share, setShare] = useState(null);
  const [problem, setProblem] = useState(null);
  const take = async () => {
    setProblem(null);
    setShare(0);
    try {
      const answer = await fetch(address('/v1/backup'), { method: 'POST', headers: { 'Memsvc-Page': '1' }, cache: 'no-store' });
      if (!answer.ok) throw await answer.json();
      const whole = Number(answer.headers.get('content-length'));
      const name = /filename="([^"]+)"/.exec(answer.headers.get('content-disposition') || '')?.[1] || 'memsvc-backup.tar';
      let came = 0;
      const counting = new TransformStream({ transform(chunk, out) { came += chunk.length; setShare(whole ? came / whole : 0); out.enqueue(chunk); } });
      const file = await new Response(answer.body.pipeThrough(counting)).blob();
      const url = URL.createObjectURL(file);
      const link = Object.assign(document.createElement('a'), { href: url, download: name });
      link.click();
      setTimeout(() => URL.revokeObjectURL(url), 60_000);
      announce(`${name}, ${bytes(file.size)}, is with your downloads.`);
    } catch (error) {
      setProblem(error);
    }
    setShare(null);
  };
  return html`<${Card} title="Backup">
    <p>Every space, key and ledger as they stand now, in one file; writes go on meanwhile. It holds all texts: keep it as safe as the service. It comes in again with <code>memsvc restore</code>.</p>
    ${share !== null && html`<div class="upload"><${Progress} value=${share || undefined} label="Backup received" /></div>`}
    ${problem && html`<${ProblemBox} problem=${problem} />`}
    <${Button} icon="download" onClick=${take} disabled=${share !== null}>${share === null ? 'Download a backup' : 'On its way…'}<//>
  <//>`;
}

// Keys: who may do what. A secret is shown once, when it is made.
import { html, useId, useRef, useState } from '../lib/ui.js';
import { path, post, remove } from '../lib/api.js';
import { usePages } from '../lib/load.js';
import { useSession } from '../lib/session.js';
import { Button, ConfirmDialog, Dialog, Field, FormDialog, Loading, ProblemBox, Table, Tag, Time, announce } from '../parts.js';

export function Keys() {
  const mine = useSession();
  const keys = usePages('/v1/keys');
  const [open, setOpen] = useState(null); // 'new', { made }, { revoke }
  const close = () => setOpen(null);
  const revoke = async () => {
    await remove(path`/v1/keys/${open.revoke.id}`);
    announce(`The key ${open.revoke.name} is refused from now on.`);
    close();
    keys.reload();
  };
  const columns = [
    { key: 'name', name: 'Name', isMain: true, cell: (key) => html`<span class="strong">${key.name}</span> ${key.id === mine.id && html`<${Tag} tone="good">yours<//>`}<br /><code class="muted">${key.id}</code>` },
    { key: 'role', name: 'Role', cell: (key) => html`<${Tag} tone=${key.role === 'admin' ? 'warn' : 'quiet'}>${key.role}<//>` },
    { key: 'spaces', name: 'Spaces', cell: (key) => (key.spaces.includes('*') ? 'all' : key.spaces.join(', ')) },
    { key: 'made', name: 'Made', cell: (key) => html`<${Time} at=${key.created_at} as="day" />` },
    { key: 'revoke', name: 'Revoke', cell: (key) => html`<${Button} kind="danger-quiet" aria-label=${`Revoke ${key.name}…`} onClick=${() => setOpen({ revoke: key })}>Revoke…<//>` },
  ];
  return html`
    <div class="bar"><p class="muted">A key acts with its role in its spaces. The service keeps only a hash of it.</p>
      <${Button} kind="primary" icon="plus" onClick=${() => setOpen('new')}>New key<//></div>
    ${keys.problem && html`<${ProblemBox} problem=${keys.problem} again=${keys.reload} />`}
    ${keys.isLoading && keys.items.length === 0 && html`<${Loading} />`}
    ${keys.items.length > 0 && html`<${Table} caption="Keys" columns=${columns} rows=${keys.items} rowKey=${(key) => key.id} />`}
    ${!keys.isDone && keys.items.length > 0 && html`<${Button} onClick=${keys.more}>More keys<//>`}
    ${open === 'new' && html`<${NewKey} onClose=${close} onMade=${(made) => { setOpen({ made }); keys.reload(); }} />`}
    ${open?.made && html`<${Secret} made=${open.made} onClose=${close} />`}
    ${open?.revoke && html`<${ConfirmDialog} title="Revoke this key?" word=${open.revoke.name} submit="Revoke" onSubmit=${revoke} onClose=${close}>
      <p>Requests with <strong>${open.revoke.name}</strong> are refused from now on, and it cannot be brought back.
        ${open.revoke.id === mine.id && html` <strong>It is the key that you are signed in with: you will be signed out.</strong>`}</p><//>`}`;
}

const ROLES = [['reader', 'recalls, lists, exports'], ['writer', 'also writes, edits and forgets'], ['admin', 'also sets and deletes spaces; of all spaces, also keys and backups']];

function NewKey({ onClose, onMade }) {
  const [name, setName] = useState('');
  const [role, setRole] = useState('reader');
  const [isForAll, setForAll] = useState(false);
  const [said, setSaid] = useState('');
  const ids = { name: useId(), role: useId(), all: useId(), spaces: useId() };
  const spaces = isForAll ? ['*'] : said.split(/[\s,]+/).filter(Boolean);
  const make = async () => onMade(await post('/v1/keys', { name: name.trim(), role, spaces }));
  return html`<${FormDialog} title="New key" submit="Make key" isReady=${name.trim() !== '' && spaces.length > 0} onSubmit=${make} onClose=${onClose}>
    <${Field} id=${ids.name} label="Name" hint="Whose it is, or what for." value=${name} autocomplete="off" onInput=${(event) => setName(event.target.value)} />
    <${Field} id=${ids.role} label="Role"><select id=${ids.role} value=${role} onChange=${(event) => setRole(event.target.value)}>
      ${ROLES.map(([one, what]) => html`<option key=${one} value=${one}>${one}: ${what}</option>`)}</select><//>
    <p class="check-line"><input type="checkbox" id=${ids.all} checked=${isForAll} onChange=${(event) => setForAll(event.target.checked)} />
      <label for=${ids.all}>All spaces, also those to come</label></p>
    ${!isForAll && html`<${Field} id=${ids.spaces} label="Spaces" hint="Names, with commas between. They need not be there yet." value=${said}
      autocomplete="off" spellcheck=${false} onInput=${(event) => setSaid(event.target.value)} />`}
  <//>`;
}

function Secret({ made, onClose }) {
  const id = useId();
  const field = useRef();
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(made.secret);
      announce('Copied.');
    } catch {
      field.current.focus(); // no clipboard without TLS: it is selected, to be copied by hand
      field.current.select();
      announce('The browser does not let the page copy; it is selected.', { tone: 'bad' });
    }
  };
  // Escape does not close it: what it shows would be lost.
  return html`<${Dialog} title=${`The key of ${made.name}`} onClose=${() => {}} wide>
    <p>It is shown this once. Keep it where secrets are kept.</p>
    <div class="secret"><label class="sr-only" for=${id}>Secret</label>
      <input id=${id} ref=${field} class="filter" readonly value=${made.secret} onFocus=${(event) => event.target.select()} />
      <${Button} onClick=${copy}>Copy<//></div>
    <div class="dialog-foot"><${Button} kind="primary" onClick=${onClose}>I have kept it<//></div>
  <//>`;
}

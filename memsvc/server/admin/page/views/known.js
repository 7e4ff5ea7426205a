// Parts that the views of notes and of facts share: who made something, what turns said it, filters.
import { html, useEffect, useId, useRef, useState } from '../lib/ui.js';
import { get, path } from '../lib/api.js';
import { number } from '../lib/format.js';
import { useLoad } from '../lib/load.js';
import { link } from '../lib/router.js';
import { useSession } from '../lib/session.js';
import { Button, Field, Loading, Time } from '../parts.js';

/** Who or what made something: a key, a rule or a model, and the run of enrichment it was in. */
export function Maker({ space, maker, run }) {
  const key = useSession();
  const who = maker === key.id ? 'you' : maker.startsWith('k_') ? html`key <code>${maker}</code>` : html`<code>${maker}</code>`;
  return html`<span class="maker">by ${who}${run && html`, in <${Run} space=${space} run=${run} />`}</span>`;
}

function Run({ space, run }) {
  const [isOpen, setOpen] = useState(false);
  return html`<button type="button" class="as-text" aria-expanded=${isOpen ? 'true' : 'false'} onClick=${() => setOpen(!isOpen)}>run <code>${run}</code></button>
    ${isOpen && html`<${RunTold} space=${space} run=${run} />`}`;
}

function RunTold({ space, run }) {
  const found = useLoad((signal) => get(path`/v1/spaces/${space}/runs/${run}`, {}, { signal }), [space, run]);
  if (found.problem) return html`<span class="muted"> (${found.problem.title})</span>`;
  if (!found.data) return html`<span class="muted" role="status"> …</span>`;
  const { step, started_at: at, changes, rolled_back: back } = found.data;
  return html`<span class="muted"> (step ${step}, <${Time} at=${at} />, ${number(changes)} changes${back ? ', rolled back' : ''})</span>`;
}

/** Turns by id, as they were said, each with the way to where it stands. */
export function SaidBy({ space, turns, asOf, most = 12 }) {
  const shown = turns.slice(0, most);
  const found = useLoad((signal) => Promise.all(shown.map((id) => get(path`/v1/spaces/${space}/turns/${id}`, { as_of: asOf }, { signal })
    .catch((problem) => {
      if (problem.status === 404) return { id, isGone: true };
      throw problem;
    }))), [space, shown.join(), asOf]);
  if (found.problem) return html`<p class="field-problem" role="alert">${found.problem.detail || found.problem.message}</p>`;
  if (!found.data) return html`<${Loading} rows=${1} />`;
  return html`<ul class="plain said-by">${found.data.map((turn) => html`<li key=${turn.id}>
      ${turn.isGone ? html`<span class="muted">Turn <code>${turn.id}</code> is gone.</span>` : html`
        <p class="said-by-head"><strong>${turn.speaker || turn.role}</strong> <${Time} at=${turn.at} />
          ${' '}<a href=${link('/spaces/:space/streams/:stream', { space, stream: turn.stream }, { turn: turn.id })}>in ${turn.stream}, turn ${turn.seq}</a></p>
        <p class="said-by-text">${turn.content}</p>`}
    </li>`)}</ul>
    ${turns.length > most && html`<p class="muted">${number(turns.length - most)} more say so, too.</p>`}`;
}

/** A field whose words count once typing has paused. */
export function Search({ label, value, onChange, placeholder, ...rest }) {
  const id = useId();
  const [typed, setTyped] = useState(value || '');
  const sent = useRef(value || '');
  useEffect(() => {
    if ((value || '') !== sent.current) {
      sent.current = value || '';
      setTyped(value || '');
    }
  }, [value]);
  useEffect(() => {
    if (typed.trim() === sent.current) return undefined;
    const timer = setTimeout(() => {
      sent.current = typed.trim();
      onChange(sent.current);
    }, 300);
    return () => clearTimeout(timer);
  }, [typed]);
  return html`<div class="narrow-by"><label for=${id}>${label}</label>
    <input id=${id} type="search" placeholder=${placeholder} value=${typed} autocomplete="off" spellcheck=${false}
      onInput=${(event) => setTyped(event.target.value)} ...${rest} /></div>`;
}

/** A choice of few: `options` are `[value, name]`; the first is what holds when none was chosen. */
export function Choice({ label, value, options, onChange }) {
  const id = useId();
  return html`<div class="narrow-by"><label for=${id}>${label}</label>
    <select id=${id} value=${value || options[0][0]} onChange=${(event) => onChange(event.target.value)}>
      ${options.map(([each, name]) => html`<option key=${each} value=${each}>${name}</option>`)}
    </select></div>`;
}

/** A moment in the reader's zone, told as RFC 3339; empty for none. With `hint`, a field of a form. */
export function Moment({ label, hint, value, onChange }) {
  const id = useId();
  const field = html`<input id=${id} type="datetime-local" aria-describedby=${hint && `${id}-hint`} value=${local(value)} onChange=${(event) => {
    const chosen = new Date(event.target.value);
    onChange(Number.isNaN(chosen.getTime()) ? '' : chosen.toISOString().replace('.000Z', 'Z'));
  }} />`;
  if (hint) return html`<${Field} id=${id} label=${label} hint=${hint}>${field}<//>`;
  return html`<div class="narrow-by moment"><label for=${id}>${label}</label>${field}</div>`;
}

function local(value) {
  const at = new Date(value || NaN);
  if (Number.isNaN(at.getTime())) return '';
  return new Date(at - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

/** What memsvc knew then: a time or a position of the ledger, as `as_of` of the address. */
export function AsOf({ value, onChange }) {
  const isPosition = /^\d+$/.test(value || '');
  const [kind, setKind] = useState(!value ? 'now' : isPosition ? 'position' : 'time');
  const choose = (next) => {
    setKind(next);
    if (value) onChange('');
  };
  return html`<${Choice} label="As known" value=${kind} onChange=${choose}
      options=${[['now', 'now'], ['time', 'at a time…'], ['position', 'at a position…']]} />
    ${kind === 'time' && html`<${Moment} label="Known at" value=${isPosition ? '' : value} onChange=${onChange} />`}
    ${kind === 'position' && html`<${Search} label="Ledger position" value=${isPosition ? value : ''} inputmode="numeric" onChange=${onChange} />`}`;
}

/** Says that the past is shown, where nothing can be changed, and leads back. */
export function Past({ asOf, onNow }) {
  if (!asOf) return null;
  return html`<p class="past" role="status">What memsvc knew ${/^\d+$/.test(asOf) ? html`at ledger position <strong>${asOf}</strong>` : html`at <strong><${Time} at=${asOf} /></strong>`}.
    Nothing can be changed there. <${Button} kind="link" onClick=${onNow}>Back to now<//></p>`;
}

/** Pieces of a difference, marked for eyes and for screen readers. */
export function Pieces({ pieces }) {
  return pieces.map((piece, i) => (piece.kind === 'same'
    ? html`<span key=${i}>${piece.text}</span>`
    : piece.kind === 'gone' ? html`<del key=${i}>${piece.text}</del>` : html`<ins key=${i}>${piece.text}</ins>`));
}

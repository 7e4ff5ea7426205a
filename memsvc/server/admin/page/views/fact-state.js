// Stating a fact: a triple, when it holds, and the turns that say so, or your own word as a note.
import { html, useId, useState } from '../lib/ui.js';
import { Problem, path, post } from '../lib/api.js';
import { useLoad } from '../lib/load.js';
import { Field, FormDialog, Loaded, Time, announce } from '../parts.js';
import { Moment, Search } from './known.js';

export function StateDialog({ space, subject = '', onClose, onDone }) {
  const [said, setSaid] = useState({ subject, predicate: '', object: '' });
  const [from, setFrom] = useState('');
  const [to, setTo] = useState('');
  const [replaces, setReplaces] = useState(false);
  const [isOwn, setOwn] = useState(true);
  const [turns, setTurns] = useState([]);
  const [written, setWritten] = useState(null);
  const id = useId();
  const set = (name) => (event) => setSaid({ ...said, [name]: event.target.value });
  const isSaid = ['subject', 'predicate', 'object'].every((name) => said[name].trim());
  const words = `${said.subject.trim()} ${said.predicate.trim()} ${said.object.trim()}.`;
  const act = async () => {
    const turn = isOwn ? await own() : null;
    const fact = {
      ...Object.fromEntries(Object.entries(said).map(([name, value]) => [name, value.trim()])),
      turns: turn ? [turn] : turns, replaces, ...(from && { valid_from: from }), ...(to && { valid_to: to }),
    };
    const done = await post(path`/v1/spaces/${space}/facts`, { facts: [fact] });
    const [stated] = done.facts;
    announce({ added: 'The fact is stated.', extended: 'It was known; it is said by more now.', known: 'It was known already.' }[stated.outcome]);
    onClose();
    onDone(stated.id);
  };
  // Your word is a note. When the statement is refused after it, the same note says it again.
  const own = async () => {
    if (written?.words === words) return written.turn;
    const note = await post(path`/v1/spaces/${space}/notes`, { content: words, source: 'user' });
    if (note.held) throw new Problem({ title: 'Your word is held in quarantine', detail: note.held.reasons.map((reason) => reason.explanation).join(' ') });
    setWritten({ words, turn: note.turn });
    return note.turn;
  };
  return html`<${FormDialog} title="State a fact" submit="State it" isReady=${isSaid && (isOwn || turns.length > 0)} onSubmit=${act} onClose=${onClose} wide>
    <div class="triple">
      <${Field} id=${`${id}s`} label="Subject" placeholder="Ada" value=${said.subject} maxlength="200" autocomplete="off" onInput=${set('subject')} />
      <${Field} id=${`${id}p`} label="Predicate" placeholder="lives in" value=${said.predicate} maxlength="200" autocomplete="off" onInput=${set('predicate')} />
      <${Field} id=${`${id}o`} label="Object" placeholder="Lisbon" value=${said.object} maxlength="500" autocomplete="off" onInput=${set('object')} />
    </div>
    <div class="halves"><${Moment} label="Holds from" hint="When it was said, if empty" value=${from} onChange=${setFrom} />
      <${Moment} label="Up to" hint="Open, if empty" value=${to} onChange=${setTo} /></div>
    <label class="tick"><input type="checkbox" checked=${replaces} onChange=${(event) => setReplaces(event.target.checked)} /> It takes the place of all else that holds of this subject and predicate</label>
    <fieldset class="clash-choice"><legend>Who says so</legend>
      <label><input type="radio" name=${`${id}w`} checked=${isOwn} onChange=${() => setOwn(true)} /><span>I do: it is kept as a note of mine${isSaid ? html`, <em>${words}</em>` : ''}</span></label>
      <label><input type="radio" name=${`${id}w`} checked=${!isOwn} onChange=${() => setOwn(false)} /><span>A turn that is here${turns.length ? ` (${turns.length} chosen)` : ''}</span></label>
    </fieldset>
    ${!isOwn && html`<${Turns} space=${space} turns=${turns} onChange=${setTurns} asked=${isSaid ? words : ''} />`}
  <//>`;
}

function Turns({ space, turns, onChange, asked }) {
  const [words, setWords] = useState(asked);
  const found = useLoad((signal) => (words ? post(path`/v1/spaces/${space}/recall`, { question: words, k: 8, kinds: ['turn'] }, { signal }) : Promise.resolve({ hits: [] })), [space, words]);
  return html`<${Search} label="Find the turn" value=${words} placeholder="what it says" maxlength="2000" onChange=${setWords} />
    <fieldset class="pick"><legend class="sr-only">Turns that say so</legend><${Loaded} from=${found} rows=${2}>${({ hits }) => html`
      ${hits.length === 0 && html`<p class="muted">${words ? 'No turn was found.' : 'Say what it is about.'}</p>`}
      ${hits.map((hit) => html`<label key=${hit.id}><input type="checkbox" checked=${turns.includes(hit.id)} onChange=${(event) => onChange(event.target.checked ? [...turns, hit.id] : turns.filter((each) => each !== hit.id))} />
        <span>${hit.text} <span class="muted">${hit.stream}, <${Time} at=${hit.at} /></span></span></label>`)}`}<//></fieldset>`;
}

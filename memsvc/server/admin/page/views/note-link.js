// Linking one note to another: find it, say what the one does with the other.
import { html, useId, useState } from '../lib/ui.js';
import { get, path, post } from '../lib/api.js';
import { useLoad } from '../lib/load.js';
import { Field, FormDialog, Loaded, announce } from '../parts.js';
import { Search } from './known.js';
import { KINDS, linksOf } from './note-parts.js';

export function LinkDialog({ space, note, onClose, onDone }) {
  const [text, setText] = useState('');
  const [chosen, setChosen] = useState(null);
  const [kind, setKind] = useState('related');
  const [isBack, setBack] = useState(false);
  const [score, setScore] = useState('1');
  const [reason, setReason] = useState('');
  const id = useId();
  const found = useLoad((signal) => get(path`/v1/spaces/${space}/notes`, { text, limit: 20 }, { signal }), [space, text]);
  const act = async () => {
    const [start, end] = isBack ? [chosen, note.id] : [note.id, chosen];
    await post(path`/v1/spaces/${space}/links`, { start, end, kind, score: Number(score), reason: reason.trim() });
    announce('The notes are linked; both show it.');
    onClose();
    onDone();
  };
  const linked = new Set(linksOf(note).map((each) => each.other));
  return html`<${FormDialog} title="Link to another note" submit="Link" isReady=${Boolean(chosen)} onSubmit=${act} onClose=${onClose} wide>
    <blockquote>${note.content}</blockquote>
    <div class="field-row">
      <${Field} id=${`${id}k`} label="This note"><select id=${`${id}k`} value=${`${isBack ? '<' : '>'}${kind}`} onChange=${(event) => {
        setBack(event.target.value[0] === '<');
        setKind(event.target.value.slice(1));
      }}>${Object.entries(KINDS).flatMap(([name, each]) => [[`>${name}`, each.forth], ...(each.forth === each.back ? [] : [[`<${name}`, `is ${each.back}`]])])
        .map(([value, says]) => html`<option key=${value} value=${value}>${says}</option>`)}</select><//>
      <${Search} label="the note that holds" value=${text} placeholder="some of its words" maxlength="4000" onChange=${setText} />
    </div>
    <fieldset class="pick"><legend class="sr-only">The other note</legend>
      <${Loaded} from=${found} rows=${2}>${({ items, next_cursor: more }) => {
        const others = items.filter((each) => each.id !== note.id);
        return html`${others.length === 0 && html`<p class="muted">${text ? 'No other note holds these words.' : 'There is no other note yet.'}</p>`}
          ${others.map((each) => html`<label key=${each.id}><input type="radio" name=${`${id}o`} checked=${chosen === each.id} onChange=${() => setChosen(each.id)} />
            <span>${each.content}${linked.has(each.id) && html` <span class="muted">(linked already)</span>`}</span></label>`)}
          ${more && html`<p class="muted">The first are shown; more words narrow them.</p>`}`;
      }}<//>
    </fieldset>
    <div class="field-row">
      <${Field} id=${`${id}s`} label="Strength, 0 to 1" type="number" min="0" max="1" step="0.05" value=${score} onInput=${(event) => setScore(event.target.value)} />
      <${Field} id=${`${id}r`} label="Reason" maxlength="300" value=${reason} onInput=${(event) => setReason(event.target.value)} />
    </div>
  <//>`;
}

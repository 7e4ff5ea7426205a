// Forgetting: say what, see what would go, then type the space's name.
import { html, useId, useState } from '../lib/ui.js';
import { path, post } from '../lib/api.js';
import { counted } from '../lib/format.js';
import { Button, Dialog, Field, ProblemBox, Time, announce } from '../parts.js';

/** `what` may name it already, as `{ turns: [id] }`; then nothing is asked but whether to go on. */
export function ForgetDialog({ space, what, onClose, onDone }) {
  const where = path`/v1/spaces/${space}/forget`;
  const [by, setBy] = useState('subject');
  const [said, setSaid] = useState('');
  const [would, setWould] = useState(null);
  const [typed, setTyped] = useState('');
  const [problem, setProblem] = useState(null);
  const [isBusy, setBusy] = useState(false);
  const ids = { by: useId(), said: useId(), typed: useId() };
  const asked = what || { [by]: said.trim() };
  const isSaid = what || said.trim() !== '';

  const attempt = async (act) => {
    setBusy(true);
    setProblem(null);
    try {
      await act();
    } catch (error) {
      setProblem(error);
    }
    setBusy(false);
  };
  const look = () => attempt(async () => setWould(await post(where, { ...asked, dry_run: true })));
  const forget = () => attempt(async () => {
    const done = await post(where, asked);
    announce(`${counted(done.counts.turns, 'turn')} forgotten. Receipt ${done.id}.`);
    onClose();
    onDone?.(done);
  });
  const submit = (event) => {
    event.preventDefault();
    if (isBusy) return;
    if (!would) {
      if (isSaid) look();
    } else if (typed === space && would.counts.turns > 0) forget();
  };

  return html`<${Dialog} title=${`Forget in ${space}`} onClose=${onClose} wide>
    <form onSubmit=${submit}>
      ${!would && !what && html`
        <div class="field-row">
          <${Field} id=${ids.by} label="What is to go">
            <select id=${ids.by} value=${by} onChange=${(event) => setBy(event.target.value)}>
              <option value="subject">All about a name</option>
              <option value="text">All that says</option>
            </select>
          <//>
          <${Field} id=${ids.said} label=${by === 'subject' ? 'Name' : 'Words'} value=${said} autocomplete="off"
            onInput=${(event) => setSaid(event.target.value)} />
        </div>
        <p class="hint">${by === 'subject'
          ? 'Every turn that names it in any spelling, is about it, or says a fact about it.'
          : 'Every turn that holds these words verbatim; case and white space do not count.'}</p>`}
      ${!would && what && html`<p>Look first at what would go with it.</p>`}
      ${would && html`<${Would} would=${would} />`}
      ${would && would.counts.turns > 0 && html`<${Field} id=${ids.typed} value=${typed} autocomplete="off" spellcheck=${false}
        label=${html`Type <strong class="typed-word">${space}</strong> to confirm`} onInput=${(event) => setTyped(event.target.value)} />`}
      ${problem && html`<${ProblemBox} problem=${problem} />`}
      <div class="dialog-foot">
        ${would && !what && html`<${Button} onClick=${() => { setWould(null); setTyped(''); }}>Back<//>`}
        <${Button} onClick=${onClose}>Cancel<//>
        ${!would && html`<button type="submit" class="button primary" disabled=${!isSaid || isBusy}><span>See what would go</span></button>`}
        ${would && would.counts.turns > 0 && html`<button type="submit" class="button danger" disabled=${typed !== space || isBusy}>
          <span>Forget ${counted(would.counts.turns, 'turn')}</span></button>`}
      </div>
    </form>
  <//>`;
}

function Would({ would }) {
  if (would.counts.turns === 0) return html`<p>Nothing here answers to that, so nothing would go.</p>`;
  const others = Object.entries(would.counts).filter(([name, n]) => n > 0 && name !== 'turns');
  return html`
    <p><strong>${counted(would.counts.turns, 'turn')}</strong> would go, and with what came of ${would.counts.turns === 1 ? 'it' : 'them'}:
      ${' '}${others.map(([name, n]) => `${n} ${name.replaceAll('_', ' ')}`).join(', ') || 'nothing else'}.
      It cannot be undone; a receipt without text stays.</p>
    <ul class="would">${would.first_turns.slice(0, 20).map((turn) => html`<li key=${turn.id}>
      <span class="muted">${turn.stream} ${turn.at && html`<${Time} at=${turn.at} />`}</span>
      <span>${turn.text ?? ''}</span></li>`)}</ul>
    ${would.counts.turns > 20 && html`<p class="muted">The first 20 are shown.</p>`}`;
}

// Pinning a question with the turns that should answer it.
import { html, useState } from '../../lib/ui.js';
import { path, post } from '../../lib/api.js';
import { FormDialog, announce } from '../../parts.js';
import { whichOf } from './question.js';
import { Which } from './which.js';

const MARKED = 3;

/** `query` is what was asked, as the address has it. */
export function PinDialog({ space, answer, query, onClose, onDone }) {
  const { q: question, recipe } = query;
  const which = whichOf(query);
  const hits = answer.hits.filter((hit) => hit.kind === 'turn');
  const [marked, setMarked] = useState(() => new Set(hits.slice(0, MARKED).map((hit) => hit.id)));
  const toggle = (id) => setMarked((was) => {
    const now = new Set(was);
    if (!now.delete(id)) now.add(id);
    return now;
  });
  const pin = async () => {
    const expected = hits.map((hit) => hit.id).filter((id) => marked.has(id));
    const k = Math.min(100, Math.max(answer.hits.length, 1));
    await post(path`/v1/spaces/${space}/pinned`, { question, expected, k, ...(recipe && { recipe }), ...which });
    announce('Pinned. It can be run with all others under Pinned questions.');
    onClose();
    onDone?.();
  };
  return html`<${FormDialog} title="Pin this question" submit="Pin" onSubmit=${pin} onClose=${onClose} isReady=${marked.size > 0} wide>
    <p>Kept as a check: later you see whether these turns still answer. The question is asked of ${recipe ? html`<strong>${recipe}</strong>` : 'the recipe that the space is set to'}
      ${' '}for ${answer.hits.length} hits, of ${'filters' in which || 'between' in which ? html`turns with <${Which} ...${which} />` : 'all turns'}.</p>
    <fieldset class="marks"><legend>Turns that should answer</legend>
      ${hits.map((hit, i) => html`<label key=${hit.id}><input type="checkbox" checked=${marked.has(hit.id)} onChange=${() => toggle(hit.id)} />
        <span><span class="muted">${i + 1}.</span> ${hit.text}</span></label>`)}
    </fieldset>
  <//>`;
}

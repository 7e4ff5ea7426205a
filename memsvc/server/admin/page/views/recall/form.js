// The question's form. What is asked goes into the address, and is read from there.
import { html, useEffect, useId, useState } from '../../lib/ui.js';
import { get } from '../../lib/api.js';
import { useLoad } from '../../lib/load.js';
import { Button, Field } from '../../parts.js';
import { ASKED, BEHIND, OTHER, fromLocal, toLocal } from './question.js';

/** `onAsk` is given what goes into the address. */
export function QuestionForm({ query, isBusy, onAsk }) {
  const key = JSON.stringify([...ASKED, ...OTHER, 'vs'].map((name) => query[name] || ''));
  const [said, setSaid] = useState(query);
  const [isMore, setMore] = useState(false);
  useEffect(() => {
    setSaid(query);
    if (BEHIND.some((name) => query[name])) setMore(true);
  }, [key]);
  const recipes = useLoad((signal) => get('/v1/recipes', {}, { signal }), []);
  const id = useId();
  const set = (name, value) => setSaid((was) => ({ ...was, [name]: value }));
  const input = (name, more = {}) => ({
    id: `${id}-${name}`, value: said[name] || '', autocomplete: 'off', onInput: (event) => set(name, event.target.value), ...more,
  });
  const time = (name) => ({
    id: `${id}-${name}`, type: 'datetime-local', value: toLocal(said[name]), onInput: (event) => set(name, fromLocal(event.target.value)),
  });
  const ask = (event) => {
    event.preventDefault();
    if (!(said.q || '').trim()) return;
    onAsk(Object.fromEntries([...ASKED, ...OTHER, 'vs'].map((name) => [name, said[name]])));
  };
  const submitByEnter = (event) => {
    if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) ask(event);
  };
  const isComparing = Boolean(said.vs);
  const behind = BEHIND.filter((name) => said[name]).length;
  const recipe = (name, label) => html`<${Recipe} id=${`${id}-${name}`} label=${label} recipes=${recipes.data?.items || []}
    value=${said[name] || ''} onChange=${(value) => set(name, value)} />`;
  const asOf = (name, label) => html`<${Field} label=${label} ...${input(name)} placeholder="Now" />`;

  return html`<form class="card ask" role="search" aria-label="Ask this memory" onSubmit=${ask}>
    <div class="ask-question">
      <div class="field"><label for=${`${id}-q`}>Question</label>
        <textarea rows="1" maxlength="8000" placeholder="Ask as an agent would" onKeyDown=${submitByEnter} ...${input('q')}></textarea></div>
      <button type="submit" class="button primary" disabled=${isBusy || !(said.q || '').trim()}><span>${isBusy ? 'Asking…' : 'Ask'}</span></button>
    </div>
    <div class=${isComparing ? 'ask-sides' : ''}>
      <div class="ask-row" role=${isComparing ? 'group' : undefined} aria-label=${isComparing ? 'Side A' : undefined}>
        ${isComparing && html`<span class="side-mark" aria-hidden="true">A</span>`}
        ${recipe('recipe', 'Recipe')}
        ${asOf('as_of', 'As of position or time')}
        ${!isComparing && html`<${Numbers} input=${input} />`}
      </div>
      ${isComparing && html`<div class="ask-row" role="group" aria-label="Side B">
        <span class="side-mark" aria-hidden="true">B</span>
        ${recipe('recipe2', 'Recipe')}
        ${asOf('as_of2', 'As of position or time')}
      </div>
      <div class="ask-row"><${Numbers} input=${input} /></div>`}
    </div>
    <div class="ask-foot">
      <${Button} kind="link" aria-pressed=${isComparing ? 'true' : 'false'} onClick=${() => set('vs', isComparing ? '' : '1')}>
        ${isComparing ? 'Ask one side only' : 'Compare two recipes or positions'}<//>
    </div>
    <details class="ask-more" open=${isMore} onToggle=${(event) => setMore(event.currentTarget.open)}>
      <summary>Times, filters and order${behind > 0 ? ` (${behind} set)` : ''}</summary>
      <div class="ask-row">
        <${Field} label="Asked at" hint="From when “last week” counts" ...${time('now')} />
        <${Field} label="Happened since" hint="Inclusive" ...${time('since')} />
        <${Field} label="Happened until" hint="Exclusive" ...${time('until')} />
      </div>
      <div class="ask-row">
        ${['streams', 'documents', 'speakers', 'places'].map((name) => html`<${Field} key=${name} label=${TITLES[name]} hint="Several by commas" ...${input(name)} />`)}
        <${Field} label="Roles" hint="Several by commas" ...${input('roles')} />
      </div>
      <div class="ask-row">
        <${Field} label="User" hint="The id that turns were written with" ...${input('user')} />
        <${Field} label="Agent" hint="The id that turns were written with" ...${input('agent')} />
        <${Field} label="Metadata" hint=${'As JSON: {"topic": "food"}'} ...${input('metadata')} />
      </div>
      <div class="ask-row">
        <${Choice} id=${`${id}-sources`} label="Source" value=${said.sources} onChange=${(value) => set('sources', value)} none="Any"
          options=${[['user', 'User'], ['agent', 'Agent'], ['tool', 'Tool'], ['document', 'Document'], ['untrusted', 'Untrusted']]} />
        <${Choice} id=${`${id}-kinds`} label="Hits are" value=${said.kinds} onChange=${(value) => set('kinds', value)} none="Turns"
          options=${[['event', 'Events'], ['note', 'Notes']]} />
        <${Choice} id=${`${id}-order`} label="Order of the context" value=${said.order} onChange=${(value) => set('order', value)} none="As it happened"
          options=${[['score', 'Best first'], ['ends', 'Best at both ends'], ['auto', 'As the question needs']]} />
      </div>
      <div class="checks">
        <label><input type="checkbox" checked=${Boolean(said.superseded)} onChange=${(event) => set('superseded', event.target.checked ? '1' : '')} /> With superseded turns</label>
        <label><input type="checkbox" checked=${Boolean(said.archived)} onChange=${(event) => set('archived', event.target.checked ? '1' : '')} /> With archived turns</label>
      </div>
    </details>
  </form>`;
}

const TITLES = { streams: 'Streams', documents: 'Documents', speakers: 'Speakers', places: 'Places' };

const Numbers = ({ input }) => html`
  <${Field} label="Hits" ...${input('k', { inputmode: 'numeric', placeholder: '10, or auto' })} />
  <${Field} label="Budget in tokens" ...${input('budget', { inputmode: 'numeric', placeholder: '2,000' })} />`;

function Recipe({ id, label, recipes, value, onChange }) {
  const about = recipes.find((each) => each.name === value)?.about;
  const known = recipes.some((each) => each.name === value) || value === '' ? [] : [[value, value]];
  return html`<${Choice} id=${id} label=${label} value=${value} onChange=${onChange} none="As the space is set" title=${about}
    options=${[...known, ...recipes.map((each) => [each.name, each.name])]} />`;
}

function Choice({ id, label, value, onChange, none, options, title }) {
  return html`<${Field} id=${id} label=${label}>
    <select id=${id} value=${value || ''} title=${title} onChange=${(event) => onChange(event.target.value)}>
      <option value="">${none}</option>
      ${options.map(([each, name]) => html`<option key=${each} value=${each}>${name}</option>`)}
    </select>
  <//>`;
}

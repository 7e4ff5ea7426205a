// What was derived from one turn: the events it is in, notes that hang on it, facts it says.
import { html } from '../lib/ui.js';
import { get, path } from '../lib/api.js';
import { useLoad } from '../lib/load.js';
import { counted } from '../lib/format.js';
import { link } from '../lib/router.js';
import { Loaded, Tag, Time } from '../parts.js';

export function CameOfIt({ space, turn }) {
  const where = path`/v1/spaces/${space}`;
  const found = useLoad(async (signal) => {
    const [events, notes, facts] = await Promise.all([
      get(`${where}${path`/turns/${turn.id}`}`, {}, { signal })
        .then((whole) => Promise.all(whole.events.map((id) => get(`${where}${path`/events/${id}`}`, {}, { signal })))),
      get(`${where}/notes`, { turn: turn.id, limit: 50 }, { signal }),
      get(`${where}/facts`, { turn: turn.id, include_superseded: true, limit: 50 }, { signal }),
    ]);
    return { events, notes: notes.items, facts: facts.items };
  }, [where, turn.id]);
  return html`<div class="came"><${Loaded} from=${found} rows=${2}>${({ events, notes, facts }) => html`
    <dl class="pairs">
      <div><dt>Events</dt><dd>${events.length ? html`<ul class="plain">${events.map((event) => html`<li key=${event.id}>
          <a href=${link('/spaces/:space/streams/:stream', { space, stream: event.stream }, { event: event.id })}>${event.title || firstWords(event)}</a>
          <span class="muted">event ${event.number + 1}, ${counted(event.turns.length, 'turn')}</span></li>`)}</ul>` : html`<span class="muted">still in the open tail</span>`}</dd></div>
      <div><dt>Notes</dt><dd>${notes.length ? html`<ul class="plain">${notes.map((note) => html`<li key=${note.id}><a href=${link('/spaces/:space/notes/:id', { space, id: note.id })}>${note.content}</a>
          <span class="tags">${note.tags.map((tag) => html`<${Tag} key=${tag}>${tag}<//>`)}</span></li>`)}</ul>` : html`<span class="muted">none hang on it</span>`}</dd></div>
      <div><dt>Facts</dt><dd>${facts.length ? html`<ul class="plain">${facts.map((fact) => html`<li key=${fact.id}>
          <a class="fact" href=${link('/spaces/:space/facts', { space }, { entity: fact.subject, fact: fact.id })}>${fact.subject} <em>${fact.predicate}</em> ${fact.object}</a> <${Tag} tone=${fact.state === 'current' ? 'good' : 'warn'}>${fact.state}<//></li>`)}</ul>` : html`<span class="muted">it says none</span>`}</dd></div>
      <div><dt>Kept as</dt><dd><code>${turn.id}</code>, turn ${turn.seq}, ${turn.tokens} tokens, ledger position ${turn.position}
        ${turn.place ? html`, at <code>${turn.place}</code>` : ''}${turn.user_id ? html`, user <code>${turn.user_id}</code>` : ''}${turn.agent_id ? html`, agent <code>${turn.agent_id}</code>` : ''}</dd></div>
      ${Object.keys(turn.metadata).length > 0 && html`<div><dt>Metadata</dt><dd><pre><code>${JSON.stringify(turn.metadata, null, 2)}</code></pre></dd></div>`}
      <div><dt>Happened</dt><dd><${Time} at=${turn.at} /> (<code>${turn.at}</code>)</dd></div>
    </dl>`}<//></div>`;
}

const WORDS = 60; // characters of an event that has no title

function firstWords({ number, turns }) {
  const text = turns[0]?.text.trim() ?? '';
  if (!text) return `Event ${number + 1}`;
  return text.length <= WORDS ? text : `${text.slice(0, WORDS).replace(/\s+\S*$/, '')}…`;
}

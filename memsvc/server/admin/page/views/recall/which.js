// Which turns may answer, in words.
import { html } from '../../lib/ui.js';
import { Time } from '../../parts.js';

const NAMES = {
  streams: 'stream', documents: 'document', speakers: 'speaker', places: 'place', roles: 'role', sources: 'source',
  user_id: 'user', agent_id: 'agent',
};

/** Filters and a span of time as a recall takes them; nothing where every turn may answer. */
export function Which({ filters = {}, between }) {
  const said = [
    ...Object.entries(NAMES).map(([name, title]) => [title, [filters[name] ?? []].flat()]).filter(([, values]) => values.length),
    ...Object.entries(filters.metadata || {}).map(([name, value]) => [name, [String(value)]]),
  ];
  const parts = [
    ...said.map(([title, values]) => html`${title} ${values.map((value, i) => html`${i > 0 ? ' or ' : ''}<strong>${value}</strong>`)}`),
    ...(between?.since ? [html`since <${Time} at=${between.since} />`] : []),
    ...(between?.until ? [html`until <${Time} at=${between.until} />`] : []),
  ];
  return parts.map((part, i) => html`${i > 0 ? ', ' : ''}${part}`);
}

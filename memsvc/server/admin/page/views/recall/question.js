// A question as the address has it, and as the API takes it.

/** Parts of the address that are asked; the rest say what is shown of the answer. */
export const ASKED = [
  'q', 'recipe', 'k', 'budget', 'now', 'as_of', 'kinds', 'order', 'streams', 'documents', 'speakers', 'places', 'roles',
  'sources', 'user', 'agent', 'metadata', 'since', 'until', 'archived', 'superseded',
];
/** What the other side of a comparison may ask otherwise. */
export const OTHER = ['recipe2', 'as_of2'];

const LISTS = ['streams', 'documents', 'speakers', 'places', 'roles', 'sources'];
export const BEHIND = ['now', 'kinds', 'order', ...LISTS, 'user', 'agent', 'metadata', 'since', 'until', 'archived', 'superseded'];
/** What a pin does not keep: asked so, a question cannot be pinned. */
export const NOT_PINNED = ['as_of', 'now', 'kinds', 'archived', 'superseded'];

/** Which turns may answer, as a recall and a pin take it: `{ filters, between }`, what is set alone. */
export function whichOf(query) {
  const filters = {
    ...Object.fromEntries(LISTS.map((name) => [name, listed(query[name])]).filter(([, values]) => values.length)),
    ...(query.user && { user_id: query.user }),
    ...(query.agent && { agent_id: query.agent }),
    ...(query.metadata && { metadata: parsed(query.metadata) }),
  };
  const between = { ...(query.since && { since: query.since }), ...(query.until && { until: query.until }) };
  return {
    ...(Object.keys(filters).length && { filters }),
    ...(Object.keys(between).length && { between }),
  };
}

/** What a pin asks, as the address has it. */
export function queryOf(pin) {
  const { filters, between } = pin;
  const set = (text) => text || null;
  return {
    q: pin.question,
    recipe: pin.recipe,
    k: pin.k === 10 ? null : pin.k,
    ...Object.fromEntries(LISTS.map((name) => [name, set(joined(filters[name]))])),
    user: filters.user_id,
    agent: filters.agent_id,
    metadata: Object.keys(filters.metadata).length ? JSON.stringify(filters.metadata) : null,
    since: between?.since,
    until: between?.until,
  };
}

/** The body of a recall. What is left out is the service's own default. */
export function bodyOf(query) {
  return {
    question: query.q,
    explain: true,
    ...(query.recipe && { recipe: query.recipe }),
    ...(query.k && { k: query.k === 'auto' ? 'auto' : numbered(query.k) }),
    ...(query.budget && { budget_tokens: numbered(query.budget) }),
    ...(query.now && { now: query.now }),
    ...(query.as_of && { as_of: numbered(query.as_of) }),
    ...(query.kinds && { kinds: [query.kinds] }),
    ...(query.order && { order: query.order }),
    ...whichOf(query),
    ...(query.archived && { include_archived: true }),
    ...(query.superseded && { include_superseded: true }),
  };
}

/** The other side of a comparison: the same, but for its recipe and position. */
export const otherBodyOf = (query) => bodyOf({ ...query, recipe: query.recipe2, as_of: query.as_of2 });

/** What is not a number goes as it is: the API says what is wrong with it. */
const numbered = (text) => (/^\d+$/.test(text.trim()) ? Number(text) : text.trim());

/** Several by commas; as a JSON list where one of them has a comma itself. */
function listed(text) {
  const several = (text || '').trim().startsWith('[') ? parsed(text) : text;
  return Array.isArray(several) ? several : (text || '').split(',').map((each) => each.trim()).filter(Boolean);
}

const joined = (values) => (values.some((each) => /^\[|,/.test(each)) ? JSON.stringify(values) : values.join(', '));

/** What is not JSON goes as it is: the API says what is wrong with it. */
function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** A time as an input of the browser has it, in the reader's zone; and back. */
export function toLocal(iso) {
  const at = new Date(iso);
  if (!iso || Number.isNaN(at.getTime())) return '';
  return new Date(at.getTime() - at.getTimezoneOffset() * 60000).toISOString().slice(0, 16);
}
export const fromLocal = (text) => (text ? new Date(text).toISOString().replace('.000Z', 'Z') : '');

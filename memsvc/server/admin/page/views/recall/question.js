// A question as the address has it, and as the API takes it.

/** Parts of the address that are asked; the rest say what is shown of the answer. */
export const ASKED = [
  'q', 'recipe', 'k', 'budget', 'now', 'as_of', 'kinds', 'order', 'streams', 'speakers', 'places', 'roles', 'sources',
  'since', 'until', 'archived', 'superseded',
];
/** What the other side of a comparison may ask otherwise. */
export const OTHER = ['recipe2', 'as_of2'];

const LISTS = ['streams', 'speakers', 'places', 'roles', 'sources'];
export const BEHIND = ['now', 'kinds', 'order', ...LISTS, 'since', 'until', 'archived', 'superseded'];

/** The body of a recall. What is left out is the service's own default. */
export function bodyOf(query) {
  const filters = Object.fromEntries(LISTS.map((name) => [name, listed(query[name])]).filter(([, values]) => values.length));
  const between = { ...(query.since && { since: query.since }), ...(query.until && { until: query.until }) };
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
    ...(Object.keys(filters).length && { filters }),
    ...(Object.keys(between).length && { between }),
    ...(query.archived && { include_archived: true }),
    ...(query.superseded && { include_superseded: true }),
  };
}

/** The other side of a comparison: the same, but for its recipe and position. */
export const otherBodyOf = (query) => bodyOf({ ...query, recipe: query.recipe2, as_of: query.as_of2 });

/** What is not a number goes as it is: the API says what is wrong with it. */
const numbered = (text) => (/^\d+$/.test(text.trim()) ? Number(text) : text.trim());

const listed = (text) => (text || '').split(',').map((each) => each.trim()).filter(Boolean);

/** A time as an input of the browser has it, in the reader's zone; and back. */
export function toLocal(iso) {
  const at = new Date(iso);
  if (!iso || Number.isNaN(at.getTime())) return '';
  return new Date(at.getTime() - at.getTimezoneOffset() * 60000).toISOString().slice(0, 16);
}
export const fromLocal = (text) => (text ? new Date(text).toISOString().replace('.000Z', 'Z') : '');

// What stands on the cards of notes: their words, and their links as they read from either end.
import { html } from '../lib/ui.js';
import { link } from '../lib/router.js';
import { listDiff, wordDiff } from '../lib/words.js';
import { Pieces } from './known.js';

/** How a kind of link reads from the note that it starts from, and from the one that it leads to. */
export const KINDS = {
  related: { forth: 'related to', back: 'related to', tone: 'quiet' },
  elaborates: { forth: 'elaborates', back: 'elaborated by', tone: 'good' },
  contradicts: { forth: 'contradicts', back: 'contradicted by', tone: 'bad' },
  supersedes: { forth: 'supersedes', back: 'superseded by', tone: 'warn' },
  same_event: { forth: 'same event as', back: 'same event as', tone: 'quiet' },
};

/** The links of a note, each with `other`, `isBack`, how it `says` so, and a `tone`. */
export function linksOf(note) {
  return note.links.map((each) => {
    const isBack = each.end === note.id;
    const kind = KINDS[each.kind] || { forth: each.kind, back: each.kind, tone: 'quiet' };
    return { ...each, isBack, other: isBack ? each.start : each.end, says: isBack ? kind.back : kind.forth, tone: kind.tone };
  });
}

/** Tags and keywords, each of which leads to the other notes that have it. */
export function Words({ space, note, asOf }) {
  if (note.tags.length === 0 && note.keywords.length === 0) return null;
  const to = (query) => link('/spaces/:space/notes', { space }, { ...query, as_of: asOf });
  return html`<ul class="plain words" aria-label="Tags and keywords">
    ${note.tags.map((tag) => html`<li key=${`t${tag}`}><a class="tag tone-tag" href=${to({ tag })} title="Notes with this tag">${tag}</a></li>`)}
    ${note.keywords.map((keyword) => html`<li key=${`k${keyword}`}><a class="word" href=${to({ keyword })} title="Notes with this keyword">${keyword}</a></li>`)}
  </ul>`;
}

const NONE = { keywords: [], tags: [], context: '' };

/** The facets of a version, with what differs from the one before; the first stands as it is. */
export function Facets({ version, before = NONE }) {
  const lists = [['Tags', 'tags'], ['Keywords', 'keywords']];
  const changed = lists.filter(([, name]) => listDiff(before[name], version[name]).some((piece) => piece.kind !== 'same') || before[name].join('\n') !== version[name].join('\n'));
  const isContext = before.context !== version.context;
  if (changed.length === 0 && !isContext) return html`<p class="muted">${before === NONE ? 'Without tags, keywords or context.' : 'The same as before.'}</p>`;
  const plain = (pieces) => (before === NONE ? pieces.map((piece) => ({ ...piece, kind: 'same' })) : pieces);
  return html`<dl class="pairs facets">
    ${changed.map(([title, name]) => html`<div key=${name}><dt>${title}</dt><dd class="words"><${Chips} pieces=${plain(listDiff(before[name], version[name]))} /></dd></div>`)}
    ${isContext && html`<div><dt>Context</dt><dd><${Pieces} pieces=${plain(wordDiff(before.context, version.context))} /></dd></div>`}
  </dl>`;
}

export function Chips({ pieces }) {
  return pieces.map(({ kind, text }) => {
    if (kind === 'gone') return html`<del key=${`-${text}`} class="word">${text}</del>`;
    if (kind === 'new') return html`<ins key=${`+${text}`} class="word">${text}</ins>`;
    return html`<span key=${text} class="word">${text}</span>`;
  });
}

// The notes of a space as cards: searched, narrowed, each with its links both ways.
import { html, useState } from '../lib/ui.js';
import { path } from '../lib/api.js';
import { counted } from '../lib/format.js';
import { usePages } from '../lib/load.js';
import { go, link } from '../lib/router.js';
import { may, useSession } from '../lib/session.js';
import { Button, Empty, Loading, Page, ProblemBox, Tag, Time, VirtualList } from '../parts.js';
import { AsOf, Past, Search } from './known.js';
import { NewNoteDialog } from './note-change.js';
import { Words, linksOf } from './note-parts.js';

export default function Notes({ params, query }) {
  const { space } = params;
  const key = useSession();
  const [isNew, setNew] = useState(false);
  const { text, tag, keyword, entity, as_of: asOf } = query;
  const asked = { text, tag, keyword, entity, as_of: asOf };
  const notes = usePages(path`/v1/spaces/${space}/notes`, asked);
  const set = (change) => go(link('/spaces/:space/notes', { space }, { ...query, ...change }), { replace: true });
  const isNarrowed = Boolean(text || tag || keyword || entity);
  const known = new Map(notes.items.map((note) => [note.id, note]));
  const mayWrite = may(key, 'writer') && !asOf;
  const button = mayWrite && html`<${Button} kind="primary" icon="plus" onClick=${() => setNew(true)}>New note<//>`;
  return html`<${Page} title="Notes" crumbs=${[['Spaces', '#/'], [space, link('/spaces/:space', { space })]]} actions=${button}
      lead="One idea each, written outright or made of an event. What a note says stays; what helps to find it, and its links, may change.">
    <form class="narrowing" role="search" onSubmit=${(event) => event.preventDefault()}>
      <${Search} label="Holds the words" value=${text} maxlength="4000" onChange=${(value) => set({ text: value })} />
      <${Search} label="Tag" value=${tag} maxlength="60" onChange=${(value) => set({ tag: value })} />
      <${Search} label="Keyword" value=${keyword} maxlength="60" onChange=${(value) => set({ keyword: value })} />
      <${Search} label="Names" placeholder="who or what" value=${entity} maxlength="500" onChange=${(value) => set({ entity: value })} />
      <${AsOf} key=${asOf ? 'then' : 'now'} value=${asOf} onChange=${(value) => set({ as_of: value })} />
    </form>
    <${Past} asOf=${asOf} onNow=${() => set({ as_of: '' })} />
    ${notes.problem && html`<${ProblemBox} problem=${notes.problem} again=${notes.reload} />`}
    ${notes.isLoading && notes.items.length === 0 && html`<${Loading} rows=${5} />`}
    ${!notes.problem && notes.items.length > 0 && html`<p class="muted found" aria-live="polite">${counted(notes.items.length, 'note')}${notes.isDone ? '' : ' so far'}${isNarrowed ? ', narrowed' : ''}</p>`}
    ${notes.isDone && notes.items.length === 0 && (isNarrowed
      ? html`<${Empty} title="No note answers to that" action=${html`<${Button} onClick=${() => set({ text: '', tag: '', keyword: '', entity: '' })}>Show all notes<//>`}>
        <p>All that is filled in above must hold of a note at once.</p><//>`
      : html`<${Empty} title="No notes yet" action=${button}>
        <p>An agent writes them, you may, and a space whose setting <code>notes</code> is on makes one of every event that closes:</p>
        <pre><code>${`memsvc notes add ${space} "Allergic to peanuts" --tag health`}</code></pre><//>`)}
    <div class="note-list"><${VirtualList} items=${notes.items} itemKey=${(note) => note.id} estimate=${150} onEnd=${notes.more} label="Notes"
      item=${(note) => html`<${NoteCard} space=${space} note=${note} known=${known} asOf=${asOf} />`} /></div>
    ${isNew && html`<${NewNoteDialog} space=${space} onClose=${() => setNew(false)} onDone=${(id) => go(link('/spaces/:space/notes/:id', { space, id }))} onHeld=${notes.reload} />`}
  <//>`;
}

function NoteCard({ space, note, known, asOf }) {
  const links = linksOf(note);
  const shown = links.slice(0, 3);
  const to = (id) => link('/spaces/:space/notes/:id', { space, id }, { as_of: asOf });
  return html`<article class="card note-card">
    <h2 class="note-text"><a href=${to(note.id)}>${note.content}</a></h2>
    ${note.context && html`<p class="muted">${note.context}</p>`}
    <${Words} space=${space} note=${note} asOf=${asOf} />
    ${shown.length > 0 && html`<ul class="plain note-links">${shown.map((each) => html`<li key=${each.id}>
      <${Tag} tone=${each.tone}>${each.says}<//>
      <a href=${to(each.other)}>${known.get(each.other)?.content ?? html`note <code>${each.other}</code>`}</a></li>`)}
      ${links.length > shown.length && html`<li class="muted">and ${counted(links.length - shown.length, 'link')} more</li>`}</ul>`}
    <p class="note-foot"><${Time} at=${note.at} /><span>${note.event ? 'made of an event' : 'written outright'}</span>
      ${note.source !== 'user' && note.source !== 'agent' && html`<${Tag} title="The least trusted of its turns">${note.source}<//>`}
      ${note.version !== note.position && html`<span>edited</span>`}</p>
  </article>`;
}

// The streams of a space: chats, threads, documents.
import { html, useState } from '../lib/ui.js';
import { path } from '../lib/api.js';
import { counted } from '../lib/format.js';
import { usePages } from '../lib/load.js';
import { link } from '../lib/router.js';
import { Empty, Loading, Page, ProblemBox, Tag, Time, VirtualList } from '../parts.js';

export default function Streams({ params }) {
  const { space } = params;
  const streams = usePages(path`/v1/spaces/${space}/streams`);
  const [wanted, setWanted] = useState('');
  const shown = streams.items.filter((stream) => `${stream.name} ${stream.title || ''}`.toLowerCase().includes(wanted.toLowerCase()));
  return html`<${Page} title="Streams" crumbs=${[['Spaces', '#/'], [space, link('/spaces/:space', { space })]]}
      lead="What was said, source by source: a chat, a thread, a part of a document. It is kept word for word; all else is derived from it.">
    ${streams.problem && html`<${ProblemBox} problem=${streams.problem} again=${streams.reload} />`}
    ${streams.items.length > 0 && html`<div class="bar">
      <p class="muted" aria-live="polite">${counted(streams.items.length, 'stream')}${streams.isDone ? '' : ' so far'}</p>
      ${streams.items.length > 5 && html`<input class="filter" type="search" placeholder="Filter by name or title" aria-label="Filter streams by name or title"
        value=${wanted} onInput=${(event) => setWanted(event.target.value)} />`}
    </div>`}
    ${streams.isLoading && streams.items.length === 0 && html`<${Loading} rows=${5} />`}
    ${streams.isDone && streams.items.length === 0 && html`<${Empty} title="No streams yet">
      <p>A stream is made by the first write to it. An agent that writes here shows up at once.</p>
      <pre><code>${`memsvc write ${space} chat-1 "I moved to Lisbon in May."`}</code></pre><//>`}
    <div class="rows"><${VirtualList} items=${shown} itemKey=${(stream) => stream.name} estimate=${62} onEnd=${streams.more} label="Streams"
      item=${(stream) => html`<a class="row" href=${link('/spaces/:space/streams/:stream', { space, stream: stream.name })}>
        <span class="row-main"><span class="row-title">${stream.title || stream.name}</span>
          ${stream.title && html`<span class="row-sub">${stream.name}</span>`}</span>
        ${stream.document && html`<${Tag} title=${stream.document}>document<//>`}
        <span class="row-fact">${counted(stream.turns, 'turn')}</span>
        <span class="row-fact wide-only"><${Time} at=${stream.last_at} /></span>
      </a>`} /></div>
  <//>`;
}

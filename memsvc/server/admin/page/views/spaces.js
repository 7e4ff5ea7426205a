// All spaces that the key may see: what each holds, where its ledger stands, how it is.
import { html, useEffect, useId, useRef, useState } from '../lib/ui.js';
import { get, path, put } from '../lib/api.js';
import { bytes, counted, number } from '../lib/format.js';
import { useEvery, useLoad, usePages } from '../lib/load.js';
import { go, link } from '../lib/router.js';
import { may, useSession } from '../lib/session.js';
import { Button, Empty, Field, FormDialog, Icon, Loading, Page, ProblemBox, Table, Tag, Time, announce } from '../parts.js';
import { ImportDialog } from './moving.js';
import { Health, backlog } from './health.js';

export default function Spaces() {
  const key = useSession();
  const spaces = usePages('/v1/spaces', {}, { size: 50 });
  const [open, setOpen] = useState(null);
  const [wanted, setWanted] = useState('');
  const mayWrite = may(key, 'writer');
  const shown = spaces.items.filter((space) => space.name.toLowerCase().includes(wanted.toLowerCase()));
  const total = (name) => spaces.items.reduce((sum, space) => sum + space[name], 0);

  const actions = mayWrite && html`
    <${Button} icon="upload" onClick=${() => setOpen('import')}>Import<//>
    <${Button} kind="primary" icon="plus" onClick=${() => setOpen('new')}>New space<//>`;

  return html`<${Page} title="Spaces" actions=${actions}
      lead="Each space is one memory, kept apart from all others: a tenant's, a person's, an agent's.">
    ${spaces.problem && html`<${ProblemBox} problem=${spaces.problem} again=${spaces.reload} />`}
    ${spaces.items.length > 0 && html`
      <div class="bar">
        <p class="muted" aria-live="polite">${counted(spaces.items.length, 'space')}${spaces.isDone ? '' : ' so far'},
          ${' '}${counted(total('turns'), 'turn')}, ${bytes(total('text_bytes'))} of text</p>
        ${spaces.items.length > 5 && html`<input class="filter" type="search" placeholder="Filter by name" aria-label="Filter spaces by name"
          value=${wanted} onInput=${(event) => setWanted(event.target.value)} />`}
      </div>
      <${SpaceTable} spaces=${shown} />
      ${shown.length === 0 && html`<p class="muted">No name has “${wanted}” in it.</p>`}
      <${More} pages=${spaces} />`}
    ${spaces.isLoading && spaces.items.length === 0 && html`<${Loading} rows=${4} />`}
    ${spaces.isDone && spaces.items.length === 0 && html`<${Empty} title="No memory yet"
        action=${mayWrite && html`<${Button} kind="primary" icon="plus" onClick=${() => setOpen('new')}>New space<//>`}>
      <p>A space is made here, or by itself with the first write to it:</p>
      <pre><code>${`memsvc write alice chat-1 "I moved to Lisbon in May."`}</code></pre>
      <p>${mayWrite ? 'An export of another service can be imported as it is.' : `This key is a ${key.role}: it cannot make spaces.`}</p><//>`}
    ${open === 'new' && html`<${NewSpace} onClose=${() => setOpen(null)} />`}
    ${open === 'import' && html`<${ImportDialog} onClose=${() => setOpen(null)} onDone=${(done) => go(link('/spaces/:space', { space: done.space }))} />`}
  <//>`;
}

function SpaceTable({ spaces }) {
  const columns = [
    { key: 'name', name: 'Space', isMain: true, cell: (space) => html`<a class="strong" href=${link('/spaces/:space', { space: space.name })}>${space.name}</a>` },
    { key: 'turns', name: 'Turns', isNumber: true, cell: (space) => number(space.turns) },
    { key: 'streams', name: 'Streams', isNumber: true, cell: (space) => number(space.streams) },
    { key: 'events', name: 'Events', isNumber: true, cell: (space) => number(space.events) },
    { key: 'bytes', name: 'Text', isNumber: true, cell: (space) => bytes(space.text_bytes) },
    { key: 'position', name: 'Ledger', isNumber: true, cell: (space) => html`<span title="Position of the last change">${number(space.position)}</span>` },
    { key: 'created', name: 'Made', cell: (space) => html`<${Time} at=${space.created_at} as="day" />` },
    { key: 'health', name: 'State', cell: (space) => html`<${SpaceHealth} space=${space} />` },
  ];
  return html`<${Table} caption="Spaces" columns=${columns} rows=${spaces} rowKey=${(space) => space.name} />`;
}

/** Asked for once the row is looked at: a list of a thousand spaces asks for those on the screen. */
function SpaceHealth({ space }) {
  const mark = useRef();
  const [isSeen, setSeen] = useState(false);
  useEffect(() => {
    const watching = new IntersectionObserver(([entry]) => entry.isIntersecting && setSeen(true), { rootMargin: '200px' });
    watching.observe(mark.current);
    return () => watching.disconnect();
  }, []);
  const enrichment = useLoad(
    (signal) => (isSeen ? get(path`/v1/spaces/${space.name}/enrichment`, {}, { signal }) : null),
    [space.name, space.position, isSeen],
  );
  useEvery(3, enrichment.reload, Boolean(enrichment.data && backlog(enrichment.data)));
  return html`<span ref=${mark} class="health-cell">
    ${enrichment.problem ? html`<${Tag} tone="bad" title=${enrichment.problem.detail}>not known<//>` : html`<${Health} enrichment=${enrichment.data} />`}
  </span>`;
}

/** Loads the next page when it comes near. */
function More({ pages }) {
  const mark = useRef();
  const latest = useRef(pages);
  latest.current = pages;
  useEffect(() => {
    const watching = new IntersectionObserver(([entry]) => entry.isIntersecting && latest.current.more(), { rootMargin: '400px' });
    watching.observe(mark.current);
    return () => watching.disconnect();
  }, [pages.items.length]);
  return html`<div ref=${mark}>${pages.isLoading && html`<${Loading} rows=${2} label="Loading more" />`}</div>`;
}

function NewSpace({ onClose }) {
  const [name, setName] = useState('');
  const id = useId();
  const make = async () => {
    const wanted = name.trim();
    await put(path`/v1/spaces/${wanted}`);
    announce(`The space ${wanted} is there.`);
    onClose();
    go(link('/spaces/:space', { space: wanted }));
  };
  return html`<${FormDialog} title="New space" submit="Make space" isReady=${name.trim() !== ''} onSubmit=${make} onClose=${onClose}>
    <${Field} id=${id} label="Name" hint="Letters, digits and _ . : @ + = ~ - are fine; it is part of every address." value=${name}
      autocomplete="off" spellcheck=${false} onInput=${(event) => setName(event.target.value)} />
  <//>`;
}

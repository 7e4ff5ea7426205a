// One note: what it says, what helps to find it, its links both ways, what it was made of, and
// every version as what differs from the one before.
import { html, useState } from '../lib/ui.js';
import { ask, get, path, remove } from '../lib/api.js';
import { counted, number } from '../lib/format.js';
import { useLoad } from '../lib/load.js';
import { go, link } from '../lib/router.js';
import { may, useSession } from '../lib/session.js';
import { Button, Card, ConfirmDialog, Loaded, Page, Tag, Time, announce, announceProblem } from '../parts.js';
import { Maker, Past, SaidBy } from './known.js';
import { EditDialog, RestoreDialog } from './note-change.js';
import { LinkDialog } from './note-link.js';
import { Facets, Words, linksOf } from './note-parts.js';

export default function Note({ params, query }) {
  const { space, id } = params;
  const key = useSession();
  const { as_of: asOf } = query;
  const where = path`/v1/spaces/${space}/notes/${id}`;
  const found = useLoad((signal) => read(space, where, asOf, signal), [where, asOf]);
  const [open, setOpen] = useState(null);
  const close = () => setOpen(null);
  const crumbs = [['Spaces', '#/'], [space, link('/spaces/:space', { space })], ['Notes', link('/spaces/:space/notes', { space }, { as_of: asOf })]];
  const mayWrite = may(key, 'writer') && !asOf && found.data;
  const actions = mayWrite && html`
    <${Button} onClick=${() => setOpen({ kind: 'edit' })}>Edit<//>
    <${Button} icon="plus" onClick=${() => setOpen({ kind: 'link' })}>Link to…<//>
    <${Button} kind="danger-quiet" icon="forget" onClick=${() => setOpen({ kind: 'delete' })}>Delete…<//>`;
  const unlink = async (each) => {
    try {
      await remove(path`/v1/spaces/${space}/links/${each.id}`);
      announce('The link was taken back.');
    } catch (problem) {
      announceProblem(problem);
    }
    found.reload();
  };
  return html`<${Page} title="Note" crumbs=${crumbs} actions=${actions}>
    <${Past} asOf=${asOf} onNow=${() => go(link('/spaces/:space/notes/:id', { space, id }))} />
    <${Loaded} from=${found} rows=${6}>${({ note, versions, others }) => html`
      <div class="note-page">
        <div class="note-main">
          <article class="card note-card" aria-label="What it says">
            <p class="note-text">${note.content}</p>
            ${note.context && html`<p class="muted">${note.context}</p>`}
            <${Words} space=${space} note=${note} asOf=${asOf} />
            <p class="note-foot"><${Time} at=${note.at} /><span>words from ${note.source}</span><span>version <strong>${number(note.version)}</strong></span><code>${note.id}</code></p>
          </article>
          <${Card} title="Made of">
            <p class="muted">${note.event ? html`Made of the event <code>${note.event}</code>, of what was said there.` : 'Written outright: it is a turn, too.'}</p>
            <${SaidBy} space=${space} turns=${note.turns} asOf=${asOf} />
          <//>
          <${Versions} space=${space} versions=${versions} onRestore=${mayWrite && ((version) => setOpen({ kind: 'restore', version }))} />
        </div>
        <${LinksCard} space=${space} note=${note} others=${others} asOf=${asOf} onUnlink=${mayWrite && unlink} onLink=${mayWrite && (() => setOpen({ kind: 'link' }))} />
      </div>
      ${open?.kind === 'edit' && html`<${EditDialog} space=${space} note=${note} onClose=${close} onDone=${found.reload} />`}
      ${open?.kind === 'link' && html`<${LinkDialog} space=${space} note=${note} onClose=${close} onDone=${found.reload} />`}
      ${open?.kind === 'restore' && html`<${RestoreDialog} space=${space} note=${note} version=${open.version} onClose=${close} onDone=${found.reload} />`}
      ${open?.kind === 'delete' && html`<${DeleteDialog} space=${space} note=${note} onClose=${close} />`}`}<//>
  <//>`;
}

async function read(space, where, asOf, signal) {
  const [told, versions] = await Promise.all([
    ask('GET', where, { query: { as_of: asOf }, signal }),
    get(`${where}/versions`, { as_of: asOf }, { signal }),
  ]);
  const note = told.body;
  const ids = [...new Set(linksOf(note).map((each) => each.other))];
  const read_one = (id) => get(path`/v1/spaces/${space}/notes/${id}`, { as_of: asOf }, { signal }).catch((problem) => {
    if (problem.status === 404) return null; // it went between the two questions
    throw problem;
  });
  const others = new Map((await Promise.all(ids.map(read_one))).filter(Boolean).map((each) => [each.id, each]));
  return { note, versions, others };
}

function LinksCard({ space, note, others, asOf, onUnlink, onLink }) {
  const links = linksOf(note);
  const groups = [['It leads to', links.filter((each) => !each.isBack)], ['Leads here', links.filter((each) => each.isBack)]];
  return html`<section class="note-side" aria-label="Links">
    ${links.length === 0 && html`<${Card} title="Links"><p class="muted">No note is linked with this one.</p>
      ${onLink && html`<${Button} icon="plus" onClick=${onLink}>Link to another<//>`}<//>`}
    ${groups.filter(([, each]) => each.length).map(([name, each]) => html`<div key=${name}>
      <h2>${name} <span class="muted">${number(each.length)}</span></h2>
      <ul class="plain linked">${each.map((one) => html`<li key=${one.id} class="card linked-card">
        <p><${Tag} tone=${one.tone}>${one.says}<//> <span class="muted" title="How strong the link is, from 0 to 1">${one.score.toFixed(2)}</span></p>
        <a class="linked-text" href=${link('/spaces/:space/notes/:id', { space, id: one.other }, { as_of: asOf })}>${others.get(one.other)?.content ?? html`note <code>${one.other}</code>, gone since`}</a>
        ${one.reason && html`<p class="muted">${one.reason}</p>`}
        <p class="note-foot"><${Maker} space=${space} maker=${one.maker} run=${one.run} />
          ${one.because && one.because !== note.id && one.because !== one.other && html`<span>because of <a href=${link('/spaces/:space/notes/:id', { space, id: one.because })}>another note</a></span>`}
          ${onUnlink && html`<${Button} kind="link" onClick=${() => onUnlink(one)} aria-label=${`Unlink: ${one.says} ${others.get(one.other)?.content ?? one.other}`}>Unlink<//>`}</p>
      </li>`)}</ul></div>`)}
  </section>`;
}

function Versions({ space, versions, onRestore }) {
  const rows = versions.map((version, i) => ({ version, before: versions[i - 1], isNow: i === versions.length - 1 })).reverse();
  return html`<${Card} title=${counted(versions.length, 'version')}>
    <ol class="plain versions">${rows.map(({ version, before, isNow }) => html`<li key=${version.position} class="version-row">
      <p class="version-head"><strong>${number(version.position)}</strong> <${Time} at=${version.at} /> <${Maker} space=${space} maker=${version.maker} run=${version.run} />
        ${isNow && html`<${Tag} tone="good">present<//>`}</p>
      ${version.reason && html`<p class="version-why">${version.reason}</p>`}
      ${version.because && html`<p class="muted">Caused by <a href=${link('/spaces/:space/notes/:id', { space, id: version.because })}>the coming of another note</a>; forgotten with it.</p>`}
      <${Facets} version=${version} before=${before} />
      ${onRestore && !isNow && html`<${Button} kind="link" onClick=${() => onRestore(version)}>Restore version ${number(version.position)}<//>`}
    </li>`)}</ol>
  <//>`;
}

function DeleteDialog({ space, note, onClose }) {
  const act = async () => {
    const done = await remove(path`/v1/spaces/${space}/notes/${note.id}`);
    announce(done.turns ? 'The note is gone, and the turn that it was.' : 'The note is gone; the turns that it was made of stay.');
    go(link('/spaces/:space/notes', { space }));
  };
  return html`<${ConfirmDialog} title="Delete this note?" word="delete" submit="Delete for good" onSubmit=${act} onClose=${onClose}>
    <blockquote>${note.content}</blockquote>
    <p>It goes with its versions, its ${counted(note.links.length, 'link')} and what is known because of it${note.event ? '; the turns that it was made of stay' : ', and with the turn that it is'}. It cannot be brought back.</p>
  <//>`;
}

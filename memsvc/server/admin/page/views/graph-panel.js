// What was chosen in the graph: its details with sources, and what can be done about it.
import { html, useState } from '../lib/ui.js';
import { get, items, path, post, remove } from '../lib/api.js';
import { counted, whenFull } from '../lib/format.js';
import { useLoad } from '../lib/load.js';
import { link } from '../lib/router.js';
import { may, useSession } from '../lib/session.js';
import { Button, Icon, Loaded, Tag, Time, announceProblem } from '../parts.js';
import { ForgetDialog } from './forgetting.js';
import { CorrectDialog, MergeDialog, RenameDialog, RulingDialog, renameEntity, undoRuling } from './graph-change.js';
import { Shape } from './graph-filter.js';
import { EDGES, KINDS } from './graph-model.js';
import { NotNamed, Unlink } from './graph-unlink.js';

const MOST_LISTED = 12;
const MOST_FORGOTTEN = 500; // turns of one request
const TONES = { current: 'good', superseded: 'quiet', ended: 'quiet', planned: 'quiet', disputed: 'warn' };

export function Panel(props) {
  const { chosen, model, done, setDone, onChanged } = props;
  const isEdge = Boolean(chosen && model.edges.has(chosen));
  return html`<aside class="graph-panel" aria-label="Details">
    ${!chosen && html`<div class="panel-empty"><h2>Nothing is chosen</h2>
      <p>Choose a node or an edge in the drawing or the list, or find a name above. Its sources and what can be done about it are shown here.</p></div>`}
    ${chosen && isEdge && html`<${EdgeDetails} key=${chosen} ...${props} edge=${model.edges.get(chosen)} />`}
    ${chosen && !isEdge && html`<${NodeDetails} key=${chosen} ...${props} node=${model.nodes.get(chosen) || named(chosen)} />`}
    ${done.length > 0 && html`<${Done} chosen=${chosen} done=${done} setDone=${setDone} onChanged=${onChanged} onChoose=${props.onChoose} />`}
  </aside>`;
}

/** A node that the address names and the view does not show. */
function named(reference) {
  const at = reference.indexOf(':');
  const kind = reference.slice(0, at);
  return { node: reference, kind, shown: KINDS[kind] ? kind : 'entity', id: reference.slice(at + 1), label: reference.slice(at + 1), isElsewhere: true };
}

function NodeDetails(props) {
  const { node, onChoose, onExpand, onFold, onStart, isExpanded, isFolded } = props;
  const Kind = { entity: Entity, fact: Fact, event: EventOf, note: NoteOf, turn: Turn }[node.kind === 'note' ? 'note' : node.kind];
  return html`
    <header class="panel-head">
      <p class="panel-kind"><${Shape} kind=${node.shown} colour="ink-quiet" />${KINDS[node.shown].one}${node.neighbours ? html`, ${counted(node.neighbours, 'neighbour')}` : ''}
        ${node.mass ? html`, mass ${node.mass.toFixed(3)}` : ''}</p>
      <button type="button" class="icon-button" title="Close" onClick=${() => onChoose(null)}><${Icon} name="close" label="Close details" /></button>
      <h2 id="panel-title" tabindex="-1">${node.label}</h2>
    </header>
    ${node.kind !== 'note' && html`<div class="panel-actions">
      ${!node.isElsewhere && html`<${Button} onClick=${() => onExpand(node.node)}>Expand<//>
        <${Button} onClick=${() => onFold(node.node)} disabled=${isFolded && !isExpanded}>Collapse<//>`}
      <${Button} onClick=${() => onStart({ node: node.node, chosen: node.node })}>Start from it<//></div>`}
    ${Kind && html`<${Kind} ...${props} />`}`;
}

function Entity({ space, asOf, node, onChoose, onActed, onChanged }) {
  const where = path`/v1/spaces/${space}`;
  const [open, setOpen] = useState(null);
  const key = useSession();
  const found = useLoad(async (signal) => {
    const [entity, merges] = await Promise.all([
      get(`${where}/entities/${encodeURIComponent(node.id)}`, { as_of: asOf }, { signal }), all(items(`${where}/merges`, { as_of: asOf }, { signal })),
    ]);
    return { entity, merges: merges.filter((merge) => merge.into === entity.name || entity.merged.includes(merge.name)) };
  }, [where, node.id, asOf, node]);
  const mayChange = may(key, 'writer') && !asOf;
  const close = () => setOpen(null);
  const takeName = async (merge) => {
    const { name, spelled } = await get(`${where}/entities/${encodeURIComponent(merge.name)}`);
    const is = `entity:${name}`;
    onActed({ text: `${merge.spelled} is called ${spelled} again.`, undo: () => renameEntity(where, merge.name, merge.spelled), was: `entity:${merge.into}`, is });
    onChoose(is);
  };
  const take = async (merge) => {
    try {
      await remove(`${where}${path`/merges/${merge.id}`}`);
      if (merge.spelled) await takeName(merge);
      else onActed({ text: `${merge.name} is a name of its own again.`, undo: () => post(`${where}/entities/${encodeURIComponent(merge.name)}/merge`, { into: merge.into }) });
    } catch (problem) {
      announceProblem(problem);
    }
  };
  return html`<${Loaded} from=${found} rows=${4}>${({ entity, merges }) => html`
    <dl class="pairs">
      <div><dt>Written</dt><dd>${entity.spelled}</dd></div>
      <div><dt>Named by</dt><dd>${counted(entity.turns, 'turn')}${entity.about ? `, ${entity.about} about it` : ''}</dd></div>
      ${merges.length > 0 && html`<div><dt>Also called</dt><dd><ul class="plain">${merges.map((merge) => html`<li key=${merge.id}>${merge.name}
        ${mayChange && html` <${Button} kind="link" onClick=${() => take(merge)}>${merge.spelled ? 'Take the new name back' : 'Take the merge back'}<//>`}</li>`)}</ul></dd></div>`}
    </dl>
    <h3>Facts</h3>
    ${entity.stated.length === 0 ? html`<p class="muted">Nothing is stated of it.</p>` : html`<${FactList} facts=${entity.stated} onChoose=${onChoose} />`}
    <h3>Turns that name it</h3>
    <${TurnList} space=${space} turns=${entity.newest}
      beside=${(turn) => html`<${Unlink} space=${space} asOf=${asOf} entity=${entity.name} turn=${turn} onActed=${onActed}
        after=${() => entity.turns === 1 && onChoose(`turn:${turn.id}`)} />`} />
    ${mayChange && html`<div class="panel-actions">
      <${Button} onClick=${() => setOpen('rename')}>Rename…<//>
      <${Button} onClick=${() => setOpen('merge')}>Merge…<//>
      <${Button} kind="danger-quiet" icon="forget" onClick=${() => setOpen('forget')}>Forget…<//></div>`}
    ${open === 'merge' && html`<${MergeDialog} space=${space} entity=${entity} onClose=${close} onActed=${onActed} onChoose=${onChoose} />`}
    ${open === 'rename' && html`<${RenameDialog} space=${space} entity=${entity} onClose=${close} onActed=${onActed} onChoose=${onChoose} />`}
    ${open === 'forget' && html`<${ForgetDialog} space=${space} what=${{ subject: entity.spelled }} onClose=${close} onDone=${() => { onChoose(null); onChanged(); }} />`}`}<//>`;
}

function Fact({ space, asOf, node, onChoose, onActed, onChanged }) {
  const where = path`/v1/spaces/${space}`;
  const key = useSession();
  const [open, setOpen] = useState(null);
  const found = useLoad(async (signal) => {
    const fact = await get(`${where}${path`/facts/${node.id}`}`, { as_of: asOf }, { signal });
    const turns = await Promise.all(fact.turns.slice(0, MOST_LISTED).map((id) => get(`${where}${path`/turns/${id}`}`, { as_of: asOf }, { signal }).catch(() => null)));
    return { fact, turns: turns.filter(Boolean) };
  }, [where, node.id, asOf, node]);
  const mayChange = may(key, 'writer') && !asOf;
  const close = () => setOpen(null);
  const take = async (fact, ruling) => {
    try {
      await undoRuling(space, fact.id, ruling.id);
      onActed({ text: 'The ruling is taken back.' });
    } catch (problem) {
      announceProblem(problem);
    }
  };
  return html`<${Loaded} from=${found} rows=${4}>${({ fact, turns }) => html`
    <p class="panel-fact"><${Button} kind="link" onClick=${() => onChoose(`entity:${fact.subject_name}`)}>${fact.subject}<//>
      <em>${fact.predicate}</em> <${Button} kind="link" onClick=${() => onChoose(`entity:${fact.object_name}`)}>${fact.object}<//></p>
    <dl class="pairs">
      <div><dt>Stands</dt><dd><${Tag} tone=${TONES[fact.state]}>${fact.state}<//></dd></div>
      <div><dt>Held</dt><dd>${fact.valid_from ? html`from <${Time} at=${fact.valid_from} />` : 'since ever'}${fact.valid_to ? html` to <${Time} at=${fact.valid_to} />` : ''}</dd></div>
      <div><dt>Trust</dt><dd>${fact.trust}</dd></div>
      ${fact.superseded_by && html`<div><dt>Ended by</dt><dd><${Button} kind="link" onClick=${() => onChoose(`fact:${fact.superseded_by}`)}>another fact<//></dd></div>`}
      ${fact.rulings.map((ruling) => html`<div key=${ruling.id}><dt>Ruled</dt><dd>${ruling.verdict}: ${ruling.reason}
        ${mayChange && html` <${Button} kind="link" onClick=${() => take(fact, ruling)}>Take it back<//>`}</dd></div>`)}
    </dl>
    <h3>Who says it</h3>
    <${TurnList} space=${space} turns=${turns} />
    ${mayChange && html`<div class="panel-actions">
      <${Button} onClick=${() => setOpen('correct')}>Correct…<//>
      <${Button} onClick=${() => setOpen('retract')}>Retract…<//>
      <${Button} kind="danger-quiet" icon="forget" onClick=${() => setOpen('forget')}>Forget…<//></div>`}
    ${open === 'correct' && html`<${CorrectDialog} space=${space} fact=${fact} onClose=${close} onActed=${onActed} />`}
    ${open === 'retract' && html`<${RulingDialog} space=${space} fact=${fact} onClose=${close} onActed=${onActed} />`}
    ${open === 'forget' && html`<${ForgetDialog} space=${space} what=${{ turns: fact.turns }} onClose=${close} onDone=${() => { onChoose(null); onChanged(); }} />`}`}<//>`;
}

/** The way to forget, for who may; what would go with these turns is shown first. */
function ForgetTurns({ space, asOf, turns, onChoose, onChanged }) {
  const key = useSession();
  const [isOpen, setOpen] = useState(false);
  if (asOf || !may(key, 'writer') || turns.length === 0) return null;
  const done = () => {
    onChoose(null);
    onChanged();
  };
  return html`<div class="panel-actions"><${Button} kind="danger-quiet" icon="forget" onClick=${() => setOpen(true)}>Forget…<//></div>
    ${isOpen && html`<${ForgetDialog} space=${space} what=${{ turns }} onClose=${() => setOpen(false)} onDone=${done} />`}`;
}

function Turn({ space, asOf, node, onChoose, onActed, onChanged }) {
  const where = path`/v1/spaces/${space}`;
  const found = useLoad((signal) => get(`${where}${path`/turns/${node.id}`}`, { as_of: asOf }, { signal }), [where, node.id, asOf, node]);
  return html`<${Loaded} from=${found} rows=${4}>${(turn) => html`
    <p class="panel-text">${turn.content}</p>
    <dl class="pairs">
      <div><dt>Said by</dt><dd>${turn.speaker || turn.role} <${Tag}>${turn.source}<//></dd></div>
      <div><dt>When</dt><dd><${Time} at=${turn.at} /></dd></div>
      <div><dt>Where</dt><dd><a href=${turnLink(space, turn)}>${turn.stream}, turn ${turn.seq}</a></dd></div>
    </dl>
    <${NotNamed} space=${space} asOf=${asOf} turn=${turn} onActed=${onActed} />
    <${ForgetTurns} space=${space} asOf=${asOf} turns=${[turn.id]} onChoose=${onChoose} onChanged=${onChanged} />`}<//>`;
}

function EventOf({ space, asOf, node, onChoose, onChanged }) {
  const where = path`/v1/spaces/${space}`;
  const found = useLoad(async (signal) => {
    const event = await get(`${where}${path`/events/${node.id}`}`, { as_of: asOf }, { signal });
    const ids = [...new Set(event.units.map((unit) => unit.turn))];
    const turns = await Promise.all(ids.slice(0, MOST_LISTED).map((id) => get(`${where}${path`/turns/${id}`}`, { as_of: asOf }, { signal }).catch(() => null)));
    return { event, ids, turns: turns.filter(Boolean) };
  }, [where, node.id, asOf, node]);
  return html`<${Loaded} from=${found} rows=${4}>${({ event, ids, turns }) => html`
    <dl class="pairs">
      ${event.title && html`<div><dt>Title</dt><dd>${event.title}</dd></div>`}
      <div><dt>Stream</dt><dd>${event.stream}, event ${event.number + 1}</dd></div>
      <div><dt>Ended by</dt><dd>${event.boundary}</dd></div>
    </dl>
    <h3>Its turns</h3>
    <${TurnList} space=${space} turns=${turns} />
    <${ForgetTurns} space=${space} asOf=${asOf} turns=${ids.slice(0, MOST_FORGOTTEN)} onChoose=${onChoose} onChanged=${onChanged} />`}<//>`;
}

function NoteOf({ space, asOf, node, onChoose, onChanged }) {
  const where = path`/v1/spaces/${space}`;
  const found = useLoad((signal) => get(`${where}${path`/notes/${node.id}`}`, { as_of: asOf }, { signal }), [where, node.id, asOf, node]);
  return html`<${Loaded} from=${found} rows=${4}>${(note) => html`
    <p class="panel-text">${note.content}</p>
    ${note.context && html`<p class="muted">${note.context}</p>`}
    <dl class="pairs">
      <div><dt>Tags</dt><dd>${note.tags.length ? note.tags.map((tag) => html`<${Tag} key=${tag}>${tag}<//> `) : html`<span class="muted">none</span>`}</dd></div>
      <div><dt>Made</dt><dd><${Time} at=${note.at} />${note.event ? html`, of <${Button} kind="link" onClick=${() => onChoose(`event:${note.event}`)}>an event<//>` : ''}</dd></div>
    </dl>
    <${ForgetTurns} space=${space} asOf=${asOf} turns=${note.turns} onChoose=${onChoose} onChanged=${onChanged} />`}<//>`;
}

function EdgeDetails({ space, asOf, model, edge, onChoose, onActed }) {
  const ends = [edge.one, edge.other].map((key) => model.nodes.get(key));
  const [entity, turn] = ['entity', 'turn'].map((kind) => ends.find((end) => end.kind === kind));
  const isBetween = ends.every((end) => end.kind === 'entity');
  const found = useLoad(async (signal) => {
    if (!isBetween) return [];
    const page = await get(path`/v1/spaces/${space}/facts`, { entity: ends[0].id, include_superseded: true, as_of: asOf, limit: 200 }, { signal });
    return page.items.filter((fact) => [fact.subject_name, fact.object_name].includes(ends[1].id));
  }, [space, edge.key, asOf, edge]);
  return html`
    <header class="panel-head"><p class="panel-kind">edge</p>
      <button type="button" class="icon-button" title="Close" onClick=${() => onChoose(null)}><${Icon} name="close" label="Close details" /></button>
      <h2 id="panel-title" tabindex="-1">${ends[0].label} – ${ends[1].label}</h2></header>
    <dl class="pairs">${edge.kinds.map(({ kind, weight }) => html`<div key=${kind}><dt>${EDGES[kind]}</dt><dd>weight ${weight.toFixed(2)}</dd></div>`)}</dl>
    ${entity && turn && html`<p><${Unlink} space=${space} asOf=${asOf} entity=${entity.id} turn=${{ id: turn.id, content: turn.label }} onActed=${onActed} after=${() => onChoose(turn.node)} /></p>`}
    <h3>Its ends</h3>
    <ul class="plain panel-list">${ends.map((end) => html`<li key=${end.node}><button type="button" class="panel-choice" onClick=${() => onChoose(end.node)}>
      <${Shape} kind=${end.shown} colour="ink-quiet" /><span>${end.label}</span></button></li>`)}</ul>
    ${isBetween && html`<h3>Facts that relate them</h3><${Loaded} from=${found} rows=${2}>${(facts) => (facts.length
      ? html`<${FactList} facts=${facts} onChoose=${onChoose} /><p class="muted">Open a fact to retract or correct it; the edge goes with the last one.</p>`
      : html`<p class="muted">None; their names are alike, or stand together.</p>`)}<//>`}`;
}

function FactList({ facts, onChoose }) {
  return html`<ul class="plain panel-list">${facts.slice(0, MOST_LISTED).map((fact) => html`<li key=${fact.id}>
    <button type="button" class="panel-choice" onClick=${() => onChoose(`fact:${fact.id}`)}><${Shape} kind="fact" colour="ink-quiet" />
      <span>${fact.subject} <em>${fact.predicate}</em> ${fact.object}</span> <${Tag} tone=${TONES[fact.state]}>${fact.state}<//></button></li>`)}</ul>
    ${facts.length > MOST_LISTED && html`<p class="muted">and ${facts.length - MOST_LISTED} more</p>`}`;
}

/** Turns with the way to each; `beside` may give something to do about one. */
function TurnList({ space, turns, beside }) {
  return html`<ul class="plain panel-list">${turns.slice(0, MOST_LISTED).map((turn) => html`<li key=${turn.id}>
    <a href=${turnLink(space, turn)} title=${whenFull(turn.at)}><span class="muted">${turn.speaker || turn.role}:</span> ${turn.content}</a>
    ${beside?.(turn)}</li>`)}</ul>
    ${turns.length > MOST_LISTED && html`<p class="muted">and ${turns.length - MOST_LISTED} more</p>`}`;
}

/** What was done here, each to be undone where the API can; what is chosen stays so under the name that it `was`. */
function Done({ chosen, done, setDone, onChanged, onChoose }) {
  const [busy, setBusy] = useState(null);
  const undo = async (one) => {
    setBusy(one.id);
    try {
      await one.undo();
      setDone((before) => before.filter((each) => each !== one));
      if (one.is && chosen === one.is) onChoose(one.was);
      onChanged();
    } catch (problem) {
      announceProblem(problem);
    }
    setBusy(null);
  };
  return html`<section class="panel-done" aria-label="Done here"><h3>Done here</h3>
    <ul class="plain">${done.map((one) => html`<li key=${one.id}>${one.text}
      <${Button} kind="link" disabled=${busy === one.id} onClick=${() => undo(one)}>Undo<//></li>`)}</ul></section>`;
}

const turnLink = (space, turn) => link('/spaces/:space/streams/:stream', { space, stream: turn.stream }, { turn: turn.id });

async function all(list) {
  const found = [];
  for await (const each of list) found.push(each);
  return found;
}

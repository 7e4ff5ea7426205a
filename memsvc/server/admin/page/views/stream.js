// One stream: the conversation as it was, cut into its events, under the curve that cut it. What is
// looked at is read first, and the rest as one comes to it.
import { html, classes, useEffect, useMemo, useState } from '../lib/ui.js';
import { get, path } from '../lib/api.js';
import { counted, score } from '../lib/format.js';
import { once, useLoad } from '../lib/load.js';
import { go, link } from '../lib/router.js';
import { Button, Empty, Icon, Loading, Page, ProblemBox, Tag, Time, VirtualList } from '../parts.js';
import { CameOfIt } from './came-of-it.js';
import { stretchOf, useStretches } from './stretches.js';
import { SurpriseCurve } from './surprise.js';
import { BOUNDARIES } from './weave.js';

const SOON_MS = 60; // a stretch that is only scrolled past is not read

export default function Stream({ params, query }) {
  const [turn, setTurn] = useState(0); // read all anew
  return html`<${Conversation} key=${`${params.space}/${params.stream}/${turn}`} ...${params} query=${query} again=${() => setTurn(turn + 1)} />`;
}

function Conversation({ space, stream, query, again }) {
  const where = path`/v1/spaces/${space}`;
  const itself = `${where}${path`/streams/${stream}`}`;
  const tail = useMemo(() => once(() => get(`${itself}/tail`)), []);
  const open = useLoad(tail, []);
  const info = useLoad((signal) => get(itself, {}, { signal }), []);
  const wanted = useLoad((signal) => placeOf(where, query, signal), [query.turn, query.event]);
  const { rows, isEmpty, read, problem } = useStretches({ where, stream, last: info.data?.last_seq ?? null, tail });
  // After the first turns: it is of the whole stream, and they should not wait for it.
  const curve = useLoad((signal) => (isEmpty ? null : get(`${itself}/curve`, {}, { signal })), [isEmpty]);
  const asked = useMemo(() => (wanted.data?.stream === stream ? { key: wanted.data.key } : null), [wanted.data]);
  useEffect(() => {
    if (!wanted.isLoading) read(asked ? stretchOf(wanted.data.seq) : 0);
  }, [wanted.isLoading, asked]);

  const crumbs = [['Spaces', '#/'], [space, link('/spaces/:space', { space })], ['Streams', link('/spaces/:space/streams', { space })]];
  const lead = info.data && html`${info.data.title ? `${stream} · ` : ''}${counted(info.data.turns, 'turn')}
    ${open.data && html`, ${counted(open.data.number, 'closed event')}`}${info.data.last_at ? html`, last <${Time} at=${info.data.last_at} />` : ''}`;
  const show = (turn) => {
    go(link('/spaces/:space/streams/:stream', { space, stream }, { turn }), { replace: true });
  };
  const refused = info.problem || problem || curve.problem;
  let inside;
  if (info.data && info.data.last_seq === null) {
    inside = html`<${Empty} title="Nothing is left in this stream"><p>Its turns were forgotten or have expired. <a href=${link('/spaces/:space/streams', { space })}>Other streams</a></p><//>`;
  } else if (!info.problem) {
    inside = html`
      <${SurpriseCurve} curve=${curve.data} wanted=${asked && wanted.data.seq} onChoose=${show} />
      ${wanted.problem && html`<${ProblemBox} problem=${wanted.problem} />`}
      ${isEmpty ? !problem && html`<${Loading} rows=${8} />` : html`<div class="talk"><${VirtualList} items=${rows} itemKey=${(row) => row.key} estimate=${92} show=${asked} label="Turns in order"
        stands=${(row) => (row.kind === 'stretch' ? row.count : 0)}
        item=${(row) => (row.kind === 'stretch' ? html`<${Unread} row=${row} read=${read} />`
          : row.kind === 'event' ? html`<${EventHead} row=${row} isWanted=${asked?.key === row.key} />`
            : html`<${Turn} space=${space} row=${row} isWanted=${asked?.key === row.key} />`)} /></div>`}`;
  }
  return html`<${Page} title=${info.data?.title || stream} crumbs=${crumbs} lead=${lead}>
    ${refused && html`<${ProblemBox} problem=${refused} again=${again} />`}
    ${inside}<//>`;
}

/** Where the turn or event is that the address names: `{ key, seq, stream }`; null for none. */
async function placeOf(where, query, signal) {
  if (query.turn) {
    const { id, seq, stream } = await get(`${where}${path`/turns/${query.turn}`}`, {}, { signal });
    return { key: id, seq, stream };
  }
  if (query.event) {
    const { id, start, stream, turns } = await get(`${where}${path`/events/${query.event}`}`, {}, { signal });
    return { key: id, seq: turns[0]?.seq ?? start.seq, stream };
  }
  return null;
}

/** Stands for turns that were not read yet, and has them read once it stays near the window. */
function Unread({ row, read }) {
  useEffect(() => {
    const timer = setTimeout(() => read(row.number), SOON_MS);
    return () => clearTimeout(timer);
  }, [row.number, read]);
  return html`<${Loading} rows=${Math.min(row.count, 12)} />`;
}

function EventHead({ row, isWanted }) {
  const reason = row.boundary && BOUNDARIES[row.boundary];
  return html`<div class=${classes('event-head', isWanted && 'wanted')} id=${row.id} tabindex="-1">
    <h2>${row.title || (row.id ? `Event ${row.number + 1}` : 'Still open')}</h2>
    ${reason && html`<${Tag} title=${reason.why}>began by ${reason.name}<//>`}
    <span class="muted">${row.id ? counted(row.units, 'unit') : 'what follows the last closed event, and is still to be cut'}</span>
  </div>`;
}

function Turn({ space, row, isWanted }) {
  const { turn } = row;
  const [isOpen, setOpen] = useState(isWanted);
  useEffect(() => {
    if (isWanted) setOpen(true);
  }, [isWanted]);
  const name = turn.speaker || turn.role;
  return html`<article class=${classes('turn', `role-${ROLES.has(turn.role) ? turn.role : 'other'}`, isWanted && 'wanted')} tabindex="-1" id=${turn.id}
      aria-label=${`Turn ${turn.seq}, ${name}`}>
    <header class="turn-head">
      <span class="turn-who">${name}</span>
      ${turn.speaker && html`<span class="turn-role">${turn.role}</span>`}
      <${Time} at=${turn.at} />
      ${turn.source !== 'user' && turn.source !== 'agent' && html`<${Tag} title="Where the words come from">${turn.source}<//>`}
      ${turn.echo_of && html`<${Tag} tone="warn" title=${`It repeats ${turn.echo_of}`}>echo<//>`}
      ${!turn.embedded && html`<${Tag} tone="warn" title="Found by words; its vector is still to come">no vector yet<//>`}
      ${turn.expires_at && html`<${Tag} tone="warn">expires ${' '}<${Time} at=${turn.expires_at} as="ago" /><//>`}
      <span class=${classes('turn-surprise', row.surprise !== null && row.threshold !== null && row.surprise > row.threshold && 'over')} title=${row.threshold === null ? 'Surprise of this turn' : `Surprise; it had to be over ${score(row.threshold)} to end an event`}>
        ${row.surprise !== null && html`surprise ${score(row.surprise)}`}</span>
    </header>
    <p class="turn-text">${turn.content}</p>
    <${Button} kind="link" aria-expanded=${isOpen ? 'true' : 'false'} onClick=${() => setOpen(!isOpen)}>
      <${Icon} name="chevron" />What came of it<//>
    ${isOpen && html`<${CameOfIt} space=${space} turn=${turn} />`}
  </article>`;
}

const ROLES = new Set(['user', 'assistant', 'system', 'tool']);

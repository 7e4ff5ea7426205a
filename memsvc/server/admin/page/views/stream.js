// One stream: the conversation as it was, cut into its events, under the curve that cut it.
import { html, classes, useEffect, useMemo, useState } from '../lib/ui.js';
import { get, items, path } from '../lib/api.js';
import { counted, score } from '../lib/format.js';
import { useLoad } from '../lib/load.js';
import { go, link } from '../lib/router.js';
import { Button, Empty, Icon, Loaded, Page, Tag, Time, VirtualList } from '../parts.js';
import { CameOfIt } from './came-of-it.js';
import { SurpriseCurve } from './surprise.js';
import { BOUNDARIES, woven } from './weave.js';

export default function Stream({ params, query }) {
  const { space, stream } = params;
  const where = path`/v1/spaces/${space}`;
  const found = useLoad((signal) => read(where, stream, signal), [where, stream]);
  const crumbs = [['Spaces', '#/'], [space, link('/spaces/:space', { space })], ['Streams', link('/spaces/:space/streams', { space })]];
  const title = found.data?.info.title || stream;
  const lead = found.data && html`${found.data.info.title ? `${stream} · ` : ''}${counted(found.data.info.turns, 'turn')},
    ${' '}${counted(found.data.events.length, 'closed event')}${found.data.info.last_at ? html`, last <${Time} at=${found.data.info.last_at} />` : ''}`;
  return html`<${Page} title=${title} crumbs=${crumbs} lead=${lead}>
    <${Loaded} from=${found} rows=${8}>${(data) => (data.turns.length === 0
      ? html`<${Empty} title="Nothing is left in this stream"><p>Its turns were forgotten or have expired. <a href=${link('/spaces/:space/streams', { space })}>Other streams</a></p><//>`
      : html`<${Conversation} space=${space} stream=${stream} data=${data} wanted=${query.turn} />`)}<//>
  <//>`;
}

async function read(where, stream, signal) {
  const [info, tail, events, turns] = await Promise.all([
    get(`${where}${path`/streams/${stream}`}`, {}, { signal }),
    get(`${where}${path`/streams/${stream}/tail`}`, {}, { signal }),
    all(items(`${where}/events`, { stream, texts: false }, { signal })),
    all(items(`${where}/turns`, { stream }, { signal })),
  ]);
  events.sort((a, b) => a.number - b.number);
  return { info, tail, events, turns };
}

async function all(list) {
  const found = [];
  for await (const each of list) found.push(each);
  return found;
}

function Conversation({ space, stream, data, wanted }) {
  const { rows, points } = useMemo(() => woven(data), [data]);
  const asked = useMemo(() => (wanted ? { key: wanted } : null), [wanted]);
  const show = (turn) => {
    go(link('/spaces/:space/streams/:stream', { space, stream }, { turn }), { replace: true });
  };
  return html`
    <${SurpriseCurve} points=${points} wanted=${asked?.key} onChoose=${show} />
    <div class="talk"><${VirtualList} items=${rows} itemKey=${(row) => row.key} estimate=${92} show=${asked} label="Turns in order"
      item=${(row) => (row.kind === 'event'
        ? html`<${EventHead} row=${row} />`
        : html`<${Turn} space=${space} row=${row} isWanted=${asked?.key === row.key} />`)} /></div>`;
}

function EventHead({ row }) {
  const reason = row.boundary && BOUNDARIES[row.boundary];
  return html`<div class="event-head" id=${row.id}>
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

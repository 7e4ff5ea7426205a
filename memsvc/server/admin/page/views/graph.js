// The graph of a space: what it is about, how that hangs together, and what can be done about it.
import { html, useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from '../lib/ui.js';
import { ask, get, path } from '../lib/api.js';
import { counted, number } from '../lib/format.js';
import { useLoad } from '../lib/load.js';
import { go, link } from '../lib/router.js';
import { Button, Empty, Loading, Page, ProblemBox, announce, announceProblem } from '../parts.js';
import { Drawing } from './drawing.js';
import { download, graphml, nodeLink } from './graph-export.js';
import { Filter } from './graph-filter.js';
import { Find } from './graph-find.js';
import { NodeList } from './graph-list.js';
import { NO_FILTER, drawn, isFiltered, passing, together } from './graph-model.js';
import { Panel } from './graph-panel.js';
import { TimeSlider } from './graph-time.js';

const FIRST = 500; // nodes of the first view
const MOST = 5000;
const AROUND = { depth: 2, limit: 150 };
const EXPANDED = { depth: 1, limit: 80 };

export default function Graph({ params, query }) {
  const { space } = params;
  const where = path`/v1/spaces/${space}`;
  const asOf = query.as_of || undefined;
  const of = JSON.stringify([space, query.node, query.question, query.community, query.size]);
  const base = useLoad((signal) => read(where, { query, of }, asOf, signal), [where, of, asOf]);
  const [more, setMore] = useState({ of, pieces: new Map() });
  const extra = more.of === of ? more.pieces : NOTHING;

  const turn = (changes, options = { replace: true }) => go(link('/spaces/:space/graph', { space }, { ...query, ...changes }), options);
  const startFrom = (changes) => turn({ node: null, question: null, community: null, size: null, chosen: null, ...changes }, { replace: false });
  const choose = useCallback((key) => turn({ chosen: key }), [space, JSON.stringify(query)]);

  const expand = async (key) => {
    try {
      const found = await get(`${where}/graph`, { node: key, ...EXPANDED, as_of: asOf });
      setMore({ of, pieces: new Map([...extra, [key, found]]) });
      announce(`${counted(found.nodes.length - 1, 'neighbour')} of it ${found.nodes.length === 2 ? 'is' : 'are'} shown.`);
      return true;
    } catch (problem) {
      announceProblem(problem);
      return false;
    }
  };
  const renew = async () => {
    base.reload();
    const again = await Promise.all([...extra.keys()].map((key) => get(`${where}/graph`, { node: key, ...EXPANDED, as_of: asOf })
      .then((found) => [key, found], () => null))); // what it was around may be gone by now
    setMore({ of, pieces: new Map(again.filter(Boolean)) });
  };
  const drop = (key) => setMore({ of, pieces: new Map([...extra].filter(([each]) => each !== key)) });

  const shown = useLoad(async (signal) => base.data && { ...base.data, model: await together([base.data.view, ...extra.values()], base.data.notes, signal) }, [base.data, extra]);
  const { model } = shown.data || {};
  const problem = base.problem || shown.problem;
  const find = html`<${Find} space=${space} asOf=${asOf} model=${model} onNode=${choose}
    onAround=${(node) => startFrom({ node, chosen: node })} onQuestion=${(question) => startFrom({ question })} />`;

  const slider = shown.data && html`<${TimeSlider} space=${space} position=${shown.data.position} asOf=${asOf} stands=${shown.data.stands}
    onChange=${(as_of) => turn({ as_of })} />`;

  return html`<${Page} title="Graph" crumbs=${[['Spaces', '#/'], [space, link('/spaces/:space', { space })]]}>
    <div class="graph">
      <div class="graph-bar">${find}<${Told} data=${shown.data} onStart=${startFrom} onMore=${() => startFrom({ size: 'all' })} /></div>
      ${problem && html`<${ProblemBox} problem=${problem} again=${base.reload} />`}
      ${!problem && !model && html`<${Loading} rows=${6} label="Loading the graph" />`}
      ${!problem && model && (model.nodes.size === 0
        ? html`<${Nothing} space=${space} asOf=${asOf} />${slider}`
        : html`<${Shown} key=${shown.data.of} space=${space} query=${{ ...shown.data.query, chosen: query.chosen }} of=${shown.data.of} model=${model} asOf=${asOf} isLoading=${base.isLoading} slider=${slider}
            expanded=${extra} onExpand=${expand} onDrop=${drop} onChoose=${choose} onStart=${startFrom} onChanged=${renew} />`)}
    </div>
  <//>`;
}

const NOTHING = new Map();

async function read(where, { query, of }, asOf, signal) {
  const past = { as_of: asOf };
  const part = query.node || query.question;
  const limit = query.size === 'all' || query.community ? MOST : FIRST;
  const wanted = part
    ? ask('GET', `${where}/graph`, { query: { ...past, ...(query.node ? { node: query.node, ...AROUND } : { question: query.question, limit: AROUND.limit }) }, signal })
    : ask('GET', `${where}/graph/overview`, { query: { ...past, limit, community: query.community }, signal });
  const [view, notes, space] = await Promise.all([
    wanted, get(`${where}/notes`, { ...past, limit: 200 }, { signal }), get(where, {}, { signal }),
  ]);
  const stands = Number(view.headers.get('memsvc-as-of')) || null;
  return { query, of, view: view.body, notes: notes.items, position: space.position, stands };
}

function Told({ data, onStart, onMore }) {
  if (!data) return null;
  const { query, view } = data;
  const back = html`<${Button} kind="link" onClick=${() => onStart({})}>The whole space<//>`;
  const total = view.nodes_in_all;
  let said = null;
  if (query.question) said = html`What <strong>${query.question}</strong> leads to; the larger, the more.`;
  else if (query.node) said = html`Around <strong>${query.node.replace(/^\w+:/, '')}</strong>.`;
  else if (query.community) said = html`The community of <strong>${query.community.replace(/^\w+:/, '')}</strong>: ${counted(total, 'node')}.`;
  else if (view.is_truncated) said = html`The middle of the space: ${number(view.nodes.length)} of ${counted(total, 'node')}, hubs first.`;
  else said = html`All of it: ${counted(total, 'node')}, ${counted(view.edges_in_all, 'edge')}.`;
  return html`<p class="graph-told" role="status">${said} ${(query.question || query.node || query.community) && back}
    ${!query.question && !query.node && !query.community && query.size !== 'all' && view.is_truncated && html`<${Button} kind="link" onClick=${onMore}>
      ${total > MOST ? `Open ${number(MOST)}` : 'Open all of it'}<//>`}</p>`;
}

function Nothing({ space, asOf }) {
  return html`<${Empty} title=${asOf ? 'Nothing hung together then' : 'Nothing hangs together yet'}>
    <p>${asOf ? 'Move the slider on to a later position.' : html`Names are read from what is written, within moments. Write to the space, or <a href=${link('/spaces/:space', { space })}>look whether enrichment is still busy</a>.`}</p><//>`;
}

function Shown({ space, query, of, model, asOf, isLoading, slider, expanded, onExpand, onDrop, onChoose, onStart, onChanged }) {
  const [filter, setFilter] = useState(NO_FILTER);
  const [folded, setFolded] = useState(new Set());
  const [colouring, setColouring] = useState('group');
  const [done, setDone] = useState([]);
  const drawing = useRef(null);
  const chosen = query.chosen || null;
  const kept = useMemo(() => passing(model, filter, folded, chosen), [model, filter, folded, folded.size ? chosen : null]);
  const masses = Boolean(query.question);
  const picture = useMemo(() => drawn(model, kept, { colouring, masses }), [model, kept, colouring, masses]);
  useEffect(() => {
    if (chosen && kept.has(chosen)) drawing.current?.look(chosen);
  }, [chosen, kept]);

  // Who chooses in the list goes on in the details, and comes back to the same row.
  const listed = useRef(null);
  const chooseListed = (key) => {
    listed.current = key;
    onChoose(key);
  };
  useLayoutEffect(() => {
    if (!listed.current) return;
    if (chosen === listed.current) document.getElementById('panel-title')?.focus();
    else if (!chosen) {
      const rows = [...document.querySelectorAll('.node-list [data-key]')];
      rows.find((each) => each.dataset.key === listed.current)?.querySelector('button').focus();
      listed.current = null;
    }
  }, [chosen]);

  const fold = (key) => {
    onDrop(key);
    setFolded(new Set([...folded, key]));
    announce('What hangs on it alone is folded away.');
  };
  const unfold = async (key) => {
    if (await onExpand(key)) setFolded(new Set([...folded].filter((each) => each !== key)));
  };
  const acted = (what) => {
    announce(what.text);
    if (what.undo) setDone((before) => [{ ...what, id: `${before.length}-${what.text}` }, ...before]);
    onChanged();
  };
  const place = (key) => drawing.current.position(key);
  const save = async (kind) => {
    const name = `${space}-graph.${kind}`;
    await drawing.current.shown;
    if (kind === 'png') download(name, await drawing.current.png());
    else if (kind === 'json') download(name, JSON.stringify(nodeLink(model, kept, place)), 'application/json');
    else download(name, graphml(model, kept, place), 'application/graphml+xml');
    announce(`${name} is saved.`);
  };
  const lit = useMemo(() => pathOf(query, model), [query.question, model]);

  return html`
    <div class="graph-main" data-nodes=${picture.nodes.length} data-edges=${picture.edges.length} aria-busy=${isLoading ? 'true' : 'false'}>
      <${Drawing} nodes=${picture.nodes} edges=${picture.edges} of=${of} chosen=${chosen} lit=${chosen ? null : lit} handle=${drawing}
        onChoose=${(key) => onChoose(key)} label=${`Graph of ${counted(picture.nodes.length, 'node')} and ${counted(picture.edges.length, 'edge')}; listed below`}>
        ${picture.nodes.length === 0 && html`<p class="drawing-none">Nothing passes the filters. <${Button} kind="link" onClick=${() => setFilter(NO_FILTER)}>Show all again<//></p>`}
      <//>
      <${Panel} space=${space} chosen=${chosen} model=${model} asOf=${asOf} done=${done} setDone=${setDone} isExpanded=${expanded.has(chosen)} isFolded=${folded.has(chosen)}
        onChoose=${onChoose} onExpand=${unfold} onFold=${fold} onStart=${onStart} onActed=${acted} onChanged=${onChanged} />
    </div>
    ${slider}
    <${Filter} model=${model} kept=${kept} filter=${filter} onChange=${setFilter} colouring=${colouring} onColouring=${setColouring} onGroup=${(community) => onStart({ community })} />
    <div class="graph-save"><span class="muted">Save what is shown${isFiltered(filter) ? ', as filtered' : ''}:</span>
      ${[['png', 'PNG'], ['graphml', 'GraphML'], ['json', 'JSON']].map(([kind, name]) => html`<${Button} key=${kind} icon="download" onClick=${() => save(kind)}>${name}<//>`)}</div>
    <${NodeList} model=${model} kept=${kept} chosen=${chosen} colouring=${colouring} onChoose=${chooseListed} />`;
}

const BEST = 10; // nodes with the most mass

/** Of a question, what it leads to most stands out, with the paths by which the best turns were reached. */
function pathOf(query, model) {
  if (!query.question || !model.paths?.length) return null;
  const heaviest = [...model.nodes.values()].filter((node) => node.mass).sort((a, b) => b.mass - a.mass).slice(0, BEST);
  const nodes = new Set([...heaviest.map((each) => each.node), ...model.paths.flatMap((each) => each.nodes)]);
  const edges = [...model.edges.values()].filter(({ one, other }) => nodes.has(one) && nodes.has(other)).map(({ key }) => key);
  return { nodes: [...nodes], edges };
}

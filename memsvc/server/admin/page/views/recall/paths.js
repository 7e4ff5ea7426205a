// The paths that led to hits, drawn with the mass that flowed over each step, and told in words.
import { html, classes, useMemo } from '../../lib/ui.js';
import { get, path } from '../../lib/api.js';
import { useLoad } from '../../lib/load.js';
import { go, link } from '../../lib/router.js';
import { Button, Empty, useWidth } from '../../parts.js';
import { BOX, armsOf, flowOf, lay } from './flow.js';

const SAYS = { names: 'names', is_about: 'is about', means: 'may mean', relates: 'is related by a fact to' };
const LINE = 24; // characters of a line in a box
const LITTLE = 0.005; // of what set out: a line too thin to see, over columns that nobody scrolls to

function percent(mass) {
  if (mass < 0.001) return '< 0.1 %';
  return `${mass >= 0.1 ? Math.round(mass * 100) : (mass * 100).toFixed(1)} %`;
}

export function Paths({ space, answer, asOf, query, to }) {
  const arms = armsOf(answer.hits);
  const arm = arms.some(([each]) => each === query.arm) ? query.arm : arms[0]?.[0];
  const flow = useMemo(() => arm && flowOf(answer.hits, arm), [answer, arm]);
  const others = flow ? unknown(flow, answer.hits) : [];
  const texts = useLoad(async (signal) => {
    const found = await Promise.all(others.map((id) => get(path`/v1/spaces/${space}/turns/${id}`, { as_of: asOf }, { signal }).catch(() => null)));
    return found.filter(Boolean);
  }, [space, others.join(' '), asOf]);
  if (!flow) {
    return html`<${Empty} title="No path led to these hits">
      <p>They were found by meaning and words alone. Names lead on where turns tell of things that other turns are about; the recipe
        ${' '}<a href=${to({ recipe: 'pagerank' })}>pagerank</a> walks the furthest.</p><//>`;
  }
  const turns = new Map([...(texts.data || []).map((turn) => [turn.id, { text: turn.content, stream: turn.stream, who: turn.speaker || turn.role }]),
    ...answer.hits.map((hit) => [hit.id, { text: hit.text, stream: hit.stream, who: hit.speaker || hit.role }])]);
  const drawn = flowOf(answer.hits, arm, (hit, each) => hit.id === query.path || !(each.mass.at(-1) < LITTLE));
  const chosen = drawn.paths.find((each) => each.hit.id === query.path) || null;
  const left = flow.paths.length - drawn.paths.length;
  const choose = (id) => go(to({ path: id === query.path ? null : id }), { replace: true });
  return html`
    <div class="bar">
      <p class="muted">${arm === 'pagerank'
        ? 'Walks leave each of the best turns. A line is as thick as the share of what set out that came over it.'
        : 'What the best turns name leads to what other turns are about. Two hops carry no mass.'}</p>
      ${arms.length > 1 && html`<div class="switch" role="group" aria-label="Which paths">${arms.map(([each, name]) => html`
        <a key=${each} class="chip" href=${to({ arm: each, path: null })} aria-current=${each === arm ? 'true' : undefined}>${name}</a>`)}</div>`}
    </div>
    ${drawn.paths.length > 0 && html`<${Drawing} space=${space} flow=${drawn} turns=${turns} chosen=${chosen} />`}
    ${left > 0 && html`<p class="muted">${left === 1 ? 'One path is' : `${left} paths are`} not drawn: less than half a percent of what set out came over ${left === 1 ? 'it' : 'them'}. Choose one below to see it.</p>`}
    <ol class="told-paths">${flow.paths.map((each) => html`<li key=${each.hit.id} class=${classes(chosen?.hit === each.hit && 'chosen')}>
      <${Button} kind="link" aria-pressed=${chosen?.hit === each.hit ? 'true' : 'false'} onClick=${() => choose(each.hit.id)}>To hit ${each.place}<//>
      <p>${told(each, flow, turns)}</p></li>`)}</ol>`;
}

/** Turns on the way that are no hits: their words have to be read. */
function unknown(flow, hits) {
  const known = new Set(hits.map((hit) => hit.id));
  return [...new Set([...flow.nodes.values()].filter((node) => node.kind === 'turn' && !known.has(node.id)).map((node) => node.id))];
}

function told(each, flow, turns) {
  const parts = each.nodes.map((key, i) => {
    const node = flow.nodes.get(key);
    const text = node.kind === 'name' ? html`<strong>${node.id}</strong>` : html`“${cut(turns.get(node.id)?.text || node.id, 90)}”`;
    if (i === 0) return node.kind === 'name' ? html`${text} <span class="muted">(in the question)</span>` : html`${text}`;
    const mass = each.mass[i - 1];
    return html` <span class="muted">${verb(flow, each, i)}</span> ${text}${mass === undefined ? '' : html` <span class="path-mass">${percent(mass)}</span>`}`;
  });
  return parts;
}

/** The step says what the turn does with the name, whichever of the two comes first. */
function verb(flow, each, i) {
  const step = each.steps[i - 1];
  const isBack = flow.nodes.get(each.nodes[i]).kind === 'turn' && (step === 'names' || step === 'is_about');
  return isBack ? { names: 'which is named in', is_about: 'which is what this is about:' }[step] : SAYS[step];
}

function Drawing({ space, flow, turns, chosen }) {
  const [frame, width] = useWidth(480);
  const size = width > 0 ? lay(flow, width) : null;
  const isOn = (key) => !chosen || chosen.nodes.includes(key) || chosen.edges.includes(key);
  return html`<div class="flow card" ref=${frame} role="group" aria-label="The paths, drawn" tabindex="0">
    ${size && html`<svg width=${size.width} height=${size.height} viewBox=${`0 0 ${size.width} ${size.height}`}>
      ${size.heads.map((head) => html`<text key=${head.x} class="flow-head" x=${head.x} y="16">${head.text}</text>`)}
      ${flow.edges.map((edge) => html`<${Edge} key=${edge.key} edge=${edge} flow=${flow} isOn=${isOn(edge.key)} />`)}
      ${[...flow.nodes.values()].map((node) => html`<${Node} key=${node.key} node=${node} space=${space} turn=${turns.get(node.id)} isOn=${isOn(node.key)} />`)}
    </svg>`}
  </div>`;
}

function Edge({ edge, flow, isOn }) {
  const from = flow.nodes.get(edge.from);
  const to = flow.nodes.get(edge.to);
  const x1 = from.x + BOX.width;
  const bend = (to.x - x1) / 2;
  const d = `M${x1} ${from.y}C${x1 + bend} ${from.y} ${to.x - bend} ${to.y} ${to.x} ${to.y}`;
  return html`<g class=${classes('flow-edge', edge.mass === null && 'no-mass', !isOn && 'dim')} aria-hidden="true">
    <path d=${d} stroke-width=${edge.mass === null ? 1.6 : (1.4 + 13 * edge.mass).toFixed(2)}><title>${`${SAYS[edge.step]}${edge.mass === null ? '' : `, ${percent(edge.mass)} of what set out`}`}</title></path>
    <text x=${(x1 + to.x) / 2} y=${(from.y + to.y) / 2 - 6} text-anchor="middle">${edge.mass === null ? SAYS[edge.step] : percent(edge.mass)}</text>
  </g>`;
}

function Node({ node, space, turn, isOn }) {
  const top = node.y - BOX.height / 2;
  const words = node.kind === 'name' ? [cut(node.id, LINE - 2)] : lines(turn?.text || node.id);
  const shape = html`
    <rect x=${node.x} y=${top} width=${BOX.width} height=${BOX.height} rx=${node.kind === 'name' ? 21 : 7} />
    ${words.map((text, i) => html`<text key=${i} x=${node.x + 12} y=${node.y + 4.5 + (words.length > 1 ? i * 15 - 7.5 : 0)}>${text}</text>`)}
    ${node.reached && html`<g class="flow-place"><circle cx=${node.x + BOX.width - 2} cy=${top + 2} r="10" /><text x=${node.x + BOX.width - 2} y=${top + 6} text-anchor="middle">${node.reached}</text></g>`}`;
  const kind = classes('flow-node', `is-${node.kind}`, node.reached && 'is-hit', !isOn && 'dim');
  if (node.kind === 'name' || !turn) return html`<g class=${kind}><title>${node.id}</title>${shape}</g>`;
  return html`<a class=${kind} href=${link('/spaces/:space/streams/:stream', { space, stream: turn.stream }, { turn: node.id })}
    aria-label=${`${node.reached ? `Hit ${node.reached}, ` : ''}${turn.who}: ${cut(turn.text, 120)}`}><title>${turn.text}</title>${shape}</a>`;
}

const cut = (text, most) => (text.length > most ? `${text.slice(0, most - 1).trimEnd()}…` : text);

/** At most two lines, as wide as a box is. */
function lines(text) {
  const words = text.replace(/\s+/g, ' ').trim();
  if (words.length <= LINE) return [words];
  const at = words.lastIndexOf(' ', LINE);
  const end = at > 8 ? at : LINE;
  return [words.slice(0, end), cut(words.slice(end).trim(), LINE)];
}

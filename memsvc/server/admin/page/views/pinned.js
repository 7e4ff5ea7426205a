// Pinned questions: run them all, and see what has changed since each was pinned.
import { html, useEffect, useState } from '../lib/ui.js';
import { get, path, post, remove } from '../lib/api.js';
import { counted, number } from '../lib/format.js';
import { usePages } from '../lib/load.js';
import { go, link } from '../lib/router.js';
import { may, useSession } from '../lib/session.js';
import { Button, Empty, Loading, Page, ProblemBox, Progress, Tag, Time, VirtualList, announce, announceProblem } from '../parts.js';
import { queryOf } from './recall/question.js';
import { Which } from './recall/which.js';

const HERE = '/spaces/:space/recall/pinned';

export default function Pinned({ params, query }) {
  const { space } = params;
  const key = useSession();
  const where = path`/v1/spaces/${space}`;
  const pins = usePages(`${where}/pinned`);
  const [results, setResults] = useState(null);
  const [turn, setTurn] = useState(0);
  const isRunning = results !== null && results.size < pins.items.length;

  useEffect(() => {
    if (!pins.isDone) pins.more();
  }, [pins.items.length, pins.isDone, pins.isLoading]);
  useEffect(() => {
    if (!query.run || !pins.isDone || !pins.items.length) return undefined;
    const stop = new AbortController();
    runAll(where, pins.items, stop.signal, setResults).catch((problem) => problem.name === 'AbortError' || announceProblem(problem));
    return () => stop.abort();
  }, [query.run, pins.isDone, turn]);

  const run = () => {
    if (query.run) setTurn(turn + 1);
    else go(link(HERE, { space }, { run: '1' }), { replace: true });
  };
  const unpin = async (pin) => {
    try {
      await remove(`${where}${path`/pinned/${pin.id}`}`);
      announce('Unpinned.');
      pins.reload();
    } catch (problem) {
      announceProblem(problem);
    }
  };
  const actions = pins.items.length > 0 && html`<${Button} kind="primary" icon="refresh" disabled=${isRunning || !pins.isDone} onClick=${run}>${isRunning ? 'Running…' : 'Run all'}<//>`;
  return html`<${Page} title="Pinned questions" actions=${actions}
      crumbs=${[['Spaces', '#/'], [space, link('/spaces/:space', { space })], ['Recall', link('/spaces/:space/recall', { space })]]}
      lead="Checks that this memory still answers as it should: after an import, a rollback, another model or recipe. They are no memories.">
    ${pins.problem && html`<${ProblemBox} problem=${pins.problem} again=${pins.reload} />`}
    ${pins.isLoading && pins.items.length === 0 && html`<${Loading} rows=${3} />`}
    ${pins.isDone && pins.items.length === 0 && html`<${Empty} title="Nothing is pinned yet">
      <p>Ask something in the <a href=${link('/spaces/:space/recall', { space })}>recall lab</a>, and pin it with the turns that should answer.</p><//>`}
    ${results && html`<${Summary} results=${results} count=${pins.items.length} />`}
    <div class="pins"><${VirtualList} items=${pins.items} itemKey=${(pin) => pin.id} estimate=${140} label="Pinned questions"
      item=${(pin) => html`<${Pin} space=${space} pin=${pin} result=${results?.get(pin.id)} onUnpin=${may(key, 'writer') && (() => unpin(pin))} />`} /></div>
  <//>`;
}

/** Ask one question after another, so that agents at work keep their answers' time. */
async function runAll(where, pins, signal, tell) {
  const results = new Map();
  tell(new Map());
  for (const pin of pins) {
    let result;
    try {
      const { question, k, recipe, filters, between } = pin;
      const answer = await post(`${where}/recall`, { question, k, filters, between, ...(recipe && { recipe }) }, { signal });
      result = await judged(where, pin, answer, signal);
    } catch (problem) {
      if (problem.name === 'AbortError') throw problem;
      result = { problem };
    }
    results.set(pin.id, result);
    tell(new Map(results));
  }
}

async function judged(where, pin, answer, signal) {
  const turns = await Promise.all(pin.expected.map(async (id) => {
    const at = answer.hits.findIndex((hit) => hit.turns.includes(id));
    if (at >= 0) return { id, place: at + 1, text: answer.hits[at].text };
    if (pin.gone.includes(id)) return { id, place: null, text: null };
    const turn = await get(`${where}${path`/turns/${id}`}`, {}, { signal });
    return { id, place: null, text: turn.content };
  }));
  const found = turns.filter((turn) => turn.place !== null);
  const isInOrder = found.every((turn, i) => i === 0 || found[i - 1].place <= turn.place);
  const first = answer.hits[0];
  const isOtherFirst = Boolean(first) && !pin.expected.some((id) => first.turns.includes(id));
  const state = found.length < turns.length ? 'lost' : isInOrder ? 'holds' : 'moved';
  return { state, turns, isOtherFirst, first };
}

const STATES = {
  holds: ['good', 'holds'], moved: ['warn', 'other order'], lost: ['bad', 'lost'],
};

function Summary({ results, count }) {
  const all = [...results.values()];
  const told = Object.entries(STATES).map(([state, [tone, name]]) => [tone, name, all.filter((each) => each.state === state).length]).filter(([, , n]) => n);
  const failed = all.filter((each) => each.problem).length;
  return html`<div class="card pin-summary" role="status">
    ${results.size < count
      ? html`<p>${number(results.size)} of ${number(count)} asked</p><${Progress} value=${results.size / count} label="Questions asked" />`
      : html`<p class="verdict-word">${counted(count, 'question')} asked</p>
        <p>${told.map(([tone, name, n]) => html`<${Tag} key=${name} tone=${tone}>${n} ${name}<//> `)}${failed > 0 && html`<${Tag} tone="bad">${failed} not answered<//>`}</p>`}
  </div>`;
}

function Pin({ space, pin, result, onUnpin }) {
  const asked = { ...queryOf(pin), k: pin.k };
  const then = link('/spaces/:space/recall', { space }, { ...asked, recipe2: pin.recipe, as_of: pin.position, vs: '1' });
  const isNarrowed = pin.between || Object.values(pin.filters).some((value) => value !== null && Object.keys(value).length);
  return html`<article class="card pin" aria-label=${pin.question}>
    <header class="pin-head"><h2><a href=${link('/spaces/:space/recall', { space }, asked)}>${pin.question}</a></h2>
      ${result?.state && html`<${Tag} tone=${STATES[result.state][0]}>${STATES[result.state][1]}<//>`}</header>
    <p class="muted">${counted(pin.expected.length, 'turn')} expected among ${counted(pin.k, 'hit')} of ${pin.recipe || 'the space’s recipe'}${isNarrowed && html`, of turns with <${Which} filters=${pin.filters} between=${pin.between} />`}; pinned <${Time} at=${pin.at} /> at position ${number(pin.position)}</p>
    ${result?.problem && html`<${ProblemBox} problem=${result.problem} />`}
    ${result?.turns && html`<ol class="pin-turns">${result.turns.map((turn) => html`<li key=${turn.id}>
      ${turn.place !== null
        ? html`<${Tag} tone="good">now hit ${turn.place}<//>`
        : html`<${Tag} tone="bad">${turn.text === null ? 'gone' : 'not found'}<//>`}
      <span>${turn.text ?? html`<code>${turn.id}</code> was forgotten or has expired`}</span></li>`)}</ol>
      ${result.isOtherFirst && html`<p class="muted">First now: “${result.first.text}”</p>`}`}
    <div class="pin-foot">
      <a href=${then}>Then and now, side by side</a>
      ${onUnpin && html`<${Button} kind="link" onClick=${onUnpin}>Unpin<//>`}
    </div>
  </article>`;
}

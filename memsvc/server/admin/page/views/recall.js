// The recall lab: ask, and see what an agent would get and why. What is asked stands in the address.
import { html, useState } from '../lib/ui.js';
import { get, path, post } from '../lib/api.js';
import { useLoad } from '../lib/load.js';
import { go, link } from '../lib/router.js';
import { may, useSession } from '../lib/session.js';
import { Button, ButtonLink, Empty, Loading, Page, ProblemBox } from '../parts.js';
import { Compare } from './recall/compare.js';
import { Context } from './recall/context.js';
import { QuestionForm } from './recall/form.js';
import { Hits } from './recall/hits.js';
import { Paths } from './recall/paths.js';
import { PinDialog } from './recall/pin.js';
import { NOT_PINNED, bodyOf, otherBodyOf, queryOf } from './recall/question.js';
import { Stages } from './recall/stages.js';
import { Verdict } from './recall/verdict.js';
import { armsOf } from './recall/flow.js';

const HERE = '/spaces/:space/recall';

export default function Recall({ params, query }) {
  const { space } = params;
  const key = useSession();
  const where = path`/v1/spaces/${space}/recall`;
  const bodies = query.q ? [bodyOf(query), ...(query.vs ? [otherBodyOf(query)] : [])] : [];
  const asked = JSON.stringify(bodies);
  const answers = useLoad(async (signal) => {
    const found = [];
    for (const body of bodies) { // one after the other: neither waits for the other's time
      const began = performance.now();
      const answer = await post(where, body, { signal });
      found.push({ answer, tookMs: performance.now() - began });
    }
    return { asked, found };
  }, [where, asked]);
  const [isPinning, setPinning] = useState(false);
  const to = (change) => link(HERE, { space }, { ...query, ...change });
  const ask = (said) => {
    const target = link(HERE, { space }, { ...said, show: query.show });
    if (target === location.hash) answers.reload();
    else go(target);
  };
  const known = answers.data?.asked === asked && bodies.length > 0 ? answers.data.found : null;
  const isAsking = bodies.length > 0 && answers.isLoading;
  const only = known?.length === 1 ? known[0].answer : null;
  const mayPin = only && may(key, 'writer') && !NOT_PINNED.some((name) => query[name]) && only.hits.some((hit) => hit.kind === 'turn');
  const actions = html`
    <${ButtonLink} href=${link('/spaces/:space/recall/pinned', { space })}>Pinned questions<//>
    ${mayPin && html`<${Button} icon="plus" onClick=${() => setPinning(true)}>Pin this question<//>`}`;
  return html`<${Page} title="Recall" actions=${actions} crumbs=${[['Spaces', '#/'], [space, link('/spaces/:space', { space })]]}
      lead="Ask as an agent would, and see what it would get, and why.">
    <${QuestionForm} query=${query} isBusy=${isAsking} onAsk=${ask} />
    <div class=${isAsking ? 'answer waiting' : 'answer'} aria-busy=${isAsking ? 'true' : 'false'}>
      ${bodies.length === 0 && html`<${First} space=${space} />`}
      ${bodies.length > 0 && answers.problem && html`<${ProblemBox} problem=${answers.problem} again=${answers.reload} />`}
      ${bodies.length > 0 && !answers.problem && !known && html`<${Loading} rows=${6} label="Asking" />`}
      ${only && html`<${Answer} space=${space} query=${query} answer=${only} tookMs=${known[0].tookMs} to=${to} />`}
      ${known?.length === 2 && html`<${Compare} space=${space} one=${known[0].answer} other=${known[1].answer} names=${names(query)} />`}
    </div>
    ${isPinning && only && html`<${PinDialog} space=${space} answer=${only} query=${query} onClose=${() => setPinning(false)} />`}
  <//>`;
}

const names = (query) => [['A', query.recipe, query.as_of], ['B', query.recipe2, query.as_of2]]
  .map(([side, recipe, asOf]) => `${side}: ${recipe || 'as the space is set'}${asOf ? `, as of ${asOf}` : ', now'}`);

function First({ space }) {
  const pinned = useLoad((signal) => get(path`/v1/spaces/${space}/pinned`, { limit: 5 }, { signal }), [space]);
  return html`<${Empty} title="Ask this memory something">
    <p>You get the hits with the reason for each, the context as an agent gets it, what every stage did, and the paths over names.
      Nothing is written by asking.</p>
    ${pinned.data?.items.length > 0 && html`<p>Pinned here:</p><ul class="plain first-pins">${pinned.data.items.map((pin) => html`<li key=${pin.id}>
      <a href=${link(HERE, { space }, queryOf(pin))}>${pin.question}</a></li>`)}</ul>`}
  <//>`;
}

function Answer({ space, query, answer, tookMs, to }) {
  const paths = armsOf(answer.hits).length ? answer.hits.filter((hit) => hit.why.pagerank?.path || hit.why.bridges?.path).length : 0;
  const tabs = [
    ['hits', `Hits (${answer.hits.length})`], ['context', `Context (${answer.context_tokens} tokens)`],
    ['stages', `Stages (${answer.trace?.length || 0})`], ['paths', `Paths (${paths})`],
  ];
  const shown = tabs.some(([name]) => name === query.show) ? query.show : 'hits';
  const turn = (event, name) => {
    event.preventDefault(); // the answer stays: only what is shown of it changes
    go(to({ show: name === 'hits' ? null : name }), { replace: true });
  };
  return html`
    <${Verdict} answer=${answer} tookMs=${tookMs} />
    <nav class="tabs" aria-label="What to see of the answer">${tabs.map(([name, text]) => html`<a key=${name} href=${to({ show: name === 'hits' ? null : name })}
      aria-current=${shown === name ? 'page' : undefined} onClick=${(event) => turn(event, name)}>${text}</a>`)}</nav>
    ${shown === 'hits' && html`<${Hits} space=${space} answer=${answer} question=${query.q} isPast=${Boolean(query.as_of)} />`}
    ${shown === 'context' && html`<${Context} answer=${answer} budget=${query.budget} />`}
    ${shown === 'stages' && html`<${Stages} answer=${answer} />`}
    ${shown === 'paths' && html`<${Paths} space=${space} answer=${answer} asOf=${query.as_of} query=${query} to=${to} />`}`;
}

// Receipts of what was forgotten: no text and no name, but numbers that can be checked.
import { html, useEffect, useState } from '../lib/ui.js';
import { post } from '../lib/api.js';
import { counted, number } from '../lib/format.js';
import { usePages } from '../lib/load.js';
import { link } from '../lib/router.js';
import { Button, Empty, Loading, ProblemBox, Tag, Time, VirtualList } from '../parts.js';

export function Receipts({ space, where, query, to }) {
  const receipts = usePages(`${where}/receipts`);
  const shown = query.receipt ? receipts.items.filter((each) => each.id === query.receipt) : receipts.items;
  useEffect(() => {
    if (query.receipt && shown.length === 0) receipts.more(); // it is on a later page
  }, [query.receipt, receipts.items.length]);
  return html`
    ${receipts.problem && html`<${ProblemBox} problem=${receipts.problem} again=${receipts.reload} />`}
    ${receipts.isLoading && receipts.items.length === 0 && html`<${Loading} />`}
    ${receipts.isDone && receipts.items.length === 0 && html`<${Empty} title="Nothing was forgotten on request yet">
      <p>Each request to forget leaves a receipt here that says how much went and can be checked.
        One is made with <a href=${link('/spaces/:space', { space })}>Forget… on the overview</a>.</p><//>`}
    ${query.receipt && receipts.items.length > 0 && html`<p class="bar"><span>${shown.length || !receipts.isDone ? 'One receipt.' : 'There is no such receipt here.'}</span>
      <a href=${to('receipts')}>Show all receipts</a></p>`}
    <${VirtualList} items=${shown} itemKey=${(one) => one.id} onEnd=${receipts.more} label="Receipts" estimate=${170}
      item=${(one) => html`<${Receipt} one=${one} where=${where} to=${to} />`} />`;
}

function Receipt({ one, where, to }) {
  const [check, setCheck] = useState(null);
  const [problem, setProblem] = useState(null);
  const [isBusy, setBusy] = useState(false);
  const verify = async () => {
    setBusy(true);
    setProblem(null);
    try {
      setCheck(await post(`${where}/receipts/${encodeURIComponent(one.id)}/verify`));
    } catch (error) {
      setProblem(error);
    }
    setBusy(false);
  };
  const gone = Object.entries(one.counts).filter(([name, n]) => n > 0 && name !== 'turns');
  return html`<article class="card receipt">
    <div class="held-head"><h2>${counted(one.counts.turns, 'turn')} forgotten</h2> <${Time} at=${one.at} />
      <span>by ${one.by.join(' and ')}</span>
      <a class="held-link" href=${to('receipts', { receipt: one.id })}><code>${one.id}</code></a></div>
    <p>${gone.length ? `With what came of them: ${gone.map(([name, n]) => `${number(n)} ${name.replaceAll('_', ' ')}`).join(', ')}.` : 'Nothing hung on them.'}
      ${' '}Asked by ${one.actor}, positions ${number(one.first_position)} to ${number(one.position)} of the ledger.</p>
    <div role="status">${check && html`<${Found} check=${check} />`}</div>
    ${problem && html`<${ProblemBox} problem=${problem} />`}
    <${Button} icon="check" onClick=${verify} disabled=${isBusy} aria-label=${`Check receipt ${one.id}`}>${isBusy ? 'Looking everywhere…' : 'Check that it is gone'}<//>
  </article>`;
}

function Found({ check }) {
  const left = Object.entries(check.left).filter(([, n]) => n > 0);
  return html`<p>${check.is_gone
    ? html`<${Tag} tone="good">gone<//> ${counted(Object.keys(check.left).length, 'store')} looked into, nothing of it is there: ${Object.keys(check.left).map((name) => name.replaceAll('_', ' ')).join(', ')}.`
    : html`<${Tag} tone="bad">something is left<//> ${left.map(([name, n]) => `${number(n)} in ${name.replaceAll('_', ' ')}`).join(', ')}. Forget it again, and keep this store for looking into it.`}</p>
    ${check.same_words.length > 0 && html`<p class="muted">${counted(check.same_words.length, 'turn')} of now say the same words: ${check.same_words.join(', ')}.</p>`}`;
}

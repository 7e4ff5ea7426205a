// The context as an agent gets it, and what each item takes of the budget.
import { html, useMemo, useRef } from '../../lib/ui.js';
import { counted, number } from '../../lib/format.js';
import { Button, Card, Empty, Tag, announce } from '../../parts.js';

const DEFAULT_BUDGET = 2000;

export function Context({ answer, budget }) {
  const text = useRef();
  const items = useMemo(() => itemsOf(answer), [answer]);
  if (!answer.context) return html`<${Empty} title="The context is empty"><p>Nothing was found, or not even the best hit fits into the budget.<br/>Give it more tokens.</p><//>`;
  const most = Number(budget) || DEFAULT_BUDGET;
  const longest = Math.max(...items.map((item) => item.tokens), 1);
  const frame = answer.context_tokens - items.reduce((sum, item) => sum + item.tokens, 0);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(answer.context);
      announce('The context is in the clipboard.');
    } catch { // no clipboard over plain HTTP: it can still be taken by hand
      getSelection().selectAllChildren(text.current);
      announce('It is selected; copy it with the keyboard.');
    }
  };
  return html`
    <${Card} title="What takes how much">
      <p>${counted(answer.context_tokens, 'token')} of a budget of ${number(most)}: ${counted(items.length, 'item')}, and ${number(frame)} for the frame around them.</p>
      <progress max=${most} value=${answer.context_tokens} aria-label="Share of the budget"></progress>
      <ol class="items">${items.map((item) => html`<li key=${item.id}>
        <span class="item-head" title=${item.head}>${item.head}</span>
        <${Tag} tone=${item.hit ? 'good' : 'quiet'} title=${item.hit ? 'It is a hit' : 'It stands beside a hit in its stream'}>${item.hit ? 'hit' : 'beside'}<//>
        <span class="item-bar" aria-hidden="true"><span style=${{ width: `${((item.tokens / longest) * 100).toFixed(1)}%` }}></span></span>
        <span class="item-tokens">${counted(item.tokens, 'token')}</span></li>`)}</ol>
    <//>
    <${Card} title="Exactly as an agent gets it" actions=${html`<${Button} onClick=${copy}>Copy<//>`}>
      <pre class="context" tabindex="0" ref=${text} aria-label="The packed context">${answer.context}</pre>
    <//>`;
}

/** The items of a context, `{ id, hit, tokens, head, where, text }`: one begins where a line is not indented. */
export function itemsOf(answer) {
  const found = [];
  for (const line of answer.context.split('\n')) {
    if (line.startsWith('[')) found.push({ head: line, text: line });
    else if (found.length && line.startsWith('  ')) found.at(-1).text += `\n${line.slice(2)}`;
  }
  const items = found.slice(found.length - answer.context_turns.length); // a profile may stand before them
  return answer.context_turns.map((turn, i) => {
    const { head = turn.id, text = '' } = items[i] || {};
    return { ...turn, head, where: head.split(' | ')[1] || '', text: text.slice(text.indexOf('] ') + 2) };
  });
}

/** What stands beside each hit in the context, by the hit's id: neighbours in its stream that came with it. */
export function besideOf(answer) {
  const beside = new Map();
  if (!/^Recalled data, oldest first\./m.test(answer.context)) return beside; // else the order does not tell
  const items = itemsOf(answer);
  items.forEach((item, i) => {
    if (!item.hit) return;
    const runs = [-1, 1].map((step) => {
      const run = [];
      for (let at = i + step; items[at] && !items[at].hit && items[at].where === item.where; at += step) run.push(items[at]);
      return run;
    });
    if (runs[0].length + runs[1].length) beside.set(item.id, { before: runs[0].reverse(), after: runs[1] });
  });
  return beside;
}

// What stands where there is nothing yet, nothing at all, or something went wrong.
import { html } from '../lib/ui.js';
import { Icon } from './icons.js';
import { Button } from './basics.js';

/** A refusal: what happened, in the API's words, and the id that its log has. */
export function ProblemBox({ problem, again }) {
  return html`<div class="problem" role="alert">
    <${Icon} name="warn" />
    <div>
      <p class="problem-title">${problem.title || 'Something went wrong on this page'}</p>
      <p>${problem.detail || problem.message}</p>
      ${(problem.field || problem.requestId) && html`<p class="problem-facts">
        ${problem.field && html`<span>field <code>${problem.field}</code></span>`}
        ${problem.type && html`<span>code <code>${problem.type}</code></span>`}
        ${problem.requestId && html`<span>request <code>${problem.requestId}</code></span>`}
      </p>`}
      ${again && html`<${Button} icon="refresh" onClick=${again}>Try again<//>`}
    </div>
  </div>`;
}

/** Nothing is here: say so, and what to do next. */
export function Empty({ title, children, action }) {
  return html`<div class="empty">
    <p class="empty-title">${title}</p>
    <div class="empty-text">${children}</div>
    ${action && html`<div class="empty-action">${action}</div>`}
  </div>`;
}

/** Lines that stand for what is on its way; `label` is for those who do not see them. */
export function Loading({ rows = 3, label = 'Loading' }) {
  return html`<div class="loading" role="status" aria-label=${label}>
    ${Array.from({ length: rows }, (_, i) => html`<div class="bone" key=${i} aria-hidden="true"></div>`)}
  </div>`;
}

/** Draw `children(data)` of what `useLoad` returns, or the state that it is in. */
export function Loaded({ from, rows, children }) {
  if (from.problem) return html`<${ProblemBox} problem=${from.problem} again=${from.reload} />`;
  if (from.data === null) return html`<${Loading} rows=${rows} />`;
  return children(from.data);
}

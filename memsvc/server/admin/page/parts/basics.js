// Small parts that every view uses.
import { html, classes, useEffect, useRef } from '../lib/ui.js';
import { ago, whenFull, whenMinute, whenDay, whenClock } from '../lib/format.js';
import { Icon } from './icons.js';

/** A view's frame: its heading, which takes the focus when the view is entered, and its actions. */
export function Page({ title, lead, crumbs = [], actions, children }) {
  const heading = useRef();
  useEffect(() => {
    document.title = `${title} · memsvc`;
  }, [title]);
  return html`
    <header class="page-head">
      ${crumbs.length > 0 && html`<nav class="crumbs" aria-label="Where this is">
        ${crumbs.map(([name, target], i) => html`
          <span key=${i}>${i > 0 && html`<span class="crumb-gap" aria-hidden="true">/</span>`}<a href=${target}>${name}</a></span>`)}
      </nav>`}
      <div class="page-title">
        <h1 tabindex="-1" ref=${heading} data-view-heading>${title}</h1>
        ${actions && html`<div class="actions">${actions}</div>`}
      </div>
      ${lead && html`<p class="lead">${lead}</p>`}
    </header>
    ${children}`;
}

/** A time in the reader's zone; the exact one on hover. `as`: minute, day, clock or ago. */
export function Time({ at, as = 'minute' }) {
  if (!at) return html`<span class="muted">never</span>`;
  const shown = { minute: whenMinute, day: whenDay, clock: whenClock, ago }[as](at);
  return html`<time datetime=${at} title=${whenFull(at)}>${shown}</time>`;
}

/** A box with a heading. */
export function Card({ title, actions, children, wide = false, level = 2 }) {
  const Heading = `h${level}`;
  return html`<section class=${classes('card', wide && 'wide')}>
    ${title && html`<div class="card-head"><${Heading}>${title}<//>${actions}</div>`}
    ${children}
  </section>`;
}

/** A number with its name. */
export function Stat({ name, value, note }) {
  return html`<div class="stat"><dt>${name}</dt><dd>${value}</dd>${note && html`<dd class="note">${note}</dd>`}</div>`;
}

/** A mark of one word; `tone`: good, warn, bad, quiet. */
export function Tag({ tone = 'quiet', children, title }) {
  return html`<span class=${`tag tone-${tone}`} title=${title}>${children}</span>`;
}

export function Button({ kind = 'plain', icon, children, ...rest }) {
  return html`<button type="button" class=${`button ${kind}`} ...${rest}>
    ${icon && html`<${Icon} name=${icon} />`}<span>${children}</span>
  </button>`;
}

/** A link that looks like a button. */
export function ButtonLink({ kind = 'plain', icon, children, ...rest }) {
  return html`<a class=${`button ${kind}`} ...${rest}>
    ${icon && html`<${Icon} name=${icon} />`}<span>${children}</span>
  </a>`;
}

/** A labelled input. `hint` is read with it; `problem` says what is wrong with it. */
export function Field({ id, label, hint, problem, children, ...rest }) {
  const said = [hint && `${id}-hint`, problem && `${id}-problem`].filter(Boolean).join(' ');
  return html`<div class="field">
    <label for=${id}>${label}</label>
    ${hint && html`<p class="hint" id=${`${id}-hint`}>${hint}</p>`}
    ${children || html`<input id=${id} aria-describedby=${said || undefined} aria-invalid=${problem ? 'true' : undefined} ...${rest} />`}
    ${problem && html`<p class="field-problem" id=${`${id}-problem`}>${problem}</p>`}
  </div>`;
}

/** How far something is, from 0 to 1; without a value, that it goes on. */
export function Progress({ value, label }) {
  return html`<progress max="1" value=${value ?? undefined} aria-label=${label}></progress>`;
}

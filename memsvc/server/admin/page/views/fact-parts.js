// How facts read: their states, their intervals, and bars of these on one scale.
import { html } from '../lib/ui.js';
import { whenDay } from '../lib/format.js';
import { scale } from '../parts.js';

export const STATES = {
  current: { tone: 'good', says: 'nothing took its place' },
  superseded: { tone: 'quiet', says: 'another fact took its place' },
  disputed: { tone: 'warn', says: 'another says it holds in its place, and nothing tells which' },
  ended: { tone: 'quiet', says: 'over, and nothing took its place' },
  planned: { tone: 'quiet', says: 'begins later' },
};

export const TRUST = {
  user: 'said by a user', agent: 'said by an agent', tool: 'told by a tool', document: 'read in a document', untrusted: 'from whoever, not trusted',
};

export const sentence = (fact) => `${fact.subject} ${fact.predicate} ${fact.object}`;

/** Facts as they come, in groups of one subject: `[{ name, subject, facts }]`, predicates together. */
export function bySubject(facts) {
  const groups = new Map();
  for (const fact of facts) {
    const group = groups.get(fact.subject_name) || { name: fact.subject_name, subject: fact.subject, facts: [] };
    group.facts.push(fact);
    groups.set(fact.subject_name, group);
  }
  for (const group of groups.values()) {
    group.facts.sort((a, b) => a.predicate.toLowerCase().localeCompare(b.predicate.toLowerCase())
      || (a.valid_from || '').localeCompare(b.valid_from || '') || a.position - b.position);
  }
  return [...groups.values()];
}

const spansOf = (fact) => (fact.intervals.length ? fact.intervals : [{ valid_from: fact.valid_from, valid_to: fact.valid_to }]);
const never = ({ valid_from: from, valid_to: to }) => from !== null && from === to;

/** What of time a group spans, with room at both ends: `{ least, most, x, ticks }`; x in percent. */
export function axisOf(facts, now = Date.now()) {
  const moments = facts.flatMap((fact) => spansOf(fact).flatMap((span) => [span.valid_from, span.valid_to]))
    .filter(Boolean).map((at) => new Date(at).getTime()).concat(now);
  let least = Math.min(...moments);
  let most = Math.max(...moments);
  const room = Math.max((most - least) * 0.06, 3_600_000);
  least -= room;
  most += room;
  return { least, most, now, x: scale([least, most], [0, 100]) };
}

/** When a fact held, as bars; a table says the same beside it, so this is for eyes alone. */
export function Bars({ fact, axis, at }) {
  const x = (moment, open) => (moment === null ? open : axis.x(new Date(moment).getTime()));
  return html`<svg class=${`bars state-${fact.state}`} width="100%" height="22" aria-hidden="true">
    <line class="rail" x1="0" x2="100%" y1="11" y2="11" />
    ${spansOf(fact).map((span, i) => {
      const from = x(span.valid_from, 0);
      const to = x(span.valid_to, 100);
      if (never(span)) return html`<circle key=${i} class="never" cx=${`${from}%`} cy="11" r="4" />`;
      return html`<rect key=${i} class="span" x=${`${from}%`} y="6" width=${`${Math.max(to - from, 0.6)}%`} height="10" rx="3" />
        ${span.valid_to === null && html`<svg key=${`${i}e`} x="100%" y="0" overflow="visible"><path class="tip" d="M-8 5 H1 V17 H-8 L0 11 Z" /></svg>`}
        ${span.valid_from === null && html`<svg key=${`${i}b`} x="0" y="0" overflow="visible"><path class="tip" d="M8 5 H-1 V17 H8 L0 11 Z" /></svg>`}`;
    })}
    <line class="now" x1=${`${axis.x(axis.now)}%`} x2=${`${axis.x(axis.now)}%`} y1="0" y2="22" />
    ${at && html`<line class="asked" x1=${`${axis.x(at)}%`} x2=${`${axis.x(at)}%`} y1="0" y2="22" />`}
  </svg>`;
}

/** The ends of the axis and the present, above the bars. */
export function Axis({ axis }) {
  const now = axis.x(axis.now);
  return html`<span class="axis-ends" aria-hidden="true"><span>${whenDay(axis.least)}</span>
    ${now > 25 && now < 75 ? html`<span class="axis-now">now</span>` : ''}<span>${now >= 75 ? 'now' : whenDay(axis.most)}</span></span>`;
}

/** The intervals in words. */
export function Spans({ fact }) {
  return html`<ul class="plain spans">${spansOf(fact).map((span, i) => html`<li key=${i}>${never(span)
    ? html`never; said from ${day(span.valid_from)} on`
    : html`${span.valid_from ? html`from ${day(span.valid_from)}` : 'since ever'}${span.valid_to ? html` to ${day(span.valid_to)}` : span.valid_from ? ' on' : ', and still'}`}</li>`)}</ul>`;
}

const day = (at) => html`<time datetime=${at} title=${new Date(at).toLocaleString(undefined, { dateStyle: 'full', timeStyle: 'long' })}>${whenDay(at)}</time>`;

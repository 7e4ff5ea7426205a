// What of the graph is let through, and what its shapes and colours mean: the legend filters.
import { html, useId, useMemo } from '../lib/ui.js';
import { counted } from '../lib/format.js';
import { OUTLINES } from '../lib/graph-shapes.js';
import { Button } from '../parts.js';
import { KINDS, NO_FILTER, SOURCES, hueOf, isFiltered, largestGroups } from './graph-model.js';

/** The shape of a kind, in its colour or another. */
export function Shape({ kind, colour }) {
  return html`<svg class="shape" viewBox="0 0 16 16" width="14" height="14" aria-hidden="true"
    style=${{ color: `var(--${colour || KINDS[kind].colour})` }}><path fill="currentcolor" fill-rule="evenodd" d=${OUTLINES[KINDS[kind].shape]} /></svg>`;
}

export function Filter({ model, kept, filter, onChange, colouring, onColouring, onGroup }) {
  const ids = { colouring: useId(), from: useId(), to: useId() };
  const { counts, sources } = useMemo(() => present(model), [model]);
  const turned = (list, each) => (list.includes(each) ? list.filter((other) => other !== each) : [...list, each]);
  const change = (what) => onChange({ ...filter, ...what });
  const isByKind = colouring === 'kind';
  return html`<section class="graph-filter" aria-label="Legend and filters">
    <fieldset><legend>Kinds</legend>
      ${Object.entries(KINDS).filter(([kind]) => counts[kind]).map(([kind, { many }]) => html`<label key=${kind} class="check">
        <input type="checkbox" checked=${!filter.kinds.includes(kind)} onChange=${() => change({ kinds: turned(filter.kinds, kind) })} />
        <${Shape} kind=${kind} colour=${isByKind ? undefined : 'ink-quiet'} />${many} <span class="muted">${counts[kind]}</span></label>`)}
    </fieldset>
    <fieldset><legend>Whose words</legend>
      ${SOURCES.filter((source) => sources.has(source)).map((source) => html`<label key=${source} class="check">
        <input type="checkbox" checked=${!filter.sources.includes(source)} onChange=${() => change({ sources: turned(filter.sources, source) })} />${source}</label>`)}
    </fieldset>
    <fieldset class="dates"><legend>When it happened</legend>
      <label for=${ids.from}>from <input id=${ids.from} type="date" value=${filter.from} onChange=${(event) => change({ from: event.target.value })} /></label>
      <label for=${ids.to}>to <input id=${ids.to} type="date" value=${filter.to} onChange=${(event) => change({ to: event.target.value })} /></label>
    </fieldset>
    <fieldset><legend>Colours</legend>
      <label class="sr-only" for=${ids.colouring}>Colours tell</label>
      <select id=${ids.colouring} class="small-select" value=${colouring} onChange=${(event) => onColouring(event.target.value)}>
        <option value="group">communities</option><option value="kind">kinds</option>
      </select>
    </fieldset>
    ${!isByKind && html`<${Groups} model=${model} kept=${kept} filter=${filter} onChange=${change} onGroup=${onGroup} />`}
    ${isFiltered(filter) && html`<${Button} kind="link" onClick=${() => onChange(NO_FILTER)}>Show all again<//>`}
  </section>`;
}

/** How many there are of each kind, and whose words. */
function present(model) {
  const counts = {};
  const sources = new Set();
  for (const { shown, source } of model.nodes.values()) {
    counts[shown] = (counts[shown] || 0) + 1;
    sources.add(source);
  }
  return { counts, sources };
}

function Groups({ model, kept, filter, onChange, onGroup }) {
  const groups = useMemo(() => largestGroups(model, kept), [model, kept]);
  if (groups.length === 0) return null;
  return html`<fieldset><legend>Communities</legend>
    ${groups.map(({ group, size, label, key }) => html`<span key=${group} class="group">
      <button type="button" class="group-name" aria-pressed=${filter.group === group ? 'true' : 'false'}
        title=${`Only the community around ${label}: ${counted(size, 'node')}`} onClick=${() => onChange({ group: filter.group === group ? null : group })}>
        <span class="swatch" style=${{ background: `var(--${hueOf(group)})` }}></span>${label} <span class="muted">${size}</span></button>
      ${filter.group === group && html`<${Button} kind="link" onClick=${() => onGroup(key)}>Open all of it<//>`}</span>`)}
  </fieldset>`;
}

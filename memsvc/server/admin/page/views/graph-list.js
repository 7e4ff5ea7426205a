// What is drawn, as a list: the same nodes, the same choice, for the keyboard and for those who hear.
import { html, classes, useMemo } from '../lib/ui.js';
import { counted } from '../lib/format.js';
import { VirtualList } from '../parts.js';
import { Shape } from './graph-filter.js';
import { KINDS, colourOf } from './graph-model.js';

export function NodeList({ model, kept, chosen, colouring, onChoose }) {
  const rows = useMemo(() => [...kept].map((key) => model.nodes.get(key))
    .sort((a, b) => b.neighbours - a.neighbours || (a.node < b.node ? -1 : 1)), [model, kept]);
  return html`<section class="node-list" aria-labelledby="node-list-title">
    <h2 id="node-list-title">What is drawn</h2>
    <p class="muted">${counted(rows.length, 'node')}, the most joined first. Choosing one shows its details and marks it above.</p>
    <div class="rows"><${VirtualList} items=${rows} itemKey=${(row) => row.node} estimate=${44} label="Nodes that are drawn"
      item=${(row) => html`<button type="button" class=${classes('row', 'node-row', row.node === chosen && 'wanted')} aria-pressed=${row.node === chosen ? 'true' : 'false'}
          onClick=${() => onChoose(row.node === chosen ? null : row.node)}>
        <${Shape} kind=${row.shown} colour=${colourOf(model, row.node, colouring)} />
        <span class="row-main"><span class="node-name">${row.label}</span></span>
        <span class="row-fact">${KINDS[row.shown].one}, ${counted(row.neighbours, 'neighbour')}</span></button>`} /></div>
  </section>`;
}

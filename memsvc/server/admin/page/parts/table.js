// Tables: rows of things of one kind, read across. On narrow screens each row becomes a card.
import { html, classes } from '../lib/ui.js';

/**
 * `columns`: `{ key, name, cell(row), isNumber?, isMain? }`; `rowKey(row)` tells rows apart.
 * A main column heads its row for screen readers.
 */
export function Table({ caption, columns, rows, rowKey }) {
  return html`<div class="table-frame"><table class="table">
    <caption class="sr-only">${caption}</caption>
    <thead><tr>${columns.map((column) => html`
      <th key=${column.key} scope="col" class=${column.isNumber && 'number'}>${column.name}</th>`)}</tr></thead>
    <tbody>${rows.map((row) => html`<tr key=${rowKey(row)}>
      ${columns.map((column) => {
        const kind = classes(column.isNumber && 'number', column.isMain && 'main');
        return column.isMain
          ? html`<th key=${column.key} scope="row" class=${kind}>${column.cell(row)}</th>`
          : html`<td key=${column.key} class=${kind} data-name=${column.name}>${column.cell(row)}</td>`;
      })}
    </tr>`)}</tbody>
  </table></div>`;
}

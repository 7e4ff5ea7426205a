// Parts of a view, each with an address of its own: links, as they lead somewhere.
import { html } from '../lib/ui.js';

/** `parts`: `[name, title]`; `to(name)` is the address of a part. */
export function Tabs({ label, parts, current, to }) {
  return html`<nav class="tabs" aria-label=${label}>${parts.map(([name, title]) => html`
    <a key=${name} href=${to(name)} aria-current=${name === current ? 'true' : undefined}>${title}</a>`)}</nav>`;
}

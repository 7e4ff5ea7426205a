// How far a space is with what comes after its writes.
import { html } from '../lib/ui.js';
import { counted, seconds } from '../lib/format.js';
import { Tag } from '../parts.js';

/** How many jobs wait. */
export const backlog = (enrichment) => Object.values(enrichment.waiting).reduce((sum, n) => sum + n, 0);

/** One mark: parked, working, or up to date. */
export function Health({ enrichment }) {
  if (enrichment === null) return html`<${Tag}>…<//>`;
  const waiting = backlog(enrichment);
  if (enrichment.parked.length) {
    return html`<${Tag} tone="bad" title="Jobs that failed all their tries">${counted(enrichment.parked.length, 'job')} parked<//>`;
  }
  if (waiting) {
    return html`<${Tag} tone="warn" title=${`The oldest waits for ${seconds(enrichment.lag_s)}`}>${counted(waiting, 'job')} waiting<//>`;
  }
  return html`<${Tag} tone="good">up to date<//>`;
}

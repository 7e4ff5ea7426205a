// Trust: what is held back, where things came from, what was done, what went, and taking it back.
import { html } from '../lib/ui.js';
import { path } from '../lib/api.js';
import { link } from '../lib/router.js';
import { Page, Tabs } from '../parts.js';
import { Ledger } from './trust-ledger.js';
import { Quarantine } from './trust-quarantine.js';
import { Receipts } from './trust-receipts.js';
import { Rollback } from './trust-rollback.js';
import { Sources } from './trust-sources.js';

const PARTS = [
  ['quarantine', 'Quarantine', Quarantine],
  ['sources', 'Sources', Sources],
  ['ledger', 'Ledger', Ledger],
  ['receipts', 'Receipts', Receipts],
  ['rollback', 'Roll back', Rollback],
];

export default function Trust({ params, query }) {
  const { space } = params;
  const [part, , Shown] = PARTS.find(([name]) => name === query.part) || PARTS[0];
  const to = (name, rest = {}) => link('/spaces/:space/trust', { space }, { part: name, ...rest });
  return html`<${Page} title="Trust" crumbs=${[['Spaces', '#/'], [space, link('/spaces/:space', { space })]]}
      lead="What was kept out, what was let in from where, and what was done since: each change can be checked, and most can be taken back.">
    <${Tabs} label="Parts of trust" parts=${PARTS} current=${part} to=${to} />
    <${Shown} key=${part} space=${space} where=${path`/v1/spaces/${space}`} query=${query} to=${to} />
  <//>`;
}

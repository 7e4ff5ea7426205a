// Operation: the work after writes, keys, speed, and the service itself. For admins of all spaces.
import { html } from '../lib/ui.js';
import { link } from '../lib/router.js';
import { may, useSession } from '../lib/session.js';
import { Empty, Page, Tabs } from '../parts.js';
import { Keys } from './operation-keys.js';
import { Service } from './operation-service.js';
import { Speed } from './operation-speed.js';
import { Work } from './operation-work.js';

const PARTS = [['work', 'Enrichment', Work], ['keys', 'Keys', Keys], ['speed', 'Speed', Speed], ['service', 'Service', Service]];

export default function Operation({ query }) {
  const key = useSession();
  const [part, , Shown] = PARTS.find(([name]) => name === query.part) || PARTS[0];
  const to = (name, rest = {}) => link('/operation', {}, { part: name, ...rest });
  if (!may(key, 'admin', { everywhere: true })) {
    return html`<${Page} title="Operation"><${Empty} title="This is for admins of all spaces">
      <p>The key signed in is a ${key.role} of ${key.spaces.join(', ')}. Its own <a href="#/">spaces</a> say how they are.</p><//><//>`;
  }
  return html`<${Page} title="Operation" lead="How the service does: what is still to be done, who may do what, and where the time goes.">
    <${Tabs} label="Parts of operation" parts=${PARTS} current=${part} to=${to} />
    <${Shown} key=${part} query=${query} to=${to} />
  <//>`;
}

// What is held back: what it says, why it is held, and the two things that may be done with it.
import { html, useState } from '../lib/ui.js';
import { post } from '../lib/api.js';
import { usePages } from '../lib/load.js';
import { go } from '../lib/router.js';
import { may, useSession } from '../lib/session.js';
import { Button, Empty, FormDialog, Loading, ProblemBox, Tag, Time, VirtualList, announce } from '../parts.js';

export function Quarantine(props) {
  const key = useSession();
  if (!may(key, 'admin')) {
    return html`<${Empty} title="Only an admin sees what is held">
      <p>It may hold secrets. This key is a ${key.role}; sign in with an admin's to decide what comes in.</p><//>`;
  }
  return html`<${HeldList} ...${props} />`;
}

function HeldList({ space, where, query, to }) {
  const held = usePages(`${where}/quarantine`);
  const [decided, setDecided] = useState(() => new Set());
  const [open, setOpen] = useState(null); // { held, ruling }
  const left = held.items.filter((each) => !decided.has(each.id));
  const shown = query.held ? left.filter((each) => each.id === query.held) : left;

  const decide = async () => {
    const { ruling, one } = open;
    await post(`${where}/quarantine/${encodeURIComponent(one.id)}/${ruling}`);
    announce(ruling === 'release' ? `Released: it is a turn of ${one.stream} now.` : 'Rejected: its text is purged, and the same words are refused from now on.');
    setDecided(new Set([...decided, one.id]));
    setOpen(null);
    if (query.held) go(to('quarantine'), { replace: true });
  };

  return html`
    ${held.problem && html`<${ProblemBox} problem=${held.problem} again=${held.reload} />`}
    ${held.isLoading && held.items.length === 0 && html`<${Loading} />`}
    ${held.isDone && left.length === 0 && html`<${Empty} title="Nothing is held">
      <p>What is of an untrusted source and reads like an instruction to a model waits here, and what else the space's setting <code>admission</code> says.</p><//>`}
    ${query.held && left.length > 0 && html`<p class="bar"><span>${shown.length ? 'One of what is held.' : 'This one is held no longer.'}</span>
      <a href=${to('quarantine')}>Show all that is held</a></p>`}
    <${VirtualList} items=${shown} itemKey=${(one) => one.id} onEnd=${held.more} label="Held" estimate=${200}
      item=${(one) => html`<${HeldCard} one=${one} address=${to('quarantine', { held: one.id })} onDecide=${(ruling) => setOpen({ one, ruling })} />`} />
    ${open && html`<${Decide} space=${space} open=${open} onSubmit=${decide} onClose=${() => setOpen(null)} />`}`;
}

function HeldCard({ one, address, onDecide }) {
  return html`<article class="card held">
    <div class="held-head">
      <${Tag} tone=${one.source === 'untrusted' ? 'bad' : 'warn'}>${one.source}<//>
      <span class="strong">${one.speaker || one.role}</span>
      <span>in ${one.stream}</span> <${Time} at=${one.at} />
      ${one.note && html`<${Tag}>a note<//>`}
      <a class="held-link" href=${address}>held <${Time} at=${one.held_at} as="ago" /></a>
    </div>
    <p class="held-text">${one.content}</p>
    ${one.note && html`<p class="muted">${[one.note.context, ...one.note.keywords, ...one.note.tags].filter(Boolean).join(' · ')}</p>`}
    <h3>Why it is held</h3>
    <ul class="reasons">${one.reasons.map((reason) => html`<li key=${reason.rule}><code>${reason.rule}</code> ${reason.explanation}</li>`)}</ul>
    <div class="held-foot">
      <${Button} icon="check" onClick=${() => onDecide('release')}>Release…<//>
      <${Button} kind="danger-quiet" icon="forget" onClick=${() => onDecide('reject')}>Reject…<//>
      <span class="muted">by ${one.actor}, position ${one.position}</span>
    </div>
  </article>`;
}

function Decide({ space, open, onSubmit, onClose }) {
  const isRelease = open.ruling === 'release';
  return html`<${FormDialog} title=${isRelease ? 'Release it?' : 'Reject it?'} submit=${isRelease ? 'Release' : 'Reject for good'}
      kind=${isRelease ? 'primary' : 'danger'} onSubmit=${onSubmit} onClose=${onClose} wide>
    <blockquote class="held-text quoted">${open.one.content}</blockquote>
    <p>${isRelease
      ? html`It becomes a turn at the end of <strong>${open.one.stream}</strong> in ${space}, still as ${open.one.source}: recalls may bring it before a model.`
      : 'Its text is purged. A digest of its words stays, so that the same words are refused when they come again.'}
      ${' '}What is decided cannot be undone.</p>
  <//>`;
}

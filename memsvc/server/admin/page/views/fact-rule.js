// Rulings: what holds by a person's word, with a reason, on top of the version that was read.
import { html, useId, useLayoutEffect, useState } from '../lib/ui.js';
import { ask, get, path, remove } from '../lib/api.js';
import { number } from '../lib/format.js';
import { useLoad } from '../lib/load.js';
import { Field, FormDialog, Loaded, Tag, announce } from '../parts.js';
import { STATES, Spans, sentence } from './fact-parts.js';
import { Moment } from './known.js';

export function DecideDialog({ kind, ...rest }) {
  if (kind === 'delete') return html`<${RetractDialog} ...${rest} />`;
  if (kind === 'end') return html`<${EndDialog} ...${rest} />`;
  return html`<${ChooseDialog} ...${rest} />`;
}

/** Send a ruling; where the fact was changed meanwhile, say so once it was read anew. */
async function rule(where, verb, fact, body, again) {
  try {
    await ask('POST', `${where}${path`/${fact.id}`}/${verb}`, { body, headers: { 'If-Match': `"${fact.version}"` } });
  } catch (problem) {
    if (problem.status === 412) {
      again();
      problem.title = 'It was changed meanwhile';
      problem.detail = 'Another statement or ruling came before yours. What stands now is shown above; look at it, and decide again.';
    }
    throw problem;
  }
}

function ChooseDialog({ space, fact, onClose, onDone }) {
  const where = path`/v1/spaces/${space}/facts`;
  const [chosen, setChosen] = useState(null);
  const [reason, setReason] = useState('');
  const id = useId();
  const found = useLoad(async (signal) => {
    const whole = await get(`${where}${path`/${fact.id}`}`, {}, { signal });
    const { items } = await get(path`/v1/spaces/${space}/conflicts`, { entity: whole.subject, limit: 200 }, { signal });
    const sides = items.find((each) => each.facts.some((side) => side.id === fact.id))?.facts ?? [whole];
    return sides.some((side) => side.id === fact.id) ? sides : [whole, ...sides];
  }, [where, fact.id]);
  useLayoutEffect(() => setChosen(null), [found.data]);
  const act = async () => {
    const whole = found.data.find((side) => side.id === (chosen === 'not' ? fact.id : chosen));
    await rule(where, 'decide', whole, { state: chosen === 'not' ? 'superseded' : 'current', reason: reason.trim() }, found.reload);
    announce(chosen === 'not' ? 'It counts as never said.' : `Decided: ${sentence(whole)}.`);
    onClose();
    onDone();
  };
  return html`<${FormDialog} title="What holds?" submit="Decide" isReady=${Boolean(chosen && reason.trim())} onSubmit=${act} onClose=${onClose} wide>
    <p>Your word is final, whatever is stated after it, until it is taken back.</p>
    <${Loaded} from=${found} rows=${2}>${(sides) => html`<fieldset class="pick sides"><legend class="sr-only">What is said</legend>
      ${sides.map((side) => html`<label key=${side.id}><input type="radio" name=${`${id}s`} checked=${chosen === side.id} onChange=${() => setChosen(side.id)} />
        <span><span class="fact-said">${sentence(side)}</span> <${Tag} tone=${STATES[side.state]?.tone}>${side.state}<//> <${Tag} title="The least trusted source of the turns that say so">${side.trust}<//>
          ${side.rulings.some((ruling) => ruling.verdict !== 'superseded') && html` <${Tag}>ruled<//>`}
          <span class="muted side-spans"><${Spans} fact=${side} /></span></span></label>`)}
      <label><input type="radio" name=${`${id}s`} checked=${chosen === 'not'} onChange=${() => setChosen('not')} />
        <span>Not “${sentence(fact)}”: it does not hold, and never did.</span></label></fieldset>`}<//>
    <${Field} id=${id} label="Reason" hint="For those who ask later" value=${reason} maxlength="300" onInput=${(event) => setReason(event.target.value)} />
  <//>`;
}

function EndDialog({ space, fact, onClose, onDone }) {
  const where = path`/v1/spaces/${space}/facts`;
  const [by, setBy] = useState('');
  const [at, setAt] = useState('');
  const [reason, setReason] = useState('');
  const id = useId();
  const found = useLoad(async (signal) => {
    const [whole, { items }] = await Promise.all([
      get(`${where}${path`/${fact.id}`}`, {}, { signal }),
      get(where, { entity: fact.subject, predicate: fact.predicate, include_superseded: true, limit: 200 }, { signal }),
    ]);
    return { whole, rivals: items.filter((each) => each.id !== fact.id && each.subject_name === whole.subject_name) };
  }, [where, fact.id]);
  const act = async () => {
    const body = { ...(by && { by }), ...(at && { at }), ...(reason.trim() && { reason: reason.trim() }) };
    await rule(where, 'supersede', found.data.whole, body, found.reload);
    announce('Its interval has ended; nothing is deleted.');
    onClose();
    onDone();
  };
  return html`<${FormDialog} title="It held, and does no longer" submit="End it" isReady=${Boolean(found.data)} onSubmit=${act} onClose=${onClose}>
    <${Loaded} from=${found} rows=${2}>${({ whole, rivals }) => html`<blockquote>${sentence(whole)} <${Tag} tone=${STATES[whole.state]?.tone}>${whole.state}<//> <span class="muted">version ${number(whole.version)}</span></blockquote>
      <${Field} id=${`${id}b`} label="What took its place" hint="Nothing, or another fact of the same subject and predicate">
        <select id=${`${id}b`} aria-describedby=${`${id}b-hint`} value=${by} onChange=${(event) => setBy(event.target.value)}><option value="">nothing</option>
          ${rivals.map((each) => html`<option key=${each.id} value=${each.id}>${each.object}</option>`)}</select><//>`}<//>
    <${Moment} label="From when on it held no longer" hint="When the other began, or now, if empty" value=${at} onChange=${setAt} />
    <${Field} id=${id} label="Reason" hint="For those who ask later" value=${reason} maxlength="300" onInput=${(event) => setReason(event.target.value)} />
  <//>`;
}

function RetractDialog({ space, fact, onClose, onDone }) {
  const act = async () => {
    await remove(path`/v1/spaces/${space}/facts/${fact.id}`);
    announce('The fact was retracted; the turns that said it stay.');
    onClose();
    onDone();
  };
  return html`<${FormDialog} title="Retract this fact?" submit="Retract it" kind="danger" onSubmit=${act} onClose=${onClose}>
    <blockquote>${sentence(fact)}</blockquote>
    <p>It is gone with the rulings about it; what it had ended holds again. The turns that say it stay, and stated again it is another fact. Where it did hold once, say that it ended instead.</p>
  <//>`;
}

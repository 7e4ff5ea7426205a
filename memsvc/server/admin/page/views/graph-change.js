// Changes from within the graph: two names are one, a fact does not hold, a fact is another one.
import { html, useEffect, useId, useState } from '../lib/ui.js';
import { get, path, post, remove } from '../lib/api.js';
import { Field, FormDialog } from '../parts.js';

/** Say that two names are one, and which of them leads. */
export function MergeDialog({ space, entity, onClose, onActed, onChoose }) {
  const [other, setOther] = useState('');
  const [leads, setLeads] = useState('other');
  const [names, setNames] = useState([]);
  const ids = { other: useId(), names: useId(), leads: useId() };
  const where = path`/v1/spaces/${space}`;
  const typed = other.trim();
  useEffect(() => {
    const stop = new AbortController();
    get(`${where}/entities`, { prefix: typed.slice(0, 200), limit: 12 }, { signal: stop.signal })
      .then((page) => setNames(page.items.filter((each) => each.name !== entity.name)), () => {}); // typed in full, it works all the same
    return () => stop.abort();
  }, [typed]);
  const merge = async () => {
    const [from, into] = leads === 'other' ? [entity.spelled, typed] : [typed, entity.spelled];
    const made = await post(`${where}/entities/${encodeURIComponent(from)}/merge`, { into });
    const { name } = await get(`${where}/entities/${encodeURIComponent(into)}`); // which a rename may have given
    onClose();
    onActed({ text: `${made.name} means ${name} now.`, undo: () => remove(`${where}${path`/merges/${made.id}`}`) });
    onChoose(`entity:${name}`);
  };
  return html`<${FormDialog} title=${`Merge ${entity.spelled}`} submit="Merge" isReady=${typed !== ''} onSubmit=${merge} onClose=${onClose}>
    <p>Two names of the same thing are one from then on, wherever the memory is asked. No turn changes, and it can be taken back.</p>
    <${Field} id=${ids.other} label="The other name">
      <input id=${ids.other} list=${ids.names} value=${other} autocomplete="off" onInput=${(event) => setOther(event.target.value)} />
      <datalist id=${ids.names}>${names.map((each) => html`<option key=${each.name} value=${each.spelled}></option>`)}</datalist>
    <//>
    <${Field} id=${ids.leads} label="It is called from now on">
      <select id=${ids.leads} value=${leads} onChange=${(event) => setLeads(event.target.value)}>
        <option value="other">${typed || 'by the other name'}</option><option value="own">${entity.spelled}</option>
      </select>
    <//>
  <//>`;
}

/** Call a thing otherwise, by a name that no turn need write. */
export function RenameDialog({ space, entity, onClose, onActed, onChoose }) {
  const [to, setTo] = useState(entity.spelled);
  const id = useId();
  const where = path`/v1/spaces/${space}`;
  const typed = to.trim();
  const rename = async () => {
    const done = await renameEntity(where, entity.name, typed);
    onClose();
    onActed({
      text: `${entity.spelled} is called ${typed} now.`,
      undo: () => (done.merge ? remove(`${where}${path`/merges/${done.merge.id}`}`) : renameEntity(where, done.name, entity.spelled)),
      was: `entity:${entity.name}`,
      is: `entity:${done.name}`,
    });
    onChoose(`entity:${done.name}`);
  };
  return html`<${FormDialog} title=${`Rename ${entity.spelled}`} submit="Rename" isReady=${typed !== '' && typed !== entity.spelled} onSubmit=${rename} onClose=${onClose}>
    <p>It is called so from then on and found by its old names as well. No turn changes, and it can be taken back.</p>
    <${Field} id=${id} label="The new name" hint="Turns need not write it. A name of another thing is for a merge." value=${to} maxlength="1000" autocomplete="off"
      onInput=${(event) => setTo(event.target.value)} />
  <//>`;
}

export const renameEntity = (where, name, to) => post(`${where}/entities/${encodeURIComponent(name)}/rename`, { to });

const tagged = (fact) => ({ headers: { 'If-Match': `"${fact.version}"` } });
const factPath = (space, id) => path`/v1/spaces/${space}/facts/${id}`;

export const undoRuling = (space, fact, ruling) => remove(`${factPath(space, fact)}${path`/rulings/${ruling}`}`);

/** The ruling that was made last, which is what an undo takes back. */
const latest = (fact) => fact.rulings.reduce((last, each) => (each.position >= (last?.position ?? -1) ? each : last), null);

/** Say that a fact does not hold, and why; it stays as it was said, and is told of no more. */
export function RulingDialog({ space, fact, onClose, onActed }) {
  const [reason, setReason] = useState('');
  const id = useId();
  const retract = async () => {
    const ruled = await post(`${factPath(space, fact.id)}/decide`, { state: 'superseded', reason: reason.trim() }, tagged(fact));
    onClose();
    onActed({ text: `Retracted: ${said(fact)}.`, undo: () => undoRuling(space, fact.id, latest(ruled).id) });
  };
  return html`<${FormDialog} title="Retract this fact" submit="Retract" isReady=${reason.trim() !== ''} onSubmit=${retract} onClose=${onClose}>
    <p><strong>${said(fact)}</strong> does not hold and never did. The turns that say it stay; to let go of them, forget it.</p>
    <${Field} id=${id} label="Why" hint="For those who ask later." value=${reason} maxlength="300" autocomplete="off" onInput=${(event) => setReason(event.target.value)} />
  <//>`;
}

/** Say what is so in its place, by the same turns. */
export function CorrectDialog({ space, fact, onClose, onActed }) {
  const [now, setNow] = useState({ subject: fact.subject, predicate: fact.predicate, object: fact.object });
  const [reason, setReason] = useState('');
  const ids = { subject: useId(), predicate: useId(), object: useId(), reason: useId() };
  const isOther = ['subject', 'predicate', 'object'].some((part) => now[part].trim() !== fact[part]);
  const isReady = isOther && reason.trim() !== '' && Object.values(now).every((part) => part.trim() !== '');
  const correct = async () => {
    const where = path`/v1/spaces/${space}/facts`;
    const by = { ...trimmed(now), turns: fact.turns };
    const { facts: [stated] } = await post(where, { facts: [by] });
    const ruled = await post(`${factPath(space, fact.id)}/decide`, { state: 'superseded', reason: reason.trim() }, tagged(fact));
    onClose();
    onActed({
      text: `Corrected: ${said(now)}.`,
      undo: async () => {
        await undoRuling(space, fact.id, latest(ruled).id);
        if (stated.outcome === 'added') await remove(factPath(space, stated.id));
      },
    });
  };
  return html`<${FormDialog} title="Correct this fact" submit="Correct" isReady=${isReady} onSubmit=${correct} onClose=${onClose}>
    <p>What is right is stated by the same turns, and this one is retracted.</p>
    ${[['subject', 'About'], ['predicate', 'What of it'], ['object', 'Is']].map(([part, label]) => html`<${Field} key=${part} id=${ids[part]} label=${label}
      value=${now[part]} autocomplete="off" onInput=${(event) => setNow({ ...now, [part]: event.target.value })} />`)}
    <${Field} id=${ids.reason} label="Why" value=${reason} maxlength="300" autocomplete="off" onInput=${(event) => setReason(event.target.value)} />
  <//>`;
}

const said = (fact) => `${fact.subject} ${fact.predicate} ${fact.object}`;
const trimmed = (fact) => Object.fromEntries(Object.entries(fact).map(([part, text]) => [part, text.trim()]));

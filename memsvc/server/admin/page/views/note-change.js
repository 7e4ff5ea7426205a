// Writing a note, editing what helps to find it, and settling it when two did so at once.
import { html, useId, useLayoutEffect, useRef, useState } from '../lib/ui.js';
import { Problem, ask, get, path, post } from '../lib/api.js';
import { number } from '../lib/format.js';
import { listDiff } from '../lib/words.js';
import { Field, FormDialog, announce } from '../parts.js';
import { Maker } from './known.js';
import { Chips, Facets } from './note-parts.js';

const FACETS = [['tags', 'Tags'], ['keywords', 'Keywords'], ['context', 'Context']];
const lines = (text) => [...new Set(text.split('\n').map((each) => each.trim()).filter(Boolean))];
const read = (fields) => ({ tags: lines(fields.tags), keywords: lines(fields.keywords), context: fields.context.trim() });
const typed = (note) => ({ tags: note.tags.join('\n'), keywords: note.keywords.join('\n'), context: note.context });
const same = (a, b) => (Array.isArray(a) ? a.join('\n') === b.join('\n') : a === b);
const differing = (a, b) => Object.fromEntries(FACETS.map(([name]) => name).filter((name) => !same(a[name], b[name])).map((name) => [name, a[name]]));

function FacetFields({ fields, onChange, skip = [] }) {
  const id = useId();
  const input = (name) => (event) => onChange({ ...fields, [name]: event.target.value });
  return html`<div class="facet-fields">
    ${!skip.includes('tags') && html`<${Field} id=${`${id}t`} label="Tags" hint="Broad categories, one to a line">
      <textarea id=${`${id}t`} rows="3" aria-describedby=${`${id}t-hint`} value=${fields.tags} onInput=${input('tags')}></textarea><//>`}
    ${!skip.includes('keywords') && html`<${Field} id=${`${id}k`} label="Keywords" hint="The most important first, one to a line">
      <textarea id=${`${id}k`} rows="3" aria-describedby=${`${id}k-hint`} value=${fields.keywords} onInput=${input('keywords')}></textarea><//>`}
    ${!skip.includes('context') && html`<${Field} id=${`${id}c`} label="Context" hint="One sentence on what it is about">
      <textarea id=${`${id}c`} rows="2" maxlength="500" aria-describedby=${`${id}c-hint`} value=${fields.context} onInput=${input('context')}></textarea><//>`}
  </div>`;
}

export function NewNoteDialog({ space, onClose, onDone, onHeld }) {
  const [content, setContent] = useState('');
  const [fields, setFields] = useState({ tags: '', keywords: '', context: '' });
  const id = useId();
  const write = async () => {
    const written = await post(path`/v1/spaces/${space}/notes`, { content: content.trim(), ...read(fields), source: 'user' });
    onClose();
    if (written.held) {
      announce(`Held in quarantine: ${written.held.reasons.map((reason) => reason.explanation).join(' ')}`, { tone: 'bad' });
      onHeld?.();
    } else {
      announce('The note is written, and found by recalls.');
      onDone(written.id);
    }
  };
  return html`<${FormDialog} title="New note" submit="Write it" isReady=${content.trim() !== ''} onSubmit=${write} onClose=${onClose} wide>
    <${Field} id=${id} label="The idea" hint="One idea in a sentence or two. It stays as it is; what follows may change.">
      <textarea id=${id} rows="3" maxlength="4000" aria-describedby=${`${id}-hint`} value=${content} onInput=${(event) => setContent(event.target.value)}></textarea><//>
    <${FacetFields} fields=${fields} onChange=${setFields} />
  <//>`;
}

/**
 * Edits on top of the version that was read. When somebody changed the note meanwhile, what only
 * one of the two changed is taken as it is, and what both did is the person's to decide.
 */
export function EditDialog({ space, note, onClose, onDone }) {
  const where = path`/v1/spaces/${space}/notes/${note.id}`;
  const [base, setBase] = useState(note);
  const [fields, setFields] = useState(() => typed(note));
  const [reason, setReason] = useState('');
  const [rival, setRival] = useState(null); // { note, mine, clashes }
  const [taken, setTaken] = useState({});
  const reasonId = useId();
  const undecided = rival ? rival.clashes.filter((name) => !taken[name]) : [];

  const save = async () => {
    const change = differing(read(fields), base);
    if (Object.keys(change).length === 0) {
      if (!rival) throw new Problem({ title: 'Nothing is changed', detail: 'Change tags, keywords or context, or cancel.' });
      announce('What the other had saved stands.');
    } else {
      try {
        await ask('PATCH', where, { body: { ...change, reason: reason.trim() }, headers: { 'If-Match': `"${base.version}"` } });
      } catch (problem) {
        if (problem.status !== 412) throw problem;
        await meet();
        return;
      }
      announce('The note is changed; the version before stays readable.');
    }
    onClose();
    onDone();
  };
  const meet = async () => {
    const now = await get(where);
    const mine = read(fields);
    const clashes = FACETS.map(([name]) => name).filter((name) => !same(mine[name], base[name]) && !same(now[name], base[name]) && !same(mine[name], now[name]));
    const merged = Object.fromEntries(FACETS.map(([name]) => [name, same(mine[name], base[name]) ? now[name] : mine[name]]));
    setRival({ note: now, was: base, mine, clashes });
    setTaken({});
    setBase(now);
    setFields(typed(merged));
    // A form that was refused stays open, and says what happened above its button.
    throw new Problem({ title: 'Somebody changed this note while you did', detail: clashes.length
      ? `It is at version ${now.version} now. Decide above what is to stand, then save.`
      : `It is at version ${now.version} now, and nothing that both of you changed differs. Look at both above, then save.` });
  };
  const take = (name, which) => {
    const { note: theirs, mine } = rival;
    const value = which === 'theirs' ? theirs[name] : which === 'mine' ? mine[name] : [...new Set([...theirs[name], ...mine[name]])];
    setTaken({ ...taken, [name]: which });
    setFields({ ...fields, [name]: Array.isArray(value) ? value.join('\n') : value });
  };

  return html`<${FormDialog} title=${rival ? 'Two changes at once' : 'Edit the note'} submit=${rival ? `Save over version ${number(base.version)}` : 'Save'}
      isReady=${undecided.length === 0} onSubmit=${save} onClose=${onClose} wide>
    <blockquote>${note.content}</blockquote>
    ${rival && html`<${Clash} space=${space} rival=${rival} taken=${taken} onTake=${take} />`}
    <${FacetFields} fields=${fields} onChange=${setFields} skip=${undecided} />
    <${Field} id=${reasonId} label="Reason" hint="For whoever reads its versions; may be empty" value=${reason} maxlength="300" onInput=${(event) => setReason(event.target.value)} />
  <//>`;
}

/** What they made of it and what you did, beside each other, as what differs from before. */
function Clash({ space, rival, taken, onTake }) {
  const { note: theirs, was, mine, clashes } = rival;
  const id = useId();
  const head = useRef();
  useLayoutEffect(() => head.current.focus(), [rival]);
  return html`<section class="clash" aria-labelledby=${id}>
    <h3 id=${id} ref=${head} tabindex="-1">Since version ${number(was.version)}</h3>
    <div class="clash-sides">
      <div><p class="clash-name">Saved meanwhile, version ${number(theirs.version)} <${Maker} space=${space} maker=${theirs.maker} run=${theirs.run} /></p>
        ${theirs.reason && html`<p class="version-why">${theirs.reason}</p>`}
        <${Facets} version=${theirs} before=${was} /></div>
      <div><p class="clash-name">Yours, not saved yet</p><${Facets} version=${mine} before=${was} /></div>
    </div>
    ${clashes.map((name) => html`<fieldset key=${name} class="clash-choice">
      <legend>${FACETS.find(([each]) => each === name)[1]}: both changed. What is to stand?</legend>
      ${[['theirs', 'Theirs', theirs[name]], ['mine', 'Yours', mine[name]], ...(name === 'context' ? [] : [['both', 'Both', [...new Set([...theirs[name], ...mine[name]])]]])].map(([which, title, value]) => html`
        <label key=${which}><input type="radio" name=${`${id}${name}`} checked=${taken[name] === which} onChange=${() => onTake(name, which)} />
          <span class="clash-title">${title}</span> <span class="clash-value">${name === 'context' ? value || 'none' : value.length ? html`<span class="words"><${Chips} pieces=${listDiff(was[name], value).filter((piece) => piece.kind !== 'gone')} /></span>` : 'none'}</span></label>`)}
    </fieldset>`)}
  </section>`;
}

/** An earlier version put in the place of the present one, as one more version. */
export function RestoreDialog({ space, note, version, onClose, onDone }) {
  const change = differing(version, note);
  const isSame = Object.keys(change).length === 0;
  const act = async () => {
    try {
      await ask('PATCH', path`/v1/spaces/${space}/notes/${note.id}`, {
        body: { ...change, reason: `as it stood at version ${version.position}` }, headers: { 'If-Match': `"${note.version}"` },
      });
    } catch (problem) {
      if (problem.status === 412) onDone(); // what would change is told anew
      throw problem;
    }
    announce(`It stands as at version ${number(version.position)} again.`);
    onClose();
    onDone();
  };
  return html`<${FormDialog} title=${`Restore version ${number(version.position)}?`} submit="Restore it" isReady=${!isSame} onSubmit=${act} onClose=${onClose} wide>
    ${isSame ? html`<p>It says what the present version says.</p>` : html`<p>What would change; the versions since stay readable.</p><${Facets} version=${version} before=${note} />`}
  <//>`;
}

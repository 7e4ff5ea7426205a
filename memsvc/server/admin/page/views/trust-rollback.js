// Taking back: to a position or a time, or what one run of enrichment made. First the difference.
import { html, useEffect, useId, useState } from '../lib/ui.js';
import { post } from '../lib/api.js';
import { counted, number, whenMinute } from '../lib/format.js';
import { usePages } from '../lib/load.js';
import { may, useSession } from '../lib/session.js';
import { Button, Card, ConfirmDialog, Empty, Field, Loading, ProblemBox, Table, Tag, announce } from '../parts.js';

export function Rollback({ space, where, query, to }) {
  const key = useSession();
  if (!may(key, 'writer')) {
    return html`<${Empty} title="A reader takes nothing back"><p>A writer rolls back runs of enrichment, an admin the space to a position.</p><//>`;
  }
  return html`<${Plan} key=${`${query.run || ''} ${query.to || ''}`} space=${space} where=${where} query=${query} to=${to} mayAll=${may(key, 'admin')} />`;
}

function Plan({ space, where, query, to, mayAll }) {
  const [by, setBy] = useState(query.run || !mayAll ? 'run' : 'to');
  const [goal, setGoal] = useState(query.to || '');
  const [run, setRun] = useState(query.run || '');
  const [withTurns, setWithTurns] = useState(false);
  const [reason, setReason] = useState('');
  const [would, setWould] = useState(null);
  const [done, setDone] = useState(null);
  const [problem, setProblem] = useState(null);
  const [isBusy, setBusy] = useState(false);
  const [isSure, setSure] = useState(false);
  const ids = { by: useId(), goal: useId(), run: useId(), turns: useId(), reason: useId() };
  const chosen = by === 'run' ? run : goal.trim();

  const asked = () => ({
    ...(by === 'run' ? { run } : { to: /^\d+$/.test(chosen) ? Number(chosen) : chosen, include_turns: withTurns }),
    reason: reason.trim(),
  });
  const change = (set) => (value) => {
    set(value);
    setWould(null);
    setProblem(null);
  };
  const look = async (event) => {
    event?.preventDefault();
    if (!chosen || isBusy) return;
    setBusy(true);
    setProblem(null);
    setDone(null);
    try {
      setWould(await post(`${where}/rollback`, { ...asked(), dry_run: true }));
      history.replaceState(null, '', to('rollback', by === 'run' ? { run } : { to: chosen }));
    } catch (error) {
      setWould(null);
      setProblem(error);
    }
    setBusy(false);
  };
  useEffect(() => {
    if (query.to || query.run) look();
  }, []);
  const roll = async () => {
    const told = await post(`${where}/rollback`, asked());
    announce(`Rolled back: ${counted(told.changes.filter((one) => one.undoing !== 'kept').length, 'change')} taken back.`);
    setSure(false);
    setWould(null);
    setDone(told);
  };

  return html`
    <${Card} title="What to take back">
      <form onSubmit=${look}>
        <div class="field-row">
          <${Field} id=${ids.by} label="Take back"><select id=${ids.by} value=${by} onChange=${(event) => change(setBy)(event.target.value)}>
            ${mayAll && html`<option value="to" selected=${by === 'to'}>all changes since</option>`}
            <option value="run" selected=${by === 'run'}>one run of enrichment</option></select><//>
          ${by === 'to'
            ? html`<${Field} id=${ids.goal} label="Position or time" placeholder="812, or 2026-05-01T09:30:00Z"
                value=${goal} autocomplete="off" spellcheck=${false} onInput=${(event) => change(setGoal)(event.target.value)} />`
            : html`<${Runs} id=${ids.run} where=${where} run=${run} onChange=${change(setRun)} />`}
        </div>
        ${by === 'to' && html`<p class="check-line"><input type="checkbox" id=${ids.turns} checked=${withTurns} onChange=${(event) => change(setWithTurns)(event.target.checked)} />
          <label for=${ids.turns}>Also delete the turns and documents that came since, for good</label></p>`}
        <${Field} id=${ids.reason} label="Why" hint="It stays with the versions of notes that this makes; may be left out." maxlength="300" value=${reason}
          autocomplete="off" onInput=${(event) => setReason(event.target.value)} />
        <button type="submit" class="button primary" disabled=${!chosen || isBusy}><span>${isBusy ? 'Looking…' : 'See what would change'}</span></button>
      </form>
    <//>
    ${problem && html`<${ProblemBox} problem=${problem} />`}
    <div role="status">
      ${would && html`<${Difference} told=${would} onGo=${() => setSure(true)} />`}
      ${done && html`<${Difference} told=${done} undo=${mayAll && to('rollback', { to: done.before })} />`}
    </div>
    ${isSure && html`<${ConfirmDialog} title=${`Roll back ${space}?`} word=${space} submit="Roll back" onSubmit=${roll} onClose=${() => setSure(false)}>
      <p>${counted(would.changes.filter((one) => one.undoing !== 'kept').length, 'thing')} would stand as before. It is entered in the ledger,
        and rolling back to position ${number(would.before)} undoes it${withTurns ? ', but for the turns that are deleted' : ''}.</p><//>`}`;
}

function Runs({ id, where, run, onChange }) {
  const runs = usePages(`${where}/runs`);
  if (runs.problem) return html`<${ProblemBox} problem=${runs.problem} again=${runs.reload} />`;
  if (runs.isLoading && runs.items.length === 0) return html`<${Loading} rows=${1} />`;
  const known = runs.items.some((one) => one.id === run);
  return html`<${Field} id=${id} label="Run" hint=${runs.items.length ? undefined : 'No run of enrichment has changed anything here.'}>
    <select id=${id} value=${run} onChange=${(event) => onChange(event.target.value)}>
      <option value="">choose a run</option>
      ${run && !known && html`<option value=${run} selected>${run}</option>`}
      ${runs.items.map((one) => html`<option key=${one.id} value=${one.id} selected=${one.id === run}>${runName(one)}</option>`)}
    </select><//>`;
}

function runName(run) {
  const made = Object.entries(run.made).map(([kind, n]) => `${n} ${kind}`).join(', ') || 'nothing left';
  return `${run.step.replaceAll('_', ' ')} by ${run.maker.split('@')[0]}, ${whenMinute(run.started_at)}: ${run.rolled_back ? 'rolled back' : made}`;
}

const TONES = { revised: 'warn', retired: 'bad', deleted: 'bad', restored: 'good', kept: 'quiet' };
const SHOWN = 200;

/** What a rollback changes or changed, thing by thing. */
function Difference({ told, onGo, undo }) {
  const changed = told.changes.filter((one) => one.undoing !== 'kept');
  const sums = Object.entries(Object.groupBy ? Object.groupBy(told.changes, (one) => one.undoing) : {});
  return html`<${Card} title=${told.dry_run ? 'What would change' : 'What was taken back'}
      actions=${onGo && changed.length > 0 && html`<${Button} kind="danger" onClick=${onGo}>Roll back…<//>`}>
    ${changed.length === 0 && html`<p>${told.dry_run ? 'Nothing: all that can be taken back stands as it did.' : 'Nothing had to be changed.'}</p>`}
    ${told.dry_run
      ? html`<p>${told.run ? html`Of the run <code>${told.run}</code>.` : `To position ${number(told.to)}, from ${number(told.before)} now.`}</p>`
      : html`<p>The ledger stands at ${number(told.position)}. ${undo && html`Rolling back to position ${number(told.before)} undoes it: <a href=${undo}>look at that</a>.`}</p>`}
    ${told.changes.length > 0 && html`
      <p class="tags-line">${sums.map(([undoing, some]) => html`<${Tag} key=${undoing} tone=${TONES[undoing]}>${number(some.length)} ${undoing}<//>`)}</p>
      <${Table} caption="Changes" rows=${told.changes.slice(0, SHOWN)} rowKey=${(one) => `${one.thing} ${one.id} ${one.undoing}`} columns=${[
        { key: 'thing', name: 'What', isMain: true, cell: (one) => html`${one.thing} <code>${one.id}</code>` },
        { key: 'undoing', name: told.dry_run ? 'Would be' : 'Was', cell: (one) => html`<${Tag} tone=${TONES[one.undoing]}>${one.undoing}<//>` },
        { key: 'before', name: 'Says now', cell: (one) => digest(one.before) },
        { key: 'after', name: 'Would say', cell: (one) => digest(one.after) },
      ].map((column) => (told.dry_run ? column : { ...column, name: { before: 'Said', after: 'Says now' }[column.key] || column.name }))} />
      ${told.changes.length > SHOWN && html`<p class="muted">The first ${SHOWN} of ${number(told.changes.length)} are shown.</p>`}
      <p class="muted">Shown by keyed digests of what things say: the same digest, the same words. Turns stay unless they are to be deleted; what was forgotten stays forgotten.</p>`}
  <//>`;
}

const digest = (told) => (told === null ? html`<span class="muted">nothing</span>` : html`<code title=${told}>${told.slice(0, 12)}</code>`);

// Enrichment over all spaces, live: what waits, for how long, and what was parked with its reasons.
import { html, useEffect, useRef, useState } from '../lib/ui.js';
import { get, items, path, post } from '../lib/api.js';
import { counted, number, seconds } from '../lib/format.js';
import { useEvery } from '../lib/load.js';
import { go, link } from '../lib/router.js';
import { Button, Empty, Loading, ProblemBox, Progress, Stat, Table, Time, announce, announceProblem } from '../parts.js';
import { Health, backlog } from './health.js';

const AT_ONCE = 4; // spaces asked at the same time
const MOST_ROWS = 200;

/** Each space with its enrichment; those where nothing changed and nothing waits are not asked again. */
function useBacklogs() {
  const [state, setState] = useState({ spaces: null, problem: null });
  const known = useRef(new Map());
  const busy = useRef(false);
  const stop = useRef(null);
  const look = async () => {
    if (busy.current) return;
    busy.current = true;
    const { signal } = stop.current;
    try {
      const spaces = [];
      for await (const space of items('/v1/spaces', {}, { signal })) spaces.push(space);
      const due = spaces.filter((space) => {
        const was = known.current.get(space.name);
        return !was || was.position !== space.position || was.enrichment.parked.length > 0 || backlog(was.enrichment) > 0;
      });
      const ask = async () => {
        for (let space = due.shift(); space; space = due.shift()) {
          const enrichment = await get(path`/v1/spaces/${space.name}/enrichment`, {}, { signal }).catch((problem) => {
            if (problem.status === 404) return null; // gone since the list was read
            throw problem;
          });
          if (enrichment) known.current.set(space.name, { name: space.name, position: space.position, enrichment });
        }
      };
      await Promise.all(Array.from({ length: AT_ONCE }, ask));
      setState({ spaces: spaces.flatMap((space) => known.current.get(space.name) || []), problem: null });
    } catch (problem) {
      if (problem.name !== 'AbortError') setState((was) => ({ ...was, problem }));
    } finally {
      busy.current = false;
    }
  };
  useEffect(() => {
    stop.current = new AbortController();
    look();
    return () => stop.current.abort();
  }, []);
  useEvery(3, look);
  return { ...state, look };
}

export function Work({ query, to }) {
  const { spaces, problem, look } = useBacklogs();
  if (problem && !spaces) return html`<${ProblemBox} problem=${problem} again=${look} />`;
  if (!spaces) return html`<${Loading} rows=${4} />`;
  if (spaces.length === 0) return html`<${Empty} title="No space yet"><p><a href="#/">Make one</a>, or write to one.</p><//>`;
  const waiting = spaces.reduce((sum, space) => sum + backlog(space.enrichment), 0);
  const done = spaces.reduce((sum, space) => sum + space.enrichment.done, 0);
  const oldest = Math.max(...spaces.map((space) => (backlog(space.enrichment) ? space.enrichment.lag_s : 0)));
  const parked = spaces.flatMap((space) => space.enrichment.parked.map((job) => ({ ...job, space: space.name })));
  const isOpen = (space) => backlog(space.enrichment) > 0 || space.enrichment.parked.length > 0;
  const wanted = query.show === 'open' ? spaces.filter(isOpen) : spaces;
  const shown = [...wanted].sort((a, b) => weight(b) - weight(a)).slice(0, MOST_ROWS);
  return html`
    ${problem && html`<${ProblemBox} problem=${problem} again=${look} />`}
    <dl class="stats">
      <${Stat} name="Waiting" value=${number(waiting)} note=${waiting ? `the oldest for ${seconds(oldest)}` : 'all that follows writes is done'} />
      <${Stat} name="Parked" value=${number(parked.length)} note=${parked.length ? 'failed all their tries' : 'none failed for good'} />
      <${Stat} name="Done" value=${number(done)} note="jobs that are remembered" />
      <${Stat} name="Spaces" value=${number(spaces.length)} />
    </dl>
    ${waiting > 0 && html`<${Progress} value=${done / (done + waiting)} label="Enrichment of all spaces" />`}
    ${parked.length > 0 && html`<${Parked} parked=${parked} onChanged=${look} />`}
    <div class="bar part-title"><h2>Spaces</h2>
      <label class="check-line"><input type="checkbox" checked=${query.show === 'open'}
        onChange=${(event) => go(to('work', { show: event.target.checked ? 'open' : '' }), { replace: true })} />Only those with work to do</label></div>
    ${shown.length === 0
      ? html`<p class="muted">No space has work to do.</p>`
      : html`<${Table} caption="Enrichment by space" rows=${shown} rowKey=${(space) => space.name} columns=${COLUMNS} />`}
    ${wanted.length > MOST_ROWS && html`<p class="muted">The ${MOST_ROWS} with the most to do are shown.</p>`}`;
}

const weight = (space) => space.enrichment.parked.length * 1e6 + backlog(space.enrichment);

const COLUMNS = [
  { key: 'name', name: 'Space', isMain: true, cell: (space) => html`<a class="strong" href=${link('/spaces/:space', { space: space.name })}>${space.name}</a>` },
  { key: 'state', name: 'State', cell: (space) => html`<${Health} enrichment=${space.enrichment} />` },
  { key: 'steps', name: 'Steps', cell: ({ enrichment }) => Object.entries(enrichment.waiting).filter(([, n]) => n).map(([step, n]) => `${number(n)} ${step.replaceAll('_', ' ')}`).join(', ') || html`<span class="muted">none</span>` },
  { key: 'lag', name: 'Oldest', isNumber: true, cell: ({ enrichment }) => (backlog(enrichment) ? seconds(enrichment.lag_s) : html`<span class="muted">none</span>`) },
  { key: 'done', name: 'Done', isNumber: true, cell: ({ enrichment }) => number(enrichment.done) },
];

function Parked({ parked, onChanged }) {
  const retry = async (space) => {
    try {
      const told = await post(path`/v1/spaces/${space}/enrichment/retry`);
      announce(`${counted(told.jobs, 'job')} of ${space} will be tried again.`);
      onChanged();
    } catch (problem) {
      announceProblem(problem);
    }
  };
  const spaces = [...new Set(parked.map((job) => job.space))];
  return html`<h2 class="part-title">Parked</h2>
    <p class="muted">What these were for is missing until they are tried again with success.</p>
    <${Table} caption="Parked jobs" rows=${parked.slice(0, MOST_ROWS)} rowKey=${(job) => `${job.space} ${job.step} ${job.turn}`} columns=${[
      { key: 'step', name: 'Step', isMain: true, cell: (job) => job.step.replaceAll('_', ' ') },
      { key: 'space', name: 'Space', cell: (job) => job.space },
      { key: 'reason', name: 'Reason', cell: (job) => job.reason },
      { key: 'since', name: 'Since', cell: (job) => html`<${Time} at=${job.since} />` },
    ]} />
    <p class="tags-line retries">${spaces.map((space) => html`<${Button} key=${space} icon="refresh" onClick=${() => retry(space)}>Try those of ${space} again<//>`)}</p>`;
}

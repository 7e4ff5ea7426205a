// The graph as it was: at a position of the ledger, or at a time.
import { html, useId, useLayoutEffect, useState } from '../lib/ui.js';
import { get, path } from '../lib/api.js';
import { number } from '../lib/format.js';
import { useLoad } from '../lib/load.js';
import { Button, Time } from '../parts.js';

/** `position` is where the ledger stands now; `asOf` what is shown, null for now. `stands` is where that is. */
export function TimeSlider({ space, position, asOf, stands, onChange }) {
  const ids = { at: useId(), time: useId() };
  const shown = stands ?? position;
  const [at, setAt] = useState(shown);
  useLayoutEffect(() => setAt(shown), [shown]);
  const where = path`/v1/spaces/${space}/ledger`;
  const entry = useLoad(async (signal) => (await get(where, { after: shown - 1, limit: 1 }, { signal })).items[0] || null, [where, shown]);
  const commit = (value) => onChange(Number(value) >= position ? null : String(value));
  const atTime = (event) => {
    if (event.target.value) onChange(new Date(event.target.value).toISOString());
  };
  return html`<section class="past" aria-label="As it was">
    <label for=${ids.at}>As it was</label>
    <input id=${ids.at} type="range" min="1" max=${position} step="1" value=${at}
      aria-valuetext=${`ledger position ${at} of ${position}`}
      onInput=${(event) => setAt(Number(event.target.value))} onChange=${(event) => commit(event.target.value)} />
    <span class="past-said">${at === position && !asOf ? 'now, at position' : 'position'} <strong>${number(at)}</strong> of ${number(position)}
      ${entry.data && at === shown ? html`, <${Time} at=${entry.data.at} />` : ''}</span>
    <label class="past-time" for=${ids.time}>at <input id=${ids.time} type="datetime-local" onChange=${atTime} /></label>
    ${asOf && html`<${Button} icon="refresh" onClick=${() => onChange(null)}>Back to now<//>`}
  </section>`;
}

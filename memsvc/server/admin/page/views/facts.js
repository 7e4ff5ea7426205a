// What is held to be so: facts by subject, when each held, and which of them cannot all hold.
import { html, classes, useMemo, useRef, useState } from '../lib/ui.js';
import { get, path } from '../lib/api.js';
import { counted, number } from '../lib/format.js';
import { useLoad, usePages } from '../lib/load.js';
import { go, link } from '../lib/router.js';
import { may, useSession } from '../lib/session.js';
import { Button, Empty, Loading, Page, ProblemBox, Tag, VirtualList } from '../parts.js';
import { FactDetail } from './fact.js';
import { StateDialog } from './fact-state.js';
import { DecideDialog } from './fact-rule.js';
import { Axis, Bars, STATES, Spans, TRUST, axisOf, bySubject } from './fact-parts.js';
import { AsOf, Choice, Moment, Past, Search } from './known.js';

const SHOWN = 25; // facts of one subject before the rest is asked for

export default function Facts({ params, query }) {
  const { space } = params;
  const key = useSession();
  const { entity, state, valid_at: at, as_of: asOf, fact: chosen, predicate, show } = query;
  const [open, setOpen] = useState(null);
  const own = useRef(null); // what was opened by hand stands where it was clicked
  const isConflicts = show === 'conflicts';
  const where = path`/v1/spaces/${space}`;
  const asked = isConflicts
    ? { entity, predicate, state: state === 'superseded' || state === 'disputed' ? state : undefined, as_of: asOf }
    : { entity, predicate, state: state || undefined, valid_at: at, include_superseded: state || at ? undefined : true, as_of: asOf };
  const found = usePages(isConflicts ? `${where}/conflicts` : `${where}/facts`, asked);
  const disputed = useLoad((signal) => get(`${where}/conflicts`, { state: 'disputed', limit: 100, as_of: asOf }, { signal }), [where, asOf]);
  const groups = useMemo(() => (isConflicts
    ? found.items.map((each) => ({ name: `${each.subject} ${each.relation}`, subject: each.facts[0]?.subject ?? each.subject, relation: each.relation, facts: each.facts }))
    : bySubject(found.items)), [found.items, isConflicts]);

  const named = chosen && chosen !== own.current ? groups.find((group) => group.facts.some((fact) => fact.id === chosen))?.name : null;
  const shown = useMemo(() => (named ? { key: named } : null), [named, chosen]);

  const to = (change) => link('/spaces/:space/facts', { space }, { ...query, ...change });
  const set = (change) => go(to(change), { replace: true });
  const choose = (id) => {
    own.current = id;
    set({ fact: id === chosen ? '' : id });
  };
  const changed = () => { found.reload(); disputed.reload(); };
  const close = () => setOpen(null);
  const mayWrite = may(key, 'writer') && !asOf;
  const isNarrowed = Boolean(entity || state || at || predicate);
  const act = mayWrite ? (kind, fact) => setOpen({ kind, fact }) : null;
  const button = mayWrite && html`<${Button} kind="primary" icon="plus" onClick=${() => setOpen({ kind: 'state' })}>State a fact<//>`;
  const many = disputed.data?.items.length ?? 0;

  return html`<${Page} title="Facts" crumbs=${[['Spaces', '#/'], [space, link('/spaces/:space', { space })]]} actions=${button}
      lead="What turns say, as triples, and when each held in the world. What is newer ends what is older; nothing is deleted by it, and a person has the last word.">
    <div class="kinds" role="group" aria-label="What is shown">
      <a href=${to({ show: '', fact: '', state: '' })} aria-current=${isConflicts ? undefined : 'true'}>All facts</a>
      <a href=${to({ show: 'conflicts', fact: '', state: '' })} aria-current=${isConflicts ? 'true' : undefined}>Conflicts${many > 0 && html` <${Tag} tone="warn">${number(many)}${disputed.data.next_cursor ? '+' : ''} open<//>`}</a>
    </div>
    <form class="narrowing" role="search" onSubmit=${(event) => event.preventDefault()}>
      <${Search} label="Name" placeholder="who or what" value=${entity} maxlength="500" onChange=${(value) => set({ entity: value })} />
      <${Search} label="Predicate" placeholder="lives in" value=${predicate} maxlength="200" onChange=${(value) => set({ predicate: value })} />
      <${Choice} key=${show} label="State" value=${state} onChange=${(value) => set({ state: value === 'any' ? '' : value })}
        options=${[['any', 'any'], ...(isConflicts ? ['disputed', 'superseded'] : Object.keys(STATES)).map((each) => [each, each])]} />
      ${!isConflicts && html`<${Moment} label="Held at" value=${at} onChange=${(value) => set({ valid_at: value })} />`}
      <${AsOf} key=${asOf ? 'then' : 'now'} value=${asOf} onChange=${(value) => set({ as_of: value })} />
    </form>
    <${Past} asOf=${asOf} onNow=${() => set({ as_of: '' })} />
    ${found.problem && html`<${ProblemBox} problem=${found.problem} again=${found.reload} />`}
    ${found.isLoading && groups.length === 0 && html`<${Loading} rows=${5} />`}
    ${groups.length > 0 && html`<p class="muted found" aria-live="polite">${isConflicts
      ? counted(groups.length, 'conflict')
      : `${counted(groups.reduce((sum, group) => sum + group.facts.length, 0), 'fact')} about ${counted(groups.length, 'subject')}`}${found.isDone ? '' : ' so far'}</p>`}
    ${chosen && !found.isLoading && !groups.some((group) => group.facts.some((fact) => fact.id === chosen)) && html`
      <section class="card fact-alone" aria-label="The fact that the address names"><${FactDetail} space=${space} id=${chosen} asOf=${asOf} onAct=${act} onChanged=${changed} to=${to} isAlone /></section>`}
    ${found.isDone && groups.length === 0 && html`<${Nothing} space=${space} isConflicts=${isConflicts} isNarrowed=${isNarrowed} button=${button}
      onAll=${() => set({ entity: '', state: '', valid_at: '', predicate: '' })} />`}
    <${VirtualList} items=${groups} itemKey=${(group) => group.name} estimate=${220} onEnd=${found.more} show=${shown} label=${isConflicts ? 'Conflicts' : 'Facts by subject'}
      item=${(group) => html`<${Group} key=${group.name} space=${space} group=${group} at=${at} asOf=${asOf} chosen=${chosen} to=${to} onChoose=${choose} onAct=${act} onChanged=${changed} />`} />
    ${open?.kind === 'state' && html`<${StateDialog} space=${space} subject=${entity} onClose=${close} onDone=${(fact) => { changed(); set({ fact }); }} />`}
    ${open && open.kind !== 'state' && html`<${DecideDialog} kind=${open.kind} space=${space} fact=${open.fact} onClose=${close} onDone=${() => { if (open.kind === 'delete') set({ fact: '' }); changed(); }} />`}
  <//>`;
}

function Nothing({ space, isConflicts, isNarrowed, button, onAll }) {
  if (isNarrowed) {
    return html`<${Empty} title="Nothing answers to that" action=${html`<${Button} onClick=${onAll}>Show all<//>`}>
      <p>A name counts in any spelling, and by any that was merged with it; a predicate counts whole, and by any that means the same.</p><//>`;
  }
  if (isConflicts) {
    return html`<${Empty} title="No conflicts"><p>Nothing that is said here stands against anything else. Conflicts arise where one thing holds at a time, such as where somebody lives.</p><//>`;
  }
  return html`<${Empty} title="No facts yet" action=${button}>
    <p>Whoever reads turns states them, or a language model does where the setting <code>improving</code> is on:</p>
    <pre><code>${`memsvc facts import openie.json --space ${space}`}</code></pre><//>`;
}

function Group({ space, group, at, asOf, chosen, to, onChoose, onAct, onChanged }) {
  const [isWhole, setWhole] = useState(false);
  const axis = useMemo(() => axisOf(group.facts), [group.facts]);
  const facts = isWhole ? group.facts : group.facts.filter((fact, i) => i < SHOWN || fact.id === chosen);
  const moment = at ? new Date(at).getTime() : null;
  const isOpen = group.facts.some((fact) => fact.state === 'disputed');
  const inside = moment && moment > axis.least && moment < axis.most ? moment : null;
  return html`<section class="card fact-group" aria-label=${`Facts about ${group.subject}${group.relation ? `, ${group.relation}` : ''}`}>
    <div class="card-head"><h2><a class="quiet-link" href=${to({ entity: group.subject, show: '', fact: '' })}>${group.subject}</a>${group.relation && html` <span class="muted">${group.relation}</span>`}</h2>
      ${isOpen && group.relation && onAct && html`<${Button} onClick=${() => onAct('decide', group.facts.find((fact) => fact.state === 'disputed'))}>Decide…<//>`}</div>
    <div class="fact-frame"><table class="facts">
      <caption class="sr-only">Facts about ${group.subject}, with when each held</caption>
      <thead><tr><th scope="col">Fact</th><th scope="col">State</th><th scope="col" class="when">Held</th><th scope="col" class="line-col"><span class="sr-only">Timeline</span><${Axis} axis=${axis} /></th></tr></thead>
      <tbody>${facts.map((fact) => html`
        <tr key=${fact.id} class=${classes('fact-row', fact.id === chosen && 'chosen', fact.state === 'superseded' && 'past-row')}>
          <th scope="row"><a href=${to({ fact: fact.id === chosen ? '' : fact.id })} aria-expanded=${fact.id === chosen ? 'true' : 'false'} onClick=${(event) => { event.preventDefault(); onChoose(fact.id); }}>
            <span class="predicate">${fact.predicate}</span> <span class="object">${fact.object}</span></a></th>
          <td data-name="State"><${Tag} tone=${STATES[fact.state]?.tone} title=${STATES[fact.state]?.says}>${fact.state}<//>${fact.rulings.length > 0 && html` <${Tag} title="Somebody ruled about it">ruled<//>`}
            ${fact.trust !== 'user' && html`<span class="trust" title=${TRUST[fact.trust]}>${fact.trust}</span>`}</td>
          <td class="when"><${Spans} fact=${fact} /></td>
          <td class="line-col"><${Bars} fact=${fact} axis=${axis} at=${inside} /></td>
        </tr>
        ${fact.id === chosen && html`<tr key=${`${fact.id}d`} class="detail-row"><td colspan="4"><${FactDetail} space=${space} id=${fact.id} version=${fact.version + fact.state} asOf=${asOf} onAct=${onAct} onChanged=${onChanged} to=${to} /></td></tr>`}`)}
      </tbody></table></div>
    ${facts.length < group.facts.length && html`<${Button} kind="link" onClick=${() => setWhole(true)}>Show all ${number(group.facts.length)}<//>`}
  </section>`;
}

// Where turns came from, by how far a source is trusted, and what the space lets in from each.
import { html } from '../lib/ui.js';
import { get } from '../lib/api.js';
import { useLoad, usePages } from '../lib/load.js';
import { link } from '../lib/router.js';
import { Card, Empty, Loaded, Loading, ProblemBox, Tabs, Tag, Time, VirtualList } from '../parts.js';

const SOURCES = [
  ['untrusted', 'Untrusted', 'Anybody may have written it: a page, a mail, a file of a stranger.'],
  ['document', 'Documents', 'Files that were brought in.'],
  ['tool', 'Tools', 'What tools answered.'],
  ['agent', 'Agents', 'What agents said or noted.'],
  ['user', 'Users', 'What users said; the most trusted.'],
];

export function Sources({ space, where, query, to }) {
  const found = SOURCES.find(([name]) => name === query.source) || SOURCES[0];
  const [source, title, meaning] = found;
  const turns = usePages(`${where}/turns`, { source }, { size: 50 });
  const settings = useLoad((signal) => get(where, {}, { signal }), [where]);
  return html`
    <${Card} title="What is let in">
      <${Loaded} from=${settings} rows=${2}>${({ settings: { admission } }) => html`<${Policy} admission=${admission || {}} />`}<//>
    <//>
    <h2 class="part-title">Turns by source, the least trusted first</h2>
    <${Tabs} label="Sources" parts=${SOURCES} current=${source} to=${(name) => to('sources', { source: name })} />
    <p class="muted">${meaning}</p>
    ${turns.problem && html`<${ProblemBox} problem=${turns.problem} again=${turns.reload} />`}
    ${turns.isLoading && turns.items.length === 0 && html`<${Loading} />`}
    ${turns.isDone && turns.items.length === 0 && html`<${Empty} title=${`Nothing of ${title.toLowerCase()} is here`}>
      <p>A turn's source follows from its role, or is said when it is written: <code>"source": "${source}"</code>.</p><//>`}
    <div class="rows"><${VirtualList} items=${turns.items} itemKey=${(turn) => turn.id} onEnd=${turns.more} label=${title}
      item=${(turn) => html`<a class="row" href=${link('/spaces/:space/streams/:stream', { space, stream: turn.stream }, { turn: turn.id })}>
        <span class="row-main"><span class="row-title clipped">${turn.content}</span>
          <span class="row-sub">${turn.speaker || turn.role} in ${turn.stream}</span></span>
        <span class="row-fact"><${Time} at=${turn.at} /></span></a>`} /></div>`;
}

const BY_DEFAULT = { secrets: 'off', duplicates: 'keep', distrust: 0.03, most_of_one_source: 2, max_turn_chars: null, turns_per_minute: null };

function Policy({ admission }) {
  const told = (name) => (admission[name] === undefined ? BY_DEFAULT[name] : admission[name]);
  const instructions = { untrusted: 'quarantine', ...admission.instructions };
  const bound = (value, unit) => (value === null ? html`<span class="muted">no bound of its own</span>` : `${value} ${unit}`);
  return html`<dl class="pairs">
    <div><dt>Instructions to a model</dt><dd class="tags-line">${SOURCES.map(([name]) => html`
      <${Tag} key=${name} tone=${(instructions[name] || 'off') === 'off' ? 'quiet' : 'good'}>${name}: ${instructions[name] || 'off'}<//>`)}</dd></div>
    <div><dt>Secrets</dt><dd>${told('secrets')}</dd></div>
    <div><dt>The same words again</dt><dd>${told('duplicates')}</dd></div>
    <div><dt>Longest turn</dt><dd>${bound(told('max_turn_chars'), 'characters')}</dd></div>
    <div><dt>Turns of one source</dt><dd>${bound(told('turns_per_minute'), 'a minute')}</dd></div>
    <div><dt>An untrusted turn loses</dt><dd>${Math.round(told('distrust') * 1000) / 10} % of its score in recalls; one untrusted source has
      ${' '}${told('most_of_one_source') ?? 'any number'} of the first ten hits at most</dd></div>
  </dl>`;
}

// Search in the graph: names as they are typed, what is shown already, or a whole question.
import { html, useEffect, useId, useMemo, useRef, useState } from '../lib/ui.js';
import { get, path } from '../lib/api.js';
import { counted } from '../lib/format.js';
import { KINDS } from './graph-model.js';

const WAIT_MS = 180;
const MOST_SHOWN = 5;

/** `onNode(key)` hears a node that is shown, `onAround(reference)` one to start from, `onQuestion(text)`. */
export function Find({ space, asOf, model, onNode, onAround, onQuestion }) {
  const [said, setSaid] = useState('');
  const [names, setNames] = useState([]);
  const [isOpen, setOpen] = useState(false);
  const [at, setAt] = useState(-1);
  const box = useRef();
  const id = useId();
  const typed = said.trim();

  useEffect(() => {
    setAt(-1);
    if (!typed) {
      setNames([]);
      return undefined;
    }
    const stop = new AbortController();
    const timer = setTimeout(() => {
      get(path`/v1/spaces/${space}/entities`, { prefix: typed.slice(0, 200), limit: 6, as_of: asOf }, { signal: stop.signal })
        .then((page) => setNames(page.items), () => {}); // no suggestions, then: what is typed can still be asked
    }, WAIT_MS);
    return () => {
      stop.abort();
      clearTimeout(timer);
    };
  }, [typed, space, asOf]);

  const options = useMemo(() => {
    if (!typed) return [];
    const small = typed.toLowerCase();
    const shown = [];
    for (const [key, node] of model?.nodes || []) {
      if (shown.length === MOST_SHOWN) break;
      if (node.label.toLowerCase().includes(small)) shown.push({ key, text: node.label, note: `${KINDS[node.shown].one}, shown`, act: () => onNode(key) });
    }
    const known = new Set(shown.map((option) => option.key));
    const found = names.filter((name) => !known.has(`entity:${name.name}`))
      .map((name) => ({ key: `entity:${name.name}`, text: name.spelled, note: counted(name.turns, 'turn'), act: () => onAround(`entity:${name.name}`) }));
    return [...shown, ...found, { key: '?', text: typed, note: 'ask it as a question', act: () => onQuestion(typed) }];
  }, [typed, names, model]);

  const choose = (option) => {
    setOpen(false);
    setSaid('');
    option.act();
  };
  const keys = (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && options.length) {
      event.preventDefault();
      setOpen(true);
      setAt((was) => (was + step + options.length + (was < 0 && step < 0 ? 1 : 0)) % options.length);
    } else if (event.key === 'Escape') {
      setOpen(false);
    } else if (event.key === 'Enter' && options.length) {
      event.preventDefault();
      choose(options[Math.max(at, 0)]);
    }
  };
  const leave = (event) => {
    if (!box.current.contains(event.relatedTarget)) setOpen(false);
  };

  const isShown = isOpen && options.length > 0;
  return html`<div class="find" ref=${box} onFocusOut=${leave}>
    <label class="sr-only" for=${id}>Find a name, or ask a question</label>
    <input id=${id} class="filter" type="text" role="combobox" autocomplete="off" spellcheck=${false} placeholder="Find a name, or ask a question"
      aria-expanded=${isShown ? 'true' : 'false'} aria-controls=${`${id}-list`} aria-autocomplete="list"
      aria-activedescendant=${isShown && at >= 0 ? `${id}-${at}` : undefined}
      value=${said} onInput=${(event) => { setSaid(event.target.value); setOpen(true); }} onKeyDown=${keys} onFocus=${() => setOpen(true)} />
    <ul id=${`${id}-list`} role="listbox" aria-label="Suggestions" class="find-list" hidden=${!isShown}>
      ${options.map((option, i) => html`<li key=${option.key} id=${`${id}-${i}`} role="option" aria-selected=${i === at ? 'true' : 'false'}
        onMouseDown=${(event) => event.preventDefault()} onClick=${() => choose(option)}>
        <span class="find-text">${option.text}</span> <span class="muted">${option.note}</span></li>`)}
    </ul>
  </div>`;
}

// A drawn graph as a part of a view, with its controls; the keyboard moves it, too.
import { html, useEffect, useRef, useState } from '../lib/ui.js';
import { GraphDrawing } from '../lib/graph-drawing.js';
import { Icon } from '../parts.js';

const STEP = 0.12; // of what is seen
const NEARER = 1.4;

/**
 * `nodes` and `edges` are as `lib/graph-drawing.js` takes them; new arrays are drawn anew, and what
 * was there keeps its place. `chosen` is a key, `lit` is `{ nodes, edges }` of keys or null.
 * `onChoose(key, 'node' | 'edge')` hears choices, and null of a click beside. `of` names what is
 * drawn: another one is laid out from nothing. `handle` is a ref that is given the drawing.
 */
export function Drawing({ nodes, edges, of = '', chosen = null, lit = null, onChoose, onSettled, handle, label, children }) {
  const frame = useRef();
  const drawing = useRef(null);
  const shown = useRef(null);
  const [isSettling, setSettling] = useState(true);
  const [isDrawn, setDrawn] = useState(false);
  const heard = useRef({});
  heard.current = { onChoose, onSettled };

  useEffect(() => {
    drawing.current = new GraphDrawing(frame.current, {
      onNode: (key) => heard.current.onChoose?.(key, 'node'),
      onEdge: (key) => heard.current.onChoose?.(key, 'edge'),
      onStage: () => heard.current.onChoose?.(null),
      onDrawn: () => setDrawn(true),
      onSettled: () => {
        setSettling(false);
        heard.current.onSettled?.();
      },
    });
    if (handle) handle.current = drawing.current;
    return () => drawing.current.close();
  }, []);
  useEffect(() => {
    setSettling(true);
    setDrawn(false);
    drawing.current.show(nodes, edges, { isNew: shown.current !== of });
    shown.current = of;
  }, [nodes, edges, of]);
  useEffect(() => drawing.current.choose(chosen), [chosen, nodes, edges]);
  useEffect(() => drawing.current.light(lit?.nodes ?? null, lit?.edges), [lit, nodes, edges]);

  const keys = (event) => {
    const { current } = drawing;
    const act = {
      ArrowLeft: () => current.pan(-STEP, 0),
      ArrowRight: () => current.pan(STEP, 0),
      ArrowUp: () => current.pan(0, -STEP),
      ArrowDown: () => current.pan(0, STEP),
      '+': () => current.zoom(NEARER),
      '=': () => current.zoom(NEARER),
      '-': () => current.zoom(1 / NEARER),
      0: () => current.fit(),
    }[event.key];
    if (!act || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    act();
  };

  return html`<div class="drawing" data-drawn=${isDrawn ? 'yes' : 'no'} data-settled=${isSettling ? 'no' : 'yes'}>
    <div class="drawing-frame" ref=${frame} tabindex="0" role="application" aria-roledescription="graph" onKeyDown=${keys}
      aria-label=${`${label}. Arrow keys move it, plus and minus zoom, 0 shows all.`}></div>
    <div class="drawing-tools">
      <button type="button" class="icon-button" title="Nearer" onClick=${() => drawing.current.zoom(NEARER)}><${Icon} name="plus" label="Nearer" /></button>
      <button type="button" class="icon-button" title="Farther" onClick=${() => drawing.current.zoom(1 / NEARER)}><${Icon} name="minus" label="Farther" /></button>
      <button type="button" class="icon-button" title="Show all" onClick=${() => drawing.current.fit()}><${Icon} name="fit" label="Show all" /></button>
    </div>
    ${children}
  </div>`;
}

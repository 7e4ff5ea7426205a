// Dialogs: the browser's own, which keep the focus inside and give it back.
import { html, useId, useLayoutEffect, useRef, useState } from '../lib/ui.js';
import { Button, Field } from './basics.js';
import { ProblemBox } from './states.js';

/** A dialog that is open for as long as it is drawn. `onClose` also hears Escape. */
export function Dialog({ title, onClose, children, wide = false }) {
  const box = useRef();
  const id = useId();
  useLayoutEffect(() => {
    const dialog = box.current;
    dialog.showModal();
    return () => dialog.close(); // which gives the focus back
  }, []);
  const cancel = (event) => {
    event.preventDefault();
    onClose();
  };
  return html`<dialog ref=${box} class=${wide ? 'dialog wide' : 'dialog'} aria-labelledby=${id} onCancel=${cancel}>
    <h2 id=${id}>${title}</h2>
    ${children}
  </dialog>`;
}

/**
 * A dialog with a form. `onSubmit` is awaited: what it throws is shown, and what was typed stays.
 * `kind` of the button: primary or danger.
 */
export function FormDialog({ title, submit, kind = 'primary', onSubmit, onClose, isReady = true, wide, children }) {
  const [problem, setProblem] = useState(null);
  const [isBusy, setBusy] = useState(false);
  const act = async (event) => {
    event.preventDefault();
    if (!isReady || isBusy) return;
    setBusy(true);
    setProblem(null);
    try {
      await onSubmit();
    } catch (error) {
      setProblem(error);
      setBusy(false);
    }
  };
  return html`<${Dialog} title=${title} onClose=${onClose} wide=${wide}>
    <form onSubmit=${act}>
      ${children}
      ${problem && html`<${ProblemBox} problem=${problem} />`}
      <div class="dialog-foot">
        <${Button} onClick=${onClose}>Cancel<//>
        <button type="submit" class=${`button ${kind}`} disabled=${!isReady || isBusy}>
          <span>${isBusy ? 'Working…' : submit}</span>
        </button>
      </div>
    </form>
  <//>`;
}

/** A dialog for what cannot be undone: it waits until `word` is typed. */
export function ConfirmDialog({ title, word, submit, onSubmit, onClose, children }) {
  const [typed, setTyped] = useState('');
  const id = useId();
  return html`<${FormDialog} title=${title} submit=${submit} kind="danger" onSubmit=${onSubmit}
      onClose=${onClose} isReady=${typed === word}>
    ${children}
    <${Field} id=${id} label=${html`Type <strong class="typed-word">${word}</strong> to confirm`} value=${typed}
      autocomplete="off" spellcheck=${false} onInput=${(event) => setTyped(event.target.value)} />
  <//>`;
}

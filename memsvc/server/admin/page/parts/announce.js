// What happened, said once: shown in a corner for some seconds and read out by screen readers.
import { html, useEffect, useState } from '../lib/ui.js';
import { Icon } from './icons.js';

const LONG_MS = 6000;

/** Say that something was done, or, with tone `bad`, that it was not. */
export function announce(text, { tone = 'good' } = {}) {
  window.dispatchEvent(new CustomEvent('memsvc:announce', { detail: { text, tone } }));
}

export const announceProblem = (problem) => announce(problem.detail || problem.message, { tone: 'bad' });

export function Announcer() {
  const [said, setSaid] = useState([]);
  useEffect(() => {
    const hear = ({ detail }) => {
      const one = { ...detail, id: Math.random() };
      setSaid((before) => [...before.slice(-2), one]);
      setTimeout(() => setSaid((before) => before.filter((each) => each !== one)), LONG_MS);
    };
    window.addEventListener('memsvc:announce', hear);
    return () => window.removeEventListener('memsvc:announce', hear);
  }, []);
  return html`<div class="announcer" role="status" aria-live="polite">
    ${said.map((one) => html`<p key=${one.id} class=${`said tone-${one.tone}`}>
      <${Icon} name=${one.tone === 'bad' ? 'warn' : 'check'} />${one.text}</p>`)}
  </div>`;
}

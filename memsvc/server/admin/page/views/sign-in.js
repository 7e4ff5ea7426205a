// Signing in: a key, sent once. The browser keeps a cookie that no script can read.
import { html, useEffect, useRef, useState } from '../lib/ui.js';
import { signIn } from '../lib/session.js';
import { Field, ProblemBox } from '../parts.js';

export function SignIn({ onSignedIn }) {
  const [key, setKey] = useState('');
  const [problem, setProblem] = useState(null);
  const [isBusy, setBusy] = useState(false);
  const input = useRef();
  useEffect(() => {
    document.title = 'Sign in · memsvc';
    document.getElementById('key')?.focus();
  }, []);
  const act = async (event) => {
    event.preventDefault();
    if (!key.trim()) {
      setProblem({ title: 'No key yet', detail: 'Paste a key; it begins with msk_.' });
      return;
    }
    setBusy(true);
    setProblem(null);
    try {
      onSignedIn(await signIn(key.trim()));
    } catch (error) {
      setProblem(error.type === 'key_required'
        ? { title: 'This key is not known', detail: 'It may be mistyped or revoked. Copy it anew, or ask for another.' }
        : error);
      setBusy(false);
    }
  };
  return html`<main class="sign-in" ref=${input}>
    <div class="sign-in-box">
      <p class="brand big"><img src="icon.svg" alt="" width="36" height="36" />memsvc</p>
      <h1>Sign in with a key</h1>
      <p class="lead">You see and may do here what the key may: its spaces, its role.</p>
      <form onSubmit=${act}>
        <input class="sr-only" name="username" autocomplete="username" value="memsvc" readonly tabindex="-1" aria-hidden="true" />
        <${Field} id="key" label="Key" type="password" autocomplete="current-password" spellcheck=${false}
          value=${key} onInput=${(event) => setKey(event.target.value)} placeholder="msk_…" />
        ${problem && html`<${ProblemBox} problem=${problem} />`}
        <button type="submit" class="button primary full" disabled=${isBusy}><span>${isBusy ? 'Signing in…' : 'Sign in'}</span></button>
      </form>
      <p class="hint">The first key is in <code>admin.key</code> in the data directory of the service; <code>memsvc keys create</code> makes more.
        The session lasts twelve hours, or until you sign out.</p>
    </div>
  </main>`;
}

// The page: who is signed in, which view the address names, and the frame around it.
import { html, render, useEffect, useLayoutEffect, useRef, useState } from './lib/ui.js';
import { SessionContext, may, signOut, standing } from './lib/session.js';
import { link, match, useLocation } from './lib/router.js';
import { Announcer, Empty, Icon, Loading, Page, ProblemBox, announceProblem } from './parts.js';
import { SignIn } from './views/sign-in.js';
import { ThemeSwitch } from './parts/theme.js';
import { VIEWS } from './views.js';

function App() {
  const [who, setWho] = useState(null); // null: not known yet
  const [problem, setProblem] = useState(null);

  const look = () => {
    setProblem(null);
    standing().then(setWho, setProblem);
  };
  useEffect(() => {
    look();
    const leave = () => setWho((was) => ({ key: null, version: was?.version }));
    window.addEventListener('memsvc:signed-out', leave);
    return () => window.removeEventListener('memsvc:signed-out', leave);
  }, []);

  const enter = (told) => {
    isFirstView = false; // the form had the focus; the view's heading takes it
    setWho(told);
  };

  let inside;
  if (problem) inside = html`<main class="alone"><${ProblemBox} problem=${problem} again=${look} /></main>`;
  else if (who === null) inside = html`<main class="alone"><${Loading} /></main>`;
  else if (who.key === null) inside = html`<${SignIn} onSignedIn=${enter} />`;
  else inside = html`<${SessionContext.Provider} value=${who.key}><${Shell} who=${who} /><//>`;
  return html`${inside}<${Announcer} />`;
}

function Shell({ who }) {
  const place = useLocation();
  const found = match(VIEWS, place.path);
  const space = found?.params.space;
  const [isOpen, setOpen] = useState(false);
  useLayoutEffect(() => setOpen(false), [place.path]);

  const skip = (event) => {
    event.preventDefault(); // the address after # is the view's
    document.getElementById('main').focus();
  };
  const leave = async () => {
    try {
      await signOut();
    } catch (error) {
      announceProblem(error);
      return;
    }
    window.dispatchEvent(new Event('memsvc:signed-out'));
  };

  return html`
    <a class="skip" href="#main" onClick=${skip}>Skip to content</a>
    <div class="shell">
      <header class="side">
        <div class="side-top">
          <a class="brand" href="#/"><img src="icon.svg" alt="" width="26" height="26" />memsvc</a>
          <button type="button" class="menu-toggle" aria-expanded=${isOpen ? 'true' : 'false'} aria-controls="side-body"
            onClick=${() => setOpen(!isOpen)}><${Icon} name=${isOpen ? 'close' : 'menu'} label=${isOpen ? 'Close menu' : 'Open menu'} /></button>
        </div>
        <div class="side-body" id="side-body" data-open=${isOpen ? 'yes' : 'no'}>
          <nav aria-label="Main">
            <${NavList} views=${VIEWS.filter((view) => view.nav === 'main' && (!view.isForAll || may(who.key, 'admin', { everywhere: true })))} found=${found} params=${{}} />
            ${space && html`
              <p class="nav-space" id="nav-space" title=${space}>${space}</p>
              <${NavList} labelledby="nav-space" views=${VIEWS.filter((view) => view.nav === 'space')} found=${found} params=${{ space }} />`}
          </nav>
          <div class="side-foot">
            <p class="who"><span class="who-name" title=${who.key.id}>${who.key.name}</span>
              <span class="who-role">${who.key.role}, ${who.key.spaces.includes('*') ? 'all spaces' : who.key.spaces.join(', ')}</span></p>
            <div class="side-tools">
              <${ThemeSwitch} />
              <button type="button" class="icon-button" onClick=${leave} title="Sign out"><${Icon} name="leave" label="Sign out" /></button>
            </div>
            <p class="version">memsvc ${who.version} · <a href="../docs">API</a> · <a href="../recipes">Recipes</a></p>
          </div>
        </div>
      </header>
      <main id="main" tabindex="-1"><${View} key=${place.path} found=${found} query=${place.query} /></main>
    </div>`;
}

function NavList({ views, found, params, labelledby }) {
  const current = found && (found.view.under || found.view.path);
  return html`<ul class="nav" aria-labelledby=${labelledby}>${views.map((view) => html`<li key=${view.path}>
    <a href=${link(view.path, params)} aria-current=${current === view.path ? 'page' : undefined}>
      <${Icon} name=${view.icon} />${view.title}</a></li>`)}</ul>`;
}

let isFirstView = true;

/** Loads the module of a view, draws it, and gives its heading the focus. */
function View({ found, query }) {
  const [drawn, setDrawn] = useState(null);
  const [problem, setProblem] = useState(null);
  const frame = useRef();
  useEffect(() => {
    if (!found) return;
    found.view.load().then(
      (module) => setDrawn(() => module.default),
      () => setProblem({ title: 'This view could not be loaded', detail: 'Look whether the service still runs, and load the page again.' }),
    );
  }, []);
  // Before it is painted: later, it would take the focus from who has begun to type.
  useLayoutEffect(() => {
    if (!drawn) return;
    if (!isFirstView) {
      window.scrollTo(0, 0);
      frame.current?.querySelector('[data-view-heading]')?.focus({ preventScroll: true });
    }
    isFirstView = false;
  }, [drawn]);
  if (!found) {
    return html`<${Page} title="No such page"><${Empty} title="This address leads nowhere">
      <p>It may be of an older version, or cut off. <a href="#/">All spaces</a> are a good place to begin.</p><//><//>`;
  }
  if (problem) return html`<${ProblemBox} problem=${problem} />`;
  if (!drawn) return html`<${Loading} />`;
  const Drawn = drawn;
  return html`<div ref=${frame} class="view"><${Drawn} params=${found.params} query=${query} /></div>`;
}

render(html`<${App} />`, document.getElementById('app'));

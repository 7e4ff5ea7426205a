// Where the page is: the part of the address after `#`, as a path with a query.
//
// A deep link is `#/spaces/alice/streams/chat-1?turn=t_1`. `link` makes one, `go` follows it.
import { useEffect, useState } from './ui.js';

/** Fill `:names` of a pattern and add a query; what is null or empty stays out of it. */
export function link(pattern, params = {}, query = {}) {
  const where = pattern.replace(/:(\w+)/g, (_, name) => encodeURIComponent(params[name]));
  const asked = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== null && value !== '') asked.set(name, String(value));
  }
  return `#${where}${asked.size ? `?${asked}` : ''}`;
}

export function here() {
  const [where, asked = ''] = (location.hash.slice(1) || '/').split(/\?(.*)/s);
  return { path: where, query: Object.fromEntries(new URLSearchParams(asked)) };
}

export function go(target, { replace = false } = {}) {
  if (!replace) {
    location.hash = target;
    return;
  }
  history.replaceState(null, '', target);
  window.dispatchEvent(new HashChangeEvent('hashchange'));
}

/** The view whose pattern fits a path, with what its `:names` stand for; null when none does. */
export function match(views, where) {
  const found = where.split('/');
  for (const view of views) {
    const pattern = view.path.split('/');
    if (pattern.length !== found.length) continue;
    const params = {};
    const fits = pattern.every((part, i) => {
      if (!part.startsWith(':')) return part === found[i];
      try {
        params[part.slice(1)] = decodeURIComponent(found[i]);
      } catch {
        return false;
      }
      return found[i] !== '';
    });
    if (fits) return { view, params };
  }
  return null;
}

export function useLocation() {
  const [place, setPlace] = useState(here);
  useEffect(() => {
    const follow = () => setPlace(here());
    window.addEventListener('hashchange', follow);
    return () => window.removeEventListener('hashchange', follow);
  }, []);
  return place;
}

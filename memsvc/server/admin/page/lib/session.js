// Who is signed in: a key, sent once, and a cookie that no script can read.
import { createContext, useContext } from './ui.js';
import { get, post, remove } from './api.js';

const ORDER = ['reader', 'writer', 'admin'];

export const SessionContext = createContext(null);

/** The key signed in: `{ id, name, role, spaces }`. */
export const useSession = () => useContext(SessionContext);

export const standing = () => get('/admin/session');
export const signIn = (key) => post('/admin/session', { key });
export const signOut = () => remove('/admin/session');

/** Whether a key may act with a role; with `everywhere`, on the whole installation. */
export function may(key, role, { everywhere = false } = {}) {
  return ORDER.indexOf(key.role) >= ORDER.indexOf(role) && (!everywhere || key.spaces.includes('*'));
}

// That a turn does not name what was found in it: said from within the graph, and taken back there.
import { html } from '../lib/ui.js';
import { items, path, post, remove } from '../lib/api.js';
import { useLoad } from '../lib/load.js';
import { may, useSession } from '../lib/session.js';
import { Button, announceProblem } from '../parts.js';

const LONGEST_SAID = 60;

/** Says that a turn does not name an entity. `after` is told of it before the graph is read anew. */
export function Unlink({ space, asOf, entity, turn, onActed, after }) {
  const key = useSession();
  if (asOf || !may(key, 'writer')) return null;
  const unlink = async () => {
    try {
      const { unlinked } = await post(`${path`/v1/spaces/${space}`}/entities/${encodeURIComponent(entity)}/unlink`, { turns: [turn.id] });
      after?.();
      onActed({ text: `${quoted(turn)} does not name ${entity}.`, undo: () => Promise.all(unlinked.map((one) => relink(space, one))) });
    } catch (problem) {
      announceProblem(problem);
    }
  };
  return html`<${Button} kind="link" onClick=${unlink} aria-label=${`Does not name ${entity}: ${quoted(turn)}`}>Does not name it<//>`;
}

/** What people said that a turn does not name, each to be taken back. */
export function NotNamed({ space, asOf, turn, onActed }) {
  const key = useSession();
  const found = useLoad((signal) => all(items(path`/v1/spaces/${space}/unlinked`, { turn: turn.id, as_of: asOf }, { signal })), [space, turn, asOf]);
  if (!found.data?.length) return null;
  const take = async (one) => {
    try {
      await relink(space, one);
      onActed({ text: `${quoted(turn)} names ${one.name} again.`, undo: () => post(`${path`/v1/spaces/${space}`}/entities/${encodeURIComponent(one.name)}/unlink`, { turns: [turn.id] }) });
    } catch (problem) {
      announceProblem(problem);
    }
  };
  return html`<dl class="pairs"><div><dt>Does not name</dt><dd><ul class="plain">${found.data.map((one) => html`<li key=${one.id}>${one.name}
    ${!asOf && may(key, 'writer') && html` <${Button} kind="link" onClick=${() => take(one)}>It does name it<//>`}</li>`)}</ul></dd></div></dl>`;
}

const relink = (space, one) => remove(path`/v1/spaces/${space}/unlinked/${one.id}`);
const quoted = ({ content }) => `“${content.length > LONGEST_SAID ? `${content.slice(0, LONGEST_SAID)}…` : content}”`;

async function all(list) {
  const found = [];
  for await (const each of list) found.push(each);
  return found;
}

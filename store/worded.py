"""The words of notes and links in all their versions, for forgetting on request.

Those taken back are among them: nobody sees them any more, and they are still there.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, func, select

from memsvc.domain.ids import LinkId, NoteId, NoteKey, Position, SpaceKey, TurnKey
from memsvc.ports.receipts import LinkedWords, NotedWords
from store.batches import batched
from store.noted import these
from store.tables import links, note_turns, note_versions, notes


def words_of_notes(
    connection: Connection,
    space: SpaceKey,
    *,
    after: Position,
    among: Sequence[NoteKey] | None = None,
) -> list[NotedWords]:
    """Return the words of every version of a note that was made after a ledger position."""
    query = (
        select(notes.c.id, notes.c.event, notes.c.content, note_versions)
        .join(notes, notes.c.key == note_versions.c.note)
        .where(note_versions.c.space == space, note_versions.c.position > after)
        .order_by(note_versions.c.note, note_versions.c.position)
    )
    parts = [query]
    if among is not None:
        parts = [query.where(note_versions.c.note.in_(keys)) for keys in batched(among)]
    found = [row for part in parts for row in connection.execute(part)]
    hung: dict[int, list[TurnKey]] = defaultdict(list)
    for part in batched(sorted({row.note for row in found})):
        for row in connection.execute(
            select(note_turns.c.note, note_turns.c.turn).where(
                these(space, note_turns.c.note, part)
            )
        ):
            hung[row.note].append(TurnKey(row.turn))
    return [
        NotedWords(
            NoteKey(row.note),
            NoteId(row.id),
            None if row.because is None else NoteId(row.because),
            row.event is None,
            tuple(hung[row.note]),
            (row.content, row.context, row.reason),
            (*row.keywords, *row.tags),
        )
        for row in found
    ]


def words_of_links(
    connection: Connection, space: SpaceKey, *, after: Position
) -> list[LinkedWords]:
    """Return the reasons of all links that were made after a ledger position."""
    found = connection.execute(
        select(links.c.id, links.c.start, links.c.end, links.c.reason).where(
            links.c.space == space, links.c.position > after, links.c.reason != ""
        )
    )
    return [
        LinkedWords(LinkId(row.id), (NoteKey(row.start), NoteKey(row.end)), row.reason)
        for row in found
    ]


def left_of(
    connection: Connection,
    space: SpaceKey,
    gone: Sequence[NoteId],
    unlinked: Sequence[LinkId],
    *,
    until: Position,
) -> Mapping[str, int]:
    """Count by table what is there of these notes and links from up to a position."""
    found = {"notes": 0, "links": 0}
    for table, ids in ((notes, gone), (links, unlinked)):
        for part in batched(ids):
            query = select(func.count()).where(
                these(space, table.c.id, part), table.c.position <= until
            )
            found[table.name] += connection.execute(query).scalar_one()
    return found

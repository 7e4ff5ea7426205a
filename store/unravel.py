"""Forgetting notes, to a fixpoint: with a note goes what is known because of it.

Its own rows go, the links at it, and every link and version that was made because of it. A note
whose present facets came from such a version falls back to the last one before, with the vector
that this had; so nothing has to be made anew, and no position of the ledger is taken. A note that
was itself made because of one that goes, goes too, and so on.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, delete, or_, select, update

from memsvc.domain.ids import NoteId, SpaceKey, TurnKey
from memsvc.domain.note import NoteVersion, untainted
from store.batches import batched
from store.delta import Deltas
from store.noted import these, version_from
from store.remembered import ids_because
from store.rows import AnyRow
from store.tables import links, note_turns, note_vectors, note_versions, notes

_OF_A_VERSION = (
    note_versions.c.space == bindparam("of_space"),
    note_versions.c.note == bindparam("of_note"),
    note_versions.c.position == bindparam("of_version"),
)
_OF_ITS_VECTORS = (
    note_vectors.c.space == bindparam("of_space"),
    note_vectors.c.note == bindparam("of_note"),
    note_vectors.c.version == bindparam("of_version"),
)
_DROP = delete(note_versions).where(*_OF_A_VERSION)
_DROP_VECTORS = delete(note_vectors).where(*_OF_ITS_VECTORS)
_MEND = (
    update(note_versions)
    .where(*_OF_A_VERSION)
    .values(
        until=bindparam("ends_at"),
        keywords=bindparam("left_keywords", type_=note_versions.c.keywords.type),
        tags=bindparam("left_tags", type_=note_versions.c.tags.type),
        context=bindparam("left_context"),
    )
)


def unravel(
    connection: Connection, deltas: Deltas, space: SpaceKey, gone: Sequence[int]
) -> list[TurnKey]:
    """Purge notes and what is known because of them; return the turns of notes that fell back."""
    fallen: set[int] = set()
    while gone:
        forgotten = _purge(connection, deltas, space, gone)
        because = _versions_because(connection, space, forgotten)
        gone = _fall_back(connection, space, because, forgotten)
        deltas.of(space).touched_notes.update(because)
        fallen = (fallen | because).difference(gone)
    hung: set[int] = set()
    for part in batched(sorted(fallen)):
        hung.update(
            connection.execute(
                select(note_turns.c.turn).where(these(space, note_turns.c.note, part))
            ).scalars()
        )
    return [TurnKey(turn) for turn in sorted(hung)]


def hanging_on(connection: Connection, space: SpaceKey, turns: Sequence[int]) -> list[int]:
    """Return the notes that hang on any of these turns."""
    query = select(note_turns.c.note).where(these(space, note_turns.c.turn, turns)).distinct()
    return list(connection.execute(query).scalars())


def _purge(
    connection: Connection, deltas: Deltas, space: SpaceKey, gone: Sequence[int]
) -> set[NoteId]:
    """Delete notes with all that is theirs, and the links because of them; return their ids."""
    delta = deltas.of(space)
    delta.touched_notes.update(gone)
    delta.purged = True
    forgotten: set[NoteId] = set()
    for part in batched(gone):
        of_these = these(space, notes.c.key, part)
        forgotten.update(
            map(NoteId, connection.execute(select(notes.c.id).where(of_these)).scalars())
        )
        at_them = or_(these(space, links.c.start, part), these(space, links.c.end, part))
        connection.execute(delete(links).where(at_them))
        for table in (note_turns, note_versions, note_vectors):
            connection.execute(delete(table).where(these(space, table.c.note, part)))
        connection.execute(delete(notes).where(of_these))
    for ids in batched(sorted(forgotten)):
        delta.touched_links.update(ids_because(connection, space, ids))
        connection.execute(delete(links).where(these(space, links.c.because, ids)))
    return forgotten


def _versions_because(
    connection: Connection, space: SpaceKey, forgotten: Collection[NoteId]
) -> set[int]:
    return {
        note
        for ids in batched(sorted(forgotten))
        for note in connection.execute(
            select(note_versions.c.note)
            .where(these(space, note_versions.c.because, ids))
            .distinct()
        ).scalars()
    }


def _fall_back(
    connection: Connection, space: SpaceKey, because: Collection[int], forgotten: Collection[NoteId]
) -> list[int]:
    """Drop the versions that have something of the forgotten; return notes that lose their all."""
    histories: dict[int, list[AnyRow]] = defaultdict(list)
    for part in batched(sorted(because)):
        for row in connection.execute(
            select(note_versions)
            .where(these(space, note_versions.c.note, part))
            .order_by(note_versions.c.note, note_versions.c.position)
        ):
            histories[row.note].append(row)
    dropped: list[dict[str, Any]] = []
    mended: list[dict[str, Any]] = []
    other_words: list[dict[str, Any]] = []
    lost = []
    for note, rows in histories.items():
        left = {each.position: each for each in untainted([*map(version_from, rows)], forgotten)}
        if not left:
            lost.append(note)
            continue
        goes = {row.position: row.until for row in rows if row.position not in left}
        dropped.extend(_version(space, note, position) for position in goes)
        for row in rows:
            if row.position in left:
                which = _version(space, note, row.position)
                mended.append(which | _mended(row, left[row.position], goes))
                if left[row.position].facets != version_from(row).facets:
                    other_words.append(which)
    _run(connection, _DROP, dropped)
    _run(connection, _DROP_VECTORS, [*dropped, *other_words])
    _run(connection, _MEND, mended)
    return lost


def _mended(row: AnyRow, left: NoteVersion, goes: Mapping[int, int | None]) -> dict[str, Any]:
    """Return a version as it is left: it stands as long as those that go after it stood."""
    until = row.until
    while until in goes:
        until = goes[until]
    return {
        "ends_at": until,
        "left_keywords": list(left.facets.keywords),
        "left_tags": list(left.facets.tags),
        "left_context": left.facets.context,
    }


def _version(space: SpaceKey, note: int, position: int) -> dict[str, int]:
    return {"of_space": space, "of_note": note, "of_version": position}


def _run(connection: Connection, statement: Any, rows: Iterable[Mapping[str, Any]]) -> None:
    found = list(rows)
    if found:
        connection.execute(statement, found)

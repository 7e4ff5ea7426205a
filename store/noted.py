"""Rows of notes as values: what stands, with its present facets and the turns that it hangs on."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import numpy as np
from sqlalchemy import ColumnElement, Connection, FromClause, Select, and_, exists, not_, select

from memsvc.domain.ids import EventId, NoteId, NoteKey, Position, RunId, SpaceKey, TurnId
from memsvc.domain.memory import Fingerprint, Source, Standing
from memsvc.domain.note import Facets, Making, Note, NoteVersion
from memsvc.ports.models import Matrix
from memsvc.ports.notes import MovedNote, MovedVersion
from store.batches import batched
from store.filters import standing_conditions
from store.history import stands
from store.rows import AnyRow
from store.tables import note_turns, note_vectors, note_versions, notes, turns

_VERSION_COLUMNS = (
    note_versions.c.position.label("version"),
    note_versions.c.keywords,
    note_versions.c.tags,
    note_versions.c.context,
    note_versions.c.maker,
    note_versions.c.reason,
    note_versions.c.run,
    note_versions.c.because,
)


def select_notes(*which: ColumnElement[bool]) -> Select[Any]:
    """Select notes with those of their versions that `which` holds of."""
    of_note = (note_versions.c.space == notes.c.space) & (note_versions.c.note == notes.c.key)
    return select(notes, *_VERSION_COLUMNS).join(note_versions, of_note).where(*which)


def present() -> ColumnElement[bool]:
    """Say that a version is the present one, and so that its note stands."""
    return stands(note_versions)


def note_stands(space: SpaceKey, note: ColumnElement[int]) -> ColumnElement[bool]:
    """Say that the note of this key stands."""
    return exists().where(note_versions.c.space == space, note_versions.c.note == note, present())


def all_turns_stand(
    space: SpaceKey, standing: Standing | None, *, of: ColumnElement[int]
) -> tuple[ColumnElement[bool], ...]:
    """Say that every turn a note hangs on stands: its content may be of any of them."""
    if standing is None:
        return ()
    gone = exists().where(
        note_turns.c.space == space,
        note_turns.c.note == of,
        turns.c.key == note_turns.c.turn,
        not_(and_(*standing_conditions(space, standing))),
    )
    return (~gone,)


def read_notes(connection: Connection, space: SpaceKey, query: Select[Any]) -> list[Note]:
    """Read what a query made of `select_notes` selects, each with its turns."""
    rows = connection.execute(query).all()
    hung = turns_of(connection, space, [row.key for row in rows])
    return [_note(row, hung[row.key]) for row in rows]


def turns_of(
    connection: Connection, space: SpaceKey, keys: Sequence[int]
) -> dict[int, list[TurnId]]:
    """Return the turns that notes hang on, in the order of writing."""
    found: dict[int, list[TurnId]] = defaultdict(list)
    for part in batched(keys):
        for row in connection.execute(
            select(note_turns.c.note, turns.c.id)
            .join(turns, turns.c.key == note_turns.c.turn)
            .where(note_turns.c.space == space, note_turns.c.note.in_(part))
            .order_by(note_turns.c.note, note_turns.c.turn)
        ):
            found[row.note].append(row.id)
    return found


def moved_notes(
    connection: Connection,
    space: SpaceKey,
    found: Sequence[Note],
    *,
    until: Position,
    fingerprint: Fingerprint | None,
) -> list[MovedNote]:
    """Return these notes with the versions that they had by a position, and vectors of these."""
    versions: dict[int, list[MovedVersion]] = defaultdict(list)
    of_version = (
        (note_vectors.c.space == note_versions.c.space)
        & (note_vectors.c.note == note_versions.c.note)
        & (note_vectors.c.version == note_versions.c.position)
        & (note_vectors.c.fingerprint == ("" if fingerprint is None else fingerprint.text))
    )
    for part in batched([note.key for note in found]):
        for row in connection.execute(
            select(note_versions, note_vectors.c.vector)
            .join(note_vectors, of_version, isouter=True)
            .where(these(space, note_versions.c.note, part), note_versions.c.position <= until)
            .order_by(note_versions.c.note, note_versions.c.position)
        ):
            vector = None if row.vector is None else matrix_from(row.vector)
            versions[row.note].append(MovedVersion(version_from(row), vector))
    return [
        MovedNote(
            note.id,
            note.content,
            note.turns,
            note.event,
            note.source,
            note.at,
            tuple(versions[note.key]),
            note.position,
        )
        for note in found
    ]


def matrix_from(vector: bytes) -> Matrix:
    """Read a vector of a row; shape (1, d)."""
    return np.frombuffer(vector, dtype=np.float32).reshape(1, -1)


def version_from(row: AnyRow) -> NoteVersion:
    """Read a row of `note_versions`."""
    return NoteVersion(Position(row.position), row.at, facets_from(row), making_from(row))


def facets_from(row: AnyRow) -> Facets:
    """Read the facets of a row."""
    return Facets(tuple(row.keywords), tuple(row.tags), row.context)


def making_from(row: AnyRow) -> Making:
    """Read who made a row, and why."""
    return Making(
        maker=row.maker,
        reason=row.reason,
        run=None if row.run is None else RunId(row.run),
        because=None if row.because is None else NoteId(row.because),
    )


def made_by(making: Making) -> dict[str, str | None]:
    """Return the columns that say who made a row, and why."""
    return {
        "maker": making.maker,
        "reason": making.reason,
        "run": making.run,
        "because": making.because,
    }


def these(space: SpaceKey, column: ColumnElement[Any], keys: Sequence[Any]) -> ColumnElement[bool]:
    """Say that a row is the space's and one of these."""
    table: FromClause = column.table
    return (table.c.space == space) & column.in_(keys)


def _note(row: AnyRow, hung: Sequence[TurnId]) -> Note:
    return Note(
        key=NoteKey(row.key),
        id=NoteId(row.id),
        content=row.content,
        facets=facets_from(row),
        turns=tuple(hung),
        event=None if row.event is None else EventId(row.event),
        source=Source(row.source),
        at=row.at,
        position=Position(row.position),
        version=Position(row.version),
        making=making_from(row),
    )

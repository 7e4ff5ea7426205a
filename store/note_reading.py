"""Rows of `notes` as they are asked for: by what they hang on, by words, as of a version."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    exists,
    select,
)

from memsvc.domain.ids import NoteId, NoteKey, Position, RunId, SpaceKey, TurnKey
from memsvc.domain.memory import Fingerprint, Page, Standing
from memsvc.domain.note import Note, NoteVersion
from memsvc.domain.receipt import folded
from memsvc.ports.models import Matrix
from memsvc.ports.notes import MovedNote, NotesSought, NoteVectors
from store.batches import batched
from store.cursors import number_from, page_of
from store.noted import (
    all_turns_stand,
    matrix_from,
    moved_notes,
    note_stands,
    present,
    read_notes,
    select_notes,
    version_from,
)
from store.receipts import naming
from store.rows import AnyRow
from store.tables import note_turns, note_vectors, note_versions, notes

ROWS_AT_ONCE = 500


class NoteReading:
    """Reads notes through one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(
        self, space: SpaceKey, note: NoteId, *, standing: Standing | None = None
    ) -> Note | None:
        """Return the note of that id."""
        return self.of_ids(space, [note], standing=standing).get(note)

    def of_ids(
        self, space: SpaceKey, ids: Sequence[NoteId], *, standing: Standing | None = None
    ) -> Mapping[NoteId, Note]:
        """Return those of these notes that stand."""
        return {
            note.id: note
            for part in batched(ids)
            for note in self._notes(
                space, notes.c.space == space, notes.c.id.in_(part), standing=standing
            )
        }

    def by_keys(
        self, space: SpaceKey, keys: Sequence[int], *, standing: Standing | None = None
    ) -> list[Note]:
        """Return those of these notes that stand, in the order of the keys given."""
        found = {
            int(note.key): note
            for part in batched(keys)
            for note in self._notes(space, notes.c.key.in_(part), standing=standing)
        }
        return [found[key] for key in keys if key in found]

    def of_turns(
        self, space: SpaceKey, turns: Sequence[TurnKey], *, standing: Standing | None = None
    ) -> list[Note]:
        """Return the notes that hang on any of these turns, in the order of writing."""
        return [
            note
            for part in batched(turns)
            for note in self._notes(
                space, notes.c.key.in_(_hanging(space, part)), standing=standing
            )
        ]

    def page(
        self,
        space: SpaceKey,
        sought: NotesSought,
        *,
        after: str | None,
        limit: int,
        standing: Standing | None = None,
    ) -> Page[Note]:
        """List notes in the order of writing; the cursor is a ledger position.

        Words are compared here, where every script has its cases; rows are read until the page is
        full.
        """
        query = (
            select_notes(present(), notes.c.space == space, *_sought(space, sought))
            .where(*all_turns_stand(space, standing, of=notes.c.key))
            .order_by(notes.c.position)
        )
        if after is not None:
            query = query.where(notes.c.position > number_from(after))
        if sought.tag is None and sought.keyword is None and sought.text is None:
            found = read_notes(self._connection, space, query.limit(limit + 1))
        else:
            keys = list(self._holding(query, sought, limit=limit + 1))
            found = self.by_keys(space, keys)
        return page_of(found, limit, lambda one: one.position)

    def versions(self, space: SpaceKey, note: NoteKey) -> list[NoteVersion]:
        """Return all versions of a note, oldest first."""
        found = self._connection.execute(
            select(note_versions)
            .where(note_versions.c.space == space, note_versions.c.note == note)
            .order_by(note_versions.c.position)
        )
        return [version_from(row) for row in found]

    def moved(
        self,
        space: SpaceKey,
        *,
        after: Position,
        until: Position,
        limit: int,
        standing: Standing,
        fingerprint: Fingerprint | None,
    ) -> list[MovedNote]:
        """Return notes added after one position and up to another, with all that is kept of them.

        In the order of writing; vectors are those of this fingerprint, none for None.
        """
        query = select_notes(
            present(),
            notes.c.space == space,
            notes.c.position > after,
            notes.c.position <= until,
            *all_turns_stand(space, standing, of=notes.c.key),
        )
        page = read_notes(self._connection, space, query.order_by(notes.c.position).limit(limit))
        return moved_notes(self._connection, space, page, until=until, fingerprint=fingerprint)

    def retired(self, space: SpaceKey, note: NoteId) -> NoteKey | None:
        """Return the key of a note that was taken back; None for any other."""
        stands = note_stands(space, notes.c.key)
        found = self._connection.execute(
            select(notes.c.key).where(notes.c.space == space, notes.c.id == note, ~stands)
        ).scalar()
        return None if found is None else NoteKey(found)

    def as_added(self, space: SpaceKey, ids: Sequence[NoteId]) -> Mapping[NoteId, Note]:
        """Return those of these notes that have rows with the facets that they came with."""
        came_with = note_versions.c.position == notes.c.position
        return {
            note.id: note
            for part in batched(ids)
            for note in read_notes(
                self._connection,
                space,
                select_notes(came_with, notes.c.space == space, notes.c.id.in_(part)),
            )
        }

    def vectors(self, space: SpaceKey, *, fingerprint: Fingerprint) -> NoteVectors:
        """Return the vectors of every note that is not retired and has one of this fingerprint."""
        rows = self._connection.execute(
            select(note_vectors.c.note, note_vectors.c.vector)
            .join(
                note_versions,
                (note_versions.c.space == note_vectors.c.space)
                & (note_versions.c.note == note_vectors.c.note)
                & (note_versions.c.position == note_vectors.c.version),
            )
            .where(
                note_vectors.c.space == space,
                note_vectors.c.fingerprint == fingerprint.text,
                present(),
            )
            .order_by(note_vectors.c.note)
        ).all()
        kept = b"".join(row.vector for row in rows)
        found = np.frombuffer(kept, dtype=np.float32).reshape(len(rows), fingerprint.dimension)
        return NoteVectors([NoteKey(row.note) for row in rows], found)

    def made_in(self, space: SpaceKey, run: RunId) -> list[Note]:
        """Return the notes of which any version was made in a run of enrichment."""
        versions = note_versions.alias("made")
        made = exists().where(
            versions.c.space == space, versions.c.note == notes.c.key, versions.c.run == run
        )
        return self._notes(space, made)

    def vectors_at(
        self, space: SpaceKey, notes: Mapping[NoteKey, Position], *, fingerprint: Fingerprint
    ) -> Mapping[NoteKey, Matrix]:
        """Return the vectors of notes at these versions, where there are some of this kind."""
        return {
            NoteKey(row.note): matrix_from(row.vector)
            for part in batched(list(notes))
            for row in self._connection.execute(
                select(note_vectors.c.note, note_vectors.c.version, note_vectors.c.vector).where(
                    note_vectors.c.space == space,
                    note_vectors.c.note.in_(part),
                    note_vectors.c.fingerprint == fingerprint.text,
                )
            )
            if row.version == notes[NoteKey(row.note)]
        }

    def without_vector(
        self, space: SpaceKey, turns: Sequence[TurnKey], *, fingerprint: Fingerprint
    ) -> list[Note]:
        """Return the notes on any of these turns that have no vector of this kind as they are."""
        hanging = notes.c.key.in_(_hanging(space, turns))
        return self._notes(space, hanging, ~has_vector(fingerprint))

    def _notes(
        self, space: SpaceKey, *which: ColumnElement[bool], standing: Standing | None = None
    ) -> list[Note]:
        # The sum keeps SQLite from looking through an index of the whole space for some keys;
        # where an index that begins with the space is meant, `which` names it as well.
        query = select_notes(present(), notes.c.space + 0 == space, *which)
        query = query.where(*all_turns_stand(space, standing, of=notes.c.key))
        return read_notes(self._connection, space, query.order_by(notes.c.position + 0))

    def _holding(self, query: Select[Any], sought: NotesSought, *, limit: int) -> Iterator[int]:
        rows = self._connection.execute(query, execution_options={"yield_per": ROWS_AT_ONCE})
        for row in rows:
            if limit == 0:
                rows.close()
                return
            if _holds(row, sought):
                limit -= 1
                yield row.key


def _hanging(space: SpaceKey, turns: Sequence[TurnKey]) -> Select[tuple[int]]:
    return select(note_turns.c.note).where(
        note_turns.c.space == space, note_turns.c.turn.in_(turns)
    )


def has_vector(fingerprint: Fingerprint) -> ColumnElement[bool]:
    """Say that a version has a vector of this kind."""
    return exists().where(
        note_vectors.c.space == note_versions.c.space,
        note_vectors.c.note == note_versions.c.note,
        note_vectors.c.version == note_versions.c.position,
        note_vectors.c.fingerprint == fingerprint.text,
    )


def _sought(space: SpaceKey, sought: NotesSought) -> Iterator[ColumnElement[bool]]:
    if sought.turn is not None:
        yield notes.c.key.in_(_hanging(space, [sought.turn]))
    if sought.event is not None:
        yield notes.c.event == sought.event
    if sought.names is not None:
        yield notes.c.key.in_(
            select(note_turns.c.note).where(
                note_turns.c.space == space, note_turns.c.turn.in_(naming(space, sought.names))
            )
        )


def _holds(row: AnyRow, sought: NotesSought) -> bool:
    """Tell whether a note has the words that are sought."""
    for word, among in ((sought.tag, row.tags), (sought.keyword, row.keywords)):
        if word is not None and folded(word) not in map(folded, among):
            return False
    return sought.text is None or sought.text in folded(row.content)

"""Rows of `notes`, with the turns that they hang on, their versions and vectors."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import numpy as np
from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    bindparam,
    exists,
    func,
    insert,
    literal,
    select,
    update,
)
from sqlalchemy.dialects import sqlite

from memsvc.domain.ids import NoteId, NoteKey, Position, RunId, SpaceKey, TurnKey
from memsvc.domain.memory import Fingerprint, Page, Standing
from memsvc.domain.note import Facets, Making, Note, NoteVersion
from memsvc.domain.receipt import folded
from memsvc.domain.work import Step
from memsvc.ports.models import Matrix
from memsvc.ports.notes import MovedNote, NoteDraft, NotesSought, NoteVectors, Revision
from store.batches import batched
from store.cursors import number_from
from store.delta import Deltas
from store.noted import (
    all_turns_stand,
    facets_from,
    made_by,
    moved_notes,
    present,
    read_notes,
    select_notes,
    version_from,
)
from store.receipts import naming
from store.rows import AnyRow
from store.tables import Instant, note_turns, note_vectors, note_versions, notes, outbox
from store.unravel import unravel

ROWS_AT_ONCE = 500

_ADD = insert(notes).returning(notes.c.key, notes.c.position)
_HANG = insert(note_turns)
_VERSION = insert(note_versions)
_EMBED = sqlite.insert(note_vectors).on_conflict_do_nothing()
_END = (
    update(note_versions)
    .where(
        note_versions.c.space == bindparam("of_space"),
        note_versions.c.note == bindparam("of_note"),
        note_versions.c.until.is_(None),
    )
    .values(until=bindparam("ends_at"))
)


class NoteRows:
    """Reads and changes notes through one connection."""

    def __init__(self, connection: Connection, deltas: Deltas) -> None:
        self._connection = connection
        self._deltas = deltas

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
        is_more = len(found) > limit
        return Page(tuple(found[:limit]), str(found[limit - 1].position) if is_more else None)

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
        stands = exists().where(
            note_versions.c.space == space, note_versions.c.note == notes.c.key, present()
        )
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
            NoteKey(row.note): np.frombuffer(row.vector, dtype=np.float32)[None]
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
        return self._notes(space, hanging, ~_has_vector(fingerprint))

    def add(
        self,
        space: SpaceKey,
        drafts: Sequence[NoteDraft],
        *,
        first_position: Position,
        at: datetime,
        fingerprint: Fingerprint,
    ) -> list[Note]:
        """Keep new notes; note i is entered in the ledger at `first_position + i`, at this time."""
        if not drafts:
            return []
        rows = [
            {
                "space": space,
                "id": draft.id,
                "content": draft.content,
                "event": draft.event,
                "source": draft.source.value,
                "at": draft.at,
                "position": first_position + place,
            }
            for place, draft in enumerate(drafts)
        ]
        given = {row.position: row.key for row in self._connection.execute(_ADD, rows)}
        keys = [NoteKey(given[row["position"]]) for row in rows]
        hung = [
            {"space": space, "note": key, "turn": turn}
            for key, draft in zip(keys, drafts, strict=True)
            for turn in draft.turns
        ]
        self._connection.execute(_HANG, hung)
        first = [
            Revision(key, draft.facets, draft.making, draft.vector, draft.made_at)
            for key, draft in zip(keys, drafts, strict=True)
        ]
        self._put_versions(space, first, first_position, at=at, fingerprint=fingerprint)
        self._touch(space, keys)
        return self.by_keys(space, keys)

    def revise(
        self,
        space: SpaceKey,
        revisions: Sequence[Revision],
        *,
        first_position: Position,
        at: datetime,
        fingerprint: Fingerprint,
    ) -> None:
        """Put new facets in the place of the present ones, which stay as a version.

        Revision i, each of another note, is entered in the ledger at `first_position + i`.
        """
        if revisions:
            self._end(space, [revision.note for revision in revisions], first_position)
            self._touch(space, [revision.note for revision in revisions])
            self._put_versions(space, revisions, first_position, at=at, fingerprint=fingerprint)

    def retire(
        self, space: SpaceKey, notes: Sequence[NoteKey], *, first_position: Position
    ) -> None:
        """Take notes back; note i until `first_position + i`. Their links are seen no more."""
        if notes:
            self._end(space, notes, first_position)
            self._touch(space, notes)

    def restore(
        self,
        space: SpaceKey,
        notes: Mapping[NoteKey, Making],
        *,
        first_position: Position,
        at: datetime,
    ) -> None:
        """Have retired notes stand again as they were last, with the vectors they had."""
        self._touch(space, notes)
        for place, (note, making) in enumerate(notes.items()):
            position = first_position + place
            of_note = (note_versions.c.space == space) & (note_versions.c.note == note)
            last = select(func.max(note_versions.c.position)).where(of_note).scalar_subquery()
            row = self._connection.execute(
                select(note_versions).where(of_note, note_versions.c.position == last)
            ).one()
            self._connection.execute(
                _VERSION,
                [
                    {
                        "space": space,
                        "note": note,
                        "position": position,
                        "at": at,
                        **_columns_of(facets_from(row)),
                        **made_by(making),
                    }
                ],
            )
            had = select(
                note_vectors.c.space,
                note_vectors.c.note,
                literal(position),
                note_vectors.c.fingerprint,
                note_vectors.c.vector,
            ).where(
                note_vectors.c.space == space,
                note_vectors.c.note == note,
                note_vectors.c.version == row.position,
            )
            columns = ["space", "note", "version", "fingerprint", "vector"]
            self._connection.execute(insert(note_vectors).from_select(columns, had))

    def embed(
        self, space: SpaceKey, vectors: Mapping[NoteKey, Matrix], *, fingerprint: Fingerprint
    ) -> None:
        """Keep a vector, shape (1, d), of present versions that have none of this fingerprint."""
        of_note = {
            row.note: row.position
            for part in batched(list(vectors))
            for row in self._connection.execute(
                select(note_versions.c.note, note_versions.c.position).where(
                    note_versions.c.space == space, note_versions.c.note.in_(part), present()
                )
            )
        }
        held = {
            (note, of_note[note]): vector for note, vector in vectors.items() if note in of_note
        }
        self._embed(space, held, fingerprint)
        self._touch(space, of_note)

    def owe_missing(self, fingerprint: Fingerprint, *, now: datetime) -> int:
        """Owe `Step.NOTE_VECTORS` to a turn of every note, of every space, without such a vector.

        Returns how many turns that are.
        """
        first = (
            select(note_turns.c.space, func.min(note_turns.c.turn).label("turn"))
            .join(
                note_versions,
                (note_versions.c.space == note_turns.c.space)
                & (note_versions.c.note == note_turns.c.note),
            )
            .where(present(), ~_has_vector(fingerprint))
            .group_by(note_turns.c.space, note_turns.c.note)
            .subquery()
        )
        is_owed = exists().where(
            outbox.c.space == first.c.space,
            outbox.c.turn == first.c.turn,
            outbox.c.step == Step.NOTE_VECTORS.value,
        )
        missing = (
            select(
                first.c.space,
                literal(Step.NOTE_VECTORS.value),
                first.c.turn,
                literal(now, Instant),
                literal(now, Instant),
                literal(0),
            )
            .where(~is_owed)
            .distinct()
        )
        columns = ["space", "step", "turn", "created_at", "due_at", "attempts"]
        return self._connection.execute(insert(outbox).from_select(columns, missing)).rowcount

    def delete(self, space: SpaceKey, notes: Sequence[NoteKey]) -> list[TurnKey]:
        """Purge notes with versions, vectors and links, and what is known because of them."""
        return unravel(self._connection, self._deltas, space, notes)

    def _touch(self, space: SpaceKey, notes: Iterable[int]) -> None:
        """Have memory look at these notes again once the unit is done."""
        self._deltas.of(space).touched_notes.update(notes)

    def _notes(
        self, space: SpaceKey, *which: ColumnElement[bool], standing: Standing | None = None
    ) -> list[Note]:
        # The sum keeps SQLite from looking through an index of the whole space for some keys;
        # where an index that begins with the space is meant, `which` names it as well.
        query = select_notes(present(), notes.c.space + 0 == space, *which)
        query = query.where(*all_turns_stand(space, standing, of=notes.c.key))
        return read_notes(self._connection, space, query.order_by(notes.c.position + 0))

    def _holding(self, query: Select[Any], sought: NotesSought, *, limit: int) -> Iterator[int]:
        rows = self._connection.execution_options(yield_per=ROWS_AT_ONCE).execute(query)
        for row in rows:
            if limit == 0:
                rows.close()
                return
            if _holds(row, sought):
                limit -= 1
                yield row.key

    def _end(self, space: SpaceKey, keys: Sequence[NoteKey], first_position: int) -> None:
        ends = [
            {"of_space": space, "of_note": key, "ends_at": first_position + place}
            for place, key in enumerate(keys)
        ]
        self._connection.execute(_END, ends)

    def _put_versions(
        self,
        space: SpaceKey,
        revisions: Sequence[Revision],
        first_position: int,
        *,
        at: datetime,
        fingerprint: Fingerprint,
    ) -> None:
        rows = [
            {
                "space": space,
                "note": revision.note,
                "position": first_position + place,
                "at": revision.made_at or at,
                **_columns_of(revision.facets),
                **made_by(revision.making),
            }
            for place, revision in enumerate(revisions)
        ]
        self._connection.execute(_VERSION, rows)
        held = {
            (revision.note, first_position + place): revision.vector
            for place, revision in enumerate(revisions)
            if revision.vector is not None
        }
        self._embed(space, held, fingerprint)

    def _embed(
        self,
        space: SpaceKey,
        held: Mapping[tuple[NoteKey, int], Matrix],
        fingerprint: Fingerprint,
    ) -> None:
        if not held:
            return
        rows = [
            {
                "space": space,
                "note": note,
                "version": version,
                "fingerprint": fingerprint.text,
                "vector": vector.tobytes(),
            }
            for (note, version), vector in held.items()
        ]
        self._connection.execute(_EMBED, rows)


def _hanging(space: SpaceKey, turns: Sequence[TurnKey]) -> Select[tuple[int]]:
    return select(note_turns.c.note).where(
        note_turns.c.space == space, note_turns.c.turn.in_(turns)
    )


def _has_vector(fingerprint: Fingerprint) -> ColumnElement[bool]:
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


def _columns_of(facets: Facets) -> dict[str, Any]:
    return {
        "keywords": list(facets.keywords),
        "tags": list(facets.tags),
        "context": facets.context,
    }

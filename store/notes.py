"""Rows of `notes` as they change, with the turns that they hang on, their versions and vectors."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Connection,
    bindparam,
    func,
    insert,
    literal,
    select,
    update,
)

from memsvc.domain.ids import NoteKey, Position, SpaceKey, TurnKey
from memsvc.domain.memory import Fingerprint
from memsvc.domain.note import Facets, Making, Note
from memsvc.domain.work import Step
from memsvc.ports.models import Matrix
from memsvc.ports.notes import NoteDraft, Revision
from store.batches import batched
from store.delta import Deltas
from store.either import insert_or
from store.note_reading import NoteReading, has_vector
from store.noted import (
    facets_from,
    made_by,
    present,
)
from store.outbox import owe
from store.tables import note_turns, note_vectors, note_versions, notes
from store.unravel import unravel

_ADD = insert(notes).returning(notes.c.key, notes.c.position)

_HANG = insert(note_turns)

_VERSION = insert(note_versions)

_EMBED = insert_or(note_vectors).on_conflict_do_nothing()

_END = (
    update(note_versions)
    .where(
        note_versions.c.space == bindparam("of_space"),
        note_versions.c.note == bindparam("of_note"),
        note_versions.c.until.is_(None),
    )
    .values(until=bindparam("ends_at"))
)


class NoteRows(NoteReading):
    """Reads and changes notes through one connection."""

    def __init__(self, connection: Connection, deltas: Deltas) -> None:
        super().__init__(connection)
        self._deltas = deltas

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

    def owe_missing(
        self, fingerprint: Fingerprint, *, now: datetime, step: Step = Step.NOTE_VECTORS
    ) -> int:
        """Owe a step to a turn of every note, of every space, without such a vector.

        Returns how many turns that are.
        """
        lacking = (
            select(note_turns.c.space, func.min(note_turns.c.turn).label("turn"))
            .join(
                note_versions,
                (note_versions.c.space == note_turns.c.space)
                & (note_versions.c.note == note_turns.c.note),
            )
            .where(present(), ~has_vector(fingerprint))
            .group_by(note_turns.c.space, note_turns.c.note)
        )
        return owe(self._connection, step, lacking, now=now)

    def delete(self, space: SpaceKey, notes: Sequence[NoteKey]) -> list[TurnKey]:
        """Purge notes with versions, vectors and links, and what is known because of them."""
        return unravel(self._connection, self._deltas, space, notes)

    def _touch(self, space: SpaceKey, notes: Iterable[int]) -> None:
        """Have memory look at these notes again once the unit is done."""
        self._deltas.of(space).touched_notes.update(notes)

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


def _columns_of(facets: Facets) -> dict[str, Any]:
    return {
        "keywords": list(facets.keywords),
        "tags": list(facets.tags),
        "context": facets.context,
    }

"""Notes in memory: which turns each hangs on, its vector as it is now, and the links between them.

Only notes that stand are known. A unit of work says which notes and links it touched, and reads how
these stand at its end (`follow_notes`); loading reads all of them in the same way.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from sqlalchemy import ColumnElement, Connection, Select, or_, select

from memsvc.domain.ids import SpaceKey
from memsvc.domain.note import LinkKind
from memsvc.ports.knowledge import NoteLink
from store.batches import batched
from store.delta import Delta
from store.history import stands
from store.noted import matrix_from, note_stands, present, these
from store.tables import links, note_turns, note_vectors, note_versions, notes
from store.vectors.faiss_flat import FlatIndex

_BYTES_A_NOTE = 500
_BYTES_A_LINK = 400
"""What Python keeps for each, about."""


@dataclass(slots=True)
class Remembered:
    """The notes that stand, by their keys, with the turns that they hang on; and links by id."""

    vectors: FlatIndex
    turns: dict[int, tuple[int, ...]] = field(default_factory=dict)
    on_turn: dict[int, set[int]] = field(default_factory=dict)
    links: dict[str, NoteLink] = field(default_factory=dict)
    links_at: dict[int, set[str]] = field(default_factory=dict)

    @property
    def nbytes(self) -> int:
        """Bytes of memory that they take, about."""
        return (
            _BYTES_A_NOTE * len(self.turns) + _BYTES_A_LINK * len(self.links) + self.vectors.nbytes
        )

    def apply(self, delta: Delta) -> None:
        """Take over what has changed: what was touched goes, and comes again as it stands."""
        if not delta.notes and not delta.links:
            return
        for id_ in {*delta.links, *(one for note in delta.notes for one in self._at(note))}:
            self._unlink(id_)
        for note, hung in delta.notes.items():
            self._put(note, hung or ())
        self.vectors.remove(np.array(list(delta.notes), dtype=np.int64))
        if delta.note_vectors:
            keys = np.array(list(delta.note_vectors), dtype=np.int64)
            self.vectors.add(keys, np.concatenate(list(delta.note_vectors.values())))
        for id_, link in delta.links.items():
            if link is not None:
                self._link(id_, link)

    def _put(self, note: int, hung: tuple[int, ...]) -> None:
        """Have a note hang on these turns alone; on none, it is gone."""
        for turn in self.turns.pop(note, ()):
            self.on_turn[turn].discard(note)
            if not self.on_turn[turn]:
                del self.on_turn[turn]
        if hung:
            self.turns[note] = hung
        for turn in hung:
            self.on_turn.setdefault(turn, set()).add(note)

    def _link(self, id_: str, link: NoteLink) -> None:
        self.links[id_] = link
        for note in (link.start, link.end):
            self.links_at.setdefault(note, set()).add(id_)

    def links_of(self, note: int) -> list[NoteLink]:
        """Return the links that start or end at a note, by their ids."""
        return [self.links[link] for link in sorted(self._at(note))]

    def _at(self, note: int) -> set[str]:
        return self.links_at.get(note, set())

    def _unlink(self, id_: str) -> None:
        link = self.links.pop(id_, None)
        if link is None:
            return
        for note in (link.start, link.end):
            self.links_at[note].discard(id_)
            if not self.links_at[note]:
                del self.links_at[note]


def follow_notes(connection: Connection, delta: Delta) -> None:
    """Read how the notes and links that a unit touched stand at its end."""
    if not delta.touched_notes and not delta.touched_links:
        return
    space, touched = delta.space, sorted(delta.touched_notes)
    delta.notes.update(dict.fromkeys(touched))
    delta.links.update(dict.fromkeys(delta.touched_links))
    for part in batched(touched):
        delta.notes.update(_turns(connection, space, note_turns.c.note.in_(part)))
        for row in connection.execute(_vectors(space).where(note_vectors.c.note.in_(part))):
            by_note = delta.note_vectors_by.setdefault(row.fingerprint, {})
            by_note[row.note] = matrix_from(row.vector)
        at_them = or_(links.c.start.in_(part), links.c.end.in_(part))
        delta.links.update(_links(connection, space, at_them))
    for ids in batched(sorted(delta.touched_links)):
        delta.links.update(_links(connection, space, links.c.id.in_(ids)))


def read_notes_known(
    connection: Connection, space: SpaceKey, fingerprint: str, *, into: Delta
) -> None:
    """Read all notes that stand, and the links between them; where there are none, nothing more."""
    into.notes.update(_turns(connection, space))
    if not into.notes:
        return
    for row in connection.execute(
        _vectors(space)
        .where(note_vectors.c.fingerprint == fingerprint)
        .order_by(note_vectors.c.note)
    ):
        into.note_vectors[row.note] = matrix_from(row.vector)
    into.links.update(_links(connection, space))


def ids_because(connection: Connection, space: SpaceKey, causes: Sequence[str]) -> list[str]:
    """Return the links that were made because of any of these notes."""
    query = select(links.c.id).where(these(space, links.c.because, causes))
    return list(connection.execute(query).scalars())


def _turns(
    connection: Connection, space: SpaceKey, *which: ColumnElement[bool]
) -> Mapping[int, tuple[int, ...]]:
    found: dict[int, list[int]] = defaultdict(list)
    query = (
        select(note_turns.c.note, note_turns.c.turn)
        .join(notes, notes.c.key == note_turns.c.note)
        .where(note_turns.c.space == space, note_stands(space, note_turns.c.note), *which)
        .order_by(note_turns.c.note, note_turns.c.turn)
    )
    for row in connection.execute(query):
        found[row.note].append(row.turn)
    return {note: tuple(hung) for note, hung in found.items()}


def _vectors(space: SpaceKey) -> Select[Any]:
    of_version = (
        (note_versions.c.space == note_vectors.c.space)
        & (note_versions.c.note == note_vectors.c.note)
        & (note_versions.c.position == note_vectors.c.version)
    )
    return (
        select(note_vectors.c.note, note_vectors.c.fingerprint, note_vectors.c.vector)
        .join(note_versions, of_version)
        .where(note_vectors.c.space == space, present())
    )


def _links(
    connection: Connection, space: SpaceKey, *which: ColumnElement[bool]
) -> Iterator[tuple[str, NoteLink]]:
    query = select(links.c.id, links.c.start, links.c.end, links.c.kind, links.c.score).where(
        links.c.space == space,
        stands(links),
        note_stands(space, links.c.start),
        note_stands(space, links.c.end),
        *which,
    )
    for row in connection.execute(query):
        yield row.id, NoteLink(row.start, row.end, LinkKind(row.kind), row.score)


def empty_notes(dimension: int) -> Remembered:
    """Return the memory of a space without notes."""
    return Remembered(FlatIndex(dimension))

"""Indexes from rows: loading a space whole, and catching one up from its ledger.

Both ways lead to the same indexes; a test holds them to it.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from sqlalchemy import Connection, select

from memsvc.domain.ids import SpaceKey
from memsvc.domain.ledger import Change
from memsvc.domain.memory import Fingerprint
from memsvc.ports.models import Matrix
from memsvc.ports.vectors import VectorIndex
from store.delta import AddedTurn, Delta
from store.tables import embeddings, ledger, spaces, turns
from store.timeline import ArrayTimeline
from store.vectors.faiss_flat import FlatIndex

ROWS_AT_ONCE = 4_096


@dataclass(slots=True)
class LoadedSpace:
    """The indexes of one space, and the ledger position that they have applied."""

    vectors: VectorIndex
    timeline: ArrayTimeline
    position: int

    @property
    def nbytes(self) -> int:
        """Bytes of memory that the indexes take."""
        return self.vectors.nbytes + self.timeline.nbytes

    def apply(self, delta: Delta) -> None:
        """Bring the indexes from `delta.before` to `delta.after`."""
        for turn in delta.added:
            self.timeline.append(turn.key, stream=turn.stream, length=turn.length)
        if delta.vectors:
            keys = np.repeat(
                np.array([key for key, _ in delta.vectors], dtype=np.int64),
                [len(vectors) for _, vectors in delta.vectors],
            )
            self.vectors.add(keys, np.concatenate([vectors for _, vectors in delta.vectors]))
        if delta.removed:
            for key in delta.removed:
                self.timeline.remove(key)
            self.vectors.remove(np.array(delta.removed, dtype=np.int64))
        self.position = delta.after


def load(connection: Connection, space: SpaceKey, fingerprint: Fingerprint) -> LoadedSpace:
    """Read a space's indexes from its rows, inside one consistent view.

    Only vectors of this fingerprint are read: those of another model would not compare.
    """
    loaded = LoadedSpace(FlatIndex(fingerprint.dimension), ArrayTimeline(), position=0)
    loaded.position = (
        connection.execute(select(spaces.c.position).where(spaces.c.key == space)).scalar() or 0
    )
    for turn in _added(connection, space, after=0):
        loaded.timeline.append(turn.key, stream=turn.stream, length=turn.length)
    stored = connection.execution_options(yield_per=ROWS_AT_ONCE).execute(
        select(embeddings.c.turn, embeddings.c.vector)
        .where(embeddings.c.space == space, embeddings.c.fingerprint == fingerprint.text)
        .order_by(embeddings.c.turn, embeddings.c.piece)
    )
    for part in stored.partitions():
        keys = np.array([row.turn for row in part], dtype=np.int64)
        loaded.vectors.add(keys, _matrix([row.vector for row in part], fingerprint.dimension))
    return loaded


def missed(
    connection: Connection, space: SpaceKey, fingerprint: Fingerprint, *, held: LoadedSpace
) -> Delta | None:
    """Read from the ledger what these indexes have missed; None if the space is gone.

    A turn that was added and deleted since then has no row any more and is never added.
    """
    head = connection.execute(select(spaces.c.position).where(spaces.c.key == space)).scalar()
    if head is None:
        return None
    delta = Delta(space=space, before=held.position, after=head)
    delta.added.extend(_added(connection, space, after=held.position))
    _read_vectors(connection, delta, fingerprint)
    _read_removed(connection, delta, held.timeline)
    return delta


def _added(connection: Connection, space: SpaceKey, *, after: int) -> Iterator[AddedTurn]:
    """Read the standing turns that were added after a ledger position, in the order of keys."""
    rows = connection.execute(
        select(turns.c.key, turns.c.stream, turns.c.length)
        .where(turns.c.space == space, turns.c.position > after)
        .order_by(turns.c.key)
    )
    return (AddedTurn(row.key, row.stream, row.length) for row in rows)


def _read_vectors(connection: Connection, delta: Delta, fingerprint: Fingerprint) -> None:
    new_subjects = select(ledger.c.subject).where(
        ledger.c.space == delta.space,
        ledger.c.position > delta.before,
        ledger.c.change.in_([Change.TURN_ADDED.value, Change.TURN_EMBEDDED.value]),
    )
    rows = connection.execute(
        select(embeddings.c.turn, embeddings.c.vector)
        .join(turns, turns.c.key == embeddings.c.turn)
        .where(
            embeddings.c.space == delta.space,
            embeddings.c.fingerprint == fingerprint.text,
            turns.c.id.in_(new_subjects),
        )
        .order_by(embeddings.c.turn, embeddings.c.piece)
    )
    for row in rows:
        delta.vectors.append((row.turn, _matrix([row.vector], fingerprint.dimension)))


def _read_removed(connection: Connection, delta: Delta, timeline: ArrayTimeline) -> None:
    """Find the turns that are held and have no row. The ledger names them by id only."""
    deleted = connection.execute(
        select(ledger.c.position)
        .where(
            ledger.c.space == delta.space,
            ledger.c.position > delta.before,
            ledger.c.change == Change.TURN_DELETED.value,
        )
        .limit(1)
    ).first()
    if deleted is not None:
        standing = connection.execute(select(turns.c.key).where(turns.c.space == delta.space))
        delta.removed.extend(set(timeline.keys().tolist()).difference(standing.scalars()))


def _matrix(vectors: list[bytes], dimension: int) -> Matrix:
    return np.frombuffer(b"".join(vectors), dtype=np.float32).reshape(-1, dimension)

"""Indexes whose vectors and words are in PostgreSQL, fed as the writers of rows feed them."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from sqlalchemy import delete, insert
from typing_extensions import override

from memsvc.domain.ids import SpaceKey
from memsvc.domain.memory import Fingerprint
from memsvc.ports.models import Matrix
from memsvc.ports.vectors import Keys
from memsvc.world import CountingIds
from store.asking import Asking, asking_of
from store.database import to_write
from store.indexing import Half, put_halves
from store.opening import open_database
from store.posted import DatabaseWords
from store.tables import embeddings
from store.tables import terms as term_rows
from store.timeline import ArrayTimeline
from store.uow import SqlUnit
from store.vectors.pgvector import DatabaseVectors
from tests.store.opened import make_space

SPACE = SpaceKey(1)


def model_of(dimension: int) -> Fingerprint:
    """Return a model of this dimension."""
    return Fingerprint("it's a test", "fp32", dimension)


@contextmanager
def asking_at(url: str, dimension: int) -> Iterator[Asking]:
    """Lend what asks an empty database that is migrated."""
    engine = open_database(url, readers=2)
    asking = asking_of(engine, model_of(dimension), "database")
    assert asking is not None
    with to_write(engine).begin() as connection:
        make_space(SqlUnit(connection), "alice", CountingIds())
    try:
        yield asking
    finally:
        asking.close()
        engine.dispose()


class WrittenVectors(DatabaseVectors):
    """Vectors whose rows are written and deleted with what is noted of them."""

    def __init__(self, asking: Asking) -> None:
        super().__init__(asking, SPACE)
        self.engine = to_write(asking.to_keep())

    @override
    def add(self, keys: Keys, vectors: Matrix) -> None:
        super().add(keys, vectors)
        model = model_of(self.dimension)
        rows: list[dict[str, Any]] = []
        for key, vector in zip(keys.tolist(), vectors, strict=True):
            piece = sum(row["turn"] == key for row in rows)
            piece += int(np.count_nonzero(self.owners.keys[: len(self) - len(keys)] == key))
            rows.append(
                {"space": SPACE, "turn": key, "piece": piece, "vector": vector.tobytes()}
                | {"fingerprint": model.text, "start": 0, "end": 1}
            )
        if rows:
            with self.engine.begin() as connection:
                connection.execute(insert(embeddings), rows)
                put_halves(
                    connection,
                    model,
                    (
                        Half(SPACE, row["turn"], row["piece"], vector)
                        for row, vector in zip(rows, vectors, strict=True)
                    ),
                )

    @override
    def remove(self, keys: Keys) -> None:
        super().remove(keys)
        with self.engine.begin() as connection:
            connection.execute(delete(embeddings).where(embeddings.c.turn.in_(keys.tolist())))


class GraphedVectors(WrittenVectors):
    """Vectors on a server that are all in a graph, which every search goes through."""

    @override
    def add(self, keys: Keys, vectors: Matrix) -> None:
        super().add(keys, vectors)
        building = self.begin_sealing()
        self.end_sealing(building, building.build(lambda: True))


class WrittenWords(DatabaseWords):
    """Words whose rows are written with what is noted of them."""

    def __init__(self, asking: Asking) -> None:
        self.timeline = ArrayTimeline()
        super().__init__(asking, SPACE, self.timeline)
        self.engine = to_write(asking.to_keep())

    @override
    def append(self, place: int, terms: Iterable[str]) -> None:
        said = list(terms)
        while self.timeline.size <= place:
            self.timeline.append(self.timeline.size + 1, stream=1, length=len(said))
        super().append(place, said)
        with self.engine.begin() as connection:
            connection.execute(
                insert(term_rows).values(space=SPACE, turn=place + 1, terms=" ".join(said))
            )

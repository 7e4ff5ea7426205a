"""Rows of `embeddings`: one vector a piece, with the fingerprint of the model that made it."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import numpy as np
from sqlalchemy import Connection, exists, insert, select, update

from memsvc.domain.ids import SpaceKey, TurnKey
from memsvc.domain.memory import Fingerprint, Span
from memsvc.domain.work import Step
from memsvc.ports.models import Matrix
from memsvc.ports.records import Embedding
from store.batches import batched
from store.delta import Deltas
from store.indexing import HALVES, Half, put_halves
from store.outbox import owe
from store.tables import embeddings as embedding_rows
from store.tables import turns

_ADD = insert(embedding_rows)


class EmbeddingRows:
    """Keeps vectors through one connection."""

    def __init__(self, connection: Connection, deltas: Deltas) -> None:
        self._connection = connection
        self._deltas = deltas

    def add(
        self, space: SpaceKey, embeddings: Sequence[Embedding], *, fingerprint: Fingerprint
    ) -> None:
        """Keep the vectors of turns that have none of this fingerprint."""
        rows = [
            {
                "space": space,
                "turn": embedding.turn,
                "fingerprint": fingerprint.text,
                "piece": piece,
                "start": span.start,
                "end": span.end,
                "vector": vector.tobytes(),
            }
            for embedding in embeddings
            for piece, (span, vector) in enumerate(
                zip(embedding.spans, embedding.vectors, strict=True)
            )
        ]
        self._connection.execute(_ADD, rows)
        if self._connection.get_execution_options().get(HALVES) == fingerprint:
            halves = (
                Half(space, embedding.turn, piece, vector)
                for embedding in embeddings
                for piece, vector in enumerate(embedding.vectors)
            )
            put_halves(self._connection, fingerprint, halves)
        self._deltas.of(space).made_by(fingerprint.text).turns.extend(
            (embedding.turn, embedding.vectors) for embedding in embeddings
        )

    def of(
        self, space: SpaceKey, turns: Sequence[TurnKey], *, fingerprint: Fingerprint
    ) -> Mapping[TurnKey, Matrix]:
        """Return the vectors of those of these turns that have some of this fingerprint."""
        found: dict[TurnKey, list[bytes]] = {}
        for part in batched(turns):
            rows = self._connection.execute(
                select(embedding_rows.c.turn, embedding_rows.c.vector)
                .where(
                    embedding_rows.c.space == space,
                    embedding_rows.c.turn.in_(part),
                    embedding_rows.c.fingerprint == fingerprint.text,
                )
                .order_by(embedding_rows.c.turn, embedding_rows.c.piece)
            )
            for row in rows:
                found.setdefault(TurnKey(row.turn), []).append(row.vector)
        shape = (-1, fingerprint.dimension)
        return {
            turn: np.frombuffer(b"".join(vectors), dtype=np.float32).reshape(shape)
            for turn, vectors in found.items()
        }

    def spans(
        self, space: SpaceKey, turns: Sequence[TurnKey], *, fingerprint: Fingerprint
    ) -> Mapping[TurnKey, Sequence[Span]]:
        """Return which runs of their texts the vectors of this fingerprint stand for, in order."""
        found: dict[TurnKey, list[Span]] = {}
        for part in batched(turns):
            rows = self._connection.execute(
                select(embedding_rows.c.turn, embedding_rows.c.start, embedding_rows.c.end)
                .where(
                    embedding_rows.c.space == space,
                    embedding_rows.c.turn.in_(part),
                    embedding_rows.c.fingerprint == fingerprint.text,
                )
                .order_by(embedding_rows.c.turn, embedding_rows.c.piece)
            )
            for turn, start, end in rows:
                found.setdefault(TurnKey(turn), []).append(Span(start, end))
        return found

    def without(
        self, space: SpaceKey, turns: Sequence[TurnKey], *, fingerprint: Fingerprint
    ) -> list[TurnKey]:
        """Return those of these turns that have no vector of this fingerprint, in their order."""
        held: set[int] = set()
        for part in batched(turns):
            found = select(embedding_rows.c.turn).where(
                embedding_rows.c.space == space,
                embedding_rows.c.turn.in_(part),
                embedding_rows.c.fingerprint == fingerprint.text,
                embedding_rows.c.piece == 0,
            )
            held.update(self._connection.execute(found).scalars())
        return [turn for turn in turns if turn not in held]

    def owe_missing(
        self, fingerprint: Fingerprint, *, now: datetime, step: Step = Step.EMBED
    ) -> int:
        """Owe a vector to every turn, of every space, that has none of this fingerprint.

        Under the step that makes those of the model by which spaces are recalled, a turn counts as
        embedded from now on when it has one.
        """
        has_one = exists().where(
            embedding_rows.c.space == turns.c.space,
            embedding_rows.c.turn == turns.c.key,
            embedding_rows.c.fingerprint == fingerprint.text,
        )
        if step is Step.EMBED:
            differs = turns.c.embedded != has_one
            self._connection.execute(update(turns).where(differs).values(embedded=has_one))
        lacking = select(turns.c.space, turns.c.key.label("turn")).where(~has_one)
        return owe(self._connection, step, lacking, now=now)

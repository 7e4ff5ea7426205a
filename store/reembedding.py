"""Rows of `reembeddings`: which model spaces are recalled by, and which beside it."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection, Table, delete, func, insert, select, update

from memsvc.domain.errors import ReembeddingConflict
from memsvc.domain.ids import SpaceKey, SpaceName, TurnKey
from memsvc.domain.reembedding import ModelNamed, Reembedding, SpaceProgress
from memsvc.domain.work import BESIDE, Step
from store.batches import batched
from store.outbox import owe
from store.tables import (
    embeddings,
    fact_vectors,
    name_vectors,
    note_vectors,
    outbox,
    reembeddings,
    spaces,
    synonyms,
    token_vectors,
    turns,
)

TURNS_AT_ONCE = 1_000
"""Turns of which vectors are dropped in one unit: some milliseconds of the writer."""

_OF_KNOWN = (fact_vectors, name_vectors, synonyms, note_vectors)
_BESIDE = outbox.c.step.in_([step.value for step in BESIDE.values()])


class ReembeddingRows:
    """Reads and keeps changes of the embedding model through one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def last(self) -> Reembedding | None:
        """Return the last change that was begun, ended or not."""
        row = self._connection.execute(
            select(reembeddings).order_by(reembeddings.c.key.desc()).limit(1)
        ).first()
        if row is None:
            return None
        return Reembedding(
            row.key,
            ModelNamed(row.before_name, row.before, row.before_tokens),
            ModelNamed(row.after_name, row.after, row.after_tokens),
            row.began_at,
            row.switched_at,
            row.dropped,
            row.ended_at,
        )

    def progress(self) -> Sequence[SpaceProgress]:
        """Count for every space its turns, and what is owed to the model beside."""
        counted = select(turns.c.space, func.count()).group_by(turns.c.space)
        held = {row[0]: row[1] for row in self._connection.execute(counted)}
        to_do: dict[int, dict[Step, int]] = defaultdict(dict)
        parked: dict[int, int] = defaultdict(int)
        is_parked = outbox.c.parked_at.is_not(None)
        for space, step, is_aside, count in self._connection.execute(
            select(outbox.c.space, outbox.c.step, is_parked, func.count())
            .where(_BESIDE)
            .group_by(outbox.c.space, outbox.c.step, is_parked)
        ):
            if is_aside:
                parked[space] += count
            else:
                to_do[space][Step(step)] = count
        named = self._connection.execute(
            select(spaces.c.key, spaces.c.name).order_by(spaces.c.name)
        )
        return [
            SpaceProgress(SpaceName(name), held.get(key, 0), to_do[key], parked[key])
            for key, name in named
        ]

    def begin(self, before: ModelNamed, after: ModelNamed, *, at: datetime) -> Reembedding:
        """Enter a change; the one before it must have ended."""
        key = self._connection.execute(
            insert(reembeddings)
            .values(
                before_name=before.name,
                before=before.fingerprint,
                before_tokens=before.tokens,
                after_name=after.name,
                after=after.fingerprint,
                after_tokens=after.tokens,
                began_at=at,
            )
            .returning(reembeddings.c.key)
        ).scalar_one()
        return Reembedding(key, before, after, at)

    def put(self, change: Reembedding) -> None:
        """Keep how far a change has come."""
        self._connection.execute(
            update(reembeddings)
            .where(reembeddings.c.key == change.key)
            .values(
                switched_at=change.switched_at, dropped=change.dropped, ended_at=change.ended_at
            )
        )

    def lacking(self, *, limit: int) -> Mapping[SpaceKey, Sequence[TurnKey]]:
        """Return turns, by space, that are owed a vector of the model beside.

        Raises `ReembeddingConflict` when there are more than `limit`.
        """
        found = self._connection.execute(
            select(outbox.c.space, outbox.c.turn)
            .where(outbox.c.step == Step.EMBED_BESIDE.value)
            .limit(limit + 1)
        ).all()
        if len(found) > limit:
            raise ReembeddingConflict(
                f"More than {limit} vectors lack: writes come faster than they are made; again, "
                "when less is written."
            )
        by_space: dict[SpaceKey, list[TurnKey]] = defaultdict(list)
        for space, turn in found:
            by_space[SpaceKey(space)].append(TurnKey(turn))
        return by_space

    def forgive(self) -> None:
        """Strike off whatever is owed to the model beside."""
        self._connection.execute(delete(outbox).where(_BESIDE))

    def drop_some(self, model: ModelNamed, *, after: TurnKey | None) -> TurnKey | None:
        """Delete some vectors of a model; return how far that came, None when none is left."""
        found = self._connection.execute(
            select(turns.c.space, turns.c.key)
            .where(turns.c.key > (after or 0))
            .order_by(turns.c.key)
            .limit(TURNS_AT_ONCE)
        ).all()
        by_space: dict[int, list[int]] = defaultdict(list)
        for space, turn in found:
            by_space[space].append(turn)
        for space, keys in by_space.items():
            self._drop(embeddings, space, keys, model.fingerprint)
            if model.tokens is not None:
                self._drop(token_vectors, space, keys, model.tokens)
        if found:
            return TurnKey(found[-1].key)
        for table in _OF_KNOWN:
            which = table.c.fingerprint == model.fingerprint
            self._connection.execute(delete(table).where(which))
        return None

    def turn_over(self, *, now: datetime) -> None:
        """Owe to the present model what was owed to the one beside, now that it is present.

        But for vectors of turns, which it has.
        """
        for present, beside in BESIDE.items():
            if present is Step.EMBED:
                continue
            left = select(outbox.c.space, outbox.c.turn).where(outbox.c.step == beside.value)
            owe(self._connection, present, left, now=now)
        self.forgive()

    def _drop(self, table: Table, space: int, keys: Sequence[int], fingerprint: str) -> None:
        for part in batched(keys):
            self._connection.execute(
                delete(table).where(
                    table.c.space == space,
                    table.c.turn.in_(part),
                    table.c.fingerprint == fingerprint,
                )
            )

"""Rows of `feedback`: what actors say of turns."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, insert, select, update

from memsvc.domain.feedback import Feedback, Judgement, Opinion
from memsvc.domain.ids import FeedbackId, Position, SpaceKey, TurnId, TurnKey
from memsvc.domain.memory import Page, Standing
from store.batches import batched
from store.cursors import number_from, page_of
from store.delta import Deltas
from store.filters import standing_conditions
from store.history import stands
from store.rows import AnyRow
from store.tables import feedback as rows
from store.tables import turns


class FeedbackRows:
    """Reads and changes feedback through one connection."""

    def __init__(self, connection: Connection, deltas: Deltas) -> None:
        self._connection = connection
        self._deltas = deltas

    def get(self, space: SpaceKey, feedback: FeedbackId, *, standing: Standing) -> Feedback | None:
        """Return the feedback of that id, if its turn stands."""
        query = _said(space, rows.c.id == feedback, *standing_conditions(space, standing))
        row = self._connection.execute(query).first()
        return None if row is None else _feedback(row)

    def page(
        self,
        space: SpaceKey,
        *,
        turn: TurnKey | None,
        after: str | None,
        limit: int,
        standing: Standing,
    ) -> Page[Feedback]:
        """List what is said in the order of saying; the cursor is a ledger position."""
        which: list[ColumnElement[bool]] = list(standing_conditions(space, standing))
        if turn is not None:
            which.append(rows.c.turn == turn)
        if after is not None:
            which.append(rows.c.position > number_from(after))
        query = _said(space, *which).order_by(rows.c.position).limit(limit + 1)
        found = [_feedback(row) for row in self._connection.execute(query)]
        return page_of(found, limit, lambda one: one.position)

    def of_turns(self, space: SpaceKey, turns: Sequence[TurnKey]) -> list[Feedback]:
        """Return what is said of these turns, in the order of saying, expired ones' too."""
        found = [
            _feedback(row)
            for part in batched(turns)
            for row in self._connection.execute(_said(space, rows.c.turn.in_(part)))
        ]
        return sorted(found, key=lambda said: said.position)

    def turns_of(
        self, space: SpaceKey, feedback: Sequence[FeedbackId]
    ) -> Mapping[FeedbackId, TurnKey]:
        """Return which turns these speak or spoke of; of an unknown id nothing."""
        query = select(rows.c.id, rows.c.turn).where(rows.c.space == space)
        return {
            FeedbackId(row.id): TurnKey(row.turn)
            for part in batched(feedback)
            for row in self._connection.execute(query.where(rows.c.id.in_(part)))
        }

    def by_actor(self, space: SpaceKey, turn: TurnKey, *, actor: str) -> Feedback | None:
        """Return what this actor says of the turn now."""
        query = _said(space, rows.c.turn == turn, rows.c.actor == actor)
        row = self._connection.execute(query).first()
        return None if row is None else _feedback(row)

    def add(self, space: SpaceKey, feedback: Feedback) -> None:
        """Keep what an actor says who says nothing else of this turn."""
        self._connection.execute(
            insert(rows).values(
                space=space,
                id=feedback.id,
                turn=feedback.key,
                judgement=feedback.judgement.value,
                question=feedback.question,
                actor=feedback.actor,
                at=feedback.at,
                position=feedback.position,
            )
        )
        self._tell(space, feedback.key)

    def retire(self, space: SpaceKey, feedback: Feedback, *, until: Position) -> None:
        """Have something said no more, from a ledger position on."""
        self._connection.execute(
            update(rows).where(rows.c.space == space, rows.c.id == feedback.id).values(until=until)
        )
        self._tell(space, feedback.key)

    def questions(self, space: SpaceKey) -> Mapping[FeedbackId, str]:
        """Return the questions that feedback keeps, also such as was taken back."""
        query = select(rows.c.id, rows.c.question).where(
            rows.c.space == space, rows.c.question.is_not(None)
        )
        return {FeedbackId(row.id): row.question for row in self._connection.execute(query)}

    def drop_questions(self, space: SpaceKey, which: Sequence[FeedbackId]) -> None:
        """Keep these questions no longer; what was said stays."""
        for part in batched(which):
            self._connection.execute(
                update(rows).where(rows.c.space == space, rows.c.id.in_(part)).values(question=None)
            )

    def _tell(self, space: SpaceKey, turn: TurnKey) -> None:
        """Have the indexes know what is said of a turn now."""
        found = opinions(self._connection, space, rows.c.turn == turn)
        self._deltas.of(space).opinions[turn] = found.get(turn)


def opinions(
    connection: Connection, space: SpaceKey, *which: ColumnElement[bool]
) -> dict[int, Opinion]:
    """Return how many actors say what of each turn that somebody says something of."""
    said: dict[int, Counter[str]] = {}
    query = select(rows.c.turn, rows.c.judgement).where(rows.c.space == space, stands(rows), *which)
    for turn, judgement in connection.execute(query):
        said.setdefault(turn, Counter())[judgement] += 1
    return {turn: Opinion(**counts) for turn, counts in said.items()}


def _said(space: SpaceKey, *which: ColumnElement[bool]) -> Select[Any]:
    return (
        select(rows, turns.c.id.label("turn_id"))
        .join(turns, turns.c.key == rows.c.turn)
        .where(rows.c.space == space, stands(rows), *which)
    )


def _feedback(row: AnyRow) -> Feedback:
    return Feedback(
        FeedbackId(row.id),
        TurnId(row.turn_id),
        TurnKey(row.turn),
        Judgement(row.judgement),
        row.question,
        row.actor,
        row.at,
        Position(row.position),
    )

"""Rows of `pinned_questions`: what a space is asked again, and what should answer."""

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, delete, insert, select

from memsvc.domain.ids import PinId, Position, SpaceKey, TurnId
from memsvc.domain.memory import Page
from memsvc.domain.pinned import NewPin, Pin
from store.batches import batched
from store.cursors import number_from, page_of
from store.rows import AnyRow
from store.tables import pinned_questions as rows


class PinRows:
    """Reads and changes pinned questions through one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, space: SpaceKey, pin: PinId) -> Pin | None:
        """Return the pinned question of that id."""
        query = select(rows).where(rows.c.space == space, rows.c.id == pin)
        row = self._connection.execute(query).first()
        return None if row is None else _pin(row)

    def page(self, space: SpaceKey, *, after: str | None, limit: int) -> Page[Pin]:
        """List them in the order of pinning; the cursor is a ledger position."""
        query = select(rows).where(rows.c.space == space)
        if after is not None:
            query = query.where(rows.c.position > number_from(after))
        query = query.order_by(rows.c.position).limit(limit + 1)
        found = [_pin(row) for row in self._connection.execute(query)]
        return page_of(found, limit, lambda one: one.position)

    def same(self, space: SpaceKey, asked: NewPin) -> Pin | None:
        """Return the one that asks the same of the same recipe, whatever it expects."""
        query = select(rows).where(
            rows.c.space == space,
            rows.c.question == asked.question,
            rows.c.recipe.is_not_distinct_from(asked.recipe),
        )
        row = self._connection.execute(query).first()
        return None if row is None else _pin(row)

    def questions(self, space: SpaceKey) -> Mapping[PinId, str]:
        """Return what is asked."""
        query = select(rows.c.id, rows.c.question).where(rows.c.space == space)
        return {PinId(row.id): row.question for row in self._connection.execute(query)}

    def add(self, space: SpaceKey, pin: Pin) -> None:
        """Keep a question."""
        self._connection.execute(
            insert(rows).values(
                space=space,
                id=pin.id,
                question=pin.asked.question,
                recipe=pin.asked.recipe,
                k=pin.asked.k,
                expected=list(pin.asked.expected),
                actor=pin.actor,
                at=pin.at,
                position=pin.position,
            )
        )

    def drop(self, space: SpaceKey, which: Sequence[PinId]) -> None:
        """Keep these no longer."""
        for part in batched(which):
            self._connection.execute(delete(rows).where(rows.c.space == space, rows.c.id.in_(part)))


def _pin(row: AnyRow) -> Pin:
    expected = tuple(map(TurnId, row.expected))
    asked = NewPin(row.question, row.recipe, row.k, expected)
    return Pin(PinId(row.id), asked, row.actor, row.at, Position(row.position))

"""Rows of `pinned_questions`: what a space is asked again, and what should answer."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, true

from memsvc.domain.ids import PinId, Position, SpaceKey, SpaceName, TurnId
from memsvc.domain.memory import Page, Source, Stretch
from memsvc.domain.pinned import NewPin, Pin
from memsvc.domain.recall import Filter
from store.batches import batched
from store.cursors import number_from, page_of
from store.rows import AnyRow
from store.tables import pinned_questions as rows
from store.tables import spaces


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

    def of_spaces(
        self, among: Sequence[SpaceKey] | None, *, limit: int
    ) -> tuple[list[tuple[SpaceName, Pin]], int]:
        """Return the first of these spaces, or of all, by space, and how many there are in all."""
        which = true() if among is None else rows.c.space.in_(among)
        count = self._connection.execute(select(func.count()).select_from(rows).where(which))
        query = (
            select(rows, spaces.c.name)
            .join(spaces, spaces.c.key == rows.c.space)
            .where(which)
            .order_by(spaces.c.name, rows.c.position)
            .limit(limit)
        )
        found = [(SpaceName(row.name), _pin(row)) for row in self._connection.execute(query)]
        return found, count.scalar_one()

    def same(self, space: SpaceKey, asked: NewPin) -> Pin | None:
        """Return the one that asks the same of the same recipe and turns, whatever it expects."""
        query = select(rows).where(rows.c.space == space, rows.c.question == asked.question)
        pins = map(_pin, self._connection.execute(query))
        return next((pin for pin in pins if pin.asked.asks_the_same(asked)), None)

    def all(self, space: SpaceKey) -> list[Pin]:
        """Return them all, in the order of pinning; people pin them by hand."""
        query = select(rows).where(rows.c.space == space).order_by(rows.c.position)
        return [_pin(row) for row in self._connection.execute(query)]

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
                filters=_filters(pin.asked.where),
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
    asked = NewPin(row.question, row.recipe, row.k, expected, _where(row.filters or {}))
    return Pin(PinId(row.id), asked, row.actor, row.at, Position(row.position))


def _filters(where: Filter) -> dict[str, Any] | None:
    """Return filters as their column has them: what is set alone, and times written out."""
    unsaid = asdict(Filter())
    said = {name: value for name, value in asdict(where).items() if value != unsaid[name]}
    times: dict[str, Any] = {
        name: said[name].isoformat() for name in ("since", "until") if name in said
    }
    return {**said, **times} or None


def _where(kept: Mapping[str, Any]) -> Filter:
    """Read filters from their column."""
    lists = {name: tuple(value) for name, value in kept.items() if isinstance(value, list)}
    sources = {"sources": tuple(map(Source, kept["sources"]))} if "sources" in kept else {}
    times = {
        name: datetime.fromisoformat(kept[name]) for name in ("since", "until") if name in kept
    }
    stretch = {"stretch": Stretch(**kept["stretch"])} if "stretch" in kept else {}
    return Filter(**{**kept, **lists, **sources, **times, **stretch})

"""Rows of `fact_rulings`: what somebody said about a fact, until it was taken back."""

from collections.abc import Mapping, Sequence

from sqlalchemy import ColumnElement, Connection, exists, insert, select, update

from memsvc.domain.ids import FactId, FactKey, Position, RulingId, RunId, SpaceKey
from memsvc.domain.validity import Ruling, Verdict
from store.batches import batched
from store.history import stands
from store.tables import fact_rulings as rows
from store.tables import facts

_OTHERS = facts.alias("others")


class RulingRows:
    """Reads and changes rulings through one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def of_facts(self, space: SpaceKey, facts: Sequence[FactKey]) -> list[Ruling]:
        """Return the rulings about any of these facts, in the order in which they were made."""
        found = [
            ruling
            for part in batched(facts)
            for ruling in self._rulings(space, rows.c.fact.in_(part))
        ]
        return sorted(found, key=lambda ruling: ruling.position)

    def of_ids(self, space: SpaceKey, ids: Sequence[RulingId]) -> Mapping[RulingId, Ruling]:
        """Return those of these rulings that stand."""
        return {
            ruling.id: ruling
            for part in batched(ids)
            for ruling in self._rulings(space, rows.c.id.in_(part))
        }

    def made_in(self, space: SpaceKey, run: RunId) -> list[Ruling]:
        """Return the rulings that a run of enrichment made, in their order."""
        return self._rulings(space, rows.c.maker == run)

    def page(self, space: SpaceKey, *, after: Position, limit: int) -> list[Ruling]:
        """Return rulings made after a ledger position, in their order."""
        return self._rulings(space, rows.c.position > after, limit=limit)

    def add(
        self, space: SpaceKey, ruling: Ruling, *, fact: FactKey, by: FactKey | None = None
    ) -> None:
        """Keep a ruling about a fact, by the keys of what it names."""
        self._connection.execute(
            insert(rows).values(
                space=space,
                id=ruling.id,
                position=ruling.position,
                fact=fact,
                verdict=ruling.verdict.value,
                by=by,
                at=ruling.at,
                reason=ruling.reason,
                maker=ruling.maker,
            )
        )

    def was_there(self, space: SpaceKey, ruling: RulingId) -> bool:
        """Tell whether there is a ruling of that id, or was one that somebody took back."""
        query = select(exists().where(rows.c.space == space, rows.c.id == ruling))
        return bool(self._connection.execute(query).scalar())

    def retire(self, space: SpaceKey, rulings: Sequence[RulingId], *, until: Position) -> None:
        """Take rulings back, at a position of the ledger."""
        for part in batched(rulings):
            self._connection.execute(
                update(rows)
                .where(rows.c.space == space, rows.c.id.in_(part), stands(rows))
                .values(until=until)
            )

    def _rulings(
        self, space: SpaceKey, *which: ColumnElement[bool], limit: int | None = None
    ) -> list[Ruling]:
        found = self._connection.execute(
            select(rows, facts.c.id.label("of"), _OTHERS.c.id.label("other"))
            .join(facts, facts.c.key == rows.c.fact)
            .outerjoin(_OTHERS, _OTHERS.c.key == rows.c.by)
            .where(rows.c.space == space, stands(rows), *which)
            .order_by(rows.c.position, rows.c.id)
            .limit(limit)
        )
        return [
            Ruling(
                id=RulingId(row.id),
                fact=FactId(row.of),
                verdict=Verdict(row.verdict),
                by=None if row.other is None else FactId(row.other),
                at=row.at,
                reason=row.reason,
                maker=row.maker,
                position=Position(row.position),
            )
            for row in found
        ]

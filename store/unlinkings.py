"""Rows of `unlinkings`: what people say that turns do not name."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, insert, select, update

from memsvc.domain.ids import Position, SpaceKey, TurnId, TurnKey, UnlinkingId
from memsvc.domain.knowledge import Unlinking
from memsvc.domain.memory import Page, Standing
from store.batches import batched
from store.cursors import number_from, page_of
from store.delta import Deltas
from store.filters import standing_conditions
from store.history import stands
from store.linked import is_linked
from store.named import let_go, mentioned_by, these_turns
from store.rows import AnyRow
from store.tables import mentions, turns
from store.tables import unlinkings as rows


class UnlinkingRows:
    """Reads and changes unlinkings through one connection."""

    def __init__(self, connection: Connection, deltas: Deltas) -> None:
        self._connection = connection
        self._deltas = deltas

    def get(
        self, space: SpaceKey, unlinking: UnlinkingId, *, standing: Standing
    ) -> Unlinking | None:
        """Return the unlinking of that id, if its turn stands."""
        which = (rows.c.id == unlinking, *standing_conditions(space, standing))
        row = self._connection.execute(_unlinked(space, *which)).first()
        return None if row is None else _unlinking(row)

    def page(
        self,
        space: SpaceKey,
        *,
        turn: TurnKey | None,
        after: str | None,
        limit: int,
        standing: Standing,
    ) -> Page[Unlinking]:
        """List unlinkings in the order in which they were made; the cursor is a position."""
        which: list[ColumnElement[bool]] = list(standing_conditions(space, standing))
        if turn is not None:
            which.append(rows.c.turn == turn)
        if after is not None:
            which.append(rows.c.position > number_from(after))
        query = _unlinked(space, *which).order_by(rows.c.position).limit(limit + 1)
        found = [_unlinking(row) for row in self._connection.execute(query)]
        return page_of(found, limit, lambda one: one.position)

    def found_in(
        self, space: SpaceKey, turns: Sequence[TurnKey], names: Sequence[str]
    ) -> Mapping[TurnKey, Sequence[str]]:
        """Return which of these names the texts and titles of turns name, ascending."""
        found: dict[TurnKey, list[str]] = defaultdict(list)
        for part in batched(turns):
            query = (
                select(mentions.c.turn, mentions.c.name)
                .where(
                    mentions.c.space == space,
                    mentions.c.turn.in_(part),
                    mentions.c.name.in_(names),
                    is_linked(),
                )
                .distinct()
                .order_by(mentions.c.turn, mentions.c.name)
            )
            for row in self._connection.execute(query):
                found[TurnKey(row.turn)].append(row.name)
        return found

    def add(self, space: SpaceKey, unlinkings: Sequence[Unlinking]) -> None:
        """Keep unlinkings of what turns name; a name that none has then is let go of."""
        self._connection.execute(
            insert(rows),
            [
                {
                    "space": space,
                    "turn": one.key,
                    "name": one.name,
                    "position": one.position,
                    "id": one.id,
                }
                for one in unlinkings
            ],
        )
        self._rename(space, sorted({one.key for one in unlinkings}))
        let_go(self._connection, self._deltas, space, {one.name for one in unlinkings})

    def retire(self, space: SpaceKey, unlinking: Unlinking, *, until: Position) -> None:
        """Take an unlinking back, at a position of the ledger."""
        self._connection.execute(
            update(rows)
            .where(rows.c.space == space, rows.c.id == unlinking.id, stands(rows))
            .values(until=until)
        )
        self._rename(space, [unlinking.key])

    def _rename(self, space: SpaceKey, changed: Sequence[TurnKey]) -> None:
        """Have the indexes know what turns name now."""
        mentioned = self._deltas.of(space).mentions
        for part in batched(changed):
            mentioned.update(mentioned_by(self._connection, space, these_turns(space, part)))


def _unlinked(space: SpaceKey, *which: ColumnElement[bool]) -> Select[Any]:
    return (
        select(rows, turns.c.id.label("turn_id"))
        .join(turns, turns.c.key == rows.c.turn)
        .where(rows.c.space == space, stands(rows), *which)
    )


def _unlinking(row: AnyRow) -> Unlinking:
    return Unlinking(
        UnlinkingId(row.id),
        TurnId(row.turn_id),
        TurnKey(row.turn),
        row.name,
        Position(row.position),
    )

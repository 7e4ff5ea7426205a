"""Rows of `ledger`: entries appended onto each space's chain."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, bindparam, insert, select, update

from memsvc.domain.ids import Position, SpaceKey
from memsvc.domain.ledger import MOST_LOOKED_THROUGH, Change, Entry, Sought, chain
from memsvc.domain.memory import Page
from memsvc.ports.records import EntryDraft
from store.cursors import page_of
from store.delta import Deltas
from store.rows import entry_from
from store.tables import ledger, spaces

# Statements of the write path are built once: building them costs more than running them.
_HEAD = select(spaces.c.position, spaces.c.head).where(spaces.c.key == bindparam("of"))
_POSITION = select(spaces.c.position).where(spaces.c.key == bindparam("of"))
_APPEND = insert(ledger)
_MOVE_HEAD = (
    update(spaces)
    .where(spaces.c.key == bindparam("of"))
    .values(position=bindparam("position"), head=bindparam("head"))
)


class LedgerRows:
    """Reads and appends to ledgers through one connection.

    `heads` are the last positions and hashes of ledgers, as far as rows of this unit's spaces have
    shown them; nobody else moves them while the unit lasts.
    """

    def __init__(
        self, connection: Connection, deltas: Deltas, heads: dict[SpaceKey, tuple[int, bytes]]
    ) -> None:
        self._connection = connection
        self._deltas = deltas
        self._heads = heads

    def page(self, space: SpaceKey, *, after: Position, limit: int) -> list[Entry]:
        """Return entries after a position, in order."""
        rows = self._connection.execute(
            select(ledger)
            .where(ledger.c.space == space, ledger.c.position > after)
            .order_by(ledger.c.position)
            .limit(limit)
        )
        return [entry_from(row) for row in rows]

    def find(
        self,
        space: SpaceKey,
        sought: Sought,
        *,
        limit: int,
        looked_through: int = MOST_LOOKED_THROUGH,
    ) -> Page[Entry]:
        """Return the entries that are sought, in order or the newest first.

        Where they are not in order (`Sought.is_in_order`), those among so many positions, which may
        be fewer than there are. The cursor is a position to go on after, or before.
        """
        first = 1 + (sought.after or 0)
        last: int = self._connection.execute(_POSITION, {"of": space}).scalar_one()
        if sought.before is not None:
            last = min(last, sought.before - 1)
        low, high = first, last
        if not sought.is_in_order and sought.newest_first:
            low = max(first, last - looked_through + 1)
        elif not sought.is_in_order:
            high = min(last, first + looked_through - 1)
        query = (
            select(ledger)
            .where(ledger.c.space == space, ledger.c.position.between(low, high))
            .where(*_that(sought))
            .order_by(ledger.c.position.desc() if sought.newest_first else ledger.c.position)
            .limit(limit + 1)
        )
        found = page_of(
            [entry_from(row) for row in self._connection.execute(query)],
            limit,
            lambda one: one.position,
        )
        if found.next_cursor is None and low > first:
            return replace(found, next_cursor=str(low))
        if found.next_cursor is None and high < last:
            return replace(found, next_cursor=str(high))
        return found

    def changes(
        self, space: SpaceKey, kinds: Sequence[Change], *, after: Position, limit: int
    ) -> list[Entry]:
        """Return entries of these kinds after a position, in order."""
        rows = self._connection.execute(
            select(ledger)
            .where(
                ledger.c.space == space,
                ledger.c.position > after,
                # Empty text added keeps SQLite to the order of positions: by its index of kinds it
                # would read all that is left and sort it, page after page.
                ledger.c.change.concat("").in_([kind.value for kind in kinds]),
            )
            .order_by(ledger.c.position)
            .limit(limit)
        )
        return [entry_from(row) for row in rows]

    def last_by(self, space: SpaceKey, moment: datetime) -> Entry | None:
        """Return the last entry that was made at a moment or before; None if none was."""
        row = self._connection.execute(
            select(ledger)
            .where(ledger.c.space == space, ledger.c.at <= moment)
            .order_by(ledger.c.position.desc())
            .limit(1)
        ).first()
        return None if row is None else entry_from(row)

    def next_position(self, space: SpaceKey) -> Position:
        """Return the position that the next entry of this unit will get."""
        return Position(self._head(space)[0] + 1)

    def append(
        self, space: SpaceKey, drafts: Sequence[EntryDraft], *, actor: str, at: datetime
    ) -> Position:
        """Chain the entries onto the ledger and return the position of the last one."""
        position, head = self._head(space)
        delta = self._deltas.of(space)
        if delta.before < 0:
            delta.before = position
        rows = []
        for draft in drafts:
            position += 1
            head = chain(
                head,
                position=position,
                change=draft.change.value,
                subject=draft.subject,
                digest=draft.digest,
                actor=actor,
                at=at,
            )
            rows.append(
                {
                    "space": space,
                    "position": position,
                    "change": draft.change.value,
                    "subject": draft.subject,
                    "digest": draft.digest,
                    "actor": actor,
                    "at": at,
                    "hash": head,
                }
            )
        self._connection.execute(_APPEND, rows)
        self._connection.execute(_MOVE_HEAD, {"of": space, "position": position, "head": head})
        self._heads[space] = (position, head)
        delta.after, delta.at = position, at
        return Position(position)

    def _head(self, space: SpaceKey) -> tuple[int, bytes]:
        """Return the last position and hash; read once a unit, as only this object moves them."""
        if space not in self._heads:
            row = self._connection.execute(_HEAD, {"of": space}).one()
            self._heads[space] = (row.position, row.head)
        return self._heads[space]


def _that(sought: Sought) -> list[ColumnElement[bool]]:
    """Return what must hold of an entry that is sought, but for its position."""
    columns = ledger.c
    found: list[ColumnElement[bool]] = []
    if sought.actors:
        found.append(columns.actor.in_(sought.actors))
    if sought.changes:
        found.append(columns.change.in_([kind.value for kind in sought.changes]))
    if sought.since is not None:
        found.append(columns.at >= sought.since)
    if sought.until is not None:
        found.append(columns.at < sought.until)
    return found

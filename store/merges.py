"""Rows of `merges`: which names people say are one."""

from collections.abc import Collection, Sequence

from sqlalchemy import ColumnElement, Connection, delete, insert, select, update

from memsvc.domain.ids import MergeId, Position, SpaceKey
from memsvc.domain.knowledge import Merge
from store.batches import batched
from store.delta import Deltas
from store.history import stands
from store.tables import merges as rows


class MergeRows:
    """Reads and changes merges through one connection."""

    def __init__(self, connection: Connection, deltas: Deltas) -> None:
        self._connection = connection
        self._deltas = deltas

    def get(self, space: SpaceKey, merge: MergeId) -> Merge | None:
        """Return the merge of that id."""
        found = self._merges(space, rows.c.id == merge)
        return found[0] if found else None

    def all(self, space: SpaceKey) -> list[Merge]:
        """Return every merge in the order in which they were made; people make them by hand."""
        return self._merges(space)

    def add(self, space: SpaceKey, merge: Merge) -> None:
        """Keep a merge of a name that is in no other yet, and that closes no circle."""
        self._connection.execute(
            insert(rows).values(
                space=space,
                id=merge.id,
                name=merge.name,
                into=merge.into,
                position=merge.position,
                spelled=merge.spelled,
            )
        )
        self._deltas.of(space).merges[merge.name] = merge.into

    def retire(self, space: SpaceKey, merges: Sequence[MergeId], *, until: Position) -> None:
        """Take merges back, at a position of the ledger."""
        these = (rows.c.space == space) & rows.c.id.in_(merges) & stands(rows)
        names = self._connection.execute(select(rows.c.name).where(these)).scalars().all()
        self._connection.execute(update(rows).where(these).values(until=until))
        self._deltas.of(space).merges.update(dict.fromkeys(names))

    def replaced_by(self, space: SpaceKey, merge: MergeId) -> list[Merge]:
        """Return the merges that ended where this one was made, in the order of their making."""
        made = select(rows.c.position).where(rows.c.space == space, rows.c.id == merge)
        return self._read(space, rows.c.until.in_(made))

    def given(self, space: SpaceKey) -> set[str]:
        """Return every name that was ever given, as it was, also those taken back."""
        found = select(rows.c.spelled).where(rows.c.space == space, rows.c.spelled.is_not(None))
        return set(self._connection.execute(found.distinct()).scalars())

    def purge(self, space: SpaceKey, spelled: Collection[str]) -> list[MergeId]:
        """Drop the renames to names given so, and all trace of them; return those that stood."""
        stood: dict[MergeId, str] = {}
        for part in batched(sorted(spelled)):
            these = (rows.c.space == space) & rows.c.spelled.in_(part)
            held = self._connection.execute(select(rows).where(these, stands(rows)))
            stood.update((MergeId(row.id), row.name) for row in held)
            self._connection.execute(delete(rows).where(these))
        self._deltas.of(space).merges.update(dict.fromkeys(stood.values()))
        return list(stood)

    def _merges(self, space: SpaceKey, *which: ColumnElement[bool]) -> list[Merge]:
        return self._read(space, stands(rows), *which)

    def _read(self, space: SpaceKey, *which: ColumnElement[bool]) -> list[Merge]:
        found = self._connection.execute(
            select(rows).where(rows.c.space == space, *which).order_by(rows.c.position)
        )
        return [
            Merge(MergeId(row.id), row.name, row.into, Position(row.position), row.spelled)
            for row in found
        ]

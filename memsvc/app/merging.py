"""Merging: somebody's word that two entities are one, kept until it is taken back.

A merge is a pointer from a name to a name, and looked through by whoever reads. So it costs one
row, and taken back, everything is as it was. The ledger names it by its id, never by the names.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from memsvc.app.fingerprints import deletion, merge_digest
from memsvc.app.look_up import the_space
from memsvc.domain.access import Access, Role
from memsvc.domain.errors import EntityNotFound, MergeConflict, MergeNotFound
from memsvc.domain.ids import MergeId, Position, SpaceName
from memsvc.domain.knowledge import Merge
from memsvc.domain.ledger import Change
from memsvc.domain.memory import Page, Space, Standing
from memsvc.ingest.extract.mention import normal
from memsvc.ports.keeping import Keeping, Reading, Unit
from memsvc.ports.records import EntryDraft
from memsvc.ports.world import Clock, Ids


@dataclass(frozen=True, slots=True)
class Merging:
    """The use cases, with what they need. Each raises `SpaceNotFound`."""

    keeping: Keeping
    clock: Clock
    ids: Ids

    def merge(self, access: Access, space: SpaceName, name: str, into: str) -> Merge:
        """Say that one entity is another; both by any spelling.

        Raises `EntityNotFound` for one that no turn that stands names, and `MergeConflict` when
        they are one already, or the first is merged.
        """

        def work(unit: Unit) -> Merge:
            held = the_space(unit, access, space, Role.WRITER)
            one, other = normal(name), normal(into)
            standing = held.settings.standing(self.clock.latest())
            named = unit.entities.named(held.key, [one, other], standing=standing)
            for normalised, given in ((one, name), (other, into)):
                if normalised not in named:
                    raise EntityNotFound(given)
            _refuse_conflict(unit.merges.all(held.key), name, one, other)
            position = unit.ledger.next_position(held.key)
            merge = Merge(MergeId(self.ids.new("m")), one, other, position)
            make_merge(unit, held, merge, actor=access.id, at=self.clock.now())
            return merge

        return self.keeping.write(work)

    def merges(
        self, access: Access, space: SpaceName, *, after: Position, limit: int
    ) -> Page[Merge]:
        """List the merges of a space in the order in which they were made.

        One of whose names only turns are left that have expired is passed over. The cursor is a
        ledger position.
        """
        with self.keeping.read() as reading:
            held = the_space(reading, access, space, Role.READER)
            every = [one for one in reading.merges.all(held.key) if one.position > after]
            standing = held.settings.standing(self.clock.latest())
            found = borne(reading, held, every, standing=standing)
        is_more = len(found) > limit
        return Page(tuple(found[:limit]), str(found[limit - 1].position) if is_more else None)

    def undo(self, access: Access, space: SpaceName, merge: MergeId) -> None:
        """Take a merge back; everything is as it was before it. Raises `MergeNotFound`."""

        def work(unit: Unit) -> None:
            held = the_space(unit, access, space, Role.WRITER)
            if unit.merges.get(held.key, merge) is None:
                raise MergeNotFound(merge)
            undo_merge(unit, held, merge, actor=access.id, at=self.clock.now())

        self.keeping.write(work)


def borne(
    reading: Reading, space: Space, merges: Sequence[Merge], *, standing: Standing
) -> list[Merge]:
    """Return those of these merges both of whose names turns bear that have not expired."""
    names = sorted({name for one in merges for name in (one.name, one.into)})
    named = reading.entities.named(space.key, names, standing=standing)
    return [one for one in merges if {one.name, one.into} <= named]


def make_merge(unit: Unit, space: Space, merge: Merge, *, actor: str, at: datetime) -> None:
    """Keep a merge of a name that is in no other, at the next position, and enter it."""
    entry = EntryDraft(Change.ENTITIES_MERGED, merge.id, merge_digest(merge, secret=space.secret))
    unit.merges.add(space.key, merge)
    unit.ledger.append(space.key, [entry], actor=actor, at=at)


def undo_merge(unit: Unit, space: Space, merge: MergeId, *, actor: str, at: datetime) -> None:
    """Take back a merge that is there, and enter that."""
    entry = deletion(Change.ENTITIES_UNMERGED, merge, secret=space.secret)
    until = unit.ledger.append(space.key, [entry], actor=actor, at=at)
    unit.merges.retire(space.key, [merge], until=until)


def _refuse_conflict(merges: list[Merge], given: str, name: str, into: str) -> None:
    """Refuse a merge that says nothing, or what cannot be. Raises `MergeConflict`."""
    by_name = {merge.name: merge for merge in merges}
    if name == into:
        raise MergeConflict(
            f"{given!r} and what it is to be merged into are the same entity already.", entity=given
        )
    if name in by_name:
        raise MergeConflict(
            f"{given!r} is merged already; take that merge back first, or merge what it means.",
            entity=given,
            merge=by_name[name].id,
        )
    last, met = into, None
    while last in by_name:
        met = by_name[last]
        last = met.into
    if last == name:
        raise MergeConflict(
            f"{given!r} is what the other is merged into, so they are one entity already; to turn "
            "that round, take the merge back first.",
            entity=given,
            merge=None if met is None else met.id,
        )

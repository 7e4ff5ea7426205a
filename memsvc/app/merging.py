"""Merging: somebody's word that two entities are one, or called otherwise, until it is taken back.

A merge is a pointer from a name to a name, and looked through by whoever reads. So it costs one
row, and taken back, everything is as it was. A rename is one into a name that no turn need write.
The ledger names them by their ids, never by the names.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from memsvc.app.called import Called, Pointer, called
from memsvc.app.fingerprints import deletion, merge_digest
from memsvc.app.look_up import the_space
from memsvc.domain.access import Access, Role
from memsvc.domain.errors import InvalidField, MergeConflict, MergeNotFound
from memsvc.domain.ids import MergeId, Position, SpaceName
from memsvc.domain.knowledge import Merge, Renamed
from memsvc.domain.ledger import Change
from memsvc.domain.memory import Page, Space, Standing
from memsvc.ingest.extract.mention import normal
from memsvc.ingest.extract.named import MOST_BYTES, can_be_name
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

        A name that was given to the first, and that no turn writes, gives way. Raises
        `EntityNotFound` for one that no turn that stands names, and `MergeConflict` when they are
        one already, or the first is merged.
        """

        def work(unit: Unit) -> Merge:
            held = the_space(unit, access, space, Role.WRITER)
            names = self._called(unit, held, normal(name), normal(into))
            wanted = Pointer(names.the_written(name), names.the_written(into))
            given_way = [one for one in names.unwritten if one.name == wanted.name]
            left = [one for one in names.merges if one not in given_way]
            _refuse_conflict(left, name, wanted)
            return self._made(unit, held, wanted, instead_of=given_way, actor=access.id)

        return self.keeping.write(work)

    def rename(self, access: Access, space: SpaceName, name: str, to: str) -> Renamed:
        """Call an entity otherwise, whether turns write that name or not; both by any spelling.

        A name that was given before gives way. Raises `EntityNotFound`; `InvalidField` when the new
        name has neither a letter nor a digit, or is too long; `MergeConflict` when the entity is
        called so already, or another is.
        """
        if not normal(to):
            raise InvalidField("A name has letters or digits; give one that does.", field="to")
        if not can_be_name(normal(to)):
            raise InvalidField(
                f"A name takes up to {MOST_BYTES:,} bytes; give a shorter one.",
                field="to",
                limit=MOST_BYTES,
            )

        def work(unit: Unit) -> Renamed:
            held = the_space(unit, access, space, Role.WRITER)
            names = self._called(unit, held, normal(name), normal(to))
            names.the_written(name)
            wanted, given_way = names.renaming(name, to)
            if wanted.name == wanted.into:
                for one in given_way:
                    undo_merge(unit, held, one.id, actor=access.id, at=self.clock.now())
                return Renamed(wanted.into, None)
            made = self._made(unit, held, wanted, instead_of=given_way, actor=access.id)
            return Renamed(made.into, made)

        return self.keeping.write(work)

    def merges(
        self, access: Access, space: SpaceName, *, after: Position, limit: int
    ) -> Page[Merge]:
        """List the merges of a space in the order in which they were made.

        One that hangs on a name which only turns are left to write that have expired is passed
        over. The cursor is a ledger position.
        """
        with self.keeping.read() as reading:
            held = the_space(reading, access, space, Role.READER)
            every = [one for one in reading.merges.all(held.key) if one.position > after]
            standing = held.settings.standing(self.clock.latest())
            found = borne(reading, held, every, standing=standing)
        is_more = len(found) > limit
        return Page(tuple(found[:limit]), str(found[limit - 1].position) if is_more else None)

    def undo(self, access: Access, space: SpaceName, merge: MergeId) -> None:
        """Take a merge back; everything is as it was before it. Raises `MergeNotFound`.

        What had given way to it stands again, as far as nothing else has come in its way.
        """

        def work(unit: Unit) -> None:
            held = the_space(unit, access, space, Role.WRITER)
            if unit.merges.get(held.key, merge) is None:
                raise MergeNotFound(merge)
            now = self.clock.now()
            undo_merge(unit, held, merge, actor=access.id, at=now)
            for one in unit.merges.replaced_by(held.key, merge):
                if self._called(unit, held, *one.hangs_on).has_room_for(one):
                    again = replace(one, position=unit.ledger.next_position(held.key))
                    make_merge(unit, held, again, actor=access.id, at=now)

        self.keeping.write(work)

    def _called(self, unit: Unit, space: Space, *names: str) -> Called:
        merges = unit.merges.all(space.key)
        standing = space.settings.standing(self.clock.latest())
        return called(unit, space, merges, *names, standing=standing)

    def _made(
        self,
        unit: Unit,
        space: Space,
        wanted: Pointer,
        *,
        instead_of: Sequence[Merge],
        actor: str,
    ) -> Merge:
        id_, position = MergeId(self.ids.new("m")), unit.ledger.next_position(space.key)
        made = Merge(id_, wanted.name, wanted.into, position, wanted.spelled)
        make_merge(unit, space, made, instead_of=instead_of, actor=actor, at=self.clock.now())
        return made


def borne(
    reading: Reading, space: Space, merges: Sequence[Merge], *, standing: Standing
) -> list[Merge]:
    """Return those of these merges that hang on names which turns write that have not expired."""
    named = called(reading, space, merges, standing=standing).named
    return [one for one in merges if all(name in named for name in one.hangs_on)]


def make_merge(
    unit: Unit,
    space: Space,
    merge: Merge,
    *,
    instead_of: Sequence[Merge] = (),
    actor: str,
    at: datetime,
) -> None:
    """Keep a merge of a name that is in no other, at the next position, and enter it.

    Those whose place it takes end where it begins, by which `MergeReader.replaced_by` knows them.
    """
    replaced = [one.id for one in instead_of]
    entries = [
        EntryDraft(Change.ENTITIES_MERGED, merge.id, merge_digest(merge, secret=space.secret)),
        *(deletion(Change.ENTITIES_UNMERGED, one, secret=space.secret) for one in replaced),
    ]
    if replaced:
        unit.merges.retire(space.key, replaced, until=merge.position)
    unit.merges.add(space.key, merge)
    unit.ledger.append(space.key, entries, actor=actor, at=at)


def unname(unit: Unit, space: Space, given: Collection[str], *, actor: str, at: datetime) -> None:
    """Drop the renames to names that were given so, as if they never were, and enter that."""
    stood = unit.merges.purge(space.key, given) if given else []
    if stood:
        entries = [deletion(Change.ENTITIES_UNMERGED, one, secret=space.secret) for one in stood]
        unit.ledger.append(space.key, entries, actor=actor, at=at)


def undo_merge(unit: Unit, space: Space, merge: MergeId, *, actor: str, at: datetime) -> None:
    """Take back a merge that is there, and enter that."""
    entry = deletion(Change.ENTITIES_UNMERGED, merge, secret=space.secret)
    until = unit.ledger.append(space.key, [entry], actor=actor, at=at)
    unit.merges.retire(space.key, [merge], until=until)


def _refuse_conflict(merges: list[Merge], given: str, wanted: Pointer) -> None:
    """Refuse a merge that says nothing, or what cannot be. Raises `MergeConflict`."""
    by_name = {merge.name: merge for merge in merges}
    name, into = wanted.name, wanted.into
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

"""Found: make a space outright. A first write makes one too."""

from dataclasses import dataclass, replace

from memsvc.app.inspect import SpaceSummary
from memsvc.domain.access import Access, Role
from memsvc.domain.ids import SpaceName
from memsvc.domain.ledger import Change, digest_of
from memsvc.domain.memory import Space
from memsvc.ports.keeping import Keeping, Unit
from memsvc.ports.records import EntryDraft
from memsvc.ports.world import Clock, Ids


def make_space(unit: Unit, name: SpaceName, access: Access, *, clock: Clock, ids: Ids) -> Space:
    """Make a space whose name is free and enter it in its own ledger."""
    now = clock.now()
    space = unit.spaces.make(name, secret=ids.secret(), at=now)
    digest = digest_of({"name": space.name}, secret=space.secret)
    entry = EntryDraft(Change.SPACE_MADE, space.name, digest)
    position = unit.ledger.append(space.key, [entry], actor=access.id, at=now)
    return replace(space, position=position)


@dataclass(frozen=True, slots=True)
class Found:
    """The use case, with what it needs."""

    keeping: Keeping
    clock: Clock
    ids: Ids

    def __call__(self, access: Access, name: SpaceName) -> tuple[SpaceSummary, bool]:
        """Return the space, made if it was not there, and whether it was made now."""
        access.require(Role.WRITER, space=name)

        def work(unit: Unit) -> tuple[SpaceSummary, bool]:
            held = unit.spaces.find(name)
            space = held or make_space(unit, name, access, clock=self.clock, ids=self.ids)
            return SpaceSummary(space, unit.spaces.counts(space.key)), held is None

        return self.keeping.write(work)

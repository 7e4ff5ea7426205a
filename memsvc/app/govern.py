"""Govern: set how a space is kept. Today that is for how long."""

from dataclasses import dataclass, replace

from memsvc.app.fingerprints import settings_digest
from memsvc.app.inspect import SpaceSummary
from memsvc.app.look_up import the_space
from memsvc.domain.access import Access, Role
from memsvc.domain.errors import VersionMismatch
from memsvc.domain.ids import SpaceName
from memsvc.domain.ledger import Change
from memsvc.domain.memory import SpaceSettings
from memsvc.ports.keeping import Keeping, Unit
from memsvc.ports.records import EntryDraft
from memsvc.ports.world import Clock


@dataclass(frozen=True, slots=True)
class Govern:
    """The use case, with what it needs."""

    keeping: Keeping
    clock: Clock

    def __call__(
        self, access: Access, space: SpaceName, settings: SpaceSettings, *, version: int
    ) -> SpaceSummary:
        """Put these settings in the place of the space's; they hold from now on for every turn.

        Needs an admin: a writer deletes what it names, while a setting deletes what nobody looks
        at. Raises `VersionMismatch` when `version` is no longer the current one.
        """

        def work(unit: Unit) -> SpaceSummary:
            held = the_space(unit, access, space, Role.ADMIN)
            if held.version != version:
                raise VersionMismatch(current=held.version)
            digest = settings_digest(settings, secret=held.secret)
            position = unit.ledger.append(
                held.key,
                [EntryDraft(Change.SPACE_REVISED, held.name, digest)],
                actor=access.id,
                at=self.clock.now(),
            )
            unit.spaces.revise(held.key, settings, version=position)
            revised = replace(held, settings=settings, version=position, position=position)
            return SpaceSummary(revised, unit.spaces.counts(held.key))

        return self.keeping.write(work)

"""Expire: delete for good what has expired.

From the moment it expires a turn is as good as deleted, because everything that reads asks which
turns stand. This takes away its rows, terms and vectors, soon after and some at a time, so that
the writer is never held up for long.
"""

from dataclasses import dataclass

import structlog

from memsvc.app.episodes import Episodes
from memsvc.app.forget import delete_turns
from memsvc.app.quarantine import drop_held
from memsvc.domain.ids import SpaceName
from memsvc.ports.keeping import Keeping, Unit
from memsvc.ports.world import Clock

log = structlog.get_logger(__name__)

BATCH = 200
"""Turns deleted in one unit, and as much of what is held."""

EXPIRY = "expiry"
"""The actor that the ledger names for turns that expired."""


@dataclass(frozen=True, slots=True)
class Expire:
    """The use case, with what it needs."""

    keeping: Keeping
    episodes: Episodes
    clock: Clock

    def __call__(self) -> int:
        """Delete every turn of every space that has expired; return how many."""
        with self.keeping.read() as reading:
            spaces = [space.name for space in reading.spaces.that_expire(self.clock.latest())]
        turns = sum(self._all_of(space) for space in spaces)
        if turns:
            log.info("turns.expired", turns=turns)
        return turns

    def _all_of(self, space: SpaceName) -> int:
        turns = 0
        while True:
            deleted, dropped = self._some_of(space)
            turns += deleted
            if max(deleted, dropped) < BATCH:
                return turns

    def _some_of(self, space: SpaceName) -> tuple[int, int]:
        """Delete some turns and some of what is held; return how many of each."""

        def work(unit: Unit) -> tuple[int, int]:
            held = unit.spaces.find(space)
            if held is None:  # deleted meanwhile
                return 0, 0
            standing = held.settings.standing(self.clock.latest())
            turns = unit.turns.expired(held.key, standing, limit=BATCH)
            now = self.clock.now()
            if turns:
                delete_turns(unit, held, turns, self.episodes, actor=EXPIRY, at=now)
            waiting = unit.quarantine.expired(held.key, standing, limit=BATCH)
            drop_held(unit, held, waiting, actor=EXPIRY, at=now)
            return len(turns), len(waiting)

        return self.keeping.write(work)

"""Settle: cut the streams whose open ends have grown longer than any event may be.

A write closes the events that it settles, so that there is nothing to do here as a rule. There is
after a migration from a memsvc without events, after one write of more than is cut in one unit, and
after other settings.
"""

from dataclasses import dataclass
from functools import partial

import structlog

from memsvc.app.episodes import Episodes
from memsvc.domain.ids import SpaceName, StreamKey
from memsvc.domain.memory import Space, pages
from memsvc.ports.keeping import Keeping, Unit
from memsvc.ports.world import Clock

log = structlog.get_logger(__name__)

PAGE = 1_000

SETTLING = "settling"
"""The actor that the ledger names for events closed here."""


@dataclass(frozen=True, slots=True)
class Settle:
    """The use case, with what it needs."""

    keeping: Keeping
    episodes: Episodes
    clock: Clock

    def __call__(self) -> int:
        """Close what can be closed in every stream that is behind; return how many events."""
        closed = sum(self._whole(space, stream) for space, stream in self._behind())
        if closed:
            log.info("events.settled", events=closed)
        return closed

    def _behind(self) -> list[tuple[SpaceName, StreamKey]]:
        """Find the streams that are behind.

        One look over all spaces says which may have some, so that none need be asked as a rule.
        """
        with self.keeping.read() as reading:
            walk = pages(lambda cursor: reading.spaces.page(among=None, after=cursor, limit=PAGE))
            spaces = [(space, _too_long(space)) for page in walk for space in page.items]
            shortest = min((by for _, by in spaces), default=0)
            suspected = set(reading.events.spaces_behind(by=shortest))
            return [
                (space.name, stream)
                for space, by in spaces
                if space.key in suspected
                for stream in reading.events.behind(space.key, by=by)
            ]

    def _whole(self, space: SpaceName, stream: StreamKey) -> int:
        """Cut one stream, some units of it in each unit of work, so that writes get their turn."""
        closed = 0
        while found := self.keeping.write(partial(self._some, space, stream)):
            closed += found
        return closed

    def _some(self, space: SpaceName, stream: StreamKey, unit: Unit) -> int:
        held = unit.spaces.find(space)
        if held is None:  # deleted meanwhile
            return 0
        now = self.clock.now()
        return len(self.episodes.close(unit, held, [stream], actor=SETTLING, at=now))


def _too_long(space: Space) -> int:
    """Return at which length a tail that has its vectors holds at least one whole event."""
    how = space.settings.cutting
    return how.max_units + 2 * how.lookback

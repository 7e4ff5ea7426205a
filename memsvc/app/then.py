"""Then: what use cases stand on, as of an earlier position or time of some spaces.

A use case knows nothing of the past: over this keeping, this shelf and this clock it answers as it
would have answered then. What was forgotten since stays forgotten, and so does what has expired by
now. Nothing can be written there.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import NoReturn

from memsvc.app.look_up import the_space
from memsvc.domain.access import Access, Role
from memsvc.domain.errors import InvalidField
from memsvc.domain.ids import Position, SpaceKey, SpaceName
from memsvc.domain.memory import Space
from memsvc.domain.past import Past
from memsvc.ports.indexes import Shelf, SpaceIndexes
from memsvc.ports.keeping import Keeping, Reading, Unit
from memsvc.ports.world import Clock

FIELD = "as_of"


@dataclass(frozen=True, slots=True)
class KeepingThen:
    """The rows as they were."""

    keeping: Keeping
    past: Past

    def read(self, past: Past | None = None) -> AbstractContextManager[Reading]:
        """Lend one view of the rows as they were."""
        return self.keeping.read(past or self.past)

    def write(self, work: Callable[[Unit], object], *, alone: bool = False) -> NoReturn:
        """Refuse `work`: what was cannot be changed."""
        del work, alone
        message = "What was cannot be changed; leave as_of out."
        raise InvalidField(message, field=FIELD)


@dataclass(frozen=True, slots=True)
class ShelfThen:
    """The indexes as they were."""

    shelf: Shelf
    past: Past

    def open(
        self, space: SpaceKey, past: Past | None = None, *, at_least: Position | None = None
    ) -> AbstractContextManager[SpaceIndexes]:
        """Lend the space's indexes as they were."""
        del at_least  # where a space stood says nothing of what was forgotten since
        return self.shelf.open(space, past or self.past)

    def kept_at(self, space: SpaceKey) -> Position | None:
        """Return nothing: of no space the past is on disk."""
        del space
        return None


@dataclass(frozen=True, slots=True)
class ClockThen:
    """A clock that stands still at the moment that is looked back to."""

    moment: datetime

    def now(self) -> datetime:
        """Return that moment."""
        return self.moment

    def latest(self) -> datetime:
        """Return that moment."""
        return self.moment


@dataclass(frozen=True, slots=True)
class Then:
    """What use cases stand on, as of then; `positions` say where each space stood."""

    keeping: KeepingThen
    shelf: ShelfThen
    clock: ClockThen
    positions: dict[SpaceName, Position]


@dataclass(frozen=True, slots=True)
class LookBack:
    """The use case, with what it needs."""

    keeping: Keeping
    shelf: Shelf
    clock: Clock

    def __call__(self, access: Access, spaces: Sequence[SpaceName], as_of: int | datetime) -> Then:
        """Return what reads of these spaces stand on, as of a position or a time.

        A time means the last position at or before it, and a time to come the present. Raises
        `SpaceNotFound`, and `InvalidField` for a position that the ledger has not reached, and for
        a time before the space began.
        """
        now = self.clock.latest()
        positions: dict[SpaceName, Position] = {}
        keys: dict[SpaceKey, Position] = {}
        moment = min(as_of, now) if isinstance(as_of, datetime) else now
        with self.keeping.read() as reading:
            for name in spaces:
                held = the_space(reading, access, name, Role.READER)
                position, written_at = stood(reading, held, as_of)
                positions[name] = keys[held.key] = position
                if not isinstance(as_of, datetime):
                    moment = written_at
        past = Past(keys, now)
        return Then(
            KeepingThen(self.keeping, past),
            ShelfThen(self.shelf, past),
            ClockThen(moment),
            positions,
        )


def stood(
    reading: Reading | Unit, space: Space, as_of: int | datetime, *, field: str = FIELD
) -> tuple[Position, datetime]:
    """Return where a space stood and when it was written that it did. Raises `InvalidField`."""
    if isinstance(as_of, datetime):
        last = reading.ledger.last_by(space.key, as_of)
        if last is None:
            [first] = reading.ledger.page(space.key, after=Position(0), limit=1)
            raise InvalidField(
                f"The space {space.name!r} began at {first.at.isoformat()}; ask as of that time "
                "or a later one.",
                field=field,
            )
        return last.position, last.at
    if not 1 <= as_of <= space.position:
        raise InvalidField(
            f"The ledger of {space.name!r} stands at {space.position}; ask as of a position from "
            f"1 to {space.position}.",
            field=field,
            limit=space.position,
        )
    [entry] = reading.ledger.page(space.key, after=Position(as_of - 1), limit=1)
    return entry.position, entry.at

"""Within one space: its rows and indexes together, and which of its turns may answer now."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from memsvc.app.look_up import the_space
from memsvc.domain.access import Access, Role
from memsvc.domain.ids import SpaceKey, SpaceName
from memsvc.domain.memory import Standing, Turn
from memsvc.domain.recall import Filter
from memsvc.ports.indexes import NOBODY, Shelf, SpaceIndexes
from memsvc.ports.keeping import Keeping, Reading
from memsvc.ports.lexicon import Places
from memsvc.ports.world import Clock


@dataclass(frozen=True, slots=True)
class Within:
    """A space that is read: one view of its rows, and its indexes as they are lent."""

    key: SpaceKey
    indexes: SpaceIndexes
    reading: Reading
    now: datetime
    standing: Standing

    def may_answer(self, where: Filter) -> NDArray[np.bool_]:
        """Tell for each place of the timeline whether its turn stands and passes the filter.

        Rows are asked only for what the indexes do not hold.
        """
        timeline, rest = self.indexes.timeline, where.beyond_traits
        may = self.indexes.traits.matching(where)
        may &= timeline.stands_at(np.arange(timeline.size))
        gone = timeline.places(timeline.expired(self.now))
        may[gone[gone != NOBODY]] = False
        if not rest.is_open:
            passing = timeline.places(self.reading.turns.keys_where(self.key, rest))
            among = np.zeros_like(may)
            among[passing[passing != NOBODY]] = True
            may &= among
        return may

    def turns_at(self, places: Places) -> list[Turn]:
        """Return the turns at these places, in their order; those just deleted are left out."""
        keys = self.indexes.timeline.keys_at(places).tolist()
        return self.reading.turns.by_keys(self.key, keys)


@contextmanager
def within(
    access: Access, name: SpaceName, *, keeping: Keeping, shelf: Shelf, clock: Clock
) -> Iterator[Within]:
    """Lend a space to be read. Raises `SpaceNotFound`."""
    with keeping.read() as reading:
        space = the_space(reading, access, name, Role.READER)
    with shelf.open(space.key, at_least=space.position) as indexes, keeping.read() as reading:
        now = clock.latest()
        yield Within(space.key, indexes, reading, now, space.settings.standing(now))

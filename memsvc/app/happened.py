"""Happened: what happened between two times, whatever stream it is in.

In the order of when it happened; of one time, in the order of the ledger. So a cursor is a time
and a ledger position, which everything has that can happen: events, once they are listed beside
turns, are merged by the same two.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np

from memsvc.app.within import Within, within
from memsvc.domain.access import Access
from memsvc.domain.errors import InvalidField
from memsvc.domain.ids import Position, SpaceName
from memsvc.domain.memory import Page, Turn
from memsvc.domain.recall import Filter
from memsvc.domain.whereabouts import Happening
from memsvc.ports.indexes import Numbers, Shelf
from memsvc.ports.keeping import Keeping
from memsvc.ports.world import Clock

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)

_POINT = re.compile(r"(-?\d{1,18})\.(\d{1,18})")


@dataclass(frozen=True, slots=True)
class Happened:
    """The use case, with what it needs."""

    keeping: Keeping
    shelf: Shelf
    clock: Clock

    def __call__(
        self, access: Access, space: SpaceName, where: Filter, *, after: str | None, limit: int
    ) -> Page[Happening]:
        """List what happened and passes the filter, in order.

        Raises `SpaceNotFound`, and `InvalidField` for a cursor that no page gave.
        """
        point = None if after is None else _point_from(after)
        with within(
            access, space, keeping=self.keeping, shelf=self.shelf, clock=self.clock
        ) as inside:
            places, found = _later(inside, where, after=point), list[Turn]()
            while len(places) and not found:  # again only if all of them were just deleted
                first, places = _first(places, inside.indexes.traits.at(places), count=limit)
                found = inside.turns_at(first)
        happened = tuple(Happening(turn.at, turn.position, turn) for turn in found)
        return Page(happened, _cursor(happened[-1]) if len(places) else None)


def _later(inside: Within, where: Filter, *, after: tuple[int, int] | None) -> Numbers:
    """Return the places of the turns that the filter lets through and the cursor leaves."""
    places = np.flatnonzero(inside.may_answer(where))
    moments = inside.indexes.traits.at(places)
    if after is not None:
        moment, position = after
        later = moments > moment
        key = inside.reading.turns.last_until(inside.key, Position(position))
        if key is None:
            later |= moments == moment
        else:
            later |= (moments == moment) & (inside.indexes.timeline.keys_at(places) > key)
        places = places[later]
    return places


def _first(places: Numbers, moments: Numbers, *, count: int) -> tuple[Numbers, Numbers]:
    """Part places into the first `count` of the timeline, in its order, and all the others.

    Only those that may be among the first are sorted: of 100,000 that takes ten times as long.
    """
    near = np.ones(len(places), dtype=np.bool_)
    if len(places) > count:
        near = moments <= np.partition(moments, count - 1)[count - 1]
    which = np.flatnonzero(near)
    which = which[np.argsort(moments[which], kind="stable")][:count]
    return places[which], np.delete(places, which)


def _cursor(last: Happening) -> str:
    return f"{(last.at - EPOCH) // MICROSECOND}.{last.position}"


def _point_from(cursor: str) -> tuple[int, int]:
    match = _POINT.fullmatch(cursor)
    if match is None:
        raise InvalidField(
            "The cursor is none that a page of this list gave; begin without one.", field="cursor"
        )
    return int(match[1]), int(match[2])

"""Which event each turn belongs to, the open tail of a stream counted as one.

A turn belongs to the event that it begins in: a long turn may be cut in its middle, and then its
later pieces lie in the next events, but it is recalled with the first of them and with no other.
"""

from collections.abc import Callable
from typing import NamedTuple, TypeAlias

import numpy as np

from memsvc.ports.indexes import NOBODY, Numbers, SpaceIndexes
from memsvc.ports.lexicon import Places
from memsvc.ports.vectors import Keys

Grouping: TypeAlias = Callable[[SpaceIndexes], Numbers]
"""Makes, of the indexes of a space, a number for each place of its timeline: that of its event."""


class Stretches(NamedTuple):
    """The turns of one event on one side of each of some turns, from there outward.

    `beyond` is the first turn after each of them; `NOBODY` at a stream's end.
    """

    keys: list[list[int]]
    beyond: Keys


def events_at(indexes: SpaceIndexes, places: Places) -> Numbers:
    """Return a number for the event that the turn at each place belongs to.

    Those of closed events are as `Episodes` has them; open tails have the numbers after them.
    """
    closed = indexes.episodes.at(places)
    tails = len(indexes.episodes) + indexes.timeline.streams_at(places)
    return np.where(closed == NOBODY, tails, closed).astype(np.int64)


def by_event(indexes: SpaceIndexes) -> Numbers:
    """Return for each place of the timeline the number of its event."""
    return events_at(indexes, np.arange(indexes.timeline.size))


def events_of(indexes: SpaceIndexes, keys: Keys) -> Numbers:
    """Return the number of the event of each turn; `NOBODY` for nobody."""
    found = np.full(len(keys), NOBODY, dtype=np.int64)
    known = keys != NOBODY
    found[known] = events_at(indexes, indexes.timeline.places(keys[known]))
    return found


def stretches(indexes: SpaceIndexes, starts: Keys, *, forward: bool, limit: int) -> Stretches:
    """Follow each stream from each start on, or back, as long as the event is that of the start.

    The start is the first of its stretch; that of nobody is empty. At most `limit` turns each.
    """
    found: list[list[int]] = [[] for _ in starts]
    events = events_of(indexes, starts)
    now = starts
    for _ in range(limit):
        inside = (now != NOBODY) & (events_of(indexes, now) == events)
        if not inside.any():
            break
        for which in np.flatnonzero(inside).tolist():
            found[which].append(int(now[which]))
        now = np.where(inside, _beside(indexes, now, forward=forward), now)
    return Stretches(found, now)


def _beside(indexes: SpaceIndexes, keys: Keys, *, forward: bool) -> Keys:
    beside = np.full(len(keys), NOBODY, dtype=np.int64)
    known = keys != NOBODY
    before, after = indexes.timeline.neighbours(keys[known])
    beside[known] = after if forward else before
    return beside

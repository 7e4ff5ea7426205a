"""Timely: what happened when the question says, before what happened at another time.

A turn inside a time that the question speaks of counts in full. People tell of a thing when it is
over, and sometimes before, so a turn after that time counts less and less, and one before it less
still; the longer the time, the further it reaches. Nothing is left out: a time that was misread
raises what stands there and hides nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp

import numpy as np
from numpy.typing import NDArray
from typing_extensions import override

from memsvc.domain.validity import Interval
from memsvc.ports.vectors import Scores
from retrieval.arms import best_of, nearest_of
from retrieval.pool import Ask, Pool
from retrieval.stage import Composable, Part

ARM = "time"
"""What this is called in a hit's `why`."""

AFTER_S, BEFORE_S = 3.0 * 86_400, 86_400.0
"""How long after a time its telling has fallen to 1/e, and before it: of a day."""

AFTER_SHARE, BEFORE_SHARE = 0.5, 0.25
"""The same of longer times, as a share of their length."""

NEAR = np.float32(exp(-1))
"""From which nearness a turn is proposed for when it happened."""

MICROSECONDS = 1e6


@dataclass(frozen=True, slots=True)
class Then(Composable):
    """Add what happened when the question says: the best by meaning and by words.

    In a long memory none of it may be among the best of all times.
    """

    limit: int

    @override
    def part(self) -> Part:
        """Say that it adds candidates."""
        return Part.WIDENS

    def describe(self) -> str:
        """Say so, and how many it may add."""
        return f"then(turns of the time asked for; {self.limit} at most)"

    def run(self, ask: Ask, pool: Pool) -> Pool:
        """Return the candidates with those turns."""
        if not ask.times:
            return pool
        timeline = ask.indexes.timeline
        places = np.arange(timeline.size)
        near = places[_near(ask, places) >= NEAR]
        keys = timeline.keys_at(near[timeline.stands_at(near)])
        keys = ask.may_answer(keys[ask.lets_through(keys)])
        if len(keys) > self.limit:
            words = best_of(ask.matching, keys, self.limit // 2)
            keys = np.union1d(words, nearest_of(ask, keys, self.limit - len(words)))
        return pool.with_keys(keys)


@dataclass(frozen=True, slots=True)
class Timely(Composable):
    """Raise what happened when the question says."""

    weight: float

    def describe(self) -> str:
        """Name the weight."""
        return f"timely(nearness to the time asked for x {self.weight})"

    def run(self, ask: Ask, pool: Pool) -> Pool:
        """Add to each candidate how near it is to a time that the question speaks of."""
        if not ask.times or len(pool) == 0:
            return pool
        near = _near(ask, ask.indexes.timeline.places(pool.keys))
        return pool.plus(ARM, near, np.float32(self.weight) * near)


def nearness(times: Sequence[Interval], at_s: NDArray[np.float64]) -> Scores:
    """Return for each moment, in seconds since 1970, how near it is to the nearest of these times.

    1 inside, and then down to 0. A time without an end reaches past its other end as a day does.
    """
    best = np.zeros(len(at_s))
    for time in times:
        start = -np.inf if time.start is None else time.start.timestamp()
        end = np.inf if time.end is None else time.end.timestamp()
        length = end - start if np.isfinite(end - start) else 0.0
        after = np.maximum(at_s - end, 0.0) / max(AFTER_S, AFTER_SHARE * length)
        before = np.maximum(start - at_s, 0.0) / max(BEFORE_S, BEFORE_SHARE * length)
        best = np.maximum(best, np.exp(-(after + before)))
    return best.astype(np.float32)


def _near(ask: Ask, places: NDArray[np.int64]) -> Scores:
    times = [time.interval for time in ask.times]
    return nearness(times, ask.indexes.traits.at(places) / MICROSECONDS)

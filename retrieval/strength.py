"""How strong a memory is: what it told when it came, carried on by what follows, less by the day.

Titans (arXiv 2501.00663) keeps what surprises, lets what follows a surprise share in it, and
forgets at the breaks; SirLLM (arXiv 2405.12528) takes self-information for the surprise and a decay
that hangs on the task. So does this:

    told       how much the words of the turn tell, in nats a term (`Lexicon.information`)
    z          (told - mean) / deviation, both of the turns of its source class, lately
    carried    momentum * (carried of the turn before + its z, if that is over 0); 0 where an event
               begins
    strength   logistic(1.702 * (z + carried)) * decay ** days, from LEAST to 1

The logistic with that factor is the normal distribution within a hundredth (Haley 1952), so that
before it fades the strength of a turn is, about, the share of its class that tell less: at .3 three
in ten do. The surprise of embeddings, by which events are cut, is not what is taken: in chats of
short turns it hardly tells better than chance what is asked later (docs/decisions/0035, which also
has where it does better).

Reading does not strengthen what is read: reads are not recorded.
"""

import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from memsvc.domain.forgetting import Decay, Forgetting
from memsvc.domain.memory import Source
from memsvc.ports.indexes import NOBODY, Numbers, SpaceIndexes
from memsvc.ports.vectors import Keys, Scores

NORMAL = 1.702
"""Makes the logistic curve of a standard score the normal distribution, within .01 (Haley 1952)."""

LEAST = 1e-6
"""The strength below which nothing falls, however old: rank is lost, never the memory."""

LATELY = 4_096
"""The newest turns of a space, whose telling is what is usual: a bounded look, whatever its size,
that follows what is talked about."""

CARRIED_LEAST = 0.05
"""Momentum is followed back for as long as that much of it is left."""

FURTHEST_BACK = 16
"""Turns that momentum is followed back at most."""

FEW = 32
"""Turns of a class at which what is usual there is known half: below it, a standard score says
more of which few turns there are than of the turn."""

ALIKE = 1e-6
"""The share of a mean up to which a deviation is but rounding."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
A_DAY = timedelta(days=1) // MICROSECOND

Floats = NDArray[np.float64]
Codes = NDArray[np.int32]


def strengths(surprise: Floats, age_days: Floats, decay: Floats) -> Scores:
    """Return the strength of turns, from `LEAST` to 1.

    `surprise` is in standard deviations over what is usual, what is carried included; `age_days`
    is not negative, `decay` what is left after a day, over 0 and up to 1. All have shape (n,).
    """
    fresh = 1 / (1 + np.exp(-NORMAL * np.clip(surprise, -30, 30)))
    return np.maximum(fresh * decay**age_days, LEAST).astype(np.float32)


class Usual(NamedTuple):
    """Mean and standard deviation of what turns tell, and of how many, by their source's number."""

    mean: Floats
    deviation: Floats
    turns: Floats


def usual_of(told: Floats, sources: Codes) -> Usual:
    """Return what is usual for each source class; 0 and 0 for one that has no turn."""
    turns = np.bincount(sources, minlength=len(Source)).astype(np.float64)
    of = np.maximum(turns, 1)
    mean = np.bincount(sources, weights=told, minlength=len(Source)) / of
    squares = np.bincount(sources, weights=(told - mean[sources]) ** 2, minlength=len(Source))
    return Usual(mean, np.sqrt(squares / of), turns)


def over_usual(told: Floats, sources: Codes, usual: Usual) -> Floats:
    """Return how many deviations turns tell over the usual of their class.

    0 for a class of which all turns tell the same.
    """
    flat = usual.deviation <= ALIKE * np.maximum(usual.mean, 1.0)
    deviation = np.where(flat, np.inf, usual.deviation)
    return (told - usual.mean[sources]) / deviation[sources]


def carried(before: Floats, *, momentum: float) -> Floats:
    """Return what momentum carries on to turns from those before them.

    `before` has shape (n, steps): how far over usual the turn before each tells, then the one
    before that; 0 from where its event begins. What is under the usual takes nothing away.
    """
    steps = momentum ** np.arange(1, before.shape[1] + 1)
    return np.asarray(np.maximum(before, 0.0) @ steps, dtype=np.float64)


def by_source(decay: Decay) -> Floats:
    """Return what is left after a day by the number of a source."""
    return np.array([getattr(decay, source.value) for source in Source], dtype=np.float64)


def telling(indexes: SpaceIndexes, places: Numbers) -> Scores:
    """Return how strong the turns at these places came, in (0, 1).

    That is, about, the share of their class that tell less; nearer the middle, the fewer turns of
    it there are to tell by (`FEW`).
    """
    told = _Telling.of(indexes)
    turns = told.usual.turns[indexes.traits.sources(places)]
    surprise = told.over_usual(places) * turns / (turns + FEW)
    return strengths(surprise, np.zeros(len(places)), np.ones(len(places)))


@dataclass(frozen=True, slots=True)
class Fading:
    """How the turns of one space fade, at a moment.

    `streams`, by the timeline's numbers, are those whose turns
    fade; None for all.
    """

    how: Forgetting
    now: datetime
    streams: Numbers | None = None

    def of(self, indexes: SpaceIndexes, keys: Keys) -> Scores:
        """Return the strength of each of these turns; NaN for one that does not fade.

        Every key must be known. What takes time is bounded by how many are asked for.
        """
        places = indexes.timeline.places(keys)
        fades = self._fades(indexes, places)
        found = np.full(len(keys), np.nan, dtype=np.float32)
        found[fades] = self._strengths(indexes, places[fades])
        return found

    def archives(self, indexes: SpaceIndexes, keys: Keys) -> NDArray[np.bool_]:
        """Tell which of these turns are too weak to be proposed; no unknown one is."""
        weak = np.zeros(len(keys), dtype=np.bool_)
        if self.how.archive_below:
            known = indexes.timeline.knows(keys)
            weak[known] = self.of(indexes, keys[known]) < self.how.archive_below
        return weak

    def _fades(self, indexes: SpaceIndexes, places: Numbers) -> NDArray[np.bool_]:
        if self.streams is None:
            return np.ones(len(places), dtype=np.bool_)
        return np.isin(indexes.timeline.streams_at(places), self.streams)

    def _strengths(self, indexes: SpaceIndexes, places: Numbers) -> Scores:
        told = _Telling.of(indexes)
        surprise = told.over_usual(places)
        if self.how.momentum:
            surprise = surprise + told.carried(places, momentum=self.how.momentum)
        now = (self.now - EPOCH) // MICROSECOND
        age_days = np.maximum(now - indexes.traits.at(places), 0) / A_DAY
        decay = by_source(self.how.decay)[indexes.traits.sources(places)]
        return strengths(surprise, age_days, decay)


@dataclass(frozen=True, slots=True)
class _Telling:
    """What the turns of a space tell, with what is usual lately."""

    indexes: SpaceIndexes
    told: NDArray[np.float32]
    usual: Usual

    @classmethod
    def of(cls, indexes: SpaceIndexes) -> "_Telling":
        """Take it from a space's indexes."""
        timeline = indexes.timeline
        told = indexes.lexicon.information(timeline)
        newest = np.arange(max(0, timeline.size - LATELY), timeline.size)
        newest = newest[timeline.stands_at(newest)]
        lately = told[newest].astype(np.float64)
        return cls(indexes, told, usual_of(lately, indexes.traits.sources(newest)))

    def over_usual(self, places: Numbers) -> Floats:
        """Return how many deviations over the usual the turns at these places tell."""
        told = self.told[places].astype(np.float64)
        return over_usual(told, self.indexes.traits.sources(places), self.usual)

    def carried(self, places: Numbers, *, momentum: float) -> Floats:
        """Follow momentum back through the event that each turn is in."""
        timeline, episodes = self.indexes.timeline, self.indexes.episodes
        steps = min(FURTHEST_BACK, math.ceil(math.log(CARRIED_LEAST) / math.log(momentum)))
        before = np.zeros((len(places), steps))
        event = episodes.at(places)
        here, whose = places, np.arange(len(places))
        for step in range(steps):
            here = timeline.places(timeline.neighbours(timeline.keys_at(here)).before)
            goes_on = here != NOBODY
            goes_on[goes_on] = episodes.at(here[goes_on]) == event[whose[goes_on]]
            here, whose = here[goes_on], whose[goes_on]
            before[whose, step] = self.over_usual(here)
        return carried(before, momentum=momentum)

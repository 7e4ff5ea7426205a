"""Standing: what a user wishes and has ruled goes along with what answers a request.

"How should I lay out the form?" shares no word with "Always name the version when I ask about
libraries", and not with "I'd rather have few dependencies", and is badly answered without them.
Where a question is a request, the two best turns that state a preference, and the two best that
give a rule, stand right above the fourth hit if they stand below it. Nothing that stands above
moves, and no hit is left out. Only a user's own turns are raised so: what a page or a tool says is
to be done is no rule of the user's.

In a long memory they may not be among the candidates of such a question, so some join them before.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from typing_extensions import override

from memsvc.domain.asking import Wanted
from memsvc.domain.memory import Source
from memsvc.ports.indexes import Numbers
from memsvc.ports.vectors import Keys
from retrieval.arms import best_of, nearest_of
from retrieval.pool import Ask, Pool
from retrieval.stage import Composable, Part

Mask = NDArray[np.bool_]

PREFERS, RULES = "preference", "instruction"
"""What these are called in a hit's `why`; the score there is what the turn had without it."""


MARGIN = np.float32(1e-5)
"""What parts a raised turn's score from that of the best hit, above which nothing stands."""


@dataclass(frozen=True, slots=True)
class Stand(Composable):
    """Add what a user prefers and has ruled, the best by meaning and by words, for requests."""

    limit: int

    @override
    def part(self) -> Part:
        """Say that it adds candidates."""
        return Part.WIDENS

    def describe(self) -> str:
        """Say so, and how many of either it may add."""
        return f"stand(preferences and instructions, for requests; {self.limit} at most)"

    def run(self, ask: Ask, pool: Pool) -> Pool:
        """Return the candidates with those turns."""
        if Wanted.ADVICE not in ask.wanted:
            return pool
        traits, places = ask.indexes.traits, ask.indexes.traits.stating()
        for states in (traits.prefers(places), traits.rules(places)):
            pool = pool.with_keys(self._best(ask, places[states]))
        return pool

    def _best(self, ask: Ask, places: Numbers) -> Keys:
        timeline = ask.indexes.timeline
        places = places[timeline.stands_at(places)]
        keys = timeline.keys_at(places[_of_users(ask, places)])
        keys = ask.may_answer(keys[ask.lets_through(keys)])
        if len(keys) <= self.limit:
            return keys
        words = best_of(ask.matching, keys, self.limit // 2)
        return np.union1d(words, nearest_of(ask, keys, self.limit - len(words)))


@dataclass(frozen=True, slots=True)
class Standing(Composable):
    """Put the best preferences and instructions right above a hit, for requests."""

    most: int
    above: int

    def describe(self) -> str:
        """Say so, how many of either, and above which hit."""
        return (
            f"standing({self.most} preferences and {self.most} instructions above hit {self.above})"
        )

    def run(self, ask: Ask, pool: Pool) -> Pool:
        """Raise them as far as they stand below."""
        if Wanted.ADVICE not in ask.wanted or len(pool) == 0:
            return pool
        traits, places = ask.indexes.traits, ask.indexes.timeline.places(pool.keys)
        users = _of_users(ask, places)
        for name, states in ((PREFERS, traits.prefers(places)), (RULES, traits.rules(places))):
            pool = self._raised(pool, name, states & users)
        return pool

    def _raised(self, pool: Pool, name: str, states: Mask) -> Pool:
        order = pool.best_first()
        chosen = order[states[order]][: self.most]
        others = order[~np.isin(order, chosen)]
        if len(chosen) == 0 or len(others) < self.above:
            return pool
        last = pool.score[others[self.above - 1]]
        next_above = pool.score[others[self.above - 2]] if self.above > 1 else last + MARGIN
        below = chosen[pool.score[chosen] < last]
        if len(below) == 0:
            return pool
        steps = np.arange(len(below), 0, -1) / (len(below) + 1)
        share = np.zeros(len(pool), dtype=np.float32)
        share[below] = last + (next_above - last) * steps - pool.score[below]
        said = np.full(len(pool), np.nan, dtype=np.float32)
        said[below] = pool.score[below]
        return pool.plus(name, said, share)


def _of_users(ask: Ask, places: Numbers) -> Mask:
    """Tell which turns are a user's own words."""
    users: Mask = ask.indexes.traits.sources(places) == list(Source).index(Source.USER)
    return users

"""Spread: a list, a count or an order is answered from several conversations, and not from one.

"In which order did I bring these up?" is answered by a turn here and a turn there, while one
session about the very matter holds ten that fit better than any elsewhere. Where a question wants
much, every further turn of a stream counts a little less: the first two in full, the third by one
step less, and so on down to eight steps. Within a stream nothing changes its place, and where there
is one stream alone, nothing at all.
"""

from dataclasses import dataclass

import numpy as np

from memsvc.domain.asking import Wanted
from retrieval.pool import Ask, Pool
from retrieval.stage import Composable

ARM = "spread"
"""What this is called in a hit's `why`; its score is how many better turns its stream has."""

OF_MUCH = frozenset({Wanted.MANY, Wanted.ORDER})
"""What stands in several places. A summary does not gain: it tells of one matter from all sides."""

FREE = 2
"""Turns of a stream that count in full."""

STEPS = 8
"""After so many, further ones lose no more: what is left of them only orders them."""


@dataclass(frozen=True, slots=True)
class Spread(Composable):
    """Let the third turn of a stream and all after it count less, where much is wanted."""

    step: float

    def describe(self) -> str:
        """Name the step."""
        return f"spread(from a stream's third turn on x -{self.step}, for lists and orders)"

    def run(self, ask: Ask, pool: Pool) -> Pool:
        """Take off the score of each candidate as many steps as its stream has better ones."""
        if len(pool) == 0 or ask.wanted.isdisjoint(OF_MUCH):
            return pool
        better = _better_ones(ask, pool)
        lost = np.float32(self.step) * np.clip(better - (FREE - 1), 0, STEPS)
        return pool.plus(ARM, better.astype(np.float32), -lost * pool.score)


def _better_ones(ask: Ask, pool: Pool) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Return how many better candidates the stream of each has."""
    best_first = pool.best_first()
    streams = ask.indexes.timeline.streams(pool.keys)[best_first]
    grouped = np.argsort(streams, kind="stable")
    _, firsts, group = np.unique(streams[grouped], return_index=True, return_inverse=True)
    better = np.empty(len(pool), dtype=np.int64)
    better[best_first[grouped]] = np.arange(len(pool)) - firsts[group]
    return better

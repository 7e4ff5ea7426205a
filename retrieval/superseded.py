"""Superseded: which of the best candidates are near enough to speak of the same thing.

A statement may have been superseded by a later one. Whether it was, its words say, and those are
in rows; what is in memory says which two candidates are worth a look. So this stage only lists
pairs, and whoever reads the rows asks `memsvc.ingest.updates` about them.

A question that asks how something stands now is worth a deeper look: what replaced the older
statement is near to the question, but may share no word with it. So those nearest to it are looked
at too, and one of them takes the tenth place if it would not be among the ten best.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from typing_extensions import override

from memsvc.ports.vectors import Keys
from retrieval.arms import Dense
from retrieval.pool import NO_KEYS, Ask, Near, Pool
from retrieval.stage import Composable

ARM = "superseded"
"""What this is called in a hit's `why`."""

NEAREST = 0.3
"""The cosine from which two turns may speak of one thing. It only keeps strangers apart: "I live
in Porto" and "I moved to Lisbon" have no more than .4, so the words have to tell."""

LOOKED_AT = 40
"""Best candidates that are compared with each other: what the rows of 20 hits are read for."""

ALSO_NEAREST = 20
"""So many of those nearest to a question for the latest are compared too, wherever they stand."""

SURELY_NEAREST = 3
"""One of so many of those nearest to a question for the latest is among the `PLACE` best, where it
is not by its score: what replaced the older statement is near, but may share no word with it."""

PLACE = 10
"""Where it comes in."""

MARGIN = 1e-5
"""What parts its score from that of the candidate that it goes before."""

NEAREST_ARM = "nearest"
"""What this is called in a hit's `why`."""


@dataclass(frozen=True, slots=True)
class Superseded(Composable):
    """List the pairs of best candidates of which one may have superseded the other.

    With `exchange`, the newer of such two is then ranked above the older.
    """

    exchange: bool = True

    def describe(self) -> str:
        """Say so."""
        what = "newer above older" if self.exchange else "named only"
        return f"superseded(pairs of the {LOOKED_AT} best from {NEAREST}; {what})"

    def run(self, ask: Ask, pool: Pool) -> Pool:
        """Return the same candidates with those pairs."""
        wants_more = ask.wants_latest and self.exchange
        if wants_more:
            pool = _with_nearest(pool)
        also = _looked_at(pool) if wants_more else NO_KEYS
        best = np.union1d(pool.keys[pool.best_first()[:LOOKED_AT]], also)
        if len(best) < 2:  # noqa: PLR2004  a pair
            return pool
        means = ask.indexes.vectors.means(best)  # zeros where a vector is still owed
        cosines = np.triu(means @ means.T, k=1)
        ones, others = np.nonzero(cosines >= NEAREST)  # hundreds, so that lists are made at once
        keys = zip(best[ones].tolist(), best[others].tolist(), strict=True)
        pairs = dict(zip(keys, cosines[ones, others].tolist(), strict=True))
        return replace(pool, near=Near(pairs, exchange=self.exchange, also=also))

    @override
    def facts(self, pool: Pool) -> Mapping[str, Any]:
        """Show how many pairs are worth a look."""
        return {} if pool.near is None else {"near": len(pool.near.pairs)}


def _looked_at(pool: Pool) -> Keys:
    """Return the best candidates and those nearest to the question, ascending."""
    best = pool.best_first()[:LOOKED_AT]
    return pool.keys[np.union1d(best, _nearest(pool, ALSO_NEAREST))]


def _nearest(pool: Pool, most: int) -> Keys:
    """Return the places of those nearest to the question, nearest first."""
    nearness = pool.arms.get(Dense.name)
    if nearness is None:
        return NO_KEYS
    nearest = np.argsort(-nearness, kind="stable")[:most]  # NaN comes last
    return nearest[~np.isnan(nearness[nearest])]


def _with_nearest(pool: Pool) -> Pool:
    """Put the nearest of the few nearest that is not among the best at the last of their places."""
    best = pool.best_first()[:PLACE]
    below = [place for place in _nearest(pool, SURELY_NEAREST).tolist() if place not in best]
    if not below:
        return pool
    place, nearness = below[0], pool.arms[Dense.name]
    share = np.zeros(len(pool), dtype=np.float32)
    share[place] = pool.score[best[-1]] + MARGIN - pool.score[place]
    silent = np.full(len(pool), np.nan, dtype=np.float32)
    silent[place] = nearness[place]
    return pool.plus(NEAREST_ARM, silent, share)

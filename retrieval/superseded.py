"""Superseded: which of the best candidates are near enough to speak of the same thing.

A statement may have been superseded by a later one. Whether it was, its words say, and those are
in rows; what is in memory says which two candidates are worth a look. So this stage only lists
pairs, and whoever reads the rows asks `memsvc.ingest.updates` about them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from typing_extensions import override

from retrieval.pool import Ask, Near, Pool
from retrieval.stage import Composable

ARM = "superseded"
"""What this is called in a hit's `why`."""

NEAREST = 0.3
"""The cosine from which two turns may speak of one thing. It only keeps strangers apart: "I live
in Porto" and "I moved to Lisbon" have no more than .4, so the words have to tell."""

LOOKED_AT = 40
"""Best candidates that are compared with each other: what the rows of 20 hits are read for."""


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
        best = np.sort(pool.keys[pool.best_first()[:LOOKED_AT]])
        if len(best) < 2:  # noqa: PLR2004  a pair
            return pool
        means = ask.indexes.vectors.means(best)  # zeros where a vector is still owed
        cosines = np.triu(means @ means.T, k=1)
        pairs = {
            (int(best[one]), int(best[other])): float(cosines[one, other])
            for one, other in np.argwhere(cosines >= NEAREST)
        }
        return replace(pool, near=Near(pairs, exchange=self.exchange))

    @override
    def facts(self, pool: Pool) -> Mapping[str, Any]:
        """Show how many pairs are worth a look."""
        return {} if pool.near is None else {"near": len(pool.near.pairs)}

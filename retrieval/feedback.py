"""The stage by which what actors said of turns moves them, within bounds.

Only in recipes of questions to a space that has feedback: without any it is not there at all.
`memsvc.domain.feedback` says how far a word moves a score.
"""

from dataclasses import dataclass

import numpy as np

from memsvc.domain.feedback import BOUND
from retrieval.pool import Ask, Pool
from retrieval.stage import Composable

ARM = "feedback"
"""What this is called in a hit's `why`."""


@dataclass(frozen=True, slots=True)
class Judged(Composable):
    """Add to each score, or take off it, up to `BOUND` of it for what actors said of the turn."""

    def describe(self) -> str:
        """Name the bound."""
        return f"feedback(net opinion x {BOUND} of the score)"

    def run(self, ask: Ask, pool: Pool) -> Pool:
        """Move the candidates of which somebody said something."""
        opinions = ask.indexes.knowledge.opinions()
        if not opinions or len(pool) == 0:
            return pool
        found = np.full(len(pool), np.nan, dtype=np.float32)
        for place, key in enumerate(pool.keys.tolist()):
            if key in opinions:
                found[place] = opinions[key].net
        share = np.float32(BOUND) * np.nan_to_num(found) * np.abs(pool.score)
        return pool.plus(ARM, found, share)

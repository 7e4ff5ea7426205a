"""Clues: further questions beside the one that is asked, which a language model wrote.

A question may share no word and little meaning with what answers it, as the tenth question about a
person whose name it does not say. A draft of the answer, or the question in other words, may share
more (MemoRAG, arXiv:2409.05591). Each clue proposes turns by meaning and by words, and favours all
candidates by how well they answer it, much less than the question itself: a clue may be wrong. Of
several clues the one counts that a turn answers best, since they ask for parts.

Without clues, and so without a model, these stages change nothing. Turns that may not answer the
question may not answer its clues either.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from typing_extensions import override

from memsvc.domain.helping import When
from memsvc.ports.vectors import Scores
from retrieval.arms import Dense, Lexical
from retrieval.bridge import levelled
from retrieval.pool import Ask, Pool
from retrieval.stage import Composable, Part
from retrieval.stages import Fuse, Gather

ARM = "clues"
"""What this is called in a hit's `why`; its score there is from 0 to 1 over the candidates."""

LIMIT = 30
"""Turns that each clue may propose by meaning, and as many by words."""

WEIGHT = 0.3
"""What a clue counts beside the question: less than half of the words around a turn. Not fitted,
for want of a model to fit it with."""

FUSED = Fuse(((Dense(), 1.0), (Lexical(), 0.8)))
"""Meaning and words, as they are weighed in the default recall."""


@dataclass(frozen=True, slots=True)
class Follow(Composable):
    """Add the turns that answer clues."""

    limit: int = LIMIT

    @override
    def part(self) -> Part:
        """Say that it adds candidates."""
        return Part.WIDENS

    def describe(self) -> str:
        """Say so, and how many each clue may add."""
        return f"follow(clues by meaning and by words; {self.limit} each)"

    def run(self, ask: Ask, pool: Pool) -> Pool:
        """Return the candidates with those turns."""
        gather = Gather((Dense(), Lexical()), limit=self.limit)
        for clue in ask.clues:
            pool = pool.with_keys(gather.run(clue, Pool()).keys)
        return pool


@dataclass(frozen=True, slots=True)
class Clued(Composable):
    """Favour the turns that answer a clue; `when` a model is to write some."""

    when: When = When.ALWAYS
    weight: float = WEIGHT

    def describe(self) -> str:
        """Name the weight, and when there are clues."""
        return f"clued(best clue x {self.weight}; {self.when})"

    def run(self, ask: Ask, pool: Pool) -> Pool:
        """Add to each candidate's score what the clue that it answers best finds in it."""
        if not ask.clues or len(pool) == 0:
            return pool
        bare = Pool(keys=pool.keys)
        best: Scores = np.max([FUSED.run(clue, bare).score for clue in ask.clues], axis=0)
        said = np.where(best > 0, best, np.nan).astype(np.float32)
        return pool.plus(ARM, said, np.float32(self.weight) * best)

    @override
    def level(self, pools: Sequence[Pool]) -> list[Pool]:
        """Count what clues add in a space as `Bridge` does what names add."""
        return levelled(pools, ARM)

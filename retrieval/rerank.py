"""Rerank: what a reader of texts says of the best candidates, mixed into their scores.

A reranker reads question and text together, which arms cannot; it knows nothing of who stands
beside whom, of streams or of times, which arms and stages do. So its word is half of the score of
what it read, brought onto the scale of the scores that are there: the best of them by its word has
the highest score of those read, the worst the lowest. Nobody leaves the answer for it, and nobody
that was not read goes above or below those that were.

It comes before `Superseded`, feedback, strength and trust, all of which are put on top of it: the
newer still comes above the older however the two were read, and a text that was written to please
the reranker is trusted no more for that.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from typing_extensions import override

from memsvc.domain.recall import FellBack, Reranking
from memsvc.ports.vectors import Keys, Scores
from retrieval.pool import NO_KEYS, Ask, Pool
from retrieval.stage import Composable, Recipe, Stage
from retrieval.standing import Standing
from retrieval.superseded import Superseded

ARM = "reranker"
"""What this is called in a hit's `why`; its score there is the reranker's own."""

MOST = 50
"""Candidates that are read at most: the best of all spaces that are asked."""

WEIGHT = 0.5
"""What the reranker's word counts for of a score; the rest is what arms and stages gave. It is not
fitted: there are no weights to fit it with."""

BEFORE = (Standing, Superseded)
"""Stages that must have the last word, before which the reranker has its own."""


@dataclass(frozen=True, slots=True)
class Read:
    """What a reranker said of turns, by their keys, and between which scores they stood."""

    said: Mapping[int, float]
    lowest: float
    highest: float


@dataclass(frozen=True, slots=True)
class Rerank(Composable):
    """Mix what was read into the scores; without anything read, the order stays what it was."""

    name: str
    read: Read | None
    reranking: Reranking

    def describe(self) -> str:
        """Name who read and what that counts for, or say why nobody did."""
        if self.reranking.fell_back is not None:
            return f"rerank(fell back: {self.reranking.fell_back})"
        return f"rerank({self.name}; {MOST} best x {WEIGHT})"

    def run(self, ask: Ask, pool: Pool) -> Pool:  # noqa: ARG002  the port's signature
        """Move the candidates that were read."""
        if self.read is None or len(pool) == 0:
            return pool
        said = np.array([self.read.said.get(key, np.nan) for key in pool.keys.tolist()])
        share = np.nan_to_num(WEIGHT * (_on_scale(said, self.read, pool.score) - pool.score))
        return pool.plus(ARM, said.astype(np.float32), share.astype(np.float32))

    @override
    def facts(self, pool: Pool) -> Mapping[str, Any]:
        """Show how many texts were to be read, and how long that was waited for."""
        waited_ms = round(self.reranking.took_s * 1_000, 2)
        return {"texts": self.reranking.texts, "waited_ms": waited_ms}


def to_read(pools: Sequence[Pool]) -> list[Keys]:
    """Return which candidates are worth reading: of each pool those among the best of all.

    Best first by score, ties by the order of the pools and then by key, oldest first.
    """
    scores = np.concatenate([np.empty(0, dtype=np.float32), *(pool.score for pool in pools)])
    keys = np.concatenate([NO_KEYS, *(pool.keys for pool in pools)])
    owners = np.repeat(np.arange(len(pools)), [len(pool) for pool in pools])
    best = np.lexsort((keys, owners, -scores))[:MOST]
    return [keys[best[owners[best] == number]] for number in range(len(pools))]


def read(pools: Sequence[Pool], said: Mapping[int, float]) -> Read:
    """Return what was said of candidates together with the span of their scores."""
    scores = [
        float(score)
        for pool in pools
        for key, score in zip(pool.keys.tolist(), pool.score, strict=True)
        if key in said
    ]
    return Read(said, min(scores, default=0.0), max(scores, default=0.0))


def before_and_after(recipe: Recipe) -> tuple[Recipe, tuple[Stage, ...]]:
    """Part a recipe where the reranker has its word: before the first stage that must come after.

    At the end if there is none. What comes after goes on from what came before: it is no recipe.
    """
    at = next(
        (number for number, stage in enumerate(recipe.stages) if isinstance(stage, BEFORE)),
        len(recipe.stages),
    )
    return Recipe(recipe.stages[:at]), recipe.stages[at:]


def with_reranker(recipe: Recipe, stage: Stage | None) -> Recipe:
    """Return the recipe with this stage in it, if there is one."""
    if stage is None:
        return recipe
    before, after = before_and_after(recipe)
    return Recipe((*before.stages, stage, *after))


def fell_back(name: str, why: FellBack, *, texts: int, took_s: float) -> Rerank:
    """Return the stage that leaves all as it is and says why."""
    return Rerank(name, None, Reranking(texts, took_s, why))


def _on_scale(said: Scores, read: Read, scores: Scores) -> Scores:
    """Bring what was said onto the span of the scores; NaN stays.

    Where the same was said of all, nothing was said of their order; each keeps its score.
    """
    least, most = min(read.said.values(), default=0.0), max(read.said.values(), default=0.0)
    if most <= least:
        return scores
    scaled: Scores = read.lowest + (said - least) / (most - least) * (read.highest - read.lowest)
    return scaled

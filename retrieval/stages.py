"""The stages that recipes are made of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from typing_extensions import override

from memsvc.ports.vectors import Keys, Scores
from retrieval import brevity
from retrieval.arms import Arm, around
from retrieval.pool import Ask, Pool
from retrieval.stage import Composable, Part

MORE = 4
"""How many times as much an arm is asked for again: a space of 100,000 turns takes five rounds."""

FULL = np.float32(1.0)
"""The trust in an arm that nobody was asked about."""


@dataclass(frozen=True, slots=True)
class Gather(Composable):
    """Let every arm propose candidates."""

    arms: tuple[Arm, ...]
    limit: int

    @override
    def part(self) -> Part:
        """Say that it finds candidates."""
        return Part.GATHERS

    def describe(self) -> str:
        """Name the arms and how many each may propose."""
        return f"gather({', '.join(arm.name for arm in self.arms)}; {self.limit} each)"

    def run(self, ask: Ask, pool: Pool) -> Pool:
        """Return the union of what the arms propose, as far as it still stands."""
        for arm in self.arms:
            pool = pool.with_keys(self._proposed(arm, ask)[: self.limit])
        return Pool(keys=pool.keys[ask.indexes.timeline.knows(pool.keys)])

    def _proposed(self, arm: Arm, ask: Ask) -> Keys:
        """Ask an arm for more for as long as what is archived leaves too few."""
        asked = self.limit + len(ask.without)
        while True:
            found = arm.propose(ask, asked)
            proposed = ask.may_answer(found)
            if not ask.archives or len(proposed) >= self.limit or len(found) < asked:
                return proposed
            asked *= MORE


@dataclass(frozen=True, slots=True)
class Widen(Composable):
    """Add the neighbours in time: an answer often stands beside what matches (EM-LLM, 1.4)."""

    @override
    def part(self) -> Part:
        """Say that it adds candidates."""
        return Part.WIDENS

    def describe(self) -> str:
        """Say so."""
        return "widen(neighbours in the stream)"

    def run(self, ask: Ask, pool: Pool) -> Pool:
        """Return the candidates with the turns directly before and after them."""
        return pool.with_keys(around(ask, pool.keys)) if len(pool) else pool


@dataclass(frozen=True, slots=True)
class Fuse(Composable):
    """Weigh the arms against each other: a convex combination of min-max scores.

    Each arm's scores are brought to 0..1 over the candidates, then multiplied by its weight and by
    how far the arm is to be trusted about the candidate. On labelled data this beats reciprocal
    ranks, because it keeps how much better the first is than the second (Bruch et al.,
    arXiv:2210.11934). The final score is in 0..1 before later stages.
    """

    weights: tuple[tuple[Arm, float], ...]

    @override
    def part(self) -> Part:
        """Say that it gives scores."""
        return Part.SCORES

    @override
    def counts(self) -> Mapping[str, float]:
        """Return the weight of each arm."""
        return {arm.name: weight for arm, weight in self.weights}

    def share_of(self, name: str) -> float:
        """Return which part of the whole the arm of this name is; 0 for one that is not asked."""
        total = sum(weight for _, weight in self.weights)
        return sum(weight for arm, weight in self.weights if arm.name == name) / total

    def describe(self) -> str:
        """Name the arms with their weights."""
        return f"fuse({', '.join(f'{arm.name}={weight}' for arm, weight in self.weights)})"

    def run(self, ask: Ask, pool: Pool) -> Pool:
        """Return the candidates with their fused scores."""
        total = sum(weight for _, weight in self.weights)
        for arm, weight in self.weights:
            scores = arm.score(ask, pool.keys)
            counted = np.where(np.isnan(scores), np.float32(arm.silence), scores)
            trust = arm.trust(ask, pool.keys)
            share = min_max(counted) * trust * np.float32(weight / total)
            pool = pool.plus(arm.name, scores, share, trust=trust)
        return pool

    @override
    def level(self, pools: Sequence[Pool]) -> list[Pool]:
        """Fuse anew with one 0 and one 1 for all spaces.

        Each arm's best and worst candidate of all the spaces bound its scale. So a space that
        knows nothing of the matter cannot have a candidate worth 1 because it is the best of the
        bad; docs/decisions has what that is worth, beside other ways to merge.
        """
        return levelled(pools, [self] * len(pools))

    @override
    def facts(self, pool: Pool) -> Mapping[str, Any]:
        """Show the highest score that each arm gave."""
        return {
            name: round(float(np.nanmax(scores)), 4)
            for name, scores in pool.arms.items()
            if len(scores) and not np.all(np.isnan(scores))
        }


@dataclass(frozen=True, slots=True)
class Lean(Composable):
    """Let a candidate lean on the better of its two neighbours, as far as it is short."""

    weight: float

    def describe(self) -> str:
        """Name the weight."""
        return f"lean(better neighbour x {self.weight} x brevity)"

    def run(self, ask: Ask, pool: Pool) -> Pool:
        """Add a part of the better neighbour's score to each candidate's."""
        if len(pool) == 0:
            return pool
        before, after = ask.indexes.timeline.neighbours(pool.keys)
        better = np.maximum(_scores_at(pool, before), _scores_at(pool, after))
        share = np.float32(self.weight) * brevity.of_turns(ask.indexes.timeline, pool.keys)
        return pool.plus("neighbour", _heard(better), share * better)


@dataclass(frozen=True, slots=True)
class Session(Composable):
    """Favour streams that answer more than once: a session about the matter at hand.

    The shorter the stream, the more that says of each of its turns.
    """

    weight: float
    best: int

    def describe(self) -> str:
        """Name the weight and how many turns speak for a stream."""
        return f"session(mean of the {self.best} best x {self.weight} x brevity)"

    def run(self, ask: Ask, pool: Pool) -> Pool:
        """Add a part of the mean of the stream's best scores to each of its candidates."""
        if len(pool) == 0:
            return pool
        streams = ask.indexes.timeline.streams(pool.keys)
        order = np.lexsort((-pool.score, streams))
        _, firsts, group = np.unique(streams[order], return_index=True, return_inverse=True)
        within = np.arange(len(order)) - firsts[group]
        counted = within < self.best
        sums = np.bincount(group[counted], weights=pool.score[order][counted])
        means = sums / np.bincount(group[counted])
        of_candidate = np.empty(len(order), dtype=np.float32)
        of_candidate[order] = means[group]
        share = np.float32(self.weight) * brevity.of_streams(ask.indexes.timeline, pool.keys)
        return pool.plus("session", _heard(of_candidate), share * of_candidate)


@dataclass(frozen=True, slots=True)
class Strength(Composable):
    """Let what has become weak count less: a prior, bounded by the weight that its space sets.

    Only in recipes of questions to a space that forgets; see `retrieval.strength`.
    """

    def describe(self) -> str:
        """Say so."""
        return "strength(as the space forgets)"

    def run(self, ask: Ask, pool: Pool) -> Pool:
        """Take off each score what the turn has lost of its strength, as far as that counts."""
        if ask.fading is None or len(pool) == 0:
            return pool
        found = ask.fading.of(ask.indexes, pool.keys)
        lost = np.where(np.isnan(found), 0.0, 1.0 - found)
        return pool.plus("strength", found, -np.float32(ask.fading.how.weight) * lost * pool.score)


def levelled(pools: Sequence[Pool], fusions: Sequence[Fuse]) -> list[Pool]:
    """Fuse what the arms said in several spaces anew, each by its own weights.

    Each arm has one 0 and one 1 for all spaces that it is asked in.
    """
    fused = [Pool(keys=pool.keys, trust=pool.trust) for pool in pools]
    asked = {arm.name: arm for fusion in fusions for arm, _ in fusion.weights}
    for name, arm in asked.items():
        weights = [fusion.share_of(name) for fusion in fusions]
        having = [place for place, weight in enumerate(weights) if weight]
        scores = [pools[place].arms[name] for place in having]
        together = np.concatenate(scores)
        scaled = min_max(np.where(np.isnan(together), np.float32(arm.silence), together))
        bounds = np.cumsum([len(own) for own in scores])[:-1]
        for place, own, share in zip(having, scores, np.split(scaled, bounds), strict=True):
            trust = pools[place].trust.get(name, FULL)
            share = share * np.float32(weights[place]) * trust  # noqa: PLW2901  its part of the sum
            fused[place] = fused[place].plus(name, own, share)
    return fused


def min_max(scores: Scores) -> Scores:
    """Bring scores to 0..1; NaN becomes 0.

    Scores that are all alike tell nothing about order; they become 1 if they speak for their
    candidates and 0 if they do not, so that a space's only turn is not called worthless.
    """
    known = ~np.isnan(scores)
    if not known.any():
        return np.zeros(len(scores), dtype=np.float32)
    lowest, highest = scores[known].min(), scores[known].max()
    if highest - lowest <= 0:
        return (known & (scores > 0)).astype(np.float32)
    return np.where(known, (scores - lowest) / (highest - lowest), 0.0).astype(np.float32)


def _heard(scores: Scores) -> Scores:
    """Return the scores with NaN for 0: a neighbour or session worth nothing says nothing."""
    return np.where(scores > 0, scores, np.nan).astype(np.float32)


def _scores_at(pool: Pool, keys: np.ndarray[Any, np.dtype[np.int64]]) -> Scores:
    places = pool.places_of(keys)
    return np.where(places >= 0, pool.score[places], 0.0).astype(np.float32)

"""How well a ranking found what it should, and how sure that is.

Every metric is a number per question, averaged over questions. Intervals are percentile bootstrap
intervals over questions (Efron 1979); two rows are compared on the same questions, resampled
together, so what makes a question hard for both does not widen the interval of the difference.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from typing_extensions import override

CUTOFFS = (2, 5, 10, 20)
DEEPEST = max(CUTOFFS)
CONTEXT_BUDGETS = (1_000, 2_000, 4_000)
"""Lengths of a context in tokens: what is packed into each is measured."""

DIGITS = 4
"""Behind the point, in what reports keep."""

RESAMPLES = 1_000
TAIL_PERCENT = 2.5
"""On either side of a 95 % interval."""

PerQuestion: TypeAlias = NDArray[np.float64]
"""One number a question, in the order of the questions; shape (q,)."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean and its 95 % interval."""

    mean: float
    low: float
    high: float

    @override
    def __str__(self) -> str:
        return f"{self.mean:.3f} [{self.low:.3f}, {self.high:.3f}]"

    @property
    def signed(self) -> str:
        """As the text of a difference."""
        return f"{self.mean:+.3f} [{self.low:+.3f}, {self.high:+.3f}]"

    @property
    def interval(self) -> list[float]:
        """Its ends, as reports keep them."""
        return [round(self.low, DIGITS), round(self.high, DIGITS)]

    def as_json(self) -> dict[str, Any]:
        """Return the object that reports keep."""
        return {"mean": round(self.mean, DIGITS), "interval": self.interval}


def grade(ranked: Sequence[str], evidence: Collection[str]) -> dict[str, float]:
    """Measure one ranking against the ids that it should hold; only the first 20 count.

    recall@k: the share of the evidence among the first k, repeats dropped. all-evidence@k: 1 when
    all of it is there. mrr: 1 / rank of the first evidence, 0 when there is none.
    """
    distinct = list(dict.fromkeys(ranked))[:DEEPEST]
    hits = np.array([one in evidence for one in distinct] + [False] * (DEEPEST - len(distinct)))
    found = {k: int(hits[:k].sum()) for k in CUTOFFS}
    return {
        **{f"recall@{k}": found[k] / len(evidence) for k in CUTOFFS},
        "mrr": float(1 / (np.argmax(hits) + 1)) if hits.any() else 0.0,
        **{f"all-evidence@{k}": float(found[k] == len(evidence)) for k in CUTOFFS},
    }


def grade_sessions(ranked: Sequence[str], wanted: Collection[str]) -> dict[str, float]:
    """Measure the sessions of a ranking's turns, in the order in which each first appears.

    session-any@k: 1 when one of those that hold evidence is among the first k; session-all@k: 1
    when all are. Only the sessions of the first 20 turns are seen.
    """
    distinct = list(dict.fromkeys(ranked[:DEEPEST]))
    found = {k: len(set(wanted).intersection(distinct[:k])) for k in CUTOFFS}
    return {
        **{f"session-any@{k}": float(found[k] > 0) for k in CUTOFFS},
        **{f"session-all@{k}": float(found[k] == len(wanted)) for k in CUTOFFS},
    }


def grade_contexts(
    held: Mapping[int, Collection[str]], evidence: Collection[str]
) -> dict[str, float]:
    """Measure the contexts of one question by their budgets, each given as the turns in it.

    context@b: the share of the evidence that stands in a context of at most b tokens.
    """
    return {
        f"context@{budget}": len(set(evidence).intersection(turns)) / len(set(evidence))
        for budget, turns in held.items()
    }


def columns(grades: Sequence[Mapping[str, float]]) -> dict[str, PerQuestion]:
    """Turn one mapping a question into one array a metric."""
    return {name: np.array([grade[name] for grade in grades]) for name in grades[0]}


def estimate(values: PerQuestion, *, seed: int) -> Estimate:
    """Return the mean over questions and its 95 % bootstrap interval; repeatable by `seed`."""
    drawn = np.random.default_rng(seed).integers(len(values), size=(RESAMPLES, len(values)))
    low, high = np.percentile(values[drawn].mean(axis=1), [TAIL_PERCENT, 100 - TAIL_PERCENT])
    return Estimate(mean=float(values.mean()), low=float(low), high=float(high))


def paired_difference(ours: PerQuestion, theirs: PerQuestion, *, seed: int) -> Estimate:
    """Return how much larger ours is on the same questions.

    A gain or a loss only when the whole interval lies on one side of 0.
    """
    return estimate(ours - theirs, seed=seed)


def auroc(scores: PerQuestion, truth: NDArray[np.bool_]) -> float:
    """Return how often something true scores above something that is not, ties for a half.

    The area under the curve of hits over false alarms (Mann and Whitney 1947); .5 is chance, and
    what there is when all or nothing is true.
    """
    values, places = np.unique(scores, return_inverse=True)
    true = np.bincount(places, weights=truth, minlength=len(values))
    false = np.bincount(places, weights=~truth, minlength=len(values))
    above = np.cumsum(false) - false / 2
    pairs = true.sum() * false.sum()
    return float((true * above).sum() / pairs) if pairs else 0.5

"""Measures how well two texts that contradict each other are told from two that do not.

Ways stand side by side on the same pairs: the cosine of both texts, whether one of them has a word
of denial and the other has none, and the product's (`memsvc.ingest.contradiction`). What each way
leaves open is chosen on the questions of the first half: the direction of its score, and the
threshold from which on it says that two texts contradict each other. All figures are of the second
half, and intervals are over its questions, resampled together for all ways. The first half also
fits the weights that the product's way would have by this data.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from memsvc.evals.datasets.conflictqa import PairOfTexts
from memsvc.evals.reports.report import OURS, aligned, commit_id
from memsvc.evals.scoring.measures import DIGITS, RESAMPLES, TAIL_PERCENT, Estimate, auroc
from memsvc.ingest.contradiction import BIAS, WEIGHTS, contradiction, traits_of
from memsvc.ingest.polarity import claims_of
from memsvc.ports.models import Embedder

COSINE, LEXICAL = "cosine", "lexical negation"
AUROC, F1, ACCURACY, CALLED = "AUROC", "F1", "accuracy", "called"
"""`called`: the share that is said to be a contradiction, shown of pairs that are none."""

RIDGE = 1.0
"""Keeps fitted weights small, as a prior of a standard normal would."""

Scores: TypeAlias = NDArray[np.float64]
Marks: TypeAlias = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class ConflictReport:
    """A dated result: metrics by row and by kind of pairs, and ours less each other row's."""

    dataset: str
    questions: int
    commit: str
    day: date
    seed: int
    settings: Mapping[str, Any]
    fitted: Sequence[float]
    metrics: Mapping[str, Mapping[str, Mapping[str, Estimate]]]
    """By kind of pairs, row and metric."""
    differences: Mapping[str, Mapping[str, Mapping[str, Estimate]]]
    """The same of ours less each row."""

    def as_json(self) -> dict[str, Any]:
        """Return the object that `memsvc eval conflict --json` prints."""
        return {
            "dataset": self.dataset,
            "questions": self.questions,
            "commit": self.commit,
            "date": self.day.isoformat(),
            "seed": self.seed,
            "settings": dict(self.settings),
            "fitted": [round(weight, DIGITS) for weight in self.fitted],
            "pairs": {
                kind: {
                    "rows": {row: _told(found) for row, found in rows.items()},
                    "differences": {
                        row: _told(found) for row, found in self.differences[kind].items()
                    },
                }
                for kind, rows in self.metrics.items()
            },
        }

    def table(self) -> str:
        """Return a table for each kind of pairs, and the weights that the first half fits."""
        lines = [f"{self.dataset}: {self.questions} questions shown, {self.commit}, {self.day}"]
        for kind, rows in self.metrics.items():
            names = list(next(iter(rows.values())))
            ours_less = self.differences[kind]
            lines += [
                "",
                kind,
                *aligned(
                    [
                        ["", *names],
                        *([row, *_cells(found)] for row, found in rows.items()),
                        *(
                            [f"{OURS} - {row}", *_cells(found, signed=True)]
                            for row, found in ours_less.items()
                        ),
                    ]
                ),
            ]
        fitted = ", ".join(f"{weight:.2f}" for weight in self.fitted)
        in_use = ", ".join(f"{weight:.2f}" for weight in (*WEIGHTS, BIAS))
        lines += ["", f"weights and bias: {fitted} by the first half; in use {in_use}"]
        return "\n".join(lines)


def evaluate_conflict(
    pairs: Mapping[str, Sequence[PairOfTexts]],
    *,
    name: str,
    embedder: Embedder,
    today: date,
    seed: int = 0,
) -> ConflictReport:
    """Judge pairs by kind; what is chosen, the pairs of the first kind and half choose.

    `pairs` have the numbers of their questions, the same questions in every kind.
    """
    half = (max(pair.question for some in pairs.values() for pair in some) + 1) // 2
    scores = {kind: _rows(some, embedder) for kind, some in pairs.items()}
    main, chosen_by = next(iter(pairs.items()))
    first = np.array([pair.question < half for pair in chosen_by])
    truth = np.array([pair.contradict for pair in chosen_by])
    signs = {row: _sign(found[first], truth[first]) for row, found in scores[main].items()}
    least = {
        row: _threshold(signs[row] * found[first], truth[first])
        for row, found in scores[main].items()
    }
    shown = {
        kind: {
            row: _resampled(signs[row] * found, some, half=half, least=least[row], seed=seed)
            for row, found in scores[kind].items()
        }
        for kind, some in pairs.items()
    }
    return ConflictReport(
        dataset=name,
        questions=len({pair.question for pair in chosen_by}) - half,
        commit=commit_id(),
        day=today,
        seed=seed,
        settings={"embedder": embedder.fingerprint.text, "chosen on": half},
        fitted=_fitted([pair for pair in chosen_by if pair.question < half]),
        metrics={
            kind: {row: {m: _estimate(v) for m, v in found.items()} for row, found in rows.items()}
            for kind, rows in shown.items()
        },
        differences={
            kind: {
                row: {m: _estimate(rows[OURS][m] - values) for m, values in found.items()}
                for row, found in rows.items()
                if row != OURS
            }
            for kind, rows in shown.items()
        },
    )


def _rows(pairs: Sequence[PairOfTexts], embedder: Embedder) -> dict[str, Scores]:
    """Return each way's score of each pair."""
    ones = embedder.embed([pair.one for pair in pairs])
    others = embedder.embed([pair.other for pair in pairs])
    return {
        OURS: np.array([contradiction(pair.one, pair.other).score for pair in pairs]),
        COSINE: np.einsum("ij,ij->i", ones, others).astype(np.float64),
        LEXICAL: np.array([float(_denies(pair.one) != _denies(pair.other)) for pair in pairs]),
    }


def _denies(text: str) -> bool:
    """Tell whether a text has any word of denial, wherever it stands."""
    return any(claim.negated for claim in claims_of(text).sentences)


def _sign(scores: Scores, truth: Marks) -> float:
    """Return 1 where a higher score speaks for contradiction, else -1."""
    return 1.0 if auroc(scores, truth) >= 0.5 else -1.0  # noqa: PLR2004  chance


def _threshold(scores: Scores, truth: Marks) -> float:
    """Return the score from which on saying "contradiction" is right most often; lowest of equals.

    It lies halfway between two scores, so that it says something of those in between.
    """
    values = np.unique(scores)
    cuts = np.append((values[1:] + values[:-1]) / 2, np.inf)
    right = [((scores >= cut) == truth).mean() for cut in cuts]
    return float(cuts[int(np.argmax(right))])


def _resampled(
    scores: Scores, pairs: Sequence[PairOfTexts], *, half: int, least: float, seed: int
) -> dict[str, Scores]:
    """Return each metric of the second half: of all its questions, then of each resample."""
    of_question: dict[int, list[int]] = {}
    for place, pair in enumerate(pairs):
        if pair.question >= half:
            of_question.setdefault(pair.question, []).append(place)
    groups = [np.array(places) for places in of_question.values()]
    truth = np.array([pair.contradict for pair in pairs])
    drawn = np.random.default_rng(seed).integers(len(groups), size=(RESAMPLES, len(groups)))
    found = [
        _metrics(scores[places], truth[places], least=least)
        for places in (
            np.concatenate(groups),
            *(np.concatenate([groups[one] for one in some]) for some in drawn),
        )
    ]
    return {metric: np.array([one[metric] for one in found]) for metric in found[0]}


def _metrics(scores: Scores, truth: Marks, *, least: float) -> dict[str, float]:
    said = scores >= least
    if not truth.any():
        return {CALLED: float(said.mean())}
    right, wrong = int((said & truth).sum()), int((said != truth).sum())
    return {
        AUROC: auroc(scores, truth),
        F1: 2 * right / (2 * right + wrong),
        ACCURACY: float((said == truth).mean()),
    }


def _estimate(values: Scores) -> Estimate:
    """Return the first value, with the interval of those after it."""
    low, high = np.percentile(values[1:], [TAIL_PERCENT, 100 - TAIL_PERCENT])
    return Estimate(mean=float(values[0]), low=float(low), high=float(high))


def _fitted(pairs: Sequence[PairOfTexts]) -> tuple[float, ...]:
    """Fit the weights of the traits and the bias, by Newton's method on the ridge logistic."""
    traits = [(traits_of(pair.one, pair.other), pair.contradict) for pair in pairs]
    judged = [(found, contradict) for found, contradict in traits if found is not None]
    if not judged:
        return (0.0,) * (len(WEIGHTS) + 1)
    given = np.array([[*found, 1.0] for found, _ in judged])
    truth = np.array([float(contradict) for _, contradict in judged])
    prior = np.diag([RIDGE] * len(WEIGHTS) + [1e-6])  # the bias has none, but keeps it solvable
    weights = np.zeros(len(WEIGHTS) + 1)
    for _ in range(30):
        said = 1 / (1 + np.exp(-given @ weights))
        slope = given.T @ (said - truth) + prior @ weights
        bend = (given * (said * (1 - said))[:, None]).T @ given + prior
        weights -= np.linalg.solve(bend, slope)
    return tuple(weights.tolist())


def _told(found: Mapping[str, Estimate]) -> dict[str, list[float]]:
    return {metric: [round(e.mean, DIGITS), *e.interval] for metric, e in found.items()}


def _cells(found: Mapping[str, Estimate], *, signed: bool = False) -> list[str]:
    return [each.signed if signed else str(each) for each in found.values()]

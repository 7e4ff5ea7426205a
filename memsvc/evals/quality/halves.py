"""What weights gain on the questions that they are chosen by, and on others.

The weights of the default were chosen in view of development questions, so what it reaches there
says too much. How much too much, this tells: many settings of the same weights are asked the same
questions; the best of them on half of the questions is held against the default on that half and on
the other one, and the best of all other data sets on the one that it has not seen.

What the best setting gains on its own questions beyond what it gains on others is the price of
choosing by them. A default that lies on a plateau loses to no setting on questions unseen.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date
from typing import Any, NamedTuple, TypeAlias, cast

import numpy as np
from numpy.typing import NDArray

from memsvc.evals.quality.run import DEFAULT_RECIPE
from memsvc.evals.reports.graded import Graded
from memsvc.evals.reports.report import aligned, commit_id
from memsvc.evals.scoring.measures import DIGITS, TAIL_PERCENT, Estimate
from retrieval.recipes import DEFAULT
from retrieval.stage import Recipe, Stage
from retrieval.stages import Fuse

CHOSEN_BY = ("recall@5", "recall@10")
"""A setting is as good as the mean of these, each data set counting as much as any other."""

SPLITS = 500
"""Halvings of the questions, each drawn anew."""

Grades: TypeAlias = NDArray[np.float64]
"""How good each setting is for each question; shape (settings, questions). The first is ours."""


def shaken(count: int, *, seed: int) -> dict[str, Recipe]:
    """Return the default with each weight between half and twice what it is, so often; by name."""
    rng = np.random.default_rng(seed)
    return {f"{DEFAULT_RECIPE}~{number}": _shaken(DEFAULT, rng) for number in range(1, count + 1)}


def _shaken(recipe: Recipe, rng: np.random.Generator) -> Recipe:
    return Recipe(tuple(_stage(stage, rng) for stage in recipe.stages))


def _stage(stage: Stage, rng: np.random.Generator) -> Stage:
    """Return the stage with other weights: whatever it is told in numbers with a fraction."""
    if isinstance(stage, Fuse):
        return Fuse(tuple((arm, _near(weight, rng)) for arm, weight in stage.weights))
    made: Any = stage
    told = {one.name: getattr(stage, one.name) for one in fields(made)}
    other = {
        name: _stage(value, rng) if isinstance(value, Fuse) else _near(value, rng)
        for name, value in told.items()
        if isinstance(value, (Fuse, float))
    }
    return cast("Stage", replace(made, **other))


def _near(weight: float, rng: np.random.Generator) -> float:
    return weight * float(2.0 ** rng.uniform(-1, 1))


class Held(NamedTuple):
    """What a choice gains over the default: where it was made, and where it was not."""

    chosen: Estimate
    unseen: Estimate


@dataclass(frozen=True, slots=True)
class OfSet:
    """One data set, by one metric.

    `spread` are the least, the median and the greatest of all settings; `half` is of settings that
    were chosen by half of all questions, `left_out` the gain of the one that all other sets choose
    (None where there is no other).
    """

    questions: int
    ours: float
    spread: tuple[float, float, float]
    half: Held
    left_out: float | None

    def as_json(self) -> dict[str, Any]:
        """Return the numbers as reports keep them."""
        return {
            "questions": self.questions,
            "ours": round(self.ours, DIGITS),
            "least_median_greatest": [round(one, DIGITS) for one in self.spread],
            "chosen_half": self.half.chosen.as_json(),
            "other_half": self.half.unseen.as_json(),
            "left_out": None if self.left_out is None else round(self.left_out, DIGITS),
        }


@dataclass(frozen=True, slots=True)
class Halves:
    """What choosing gained, by data set and metric."""

    day: date
    commit: str
    settings: int
    seed: int
    sets: Mapping[str, Mapping[str, OfSet]]

    def as_json(self) -> dict[str, Any]:
        """Return the object that `memsvc eval halves --json` prints."""
        return {
            "commit": self.commit,
            "date": self.day.isoformat(),
            "settings": self.settings,
            "splits": SPLITS,
            "seed": self.seed,
            "sets": {
                name: {metric: one.as_json() for metric, one in of.items()}
                for name, of in self.sets.items()
            },
        }

    def table(self) -> str:
        """Return a line for each data set and metric, for a terminal."""
        heading = ["", "", "ours", "all settings", "its half", "other half", "set left out"]
        lines = [
            [
                name,
                metric,
                f"{one.ours:.3f}",
                " / ".join(f"{value:.3f}" for value in one.spread),
                one.half.chosen.signed,
                one.half.unseen.signed,
                "-" if one.left_out is None else f"{one.left_out:+.3f}",
            ]
            for name, of in self.sets.items()
            for metric, one in of.items()
        ]
        return "\n".join([*self._heading(), "", *aligned([heading, *lines])])

    def _heading(self) -> list[str]:
        drawn = "settings of the default's weights, each between half and twice what it is"
        return [
            f"{self.settings} {drawn}; {SPLITS} halvings; {self.commit}, {self.day}",
            "all settings: the least, the median and the greatest; set left out: what the best of",
            "all other sets gains; its half: what the best of half of the questions gains there,",
            "other half: what it gains where it was not chosen",
        ]


def halved(graded: Mapping[str, Graded], *, today: date, seed: int) -> Halves:
    """Choose settings by halves of the questions, and by all sets but one; see what they gain.

    `graded` has for each data set what each setting reached, ours first, all in one order.
    """
    metrics = {
        name: {metric: np.stack([row[metric] for row in rows.values()]) for metric in CHOSEN_BY}
        for name, rows in graded.items()
    }
    worth = {
        name: cast("Grades", np.mean(list(of.values()), axis=0)) for name, of in metrics.items()
    }
    halves = _halves(worth, metrics, seed=seed)
    settings = len(next(iter(worth.values())))
    return Halves(
        today,
        commit_id(),
        settings - 1,
        seed,
        {
            name: {
                metric: OfSet(
                    questions=found.shape[1],
                    ours=float(found[0].mean()),
                    spread=_spread(found.mean(axis=1)),
                    half=halves[name, metric],
                    left_out=_left_out(name, found, worth),
                )
                for metric, found in of.items()
            }
            for name, of in metrics.items()
        },
    )


def _halves(
    worth: Mapping[str, Grades], metrics: Mapping[str, Mapping[str, Grades]], *, seed: int
) -> dict[tuple[str, str], Held]:
    rng = np.random.default_rng(seed)
    gains: dict[tuple[str, str], list[tuple[float, float]]] = {}
    for _ in range(SPLITS):
        inside = {name: _half(found.shape[1], rng) for name, found in worth.items()}
        best = _best({name: found[:, inside[name]] for name, found in worth.items()})
        for name, of in metrics.items():
            for metric, found in of.items():
                gained = found[best] - found[0]
                both = (gained[inside[name]].mean(), gained[~inside[name]].mean())
                gains.setdefault((name, metric), []).append(both)
    return {of: Held(*map(_over, zip(*each, strict=True))) for of, each in gains.items()}


def _half(count: int, rng: np.random.Generator) -> NDArray[np.bool_]:
    inside = np.zeros(count, dtype=np.bool_)
    inside[rng.permutation(count)[: count // 2]] = True
    return inside


def _best(worth: Mapping[str, Grades]) -> int:
    return int(np.argmax(np.mean([found.mean(axis=1) for found in worth.values()], axis=0)))


def _left_out(name: str, found: Grades, worth: Mapping[str, Grades]) -> float | None:
    others = {other: of for other, of in worth.items() if other != name}
    return float((found[_best(others)] - found[0]).mean()) if others else None


def _over(gains: Sequence[float]) -> Estimate:
    """Return the mean over halvings, and between which values 95 % of them lie."""
    low, high = np.percentile(gains, [TAIL_PERCENT, 100 - TAIL_PERCENT])
    return Estimate(float(np.mean(gains)), float(low), float(high))


def _spread(means: NDArray[np.float64]) -> tuple[float, float, float]:
    return float(means.min()), float(np.median(means)), float(means.max())

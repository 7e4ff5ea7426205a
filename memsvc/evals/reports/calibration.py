"""A threshold that was chosen by labelled pairs: one object for machines, one table for people."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from memsvc.evals.reports.report import aligned
from memsvc.evals.scoring.measures import DIGITS, Estimate

LEAST_FOUND = 20
"""A threshold that fewer pairs pass is not trusted, whatever its precision."""


@dataclass(frozen=True, slots=True)
class Found:
    """How well some of the pairs are told to be synonyms."""

    precision: float
    recall: float
    joined: int

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall; 0 when nothing right is joined."""
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0

    def as_json(self) -> dict[str, float]:
        """Return precision, recall, f1 and how many pairs were joined."""
        shares = {"precision": self.precision, "recall": self.recall, "f1": self.f1}
        return {**{name: round(v, DIGITS) for name, v in shares.items()}, "joined": self.joined}


@dataclass(frozen=True, slots=True)
class Chosen:
    """The least cosine that reaches the target, and what it is worth.

    `interval` is of the cosine, over resamples; `unseen` precision and recall are over the pairs
    that each resample left out, and `reached` is the share of resamples with any such cosine.
    `kinds` has for each kind how many of its pairs are joined, and of how many.
    """

    cosine: float
    interval: tuple[float, float]
    reached: float
    found: Found
    unseen: Mapping[str, Estimate]
    kinds: Mapping[str, tuple[int, int]]
    check: Found | None

    def as_json(self) -> dict[str, Any]:
        """Return the choice for machines."""
        return {
            "cosine": round(self.cosine, DIGITS),
            "interval": [round(end, DIGITS) for end in self.interval],
            "reached": round(self.reached, DIGITS),
            **self.found.as_json(),
            "unseen": {
                name: [round(e.mean, DIGITS), *e.interval] for name, e in self.unseen.items()
            },
            "kinds": {kind: {"joined": n, "of": of} for kind, (n, of) in self.kinds.items()},
            **({} if self.check is None else {"check": self.check.as_json()}),
        }


@dataclass(frozen=True, slots=True)
class Way:
    """One way to tell synonyms: by threshold, and what was chosen; None when none reaches."""

    name: str
    thresholds: Mapping[float, Found]
    chosen: Chosen | None

    def as_json(self) -> dict[str, Any]:
        """Return the way for machines."""
        return {
            "name": self.name,
            "thresholds": [{"cosine": c, **f.as_json()} for c, f in self.thresholds.items()],
            "chosen": None if self.chosen is None else self.chosen.as_json(),
        }


@dataclass(frozen=True, slots=True)
class InUse:
    """What the cosine that the product uses is worth in its way, whatever the pairs choose."""

    cosine: float
    found: Found
    check: Found | None

    def as_json(self) -> dict[str, Any]:
        """Return it for machines."""
        check = {} if self.check is None else {"check": self.check.as_json()}
        return {"cosine": self.cosine, **self.found.as_json(), **check}


@dataclass(frozen=True, slots=True)
class Calibration:
    """A dated result with what is needed to repeat it."""

    dataset: str
    pairs: int
    same: int
    target: float
    commit: str
    day: date
    seed: int
    settings: Mapping[str, Any]
    ways: Sequence[Way]
    without_model: Mapping[str, Found]
    in_use: InUse

    def as_json(self) -> dict[str, Any]:
        """Return the object that `memsvc eval synonyms --json` prints."""
        return {
            "dataset": self.dataset,
            "pairs": self.pairs,
            "same": self.same,
            "target_precision": self.target,
            "commit": self.commit,
            "date": self.day.isoformat(),
            "seed": self.seed,
            "settings": dict(self.settings),
            "ways": [way.as_json() for way in self.ways],
            "without_model": {name: f.as_json() for name, f in self.without_model.items()},
            "in_use": self.in_use.as_json(),
        }

    def table(self) -> str:
        """Return the same for a terminal; the last line says what to set."""
        heading = ["", "precision", "recall", "f1", "joined"]
        pairs = f"{self.pairs} pairs, {self.same} of them the same"
        lines = [f"{self.dataset}: {pairs}, {self.commit}, {self.day}"]
        for way in self.ways:
            steps = [[f"{c:.2f}", *_cells(f)] for c, f in way.thresholds.items()]
            lines += ["", way.name, *aligned([heading, *steps])]
        plain = [[name, *_cells(found)] for name, found in self.without_model.items()]
        lines += ["", "without a model", *aligned([heading, *plain])]
        for way in self.ways:
            lines += ["", *_chosen_lines(way, self.target)]
        lines += ["", f"in use: {self.in_use.cosine}{_worth(self.in_use.found)}"]
        if self.in_use.check is not None:
            lines.append(f"  on the pairs kept for checking{_worth(self.in_use.check)}")
        return "\n".join(lines)


def _cells(found: Found) -> list[str]:
    shares = (found.precision, found.recall, found.f1)
    return [*(f"{share:.3f}" for share in shares), str(found.joined)]


def _worth(found: Found) -> str:
    shares = f"precision {found.precision:.3f}, recall {found.recall:.3f}"
    return f": {shares}, {found.joined} joined"


def _chosen_lines(way: Way, target: float) -> list[str]:
    chosen = way.chosen
    if chosen is None:
        return [f"{way.name}: no cosine that {LEAST_FOUND} pairs pass has a precision of {target}"]
    low, high = chosen.interval
    reached = f"from a cosine of {chosen.cosine:.3f} [{low:.3f}, {high:.3f}] on"
    precision, recall = chosen.found.precision, chosen.found.recall
    lines = [f"{way.name}: {reached}, precision {precision:.3f}, {recall:.3f} of aliases found"]
    if chosen.unseen:
        told = (f"{name} {found}" for name, found in chosen.unseen.items())
        lines.append(f"  on pairs that a resample left out: {', '.join(told)}")
    if chosen.check is not None:
        lines.append(f"  on the pairs kept for checking{_worth(chosen.check)}")
    kinds = [[f"  {kind}", f"{n} of {of}"] for kind, (n, of) in sorted(chosen.kinds.items())]
    return [*lines, *aligned(kinds)]

"""What changed between two reports of the same questions, question by question.

Means hide that a change helps some questions and costs others; the paired difference says whether
the sum of both is more than chance.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import BaseModel, ValidationError

from memsvc.domain.errors import InvalidField
from memsvc.evals.measures import Estimate, paired_difference
from memsvc.evals.report import DIGITS, MAIN_METRIC, OURS
from memsvc.sdk.faults import invalid_field


class _KeptRow(BaseModel):
    name: str
    per_question: dict[str, list[float]] = {}


class _Kept(BaseModel):
    dataset: str
    questions: int
    commit: str
    rows: list[_KeptRow]


class _KeptPart(BaseModel):
    title: str
    report: _Kept


class _KeptAll(BaseModel):
    data: list[_KeptPart]


@dataclass(frozen=True, slots=True)
class Kept:
    """A report as far as it can be compared: the product's own row."""

    dataset: str
    commit: str
    per_question: Mapping[str, Sequence[float]]

    @property
    def questions(self) -> int:
        """How many questions it answered."""
        return len(self.per_question[MAIN_METRIC])

    def is_like(self, other: "Kept") -> bool:
        """Tell whether another report is of the same data and as many questions."""
        return (self.dataset, self.questions) == (other.dataset, other.questions)


@dataclass(frozen=True, slots=True)
class Change:
    """How one metric differs: its mean with an interval, and the numbers of the questions."""

    difference: Estimate
    better: tuple[int, ...]
    worse: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """What the product's row of a second report has more than that of a first."""

    dataset: str
    commits: tuple[str, str]
    changes: Mapping[str, Change]

    def as_json(self) -> dict[str, Any]:
        """Return the object that `memsvc eval diff --json` prints."""
        return {
            "dataset": self.dataset,
            "commits": list(self.commits),
            "changes": {
                metric: {
                    "difference": round(change.difference.mean, DIGITS),
                    "interval": [
                        round(change.difference.low, DIGITS),
                        round(change.difference.high, DIGITS),
                    ],
                    "better": list(change.better),
                    "worse": list(change.worse),
                }
                for metric, change in self.changes.items()
            },
        }

    def table(self) -> str:
        """Return each metric's difference, and which questions gained and lost."""
        lines = [f"{self.dataset}: {self.commits[0]} to {self.commits[1]}", ""]
        for metric, change in self.changes.items():
            found = change.difference
            lines.append(
                f"{metric:10}  {found.mean:+.3f} [{found.low:+.3f}, {found.high:+.3f}]  "
                f"{len(change.better)} better, {len(change.worse)} worse"
            )
        main = self.changes[MAIN_METRIC]
        for word, which in (("better", main.better), ("worse", main.worse)):
            lines += ["", f"{MAIN_METRIC} {word}, by number from 0: {_listed(which)}"]
        return "\n".join(lines)


def load_kept(file: Path) -> Kept:
    """Read a report that `memsvc eval --report` wrote. Raises `InvalidField` for another file."""
    try:
        report = _Kept.model_validate_json(file.read_bytes())
    except ValidationError as error:
        detail = f"{file} is no report of memsvc eval: {invalid_field(error).detail}"
        raise InvalidField(detail, field="reports") from error
    ours = _ours(report)
    if MAIN_METRIC not in ours or any(len(v) != report.questions for v in ours.values()):
        detail = f"{file} keeps no {MAIN_METRIC} question by question; measure it again."
        raise InvalidField(detail, field="reports")
    return Kept(report.dataset, report.commit, ours)


def load_all_kept(file: Path) -> dict[str, Kept]:
    """Read the data sets of a report that `memsvc eval all` wrote, by their titles.

    Those that kept nothing question by question are left out. Raises `InvalidField` for another
    file.
    """
    try:
        report = _KeptAll.model_validate_json(file.read_bytes())
    except ValidationError as error:
        detail = f"{file} is no report of memsvc eval all: {invalid_field(error).detail}"
        raise InvalidField(detail, field="report") from error
    return {
        one.title: Kept(one.report.dataset, one.report.commit, ours)
        for one in report.data
        if MAIN_METRIC in (ours := _ours(one.report))
    }


def _ours(report: _Kept) -> Mapping[str, Sequence[float]]:
    return next((row.per_question for row in report.rows if row.name == OURS), {})


def compare(first: Kept, second: Kept, *, seed: int = 0) -> Comparison:
    """Compare two reports. Raises `InvalidField` when they do not answer the same questions."""
    if not first.is_like(second):
        detail = (
            f"The reports are of {first.dataset} ({first.questions} questions) and "
            f"{second.dataset} ({second.questions}); compare two of the same data."
        )
        raise InvalidField(detail, field="reports")
    return Comparison(
        dataset=first.dataset,
        commits=(first.commit, second.commit),
        changes={
            metric: _change(values, second.per_question[metric], seed=seed)
            for metric, values in first.per_question.items()
            if metric in second.per_question
        },
    )


def _change(before: Sequence[float], after: Sequence[float], *, seed: int) -> Change:
    was, now = np.array(before), np.array(after)
    return Change(
        difference=paired_difference(now, was, seed=seed),
        better=tuple(np.flatnonzero(now > was).tolist()),
        worse=tuple(np.flatnonzero(now < was).tolist()),
    )


def _listed(numbers: Sequence[int]) -> str:
    return ", ".join(map(str, numbers)) or "none"

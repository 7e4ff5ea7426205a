"""What changed between two reports of the same questions, question by question.

Means hide that a change helps some questions and costs others; the paired difference says whether
the sum of both is more than chance. Reports hold no texts of the data, whose licences may forbid to
pass them on; who has the data sees the questions.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import BaseModel, ValidationError

from memsvc.domain.errors import InvalidField
from memsvc.evals.datasets.dataset import LabelledQuestion
from memsvc.evals.reports.report import MAIN_METRIC, OURS
from memsvc.evals.scoring.measures import DIGITS, Estimate, paired_difference
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
    """How one metric differs: its mean with an interval, and the numbers of the questions.

    `before` and `after` have what each question reached.
    """

    difference: Estimate
    better: tuple[int, ...]
    worse: tuple[int, ...]
    before: Sequence[float]
    after: Sequence[float]


@dataclass(frozen=True, slots=True)
class Comparison:
    """What the product's row of a second report has more than that of a first."""

    dataset: str
    commits: tuple[str, str]
    changes: Mapping[str, Change]

    def as_json(self, asked: Sequence[LabelledQuestion] = ()) -> dict[str, Any]:
        """Return the object that `memsvc eval diff --json` prints.

        With the questions in their order it has the text of each that changed.
        """
        return {
            "dataset": self.dataset,
            "commits": list(self.commits),
            **({"questions": self._changed(asked)} if asked else {}),
            "changes": {
                metric: {
                    "difference": round(change.difference.mean, DIGITS),
                    "interval": change.difference.interval,
                    "better": list(change.better),
                    "worse": list(change.worse),
                }
                for metric, change in self.changes.items()
            },
        }

    def _changed(self, asked: Sequence[LabelledQuestion]) -> list[dict[str, Any]]:
        return [
            {
                "number": number,
                "category": asked[number].category,
                "question": asked[number].text,
                "before": self.main.before[number],
                "after": self.main.after[number],
            }
            for number in sorted((*self.main.better, *self.main.worse))
        ]

    @property
    def main(self) -> Change:
        """What changed of the metric that reports go by."""
        return self.changes[MAIN_METRIC]

    def table(self, asked: Sequence[LabelledQuestion] = ()) -> str:
        """Return each metric's difference, and which questions gained and lost.

        With the questions in their order, those that changed stand by category with their texts.
        """
        lines = [f"{self.dataset}: {self.commits[0]} to {self.commits[1]}", ""]
        for metric, change in self.changes.items():
            lines.append(
                f"{metric:10}  {change.difference.signed}  "
                f"{len(change.better)} better, {len(change.worse)} worse"
            )
        for word, which in (("better", self.main.better), ("worse", self.main.worse)):
            if asked:
                lines += ["", f"{MAIN_METRIC} {word}:", *(self._texts(which, asked) or ["  none"])]
            else:
                lines += ["", f"{MAIN_METRIC} {word}, by number from 0: {_listed(which)}"]
        return "\n".join(lines)

    def _texts(self, which: Sequence[int], asked: Sequence[LabelledQuestion]) -> list[str]:
        """Return the questions by category, each with what it reached before and reaches now."""
        lines: list[str] = []
        for category in sorted({asked[number].category for number in which}):
            inside = [number for number in which if asked[number].category == category]
            lines.append(f"  {category} ({len(inside)})")
            lines += [
                f"    {number:4}  {self.main.before[number]:.2f} to {self.main.after[number]:.2f}  "
                f"{' '.join(asked[number].text.split())}"
                for number in inside
            ]
        return lines


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
        and all(len(values) == one.report.questions for values in ours.values())
    }


def load_reports(file: Path) -> dict[str, Kept]:
    """Read a report of one data set or of all, by title; that of one has its data's name.

    Raises `InvalidField` for another file.
    """
    try:
        _KeptAll.model_validate_json(file.read_bytes())
    except ValidationError:  # of one data set, or what `load_kept` refuses in its own words
        one = load_kept(file)
        return {one.dataset: one}
    return load_all_kept(file)


def compare_reports(
    first: Mapping[str, Kept], second: Mapping[str, Kept]
) -> tuple[dict[str, Comparison], list[str]]:
    """Compare what two reports both measured, by title; and say what was left out.

    Raises `InvalidField` when they have nothing of the same questions.
    """
    both = {title: (kept, second[title]) for title, kept in first.items() if title in second}
    if len(first) == len(second) == 1:  # two of one data set, whose differences are named
        (title, before), (after,) = next(iter(first.items())), second.values()
        return {title: compare(before, after)}, []
    alike = {title: pair for title, pair in both.items() if pair[0].is_like(pair[1])}
    if not alike:
        detail = "The reports have no questions in common; compare two of the same data."
        raise InvalidField(detail, field="reports")
    left = [title for title in {**first, **second} if title not in alike]
    return {title: compare(*pair) for title, pair in alike.items()}, left


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
        before=before,
        after=after,
    )


def _listed(numbers: Sequence[int]) -> str:
    return ", ".join(map(str, numbers)) or "none"

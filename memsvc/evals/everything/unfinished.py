"""What a run over all data sets has measured so far, kept after each, so that it can go on.

The file stands beside the report that it is to become and goes when that is written. It is gone on
with only by a run of the same day that asks the same of the same code: a report says of one commit
what it reaches.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from memsvc.domain.errors import InvalidField
from memsvc.evals.everything.report import KIND, Part
from memsvc.evals.reports.report import Difference, Report, Row, Slice, readable
from memsvc.evals.scoring.measures import Estimate
from memsvc.sdk.faults import invalid_field


@dataclass(frozen=True, slots=True)
class Unfinished:
    """The file of one run; `asked` is all that makes another run another."""

    file: Path
    asked: Mapping[str, Any]

    @classmethod
    def beside(cls, folder: Path, *, day: date, asked: Mapping[str, Any]) -> "Unfinished":
        """Return the file of a day's run in a folder of reports."""
        return cls(folder / f"{day.isoformat()}-{KIND}.unfinished.json", asked)

    def parts(self) -> dict[str, Part]:
        """Return what was measured, by title; nothing where another run was cut off.

        Raises `InvalidField` when the file is none that was kept here.
        """
        if not self.file.exists():
            return {}
        try:
            kept = _Kept.model_validate_json(self.file.read_bytes())
        except ValidationError as error:
            detail = f"{self.file} cannot be gone on with: {invalid_field(error).detail} Remove it."
            raise InvalidField(detail, field="report") from error
        return {one.title: one.part() for one in kept.data} if kept.asked == self.asked else {}

    def keep(self, parts: Sequence[Part]) -> None:
        """Keep these parts in place of what was kept; a cut leaves the one or the other."""
        self.file.parent.mkdir(parents=True, exist_ok=True)
        data = [
            {**part.as_json(), "shown": list(part.report.shown), "main": part.report.main}
            for part in parts
        ]
        whole = self.file.with_suffix(".new")
        whole.write_text(readable({"asked": dict(self.asked), "data": data}), encoding="utf-8")
        whole.replace(self.file)

    def end(self) -> None:
        """Take the file away: its report is written."""
        self.file.unlink(missing_ok=True)


class _Numbers(BaseModel):
    metrics: dict[str, float]
    intervals: dict[str, tuple[float, float]]

    def estimates(self) -> dict[str, Estimate]:
        return {name: Estimate(mean, *self.intervals[name]) for name, mean in self.metrics.items()}


class _Slice(_Numbers):
    questions: int

    def slice(self) -> Slice:
        return Slice(self.questions, self.estimates())


class _Row(_Numbers):
    name: str
    categories: dict[str, _Slice]
    per_question: dict[str, list[float]] = {}

    def row(self, questions: int) -> Row:
        categories = {name: one.slice() for name, one in self.categories.items()}
        return Row(self.name, Slice(questions, self.estimates()), categories, self.per_question)


class _Difference(_Numbers):
    of: str
    against: str
    categories: dict[str, _Numbers]

    def difference(self) -> Difference:
        categories = {name: one.estimates() for name, one in self.categories.items()}
        return Difference(self.of, self.against, self.estimates(), categories)


class _Report(BaseModel):
    dataset: str
    questions: int
    commit: str
    date: date
    seed: int
    settings: dict[str, Any]
    rows: list[_Row]
    differences: list[_Difference]


class _Part(BaseModel):
    title: str
    goals: dict[str, float]
    costs: dict[str, Any]
    report: _Report
    shown: list[str]
    main: str

    def part(self) -> Part:
        kept = self.report
        report = Report(
            dataset=kept.dataset,
            questions=kept.questions,
            commit=kept.commit,
            day=kept.date,
            seed=kept.seed,
            settings=kept.settings,
            rows=[row.row(kept.questions) for row in kept.rows],
            differences=[one.difference() for one in kept.differences],
            shown=self.shown,
            main=self.main,
        )
        return Part(self.title, self.goals, report, self.costs)


class _Kept(BaseModel):
    asked: dict[str, Any]
    data: list[_Part]

"""What an evaluation found: one object for machines, one table for people, one file to keep."""

import json
import re
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from memsvc.evals.scoring.measures import (
    CONTEXT_BUDGETS,
    DIGITS,
    Estimate,
    PerQuestion,
    estimate,
    paired_difference,
)

OURS = "memsvc"
"""The name of the row that measures the product in its default configuration."""

ROWS = "rows"
"""Where the settings of a report say what rows are, by their names."""

PACKAGE = Path(__file__).resolve().parents[2]
MAIN_METRIC = "recall@10"
TABLE_METRICS = ("recall@2", "recall@5", MAIN_METRIC, "recall@20", "mrr")
CONTEXT_METRICS = tuple(f"context@{budget}" for budget in CONTEXT_BUDGETS)
CONTEXT_METRIC = "context@2000"
COMPARED = ("recall@5", MAIN_METRIC, "mrr", CONTEXT_METRIC)
"""Metrics that a report keeps question by question, so that two reports can be compared."""

_NUMBERS = re.compile(r"\[[-+.,\deE\s]+\]")


@dataclass(frozen=True, slots=True)
class Slice:
    """The metrics of a row over some of the questions."""

    questions: int
    estimates: Mapping[str, Estimate]

    def as_json(self) -> dict[str, Any]:
        """Return the metrics and, under the same names, their intervals."""
        return {"questions": self.questions, **_numbers(self.estimates)}


@dataclass(frozen=True, slots=True)
class Row:
    """What one system reached, over all questions and by category.

    `per_question` holds metrics question by question, for the rows that are compared over time.
    """

    name: str
    overall: Slice
    categories: Mapping[str, Slice]
    per_question: Mapping[str, Sequence[float]] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Return the row as `memsvc eval --json` prints it."""
        return {
            "name": self.name,
            **_numbers(self.overall.estimates),
            "categories": {name: part.as_json() for name, part in self.categories.items()},
            **({"per_question": dict(self.per_question)} if self.per_question else {}),
        }


@dataclass(frozen=True, slots=True)
class Difference:
    """How much more row `of` reached than row `against`, question by question.

    `categories` has the same for the questions of each.
    """

    of: str
    against: str
    estimates: Mapping[str, Estimate]
    categories: Mapping[str, Mapping[str, Estimate]] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Return the difference of each metric with its interval."""
        return {
            "of": self.of,
            "against": self.against,
            **_numbers(self.estimates),
            "categories": {name: _numbers(part) for name, part in self.categories.items()},
        }


@dataclass(frozen=True, slots=True)
class Report:
    """A dated result with what is needed to repeat it."""

    dataset: str
    questions: int
    commit: str
    day: date
    seed: int
    settings: Mapping[str, Any]
    rows: Sequence[Row]
    differences: Sequence[Difference]
    shown: Sequence[str] = TABLE_METRICS
    main: str = MAIN_METRIC
    """Which metrics a table shows, and the one that it shows by category and as differences."""

    def as_json(self) -> dict[str, Any]:
        """Return the object that `memsvc eval --json` prints."""
        return {
            "dataset": self.dataset,
            "questions": self.questions,
            "commit": self.commit,
            "date": self.day.isoformat(),
            "seed": self.seed,
            "settings": dict(self.settings),
            "rows": [row.as_json() for row in self.rows],
            "differences": [difference.as_json() for difference in self.differences],
        }

    def table(self) -> str:
        """Return the rows with intervals, by category, and the differences, for a terminal."""
        return "\n".join(
            [
                f"{self.dataset}: {self.questions} questions, {self.commit}, {self.day}",
                "",
                *aligned(
                    [["", *self.shown], *(_metric_cells(row, self.shown) for row in self.rows)]
                ),
                "",
                *self._context_lines(),
                *self._category_lines(),
                f"{self.main}, difference on the same questions, 95 % interval",
                *aligned([_difference_cells(one, [self.main]) for one in self.differences]),
                *self._parts_lines(),
                *self._told_lines(),
            ]
        )

    def _told_lines(self) -> list[str]:
        """Return what rows of other projects are, where there are any."""
        told = told_rows(self)
        return ["", *(f"{name}: {what}" for name, what in told.items())] if told else []

    def _category_lines(self) -> list[str]:
        """Return a table of the main metric by category, where questions have any."""
        if not self.rows[0].categories:
            return []
        cells = [
            ["", *self.rows[0].categories],
            *(_category_cells(row, self.main) for row in self.rows),
        ]
        return [f"{self.main} by category", *aligned(cells), ""]

    def _parts_lines(self) -> list[str]:
        """Return what a part of the product is worth by category, where it was left out."""
        parts = [
            one
            for one in self.differences
            if one.categories and one.against.startswith(f"{OURS} -")
        ]
        if not parts:
            return []
        return [
            "",
            f"{self.main}, difference by category",
            *aligned(
                [
                    ["", *self.rows[0].categories],
                    *(
                        [
                            f"{one.of} - {one.against}",
                            *(found[self.main].signed for found in one.categories.values()),
                        ]
                        for one in parts
                    ),
                ]
            ),
        ]

    def _context_lines(self) -> list[str]:
        """Return a table of the rows whose contexts were measured, and how they differ."""
        rows = [row for row in self.rows if CONTEXT_METRIC in row.overall.estimates]
        if not rows:
            return []
        differences = [one for one in self.differences if CONTEXT_METRIC in one.estimates]
        return [
            "evidence in the context, by its budget in tokens",
            *aligned(
                [
                    ["", *CONTEXT_METRICS],
                    *(_metric_cells(row, CONTEXT_METRICS) for row in rows),
                    *(_difference_cells(one, CONTEXT_METRICS) for one in differences),
                ]
            ),
            "",
        ]


def told_rows(report: Report) -> dict[str, str]:
    """Return what a report's settings say of those of its rows that are other projects'."""
    names = {row.name for row in report.rows}
    told = report.settings.get(ROWS, {})
    return {name: what for name, what in told.items() if name in names}


class Dated(Protocol):
    """What was found on a day."""

    @property
    def day(self) -> date:
        """When it was measured."""

    def as_json(self) -> dict[str, Any]:
        """Return the object that is kept of it."""


def keep(found: Dated, folder: Path, *, kind: str) -> Path:
    """Write an object to `folder`/YYYY-MM-DD-`kind`.json; a later run of a day replaces it."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{found.day.isoformat()}-{kind}.json"
    file.write_text(readable(found.as_json()) + "\n", encoding="utf-8")
    return file


def row_of(
    name: str,
    columns: Mapping[str, PerQuestion],
    *,
    slices: Mapping[str, Sequence[int]],
    seed: int,
    compared: Sequence[str] = COMPARED,
) -> Row:
    """Make a row from one array a metric; `slices` names the questions of each category.

    The product's own row keeps the `compared` metrics question by question.
    """
    return Row(
        name=name,
        per_question={
            metric: np.round(columns[metric], DIGITS).tolist()
            for metric in (compared if name == OURS else ())
            if metric in columns
        },
        overall=_slice(columns, seed=seed),
        categories={
            category: _slice({m: values[list(inside)] for m, values in columns.items()}, seed=seed)
            for category, inside in slices.items()
        },
    )


def readable(found: Mapping[str, Any]) -> str:
    """Return the object as indented JSON in which a list of numbers is one line."""
    return _NUMBERS.sub(
        lambda match: re.sub(r"\s+", " ", match[0]).replace("[ ", "[").replace(" ]", "]"),
        json.dumps(found, indent=2),
    )


def differences_of(
    rows: Mapping[str, Mapping[str, PerQuestion]],
    *,
    seed: int,
    of: str = OURS,
    slices: Mapping[str, Sequence[int]] | None = None,
) -> list[Difference]:
    """Compare the product's row, or another, with each of the others, in what both measure.

    `slices` has the places of the questions of each category.
    """
    ours = rows[of]
    return [
        Difference(
            of=of,
            against=name,
            estimates={
                m: paired_difference(ours[m], theirs[m], seed=seed) for m in ours if m in theirs
            },
            categories={
                category: {
                    m: paired_difference(ours[m][list(places)], theirs[m][list(places)], seed=seed)
                    for m in COMPARED
                    if m in ours and m in theirs
                }
                for category, places in (slices or {}).items()
            },
        )
        for name, theirs in rows.items()
        if name != of
    ]


def commit_id(package: Path = PACKAGE) -> str:
    """Return the commit that this code is at, with "-dirty" when it has changed since.

    Where the code does not run from its own repository, the version that is installed.
    """
    top = _git("rev-parse", "--show-toplevel", folder=package)
    commit = _git("describe", "--always", "--dirty", "--abbrev=40", "--exclude=*", folder=package)
    if commit and Path(top) == package.parent:
        return commit
    try:
        return version("memsvc")
    except PackageNotFoundError:  # source files without a repository or an installation
        return "unknown"


def code_id(package: Path = PACKAGE) -> str:
    """Return the commit, and where the code has changed since a digest of what has."""
    commit = commit_id(package)
    if not commit.endswith("-dirty"):
        return commit
    changed = [_git("diff", "HEAD", folder=package), _git("status", "--porcelain", folder=package)]
    return f"{commit}-{sha256(''.join(changed).encode()).hexdigest()[:12]}"


def _git(*words: str, folder: Path) -> str:
    """Return what git answers; nothing when there is no git, no repository or no commit."""
    try:
        done = subprocess.run(  # noqa: S603  the words are this module's own
            ["git", "--no-optional-locks", *words],  # noqa: S607  whichever git the user runs
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
        )
    except FileNotFoundError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def _slice(columns: Mapping[str, PerQuestion], *, seed: int) -> Slice:
    estimates = {metric: estimate(values, seed=seed) for metric, values in columns.items()}
    return Slice(questions=len(next(iter(columns.values()))), estimates=estimates)


def _numbers(estimates: Mapping[str, Estimate]) -> dict[str, Any]:
    return {
        "metrics": {name: round(e.mean, DIGITS) for name, e in estimates.items()},
        "intervals": {name: e.interval for name, e in estimates.items()},
    }


def _metric_cells(row: Row, metrics: Sequence[str]) -> list[str]:
    shown = (row.overall.estimates[metric] for metric in metrics)
    return [row.name, *map(str, shown)]


def _category_cells(row: Row, metric: str) -> list[str]:
    parts = row.categories.values()
    return [row.name, *(f"{part.estimates[metric].mean:.3f}" for part in parts)]


def _difference_cells(difference: Difference, metrics: Sequence[str]) -> list[str]:
    shown = (difference.estimates[metric] for metric in metrics)
    names = f"{difference.of} - {difference.against}"
    return [names, *(each.signed for each in shown)]


def aligned(cells: Sequence[Sequence[str]]) -> list[str]:
    """Return lines whose columns stand below each other."""
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in cells
    ]

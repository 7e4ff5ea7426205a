"""Makes reports of graded questions, for every evaluation alike; several of one run are `Parts`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from memsvc.evals.datasets.dataset import DataSet
from memsvc.evals.reports.report import (
    COMPARED,
    MAIN_METRIC,
    TABLE_METRICS,
    Difference,
    Report,
    commit_id,
    differences_of,
    row_of,
)
from memsvc.evals.scoring.measures import PerQuestion
from memsvc.ports.lexicon import Analyzer
from memsvc.ports.models import Embedder

Graded = Mapping[str, Mapping[str, PerQuestion]]
"""What each row reached: for each metric one number a question."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What a report puts before the eye: metrics of its table, and what is compared."""

    metrics: Sequence[str] = TABLE_METRICS
    main: str = MAIN_METRIC
    """The metric that it shows by category and as differences."""

    pairs: Sequence[tuple[str, str]] = ()
    """Rows that are compared, this with that, besides ours with all others."""


def report_of(
    dataset: str,
    graded: Graded,
    *,
    slices: Mapping[str, Sequence[int]],
    today: date,
    seed: int,
    settings: Mapping[str, Any],
    differences: Sequence[Difference] | None = None,
    compared: Sequence[str] = COMPARED,
    shown: Sequence[str] = TABLE_METRICS,
    main: str = MAIN_METRIC,
) -> Report:
    """Make a report of rows that answered the same questions.

    `slices` has the places of the questions of each category. Without `differences` the product's
    row is compared with every other; `compared` metrics of it are kept question by question.
    """
    columns = next(iter(graded.values()))
    return Report(
        dataset=dataset,
        questions=len(next(iter(columns.values()))),
        commit=commit_id(),
        day=today,
        seed=seed,
        settings=settings,
        rows=[
            row_of(name, found, slices=slices, seed=seed, compared=compared)
            for name, found in graded.items()
        ],
        differences=differences_of(graded, seed=seed) if differences is None else differences,
        shown=shown,
        main=main,
    )


def slices_by(kinds: Sequence[str]) -> dict[str, list[int]]:
    """Return the places of the questions of each kind, kinds in the order in which they occur."""
    return {
        one: [place for place, kind in enumerate(kinds) if kind == one]
        for one in dict.fromkeys(kinds)
    }


def settings_of(
    data: DataSet, *, embedder: Embedder | None = None, analyzer: Analyzer | None = None
) -> dict[str, Any]:
    """Return what every report says of its data, and by whose vectors and words it was read."""
    return {
        "spaces": len(data.spaces),
        "turns": sum(len(asked.turns) for asked in data.spaces),
        "questions_without_evidence": data.unlabelled,
        **({} if embedder is None else {"embedder": embedder.fingerprint.text}),
        **({} if analyzer is None else {"analyzer": analyzer.fingerprint}),
    }


@dataclass(frozen=True, slots=True)
class Parts:
    """Reports of one run by their names, shown one below the other and kept in one file."""

    parts: Mapping[str, Report]

    @property
    def day(self) -> date:
        """When they were measured."""
        return next(iter(self.parts.values())).day

    def as_json(self) -> dict[str, Any]:
        """Return each part as reports are printed."""
        return {name: part.as_json() for name, part in self.parts.items()}

    def table(self) -> str:
        """Return the parts' tables, one below the other."""
        return "\n\n".join(part.table() for part in self.parts.values())

"""One report of many data sets: each as it is measured alone, and what it cost to recall.

It is kept as JSON for machines, as Markdown and a plot for people, and says what has changed since
the report before it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from memsvc.evals.datasets.folders import Held
from memsvc.evals.everything.goals import goals_of
from memsvc.evals.reports.compare import Comparison, Kept, compare, load_all_kept
from memsvc.evals.reports.report import OURS, Report, commit_id, keep
from memsvc.sdk.wire import Recalled

KIND = "all"


@dataclass(slots=True)
class Costs:
    """What our recalls took: milliseconds of each, and the tokens of contexts by budget."""

    took_ms: list[float] = field(default_factory=list)
    tokens: dict[int, list[int]] = field(default_factory=dict)

    def watch(self, row: str, budget: int | None, ms: float, answer: Recalled) -> None:
        """Take in a recall of the default; those without a budget are timed, others measured."""
        if row != OURS:
            return
        if budget is None:
            self.took_ms.append(ms)
        else:
            self.tokens.setdefault(budget, []).append(answer.context_tokens)

    def as_json(self) -> dict[str, Any]:
        """Return p50 and p95 in milliseconds, and mean tokens by budget."""
        p50, p95 = (round(float(p), 2) for p in np.percentile(self.took_ms, [50, 95]))
        return {
            "recalls": len(self.took_ms),
            "p50_ms": p50,
            "p95_ms": p95,
            "mean_tokens": {
                str(budget): round(float(np.mean(each)), 1) for budget, each in self.tokens.items()
            },
        }


@dataclass(frozen=True, slots=True)
class Part:
    """One data set: its title, what is aimed at, what was found, and what that cost."""

    title: str
    goals: Mapping[str, float]
    report: Report
    costs: Mapping[str, Any]

    def kept(self) -> Kept:
        """Return our row as it can be compared."""
        ours = next(row.per_question for row in self.report.rows if row.name == OURS)
        return Kept(self.report.dataset, self.report.commit, ours)

    def as_json(self) -> dict[str, Any]:
        """Return the part as it is kept."""
        return {
            "title": self.title,
            "goals": dict(self.goals),
            "costs": dict(self.costs),
            "report": self.report.as_json(),
        }


@dataclass(frozen=True, slots=True)
class Everything:
    """All parts of a run, and by title what differs from the last report of the same questions."""

    day: date
    parts: Sequence[Part]
    changes: Mapping[str, Comparison]

    def as_json(self) -> dict[str, Any]:
        """Return the object that `memsvc eval all --json` prints."""
        return {
            "commit": commit_id(),
            "date": self.day.isoformat(),
            "data": [part.as_json() for part in self.parts],
            "changes": {title: change.as_json() for title, change in self.changes.items()},
        }

    def save(self, folder: Path, *, told: str, drawn: str) -> Sequence[Path]:
        """Keep the object, what is told of it and what is drawn; a later run of a day replaces."""
        file = keep(self, folder, kind=KIND)
        page, plot = file.with_suffix(".md"), file.with_suffix(".svg")
        page.write_text(told, encoding="utf-8")
        plot.write_text(drawn, encoding="utf-8")
        return [file, page, plot]


def measured(held: Held, measure: Callable[[Held, Costs], Report]) -> Part:
    """Measure a data set, watching what its recalls cost."""
    costs = Costs()
    report = measure(held, costs)
    return Part(held.title, goals_of(held), report, costs.as_json())


def changed(parts: Sequence[Part], before: Path | None) -> dict[str, Comparison]:
    """Compare with an earlier report, as far as it asked the same number of questions."""
    if before is None:
        return {}
    earlier = load_all_kept(before)
    found: dict[str, Comparison] = {}
    for part in parts:
        now = part.kept()
        was = earlier.get(part.title)
        if was is not None and was.is_like(now):
            found[part.title] = compare(was, now)
    return found


def last_kept(folder: Path) -> Path | None:
    """Return the latest report of everything in a folder, by the day in its name."""
    return max(folder.glob(f"*-{KIND}.json"), default=None)

"""What was found of recalls that doubt: one object for machines, one table for people."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from memsvc.domain.holding import ABSTAIN_BELOW
from memsvc.evals.reports.report import aligned, commit_id
from memsvc.evals.scoring.measures import DIGITS, Estimate


@dataclass(frozen=True, slots=True)
class Promise:
    """Some probabilities that lie close together: their mean, how often it was so, of how many."""

    said: float
    true: float
    count: int


@dataclass(frozen=True, slots=True)
class AbstainReport:
    """What was found, as printed and kept.

    `auroc` and `paired` are by row; `by_category` has for each category the questions, the area of
    each row, and the mean probability with and without evidence. `doubted` is the share of
    questions for which the recall said that it may not hold the answer.
    """

    dataset: str
    questions: int
    day: date
    seed: int
    settings: Mapping[str, Any]
    auroc: Mapping[str, Estimate]
    paired: Mapping[str, Estimate]
    by_category: Mapping[str, tuple[int, Mapping[str, Estimate], float, float]]
    brier: Estimate
    promises: Sequence[Promise]
    doubted: Mapping[str, float]
    unanswered: tuple[int, Estimate, float] | None
    """Questions that nobody answered: how many, the area beside others, the mean probability."""

    @property
    def calibration_error(self) -> float:
        """The mean distance of what was promised from what was true (expected error)."""
        total = sum(one.count for one in self.promises)
        return sum(abs(one.said - one.true) * one.count for one in self.promises) / total

    def as_json(self) -> dict[str, Any]:
        """Return the object that `memsvc eval abstain --json` prints."""
        return {
            "dataset": self.dataset,
            "questions": self.questions,
            "commit": commit_id(),
            "date": self.day.isoformat(),
            "seed": self.seed,
            "settings": dict(self.settings),
            "auroc": {row: one.as_json() for row, one in self.auroc.items()},
            "higher_with_evidence": {row: one.as_json() for row, one in self.paired.items()},
            "categories": {
                name: {
                    "questions": count,
                    "auroc": {row: one.as_json() for row, one in areas.items()},
                    "probability": {"held": round(held, DIGITS), "taken": round(taken, DIGITS)},
                }
                for name, (count, areas, held, taken) in self.by_category.items()
            },
            "brier": self.brier.as_json(),
            "calibration_error": round(self.calibration_error, DIGITS),
            "promises": [
                {
                    "said": round(one.said, DIGITS),
                    "true": round(one.true, DIGITS),
                    "count": one.count,
                }
                for one in self.promises
            ],
            "doubted": {kind: round(share, DIGITS) for kind, share in self.doubted.items()},
            **self._unanswered_json(),
        }

    def _unanswered_json(self) -> dict[str, Any]:
        if self.unanswered is None:
            return {}
        count, area, mean = self.unanswered
        told = {"questions": count, "auroc": area.as_json(), "probability": round(mean, DIGITS)}
        return {"unanswered": told}

    def table(self) -> str:
        """Lay it out for a terminal."""
        rows = list(self.auroc)
        lines = [
            f"{self.dataset}: {self.questions} questions, {commit_id()}, {self.day}",
            "",
            "with their evidence in memory, and without it",
            *aligned(
                [
                    ["", "AUROC", "higher with evidence"],
                    *([row, str(self.auroc[row]), str(self.paired[row])] for row in rows),
                ]
            ),
            "",
            "AUROC by category, and the mean probability with and without evidence",
            *aligned(
                [
                    ["", *rows, "with", "without"],
                    *(
                        [
                            f"{name} ({count})",
                            *(f"{areas[row].mean:.3f}" for row in rows),
                            f"{held:.2f}",
                            f"{taken:.2f}",
                        ]
                        for name, (count, areas, held, taken) in self.by_category.items()
                    ),
                ]
            ),
            "",
            f"Brier {self.brier}, calibration error {self.calibration_error:.3f}",
            *aligned(
                [
                    ["said", "true", "of"],
                    *([f"{p.said:.2f}", f"{p.true:.2f}", f"{p.count}"] for p in self.promises),
                ]
            ),
            "",
            f"below {ABSTAIN_BELOW}: "
            + ", ".join(f"{share:.3f} {kind}" for kind, share in self.doubted.items()),
        ]
        if self.unanswered is not None:
            count, area, mean = self.unanswered
            lines.append(
                f"{count} questions that nobody answered, beside those that somebody did: "
                f"AUROC {area}, mean probability {mean:.2f}"
            )
        return "\n".join(lines)

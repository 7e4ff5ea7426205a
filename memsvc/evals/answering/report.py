"""What a model answered in each setting: how right, from how many tokens, in how many seconds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from memsvc.evals.answering.asking import Asking, key_of
from memsvc.evals.answering.contexts import SETTINGS, Ask
from memsvc.evals.answering.kept import Answered
from memsvc.evals.answering.scores import date_is_right, token_f1
from memsvc.evals.reports.report import aligned, commit_id
from memsvc.evals.scoring.measures import DIGITS, Estimate, estimate
from memsvc.ports.language import LanguageModel

LISTED = ("locomo", "1")
"""Form and category whose references are lists: LoCoMo's questions of several turns."""

MEASURES = ("f1", "date", "judged")


@dataclass(frozen=True, slots=True)
class Setting:
    """What one setting reached. `open` questions had no answer and count as wrong.

    `measured` has F1 over all questions, the share of right dates over those whose reference is a
    date, and the share that the judge calls right over those that it judged; `of` how many that is.
    """

    measured: Mapping[str, Estimate]
    of: Mapping[str, int]
    categories: Mapping[str, float]
    tokens: float | None
    p50_s: float | None
    p95_s: float | None
    open: int

    def as_json(self) -> dict[str, Any]:
        """Return the figures, each with its interval and how many questions it is over."""
        return {
            **{
                name: {**one.as_json(), "questions": self.of[name]}
                for name, one in self.measured.items()
            },
            "f1_by_category": {name: round(mean, DIGITS) for name, mean in self.categories.items()},
            "mean_tokens": self.tokens,
            "p50_s": self.p50_s,
            "p95_s": self.p95_s,
            "unanswered": self.open,
        }


@dataclass(frozen=True, slots=True)
class Headed:
    """What a report of answers says first: of what data they are, and what made them."""

    dataset: str
    day: date
    made_by: Mapping[str, Any]

    @property
    def origin(self) -> dict[str, Any]:
        """The beginning of its object."""
        return {
            "dataset": self.dataset,
            "commit": commit_id(),
            "date": self.day.isoformat(),
            **self.made_by,
        }

    @property
    def head(self) -> str:
        """The first line of its table."""
        return f"{self.dataset}: answers of {self.made_by['reader']}, {commit_id()}, {self.day}"


@dataclass(frozen=True, slots=True)
class AnswerReport(Headed):
    """The settings beside each other, and what made them."""

    settings: Mapping[str, Setting]
    unjudged: int

    def as_json(self) -> dict[str, Any]:
        """Return the object that `memsvc eval answer --json` prints."""
        return {
            **self.origin,
            "settings": {name: one.as_json() for name, one in self.settings.items()},
            "unjudged": self.unjudged,
        }

    def table(self) -> str:
        """Lay it out for a terminal."""
        lines = [["", "f1", "date", "judged", "tokens", "p50 / p95 s", "unanswered"]]
        for name, one in self.settings.items():
            lines.append(
                [
                    name,
                    *(_cell(one, measure) for measure in MEASURES),
                    "-" if one.tokens is None else f"{one.tokens:,.0f}",
                    "-" if one.p50_s is None else f"{one.p50_s:.2f} / {one.p95_s:.2f}",
                    f"{one.open}",
                ]
            )
        categories = list(next(iter(self.settings.values())).categories)
        by_category = [
            ["", *categories],
            *(
                [name, *(f"{one.categories[category]:.3f}" for category in categories)]
                for name, one in self.settings.items()
            ),
        ]
        return "\n".join(
            [self.head, "", *aligned(lines), "", "f1 by category", *aligned(by_category)]
        )


def report_of(
    asks: Sequence[Ask],
    found: Asking,
    *,
    form: str,
    dataset: str,
    reader: LanguageModel,
    made_by: Mapping[str, Any],
    day: date,
    seed: int = 0,
) -> AnswerReport:
    """Score what came of asking, by setting."""
    by_setting = {
        setting: [(ask, key_of(ask, reader, form=form)) for ask in asks if ask.setting == setting]
        for setting in SETTINGS
    }
    settings = {
        setting: _setting(inside, found, form=form, seed=seed)
        for setting, inside in by_setting.items()
        if inside
    }
    return AnswerReport(dataset, day, made_by, settings, found.unjudged)


def _setting(asks: Sequence[tuple[Ask, str]], found: Asking, *, form: str, seed: int) -> Setting:
    answers = [found.answers.get(key) for _, key in asks]
    f1 = [_f1(ask, answer, form=form) for (ask, _), answer in zip(asks, answers, strict=True)]
    dates = [
        right
        for (ask, _), answer in zip(asks, answers, strict=True)
        if (right := date_is_right(answer.answer if answer else "", ask.question.answer or ""))
        is not None
    ]
    verdicts = [found.judgements[key].correct for _, key in asks if key in found.judgements]
    judged = [verdict for verdict in verdicts if verdict is not None]
    values: dict[str, Sequence[float]] = {"f1": f1, "date": dates, "judged": judged}
    came = [answer for answer in answers if answer is not None]
    tokens = [
        (answer.prompt_tokens or 0) + (answer.completion_tokens or 0)
        for answer in came
        if answer.prompt_tokens is not None
    ]
    seconds = [answer.seconds for answer in came]
    p50, p95 = np.percentile(seconds, [50, 95]).round(3).tolist() if seconds else (None, None)
    kinds = [ask.question.category for ask, _ in asks]
    return Setting(
        measured={
            name: estimate(np.array(each, dtype=np.float64), seed=seed)
            for name, each in values.items()
            if each
        },
        of={name: len(each) for name, each in values.items()},
        categories={
            kind: float(np.mean([one for one, own in zip(f1, kinds, strict=True) if own == kind]))
            for kind in sorted(set(kinds))
        },
        tokens=round(float(np.mean(tokens)), 1) if tokens else None,
        p50_s=p50,
        p95_s=p95,
        open=len(asks) - len(came),
    )


def _f1(ask: Ask, answer: Answered | None, *, form: str) -> float:
    if answer is None:
        return 0.0
    listed = (form.partition("/")[0], ask.question.category) == LISTED
    return token_f1(answer.answer, ask.question.answer or "", listed=listed)


def _cell(one: Setting, measure: str) -> str:
    found = one.measured.get(measure)
    if found is None:
        return "-"
    return f"{found} of {one.of[measure]}"

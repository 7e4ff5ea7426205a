"""Measures what is still found when a space may keep but a part of its turns.

Every space is written once, through the SDK, each turn with the names of the ways and budgets that
keep it; a question is then asked under each of them, and only kept turns may answer. So turns that
are not kept still stand beside others, as archived ones do. `whole` asks all of them, for reading.
No language model takes part.
"""

from collections.abc import Mapping, Sequence
from datetime import date

import numpy as np

from memsvc.evals.datasets.dataset import Asked, DataSet, LabelledQuestion
from memsvc.evals.peers.keeping import CARRIED, GATE, MOMENTUM, Worth, worths
from memsvc.evals.progress import SPACES, Progress, silently
from memsvc.evals.quality.run import slices_of
from memsvc.evals.reports.graded import report_of, settings_of
from memsvc.evals.reports.report import MAIN_METRIC, Report
from memsvc.evals.scoring.measures import columns, grade
from memsvc.evals.spaces.sessions import passing_space, write_sessions
from memsvc.ports.lexicon import Analyzer
from memsvc.ports.models import Embedder
from memsvc.sdk.client import Client, Space

BUDGETS = (10, 30, 50)
"""Percent of the turns of each space that are kept."""

DRAWS = 5
"""How often what to keep is drawn at random; what is found is averaged question by question."""

K = 10
"""Hits asked for."""

WHOLE = "whole"
RANDOM = "random"

Grades = Sequence[Mapping[str, float]]
"""What each question found, by metric."""


def evaluate_retention(
    client: Client,
    data: DataSet,
    *,
    embedder: Embedder,
    analyzer: Analyzer,
    run: str,
    today: date,
    seed: int = 0,
    progress: Progress = silently,
) -> Report:
    """Ask every question under every way to keep and every budget; report beside plain ways.

    Every space is made as `eval-{run}-{its name}` and deleted again at the end. `embedder` and
    `analyzer` are the service's own.
    """
    found: dict[str, list[Mapping[str, float]]] = {}
    for number, asked in enumerate(data.spaces):
        progress(SPACES, number, len(data.spaces))
        ways = worths(asked, embedder=embedder, analyzer=analyzer)
        ways |= _drawn(len(asked.turns), seed=seed + number)
        for way, grades in _asked(client, asked, ways, run=run, progress=progress).items():
            found.setdefault(way, []).extend(grades)
    progress(SPACES, len(data.spaces), len(data.spaces))
    graded = {way: columns(grades) for way, grades in found.items()}
    drawn = [graded.pop(_draw(number)) for number in range(DRAWS)]
    graded[RANDOM] = {
        metric: np.mean([one[metric] for one in drawn], axis=0) for metric in drawn[0]
    }
    metrics = [metric_of(budget) for budget in BUDGETS]
    return report_of(
        data.name,
        graded,
        slices=slices_of(data),
        today=today,
        seed=seed,
        settings={
            "k": K,
            "budgets_percent": list(BUDGETS),
            "draws": DRAWS,
            "momentum": MOMENTUM,
            "surprise_momentum": [CARRIED, GATE],
            **settings_of(data, embedder=embedder, analyzer=analyzer),
        },
        compared=metrics,
        main=metric_of(30),
        shown=metrics,
    )


def metric_of(budget: int) -> str:
    """Name what is found among so many percent of the turns."""
    return f"{MAIN_METRIC} of {budget} %"


def kept(worth: Worth, *, percent: int) -> list[int]:
    """Return the numbers of the turns that a budget keeps: those of most worth, ties by number."""
    best: list[int] = np.argsort(-worth, kind="stable").tolist()
    return best[: round(len(worth) * percent / 100)]


def _draw(number: int) -> str:
    return f"{RANDOM} {number}"


def _drawn(turns: int, *, seed: int) -> dict[str, Worth]:
    random = np.random.default_rng(seed)
    return {_draw(number): random.random(turns) for number in range(DRAWS)}


def _asked(
    client: Client, asked: Asked, ways: Mapping[str, Worth], *, run: str, progress: Progress
) -> dict[str, Grades]:
    """Return what each question of a space finds, by the way that chose what is kept."""
    with passing_space(client, f"eval-{run}-{asked.name}") as space:
        own_ids = _written(space, asked, ways)
        grades: dict[str, list[Mapping[str, float]]] = {way: [] for way in [*ways, WHOLE]}

        def found(question: LabelledQuestion, *marks: str) -> float:
            among = {"metadata": dict.fromkeys(marks, True)}
            hits = space.recall(question.text, k=K, filters=among).hits
            turns = [own_ids[turn] for hit in hits for turn in hit.turns]
            return grade(turns, question.evidence)[MAIN_METRIC]

        for number, question in enumerate(asked.questions):
            progress(asked.name, number, len(asked.questions))
            for way in ways:
                grades[way].append({metric_of(b): found(question, _mark(way, b)) for b in BUDGETS})
            grades[WHOLE].append(dict.fromkeys(map(metric_of, BUDGETS), found(question)))
    return dict(grades)


def _written(space: Space, asked: Asked, ways: Mapping[str, Worth]) -> dict[str, str]:
    """Write every session with the marks of its turns; return the data's ids by the service's."""
    marks: list[dict[str, bool]] = [{} for _ in asked.turns]
    for way, worth in ways.items():
        for budget in BUDGETS:
            for turn in kept(worth, percent=budget):
                marks[turn][_mark(way, budget)] = True
    return write_sessions(
        space, asked, metadata={turn.id: own for turn, own in zip(asked.turns, marks, strict=True)}
    )


def _mark(way: str, budget: int) -> str:
    return f"{way} {budget}"

"""Measures the service on labelled questions through its own front door, beside plain baselines.

The service is written to and asked through the SDK, as a user would, with nothing but the
defaults; the baselines see the same texts and questions in the same run. No LLM takes part: what
is measured is whether the turns that hold the answer come back.
"""

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Any, Literal

from memsvc.domain.recall import CONTIGUITY
from memsvc.evals.datasets.dataset import Asked, DataSet, LabelledQuestion
from memsvc.evals.peers.baselines import Terms, content_words, corpus_of, rankings
from memsvc.evals.peers.contexts import fitting, lengths_of
from memsvc.evals.peers.rows import FILLING, Ranked
from memsvc.evals.progress import SPACES, Progress, silently
from memsvc.evals.reports.graded import Shown, report_of, settings_of
from memsvc.evals.reports.report import (
    OURS,
    Report,
    differences_of,
)
from memsvc.evals.scoring.measures import (
    CONTEXT_BUDGETS,
    DEEPEST,
    PerQuestion,
    columns,
    grade,
    grade_contexts,
    grade_sessions,
)
from memsvc.evals.spaces.sessions import passing_space, write_sessions
from memsvc.ports.lexicon import Analyzer
from memsvc.ports.models import Embedder
from memsvc.sdk.client import Client, Space
from memsvc.sdk.wire import HelpTime, Recalled

DEFAULT_RECIPE = "default"
CONTEXT_K = 10
"""Hits that are asked for where a context is measured: as many as a recall gives by default."""


@dataclass(frozen=True, slots=True)
class Way:
    """How a row of ours asks. Contexts take a recall for each budget, so few rows measure them.

    Only a row that says so is reranked, whatever the service would do by itself. Without `clues`
    there are some as the recipe has it.
    """

    recipe: str = DEFAULT_RECIPE
    contiguity: float = CONTIGUITY
    kind: Literal["turn", "event"] = "turn"
    with_contexts: bool = False
    hits_in_context: int = CONTEXT_K
    rerank: bool = False
    clues: HelpTime | None = None


DEFAULT_ROW: Mapping[str, Way] = {OURS: Way(with_contexts=True)}

RERANKED_ROW: Mapping[str, Way] = {f"{OURS} +rerank": Way(with_contexts=True, rerank=True)}
"""For a service that has a reranker."""

CLUED_ROWS: Mapping[str, Way] = {
    f"{OURS} +clues": Way(clues="always"),
    f"{OURS} +clues where unsure": Way(clues="unsure"),
}
"""For a service that has a language model. Without contexts, each of which would ask it anew."""


@dataclass(frozen=True, slots=True)
class Found:
    """What a row found for one question: the turns it ranked, and those in contexts by budget."""

    ranked: Sequence[str]
    contexts: Mapping[int, Collection[str]]


Rows = dict[str, list[Found]]
"""What each row found, by its name: one entry a question."""

Beside = Callable[[Asked, Embedder, Terms, Progress], Ranked]
"""Makes rows of its own for one space, from what the baselines see."""

Watch = Callable[[str, int | None, float, Recalled], None]
"""Told of every recall: its row, the budget of its context, milliseconds, the answer."""


def unwatched(_row: str, _budget: int | None, _ms: float, _answer: Recalled) -> None:
    """Heed no recall."""


def evaluate(
    client: Client,
    data: DataSet,
    *,
    embedder: Embedder,
    analyzer: Analyzer,
    run: str,
    today: date,
    ways: Mapping[str, Way] = DEFAULT_ROW,
    beside: Beside | None = None,
    shown: Shown | None = None,
    plain_contexts: bool = False,
    seed: int = 0,
    settings: Mapping[str, object] | None = None,
    watch: Watch = unwatched,
    progress: Progress = silently,
) -> Report:
    """Write every space, ask every question, and report beside the baselines.

    Every space is made as `eval-{run}-{its name}` and deleted again at the end, so `run` must be
    new to the service. `ways` names the rows of ours and how each asks, the row `memsvc` among
    them. `embedder` and `analyzer` serve the baselines; for a fair comparison they are the
    service's own. `beside` adds rows to them. With `plain_contexts` the best turns of the baselines
    are packed as well. `settings` are reported as they are, `shown` says what stands out, and
    `watch` is told of each of our recalls.
    """
    shown = shown or Shown()
    rows: Rows = {}
    for number, asked in enumerate(data.spaces):
        progress(SPACES, number, len(data.spaces))
        for found in (
            _from_service(client, asked, run=run, ways=ways, watch=watch, progress=progress),
            _plain(
                _from_baselines(asked, data.baselines, embedder=embedder, analyzer=analyzer),
                lengths_of(asked.turns, embedder=embedder) if plain_contexts else None,
            ),
            _plain(
                beside(asked, embedder, content_words(analyzer.terms), progress) if beside else {}
            ),
        ):
            for name, lists in found.items():
                rows.setdefault(name, []).extend(lists)
    progress(SPACES, len(data.spaces), len(data.spaces))
    graded = {name: _graded(lists, data) for name, lists in rows.items()}
    slices = slices_of(data)
    return report_of(
        data.name,
        graded,
        slices=slices,
        today=today,
        seed=seed,
        settings={
            "k": DEEPEST,
            "recipe": DEFAULT_RECIPE,
            **settings_of(data, embedder=embedder, analyzer=analyzer),
            **(settings or {}),
        },
        differences=[
            *differences_of(graded, seed=seed, slices=slices),
            *(
                difference
                for this, that in shown.pairs
                if this in graded and that in graded
                for difference in differences_of(
                    {name: graded[name] for name in (this, that)}, seed=seed, of=this
                )
            ),
        ],
        shown=shown.metrics,
        main=shown.main,
    )


def graded_ways(
    client: Client,
    data: DataSet,
    *,
    run: str,
    ways: Mapping[str, Way],
    progress: Progress = silently,
) -> Mapping[str, Mapping[str, PerQuestion]]:
    """Return what each way of asking reached, without any baseline; spaces as in `evaluate`."""
    rows: Rows = {}
    for asked in data.spaces:
        found = _from_service(client, asked, run=run, ways=ways, watch=unwatched, progress=progress)
        for name, lists in found.items():
            rows.setdefault(name, []).extend(lists)
    return {name: _graded(lists, data) for name, lists in rows.items()}


def _from_service(
    client: Client,
    asked: Asked,
    *,
    run: str,
    ways: Mapping[str, Way],
    watch: Watch,
    progress: Progress,
) -> Rows:
    rows: Rows = {row: [] for row in ways}
    with passing_space(client, f"eval-{run}-{asked.name}") as space:
        own_ids = write_sessions(space, asked)
        ended_at = asked.ended_at
        for number, question in enumerate(asked.questions):
            progress(asked.name, number, len(asked.questions))
            now = question.asked_at or ended_at
            for row, way in ways.items():
                rows[row].append(
                    _found(space, question.text, way, own_ids, now=now, watch=partial(watch, row))
                )
    return rows


def _found(
    space: Space,
    question: str,
    way: Way,
    own_ids: Mapping[str, str],
    *,
    now: datetime | None,
    watch: Callable[[int | None, float, Recalled], None],
) -> Found:
    def recalled(budget: int | None, **how: Any) -> Recalled:
        begun = time.perf_counter()
        answer = space.recall(
            question,
            now=now,
            recipe=way.recipe,
            kinds=[way.kind],
            rerank=way.rerank,
            clues=way.clues,
            **how,
        )
        watch(budget, (time.perf_counter() - begun) * 1_000, answer)
        return answer

    hits = recalled(None, k=DEEPEST).hits
    contexts = {
        budget: _in_context(
            recalled(budget, k=way.hits_in_context, budget_tokens=budget, contiguity=way.contiguity)
        )
        for budget in (CONTEXT_BUDGETS if way.with_contexts else ())
    }
    return Found(
        [own_ids[turn] for hit in hits for turn in hit.turns],
        {budget: {own_ids[turn] for turn in turns} for budget, turns in contexts.items()},
    )


def _in_context(recalled: Recalled) -> set[str]:
    """Return the turns whose words stand in a context, those included that say the very same."""
    shown = {turn.id for turn in recalled.context_turns}
    same = {turn for hit in recalled.hits if hit.id in shown for turn in hit.turns}
    return shown | same


def _from_baselines(
    asked: Asked, shown: Sequence[str], *, embedder: Embedder, analyzer: Analyzer
) -> Ranked:
    terms = content_words(analyzer.terms)
    turns = asked.turns
    corpus = corpus_of(
        [f"{turn.speaker}: {turn.text}" if turn.speaker else turn.text for turn in turns],
        [number for number, session in enumerate(asked.sessions) for _ in session.turns],
        embedder=embedder,
        terms=terms,
    )
    questions = [question.text for question in asked.questions]
    ranked: Ranked = {}
    for orders in rankings(corpus, questions, embedder=embedder, terms=terms):
        for name in shown:
            ranked.setdefault(name, []).append([turns[i].id for i in orders[name][:FILLING]])
    return ranked


def _plain(ranked: Ranked, lengths: Mapping[str, int] | None = None) -> Rows:
    """Return rankings as what is found, and in contexts as many of the best as fit.

    Without the lengths of turns in tokens there are no contexts.
    """
    budgets = () if lengths is None else CONTEXT_BUDGETS
    return {
        name: [
            Found(turns, {b: fitting(turns, lengths or {}, b) for b in budgets}) for turns in lists
        ]
        for name, lists in ranked.items()
    }


def _graded(found: Sequence[Found], data: DataSet) -> dict[str, PerQuestion]:
    """Grade each question's turns, the sessions that they stand in, and its contexts."""
    grades: list[Mapping[str, float]] = []
    each = iter(found)
    for asked in data.spaces:
        session_of = {turn.id: s.name for s in asked.sessions for turn in s.turns}
        grades.extend(_grades(next(each), q, session_of) for q in asked.questions)
    return columns(grades)


def _grades(
    found: Found, question: LabelledQuestion, session_of: Mapping[str, str]
) -> dict[str, float]:
    sessions = [session_of[turn] for turn in found.ranked]
    wanted = {session_of[turn] for turn in question.evidence}
    return {
        **grade(found.ranked, question.evidence),
        **grade_sessions(sessions, wanted),
        **grade_contexts(found.contexts, question.evidence),
    }


def slices_of(data: DataSet) -> dict[str, list[int]]:
    """Return the numbers of the questions of each category and group that occurs."""
    categories = [question.category for question in data.questions]
    inside = {
        name: [n for n, category in enumerate(categories) if category in parts]
        for name, parts in data.categories.items()
    }
    return {name: which for name, which in inside.items() if which}

"""Measures whether notes, and following their links, raise recall beside the default recipe.

Every row is the default with one stage more, before superseded turns are looked for:

- `notes`: a turn gains .2 of how near its event's note is to the question.
- `notes linked`: so it does of the nearest note that its own is linked to, if that is nearer.
- `links followed`: from the notes of the best turns, a link leads to turns of other notes; they
  gain .4 of it, halved with each note, as far as they are like the question themselves.
- `links below five`: the same, and the five best turns stay where they are.
- `turn notes ...`: the same with a note of every turn, as A-MEM makes them (arXiv 2502.12110).

Contexts hold hits alone, in their order, as many as fit: every row may fill every budget.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from memsvc.evals.datasets.dataset import Asked, DataSet, LabelledQuestion
from memsvc.evals.peers.contexts import fitting, lengths_of
from memsvc.evals.peers.note_ground import Events, NoteGround, ground_of
from memsvc.evals.progress import SPACES, Progress, silently
from memsvc.evals.quality.run import DEFAULT_RECIPE, slices_of
from memsvc.evals.reports.graded import report_of
from memsvc.evals.reports.report import (
    CONTEXT_METRIC,
    CONTEXT_METRICS,
    OURS,
    Report,
    differences_of,
)
from memsvc.evals.scoring.measures import CONTEXT_BUDGETS, columns, grade, grade_contexts
from memsvc.evals.spaces.sessions import passing_space, write_sessions
from memsvc.ports.lexicon import Analyzer
from memsvc.ports.models import Embedder
from memsvc.ports.vectors import Scores
from memsvc.sdk.client import Client, Space
from retrieval.arms import Dense
from retrieval.pool import Ask, Pool
from retrieval.recipes import DEFAULT
from retrieval.stage import Composable, Recipe
from retrieval.stages import min_max
from retrieval.superseded import Superseded

K = 100
"""Hits asked for: enough to fill the largest context on chats of short turns."""

NEAR, LINKED, FOLLOWED = 0.2, 0.8, 0.4
"""What the nearest note adds, what of it a link passes on, and what a followed link adds."""

STARTS = 5
"""Notes of the best turns from which links are followed, and turns that may be kept in place."""

APART = np.float32(1e-5)
"""By how much what is raised stays below what keeps its place: a tie would be broken by age."""

METRICS = ("recall@5", "recall@10", "recall@20", *CONTEXT_METRICS)


class Grounds(NamedTuple):
    """The notes of the space that is asked at present: of its events, and of its turns."""

    events: NoteGround
    turns: NoteGround


class Present:
    """Holds the notes that stages look at, since recipes are made before any space is written."""

    grounds: Grounds

    def of(self, *, fine: bool) -> NoteGround:
        """Return the notes of turns, or of events."""
        return self.grounds.turns if fine else self.grounds.events


@dataclass(frozen=True, slots=True)
class NearNotes(Composable):
    """Favour turns whose note is near the question, or is linked to one that is."""

    present: Present
    linked: float = 0.0
    fine: bool = False

    def describe(self) -> str:
        """Name the weights."""
        return f"notes(x {NEAR}; over links x {self.linked})"

    def run(self, ask: Ask, pool: Pool) -> Pool:
        """Return the candidates with what notes add."""
        if ask.vector is None or len(pool) == 0:
            return pool
        ground = self.present.of(fine=self.fine)
        own = ground.of_turn[ask.indexes.timeline.places(pool.keys)]
        near = min_max((ground.vectors @ ask.vector).astype(np.float32))
        if self.linked:
            near = np.maximum(near, np.float32(self.linked) * (ground.joined * near).max(axis=1))
        return pool.plus("notes", near[own], np.float32(NEAR) * near[own])


@dataclass(frozen=True, slots=True)
class FollowLinks(Composable):
    """Favour turns of the notes to which the notes of the best turns are linked."""

    present: Present
    kept: int = 0
    fine: bool = False

    def describe(self) -> str:
        """Name the weight, and how many turns stay in place."""
        return f"links(from the {STARTS} best notes x {FOLLOWED}; {self.kept} best kept)"

    def run(self, ask: Ask, pool: Pool) -> Pool:
        """Return the candidates with what links add."""
        if ask.vector is None or len(pool) == 0:
            return pool
        ground = self.present.of(fine=self.fine)
        own = ground.of_turn[ask.indexes.timeline.places(pool.keys)]
        order = pool.best_first()
        led = _led_to(ground, own[order], pool.score[order])
        near = min_max(pool.arms.get(Dense.name, Dense().score(ask, pool.keys)))
        worth = (led[own] * near).astype(np.float32)
        share = np.float32(FOLLOWED) * worth
        best = order[: self.kept]
        if len(best):
            lowest = pool.score[best].min() - APART
            others = np.setdiff1d(np.arange(len(pool)), best)
            share[best] = 0.0
            share[others] = np.clip(lowest - pool.score[others], 0.0, share[others])
        return pool.plus("links", worth, share)


def _led_to(ground: NoteGround, notes: NDArray[np.int64], scores: Scores) -> Scores:
    """Return what links from the best of these notes, which stand in order, add to every note."""
    led = np.zeros(len(ground.vectors), dtype=np.float32)
    _, firsts = np.unique(notes, return_index=True)
    for rank, place in enumerate(sorted(firsts.tolist())[:STARTS]):
        strength = scores[place] / max(float(scores[0]), 1e-9) * 0.5**rank
        led = np.maximum(led, np.float32(strength) * ground.joined[notes[place]])
    return led


def note_recipes(present: Present) -> Mapping[str, Recipe]:
    """Return the recipes of the rows beside the default, by the rows' names."""
    return {
        "notes": _with(NearNotes(present)),
        "notes linked": _with(NearNotes(present, linked=LINKED)),
        "links followed": _with(FollowLinks(present)),
        "links below five": _with(FollowLinks(present, kept=STARTS)),
        "turn notes linked": _with(NearNotes(present, linked=LINKED, fine=True)),
        "turn notes followed": _with(FollowLinks(present, fine=True)),
        "turn notes below five": _with(FollowLinks(present, kept=STARTS, fine=True)),
    }


def _with(stage: NearNotes | FollowLinks) -> Recipe:
    last = next(n for n, each in enumerate(DEFAULT.stages) if isinstance(each, Superseded))
    return Recipe((*DEFAULT.stages[:last], stage, *DEFAULT.stages[last:]))


def evaluate_notes(
    client: Client,
    data: DataSet,
    *,
    present: Present,
    embedder: Embedder,
    analyzer: Analyzer,
    run: str,
    today: date,
    seed: int = 0,
    settings: Mapping[str, object] | None = None,
    progress: Progress = silently,
) -> Report:
    """Write every space, make its notes, and ask every question with and without them.

    The service has the recipes of `note_recipes` over `present`, and is otherwise as users get it.
    """
    rows = {OURS: DEFAULT_RECIPE, **{name: name for name in note_recipes(present)}}
    graded: dict[str, list[dict[str, float]]] = {row: [] for row in rows}
    notes = linked = 0
    for number, asked in enumerate(data.spaces):
        progress(SPACES, number, len(data.spaces))
        with passing_space(client, f"eval-{run}-{asked.name}") as space:
            own_ids = write_sessions(space, asked)
            present.grounds = _grounds(space, asked, own_ids, embedder, analyzer)
            notes += len(present.grounds.events.vectors)
            linked += len(present.grounds.events.links)
            lengths = lengths_of(asked.turns, embedder=embedder)
            ended_at = asked.ended_at
            for place, question in enumerate(asked.questions):
                progress(asked.name, place, len(asked.questions))
                for row, recipe in rows.items():
                    ranked = _ranked(space, question, recipe, own_ids, ended_at=ended_at)
                    contexts = {
                        budget: fitting(ranked, lengths, budget) for budget in CONTEXT_BUDGETS
                    }
                    found = grade(ranked, question.evidence)
                    graded[row].append(found | grade_contexts(contexts, question.evidence))
    by_row = {row: columns(grades) for row, grades in graded.items()}
    slices = slices_of(data)
    return report_of(
        data.name,
        by_row,
        slices=slices,
        today=today,
        seed=seed,
        settings={
            "k": K,
            "notes": notes,
            "links": linked,
            "embedder": embedder.fingerprint.text,
            "analyzer": analyzer.fingerprint,
            **(settings or {}),
        },
        differences=[
            each
            for row in by_row
            if row != OURS
            for each in differences_of(
                {name: by_row[name] for name in (row, OURS)}, seed=seed, of=row, slices=slices
            )
        ],
        shown=METRICS,
        main=CONTEXT_METRIC,
    )


def _grounds(
    space: Space,
    asked: Asked,
    own_ids: Mapping[str, str],
    embedder: Embedder,
    analyzer: Analyzer,
) -> Grounds:
    every = np.arange(len(asked.turns), dtype=np.int64)
    return Grounds(
        ground_of(asked, _events(space, asked, own_ids), embedder=embedder, analyzer=analyzer),
        ground_of(asked, every, embedder=embedder, analyzer=analyzer),
    )


def _events(space: Space, asked: Asked, own_ids: Mapping[str, str]) -> Events:
    """Return the event in which each turn begins; the open tail of a session is one too."""
    begun = {
        own_ids[turn.id]: event.id
        for event in space.events()
        for turn in event.turns
        if turn.start == 0
    }
    named = [
        begun.get(turn.id, f"open:{session.name}")
        for session in asked.sessions
        for turn in session.turns
    ]
    numbers = {name: number for number, name in enumerate(dict.fromkeys(named))}
    return np.array([numbers[name] for name in named], dtype=np.int64)


def _ranked(
    space: Space,
    question: LabelledQuestion,
    recipe: str,
    own_ids: Mapping[str, str],
    *,
    ended_at: datetime | None,
) -> list[str]:
    hits = space.recall(
        question.text,
        k=K,
        budget_tokens=1,
        now=question.asked_at or ended_at,
        recipe=recipe,
        kinds=["turn"],
        contiguity=0.0,
    ).hits
    return [own_ids[turn] for hit in hits for turn in hit.turns]

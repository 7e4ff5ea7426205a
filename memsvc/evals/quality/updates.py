"""Measures whether what holds now comes before what held once, without a language model.

Made pairs are planted among the turns of a conversation and asked for; so are the questions of
data sets that ask for what was updated. Beside the product there are the product without its rule,
its ten best hits with the newest first, and nearness alone.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

from memsvc.evals.datasets.dataset import Asked, DataSet, LabelledQuestion, Session, Utterance
from memsvc.evals.datasets.made_updates import MadePair, made_pairs
from memsvc.evals.progress import Progress, silently
from memsvc.evals.quality.run import DEFAULT_RECIPE
from memsvc.evals.reports.graded import Parts, report_of, slices_by
from memsvc.evals.reports.report import OURS, Report
from memsvc.evals.scoring.measures import columns
from memsvc.evals.spaces.sessions import passing_space, write_sessions
from memsvc.sdk.client import Client, Space
from memsvc.sdk.wire import Hit

K = 10
"""Hits asked for."""

ROUNDS = 20
"""Spaces that made pairs are planted in: one pair of each topic each, 320 updates in all."""

WITHOUT = "without the rule"
NEWEST = "without the rule, newest first"
DENSE = "dense"
RECIPES = {OURS: DEFAULT_RECIPE, WITHOUT: f"{DEFAULT_RECIPE}-superseded", DENSE: "dense"}

FIRST, BOTH, LABELLED, OTHERS = "newer first", "both@10", "labelled", "other labels"
MISSED = "missed"
UPDATED = frozenset({"knowledge-update", "knowledge_update"})
"""What data sets call the questions for what was updated."""

CONTRADICTED = frozenset({"contradiction_resolution"})
"""And those for what was said and denied, where whoever answers is to see both sides."""

BEGAN = datetime(2024, 1, 1, 9, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class _Planted:
    """A space with made pairs, and the ids of the two turns of each."""

    asked: Asked
    pairs: Sequence[tuple[MadePair, str, str]]


def evaluate_updates(
    client: Client,
    *,
    chatter: Sequence[Asked],
    data: Sequence[DataSet],
    run: str,
    today: date,
    rounds: int = ROUNDS,
    seed: int = 0,
    settings: Mapping[str, object] | None = None,
    progress: Progress = silently,
) -> Parts:
    """Plant and ask made pairs, among `chatter` by turns, and ask the questions of `data`.

    Every space is made as `eval-{run}-...` and deleted again. The service has the recipe
    `default-superseded` beside its own.
    """
    made: dict[str, list[dict[str, float]]] = {}
    both_hold: dict[str, list[dict[str, float]]] = {}
    kinds: dict[bool, list[str]] = {True: [], False: []}
    for number, pairs in enumerate(made_pairs(rounds=rounds, seed=seed)):
        around = chatter[number % len(chatter)] if chatter else None
        planted = _planted(pairs, around, seed=seed + number)
        with passing_space(client, f"eval-{run}-made-{number}") as space:
            own_ids = write_sessions(space, planted.asked)
            updates = {older: newer for pair, older, newer in planted.pairs if pair.updates}
            for done, (pair, older, newer) in enumerate(planted.pairs):
                progress(f"made {number}", done, len(planted.pairs))
                kinds[pair.updates].append(f"{pair.kind} topics")
                for row, hits in _rows(space, pair.asked):
                    into = made if pair.updates else both_hold
                    graded = _graded(hits, own_ids, (older, newer), updates)
                    into.setdefault(row, []).append(graded)
    how = {"k": K, "rounds": rounds, "chatter": [one.name for one in chatter], **(settings or {})}
    basis = _Basis(today, seed, how)
    parts = {
        "updates": basis.report("made updates", made, kinds[True], (FIRST, BOTH, LABELLED, OTHERS)),
        "both_hold": basis.report(
            "pairs that both hold", both_hold, kinds[False], (LABELLED, OTHERS, BOTH), main=LABELLED
        ),
    }
    for one in data:
        found, categories = _over(client, one, run=run, progress=progress)
        for name, wanted in ((one.name, UPDATED), (f"{one.name} contradicted", CONTRADICTED)):
            places = [place for place, kind in enumerate(categories) if kind in wanted]
            if places:
                parts[name] = basis.report(
                    name,
                    {row: [grades[place] for place in places] for row, grades in found.items()},
                    [categories[place] for place in places],
                    (FIRST, MISSED, BOTH, LABELLED),
                )
    return Parts(parts)


@dataclass(frozen=True, slots=True)
class _Basis:
    """What all reports of a run share."""

    today: date
    seed: int
    settings: Mapping[str, Any]

    def report(
        self,
        name: str,
        found: Mapping[str, list[dict[str, float]]],
        categories: Sequence[str],
        metrics: Sequence[str],
        *,
        main: str = FIRST,
    ) -> Report:
        """Make a report of graded questions, by row."""
        return report_of(
            name,
            {row: columns(grades) for row, grades in found.items()},
            slices=dict(sorted(slices_by(categories).items())),
            today=self.today,
            seed=self.seed,
            settings=self.settings,
            compared=[main],
            shown=metrics,
            main=main,
        )


def _rows(space: Space, question: str) -> Iterator[tuple[str, list[Hit]]]:
    for row, recipe in RECIPES.items():
        hits = space.recall(question, k=K, recipe=recipe, contiguity=0.0).hits
        yield row, hits
        if row == WITHOUT:
            yield NEWEST, sorted(hits, key=lambda hit: hit.at, reverse=True)


def _graded(
    hits: Sequence[Hit],
    own_ids: Mapping[str, str],
    pair: tuple[str, str],
    updates: Mapping[str, str],
) -> dict[str, float]:
    """Grade one question for its two turns; `updates` has what supersedes what in the space."""
    found = {own_ids[turn]: place for place, hit in enumerate(hits) for turn in hit.turns}
    marks = {own_ids[hit.id]: own_ids[hit.superseded_by.id] for hit in hits if hit.superseded_by}
    older, newer = pair
    both = older in found and newer in found
    of_pair = older in marks if older in updates else not marks.keys().isdisjoint(pair)
    others = [turn for turn, by in marks.items() if turn not in pair and updates.get(turn) != by]
    return {
        BOTH: float(both),
        FIRST: float(both and found[newer] < found[older]),
        LABELLED: float(of_pair and marks.get(older) == updates.get(older, marks.get(older))),
        OTHERS: float(len(others)),
    }


def _planted(pairs: Sequence[MadePair], around: Asked | None, *, seed: int) -> _Planted:
    """Put the older statement of each pair into the first half of a conversation, the newer later.

    Whoever speaks first in the conversation says them, at the moment of the turn that they follow.
    """
    random = Random(seed)  # noqa: S311  no secret
    sessions = [list(session.turns) for session in around.sessions] if around else [[], []]
    names = [session.name for session in around.sessions] if around else ["before", "after"]
    half = max(len(sessions) // 2, 1)
    speaker = around.turns[0].speaker if around else None
    made = []
    for number, pair in enumerate(pairs):
        ids = f"made-{number}-older", f"made-{number}-newer"
        earlier, later = random.randrange(half), random.randrange(half, len(sessions))
        for place, own_id, text in zip(
            (earlier, later), ids, (pair.older, pair.newer), strict=True
        ):
            turns = sessions[place]
            at = random.randint(min(1, len(turns)), len(turns))
            when = turns[at - 1].at if at else BEGAN + timedelta(days=30 * place)
            turns.insert(at, Utterance(id=own_id, text=text, speaker=speaker, at=when))
        made.append((pair, *ids))
    kept = tuple(Session(name, tuple(turns)) for name, turns in zip(names, sessions, strict=True))
    return _Planted(Asked("made", kept, ()), made)


def _over(
    client: Client, data: DataSet, *, run: str, progress: Progress
) -> tuple[dict[str, list[dict[str, float]]], list[str]]:
    """Ask a data set's questions for what was updated or contradicted, with two labelled turns."""
    found: dict[str, list[dict[str, float]]] = {}
    categories = []
    for asked in data.spaces:
        questions = [
            one
            for one in asked.questions
            if one.category in UPDATED | CONTRADICTED and len(one.evidence) > 1
        ]
        if not questions:
            continue
        with passing_space(client, f"eval-{run}-{asked.name}") as space:
            own_ids = write_sessions(space, replace(asked, questions=()))
            for number, question in enumerate(questions):
                progress(asked.name, number, len(questions))
                categories.append(question.category)
                newest, older = _in_time(asked, question)
                for row, hits in _rows(space, question.text):
                    found.setdefault(row, []).append(_ordered(hits, own_ids, newest, older))
    return found, categories


def _in_time(asked: Asked, question: LabelledQuestion) -> tuple[str, set[str]]:
    """Return the evidence that happened last, and the rest of it."""
    turns = [turn for turn in asked.turns if turn.id in question.evidence]
    if all(turn.at is not None for turn in turns):
        turns.sort(key=lambda turn: turn.at or BEGAN)
    return turns[-1].id, {turn.id for turn in turns[:-1]}


def _ordered(
    hits: Sequence[Hit], own_ids: Mapping[str, str], newest: str, older: set[str]
) -> dict[str, float]:
    """Grade one question; it is missed unless the newest evidence comes before all the older."""
    found = {own_ids[turn]: place for place, hit in enumerate(hits) for turn in hit.turns}
    rest = [found[turn] for turn in older if turn in found]
    above = newest in found and found[newest] < min(rest, default=len(hits))
    labelled = any(hit.superseded_by and own_ids[hit.id] in older for hit in hits)
    both = newest in found and len(rest) == len(older)
    return {
        FIRST: float(above),
        MISSED: float(not above),
        BOTH: float(both),
        LABELLED: float(labelled),
    }

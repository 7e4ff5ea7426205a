"""Measures what is left of forgotten turns, and what forgetting costs the rest.

Every conversation is written and exported; then a part of its turns, drawn at random, is forgotten
by their ids. Each is probed by its own words, and by what it names, over every endpoint that
answers text: any forgotten id, or text that no turn which stands holds, is residue. Questions whose
evidence is untouched are asked before and after. At last the export is imported again. No language
model takes part.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np
from pydantic import BaseModel

from memsvc.domain.errors import NotFound
from memsvc.evals.datasets.dataset import Asked, DataSet
from memsvc.evals.progress import SPACES, Progress, silently
from memsvc.evals.quality.run import slices_of
from memsvc.evals.reports.graded import report_of
from memsvc.evals.reports.report import MAIN_METRIC, OURS, Report
from memsvc.evals.scoring.measures import columns, grade
from memsvc.evals.spaces.sessions import passing_space, write_sessions
from memsvc.sdk.client import Client, Space

PERCENT = 10
"""Of the turns of each space are forgotten."""

K = 10
"""Hits asked for."""

BEFORE = "before"
LONGEST_PROBE = 2_000
"""Characters of a turn that are asked for: a question may not hold more in an address."""


@dataclass(slots=True)
class Found:
    """What the probes found, over all spaces; but for the first four, nothing should be."""

    turns: int = 0
    forgotten: int = 0
    probes: int = 0
    receipts: int = 0
    ids_answered: int = 0
    texts_answered: int = 0
    names_answered: int = 0
    receipts_not_gone: int = 0
    brought_back: int = 0

    @property
    def residue(self) -> int:
        """How much was found that should not be there."""
        return (
            self.ids_answered
            + self.texts_answered
            + self.names_answered
            + self.receipts_not_gone
            + self.brought_back
        )


@dataclass(frozen=True, slots=True)
class ForgetReport:
    """What was left of the forgotten, beside what is found of the rest."""

    found: Found
    rest: Report

    @property
    def day(self) -> date:
        """When it was measured."""
        return self.rest.day

    def as_json(self) -> dict[str, Any]:
        """Return the object that `memsvc eval forget --json` prints."""
        return {**self.rest.as_json(), "forgetting": self._counts()}

    def table(self) -> str:
        """Return the counts, and the rest as a table, for a terminal."""
        counts = [f"{name.replace('_', ' ')}: {count:,}" for name, count in self._counts().items()]
        return "\n".join([*counts, "", self.rest.table()])

    def _counts(self) -> dict[str, int]:
        names = self.found.__slots__
        return {
            **{name: getattr(self.found, name) for name in names},
            "residue": self.found.residue,
        }


def evaluate_forgetting(
    client: Client,
    data: DataSet,
    *,
    run: str,
    today: date,
    seed: int = 0,
    progress: Progress = silently,
) -> ForgetReport:
    """Forget a tenth of every space and look for it; every space is deleted again at the end."""
    found = Found()
    grades: dict[str, list[Mapping[str, float]]] = {BEFORE: [], OURS: []}
    asked_of: list[Asked] = []
    for number, asked in enumerate(data.spaces):
        progress(SPACES, number, len(data.spaces))
        gone = _drawn(asked, seed=seed + number)
        kept = [one for one in asked.questions if gone.isdisjoint(one.evidence)]
        untouched = replace(asked, questions=tuple(kept))
        asked_of.append(untouched)
        with passing_space(client, f"eval-{run}-{asked.name}") as space:
            _measure(space, untouched, gone, found, grades, progress=progress)
    progress(SPACES, len(data.spaces), len(data.spaces))
    rest = replace(data, spaces=tuple(asked_of))
    report = report_of(
        data.name,
        {way: columns(grades[way]) for way in (OURS, BEFORE)},
        slices=slices_of(rest),
        today=today,
        seed=seed,
        settings={
            "k": K,
            "percent": PERCENT,
            "spaces": len(data.spaces),
            "turns": found.turns,
            "questions_touched": len(data.questions) - len(rest.questions),
        },
        compared=[MAIN_METRIC],
        shown=[MAIN_METRIC],
    )
    return ForgetReport(found, report)


def _drawn(asked: Asked, *, seed: int) -> set[str]:
    ids = [turn.id for turn in asked.turns]
    count = max(1, len(ids) * PERCENT // 100)
    return {str(one) for one in np.random.default_rng(seed).choice(ids, size=count, replace=False)}


def _measure(
    space: Space,
    asked: Asked,
    gone: set[str],
    found: Found,
    grades: Mapping[str, list[Mapping[str, float]]],
    *,
    progress: Progress,
) -> None:
    own_ids = write_sessions(space, asked)
    grades[BEFORE].extend(_asked(space, asked, own_ids, progress=progress))
    exported = b"".join(space.export())
    names_before = {one.name for one in space.entities.list(page=500)}
    ids = {service for service, own in own_ids.items() if own in gone}
    forgotten = {turn.id: turn.content for turn in space.turns(page=500) if turn.id in ids}
    done = space.forget(turns=sorted(ids))
    found.turns += len(own_ids)
    found.forgotten += done.counts.turns
    standing = "\n".join(turn.content for turn in space.turns(page=500))
    texts = [text for text in forgotten.values() if text not in standing]
    names_gone = names_before - {one.name for one in space.entities.list(page=500)}
    probe(space, forgotten, texts, names_gone, found)
    if done.id is not None:
        found.receipts += 1
        found.receipts_not_gone += not space.receipts.verify(done.id).is_gone
    grades[OURS].extend(_asked(space, asked, own_ids, progress=progress))
    found.brought_back += space.import_from([exported]).turns
    probe(space, forgotten, texts, names_gone, found)


def _asked(
    space: Space, asked: Asked, own_ids: Mapping[str, str], *, progress: Progress
) -> Iterator[Mapping[str, float]]:
    for number, question in enumerate(asked.questions):
        progress(asked.name, number, len(asked.questions))
        hits = space.recall(question.text, k=K).hits
        turns = [own_ids[turn] for hit in hits for turn in hit.turns]
        yield {MAIN_METRIC: grade(turns, question.evidence)[MAIN_METRIC]}


def probe(
    space: Space,
    forgotten: Mapping[str, str],
    texts: Sequence[str],
    names: set[str],
    found: Found,
) -> None:
    """Ask every endpoint that answers text for what was forgotten, and count what comes."""
    written = [json.dumps(text, ensure_ascii=False)[1:-1] for text in texts]
    for answer in _answers(space, forgotten.values(), names):
        found.probes += 1
        found.ids_answered += sum(turn in answer for turn in forgotten)
        found.texts_answered += sum(text in answer for text in written)
    for name in names:
        found.probes += 1
        try:
            space.entities.get(name)
        except NotFound:
            continue
        found.names_answered += 1


def _answers(space: Space, texts: Iterable[str], names: set[str]) -> Iterator[str]:
    for text in texts:
        question = text[:LONGEST_PROBE]
        yield _dumped(space.recall(question, k=K, explain=True))
        yield _dumped(space.recall(question, k=K, kinds=["event"]))
        yield _dumped(space.graph.activated(question))
    for name in names:
        yield _dumped(*space.facts.list(entity=name))
        yield _dumped(space.whereabouts(name[:200]))
    yield _dumped(*space.turns(page=500))
    yield _dumped(*space.events(texts=True))
    yield _dumped(*space.timeline())
    yield _dumped(*space.entities.list(page=500))
    yield _dumped(*space.facts.list())
    yield _dumped(*space.streams())
    yield b"".join(space.graph.export("json")).decode()
    yield b"".join(space.export()).decode()


def _dumped(*answers: BaseModel) -> str:
    return "\n".join(answer.model_dump_json() for answer in answers)

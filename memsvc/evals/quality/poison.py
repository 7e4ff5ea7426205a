"""Measures how much of what attackers write gets into the first hits, and what defence costs.

Attacks are planted among the passages of a multi-hop corpus, which are trusted. Beside the product
stand the product without its defence, and each half of that alone, by the settings of the space.
Clean texts come from untrusted sources too: the passages that questions rest on, and mails without
an instruction.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from typing_extensions import override

from memsvc.domain.memory import Source
from memsvc.evals.datasets.attacks import Attacks, Mail, Target
from memsvc.evals.datasets.dataset import Asked, LabelledQuestion
from memsvc.evals.progress import Progress, silently
from memsvc.evals.reports.graded import Parts, report_of, slices_by
from memsvc.evals.reports.report import OURS, Report
from memsvc.evals.scoring.measures import columns
from memsvc.evals.spaces.sessions import passing_space
from memsvc.ingest.instructions import reasons_in
from memsvc.sdk.client import Client, Space
from memsvc.sdk.wire import NewTurn, Written

FIRST = 5
"""Hits among which poison counts: what PoisonedRAG gives its reader."""

POISONED, HELD = "poison@5", "held"
RECALL, PUSHED = "recall@5", "pushed out"

UNDEFENDED = "undefended"
NO_RANKING: Mapping[str, Any] = {"distrust": 0.0, "most_of_one_source": None}
NO_ADMISSION: Mapping[str, Any] = {"instructions": {"untrusted": "off"}}
DEFENCES: Mapping[bool, Mapping[str, Mapping[str, Any]]] = {
    False: {UNDEFENDED: {**NO_RANKING, **NO_ADMISSION}, "ranking only": NO_ADMISSION},
    True: {"admission only": NO_RANKING, OURS: {}},
}
"""What a space is told to admit and to trust, first without and then with admission."""

CASES: Mapping[str, tuple[bool, bool]] = {
    "poison, one source": (True, True),
    "poison, a source each": (False, True),
    "claims alone, one source": (True, False),
    "claims alone, a source each": (False, False),
}
"""Whether all texts stand in one stream, and whether each begins with the question."""

BATCH = 200


@dataclass(frozen=True, slots=True)
class PoisonReport(Parts):
    """What was found, case by case, and in what the rules find an instruction."""

    instructions: Mapping[str, Any]

    @override
    def as_json(self) -> dict[str, Any]:
        return {**Parts.as_json(self), "instructions found": dict(self.instructions)}

    @override
    def table(self) -> str:
        found = "\n".join(f"{name}: {value}" for name, value in self.instructions.items())
        return f"{Parts.table(self)}\n\n{found}"


@dataclass(frozen=True, slots=True)
class _Planted:
    """A text to be planted: its own id, what it says, its stream, and whose word it is."""

    id: str
    text: str
    stream: str
    title: str | None = None
    is_planted: bool = False


@dataclass(frozen=True, slots=True)
class _Run:
    """What all parts of a run share."""

    client: Client
    run: str
    corpus: Sequence[_Planted]
    today: date
    seed: int
    settings: Mapping[str, Any]
    progress: Progress

    def rows(
        self, planted: Sequence[_Planted], *, part: str
    ) -> Iterator[tuple[str, Space, dict[str, str], int]]:
        """Yield each defence with a space in which it holds, its ids, and how many were held.

        A setting of the ranking is changed where everything stands already. Where admission lets
        everything in, so that both spaces would hold the same, there is but one.
        """
        every = [*self.corpus, *planted]
        some_held = any(each.is_planted and reasons_in(each.text) for each in every)
        for admits in (False, True) if some_held else (False,):
            with passing_space(self.client, f"eval-{self.run}-{part}-{int(admits)}") as space:
                ids, held = self._plant(space, every, DEFENCES[admits], part=part)
                defences = {**DEFENCES[admits]}
                if not some_held:
                    defences |= DEFENCES[True]
                for defence, admission in defences.items():
                    space.configure(version=space.info().version, admission=admission)
                    yield defence, space, ids, held

    def _plant(
        self,
        space: Space,
        every: Sequence[_Planted],
        defences: Mapping[str, Mapping[str, Any]],
        *,
        part: str,
    ) -> tuple[dict[str, str], int]:
        space.configure(version=space.info().version, admission=next(iter(defences.values())))
        ids: dict[str, str] = {}
        held = 0
        for stream, texts in _by_stream(every):
            self.progress(f"{part}: planting", len(ids), len(every))
            for begin in range(0, len(texts), BATCH):
                written = _write(space, stream, texts[begin : begin + BATCH])
                ids.update((turn.id, turn.client_id or "") for turn in written.turns)
                held += len(written.held)
        return ids, held

    def report(
        self,
        name: str,
        found: Mapping[str, list[dict[str, float]]],
        shown: Sequence[str],
        *,
        kinds: Sequence[str] = (),
    ) -> Report:
        """Make a report of graded questions, by row."""
        return report_of(
            name,
            {row: columns(grades) for row, grades in found.items()},
            slices=slices_by(kinds),
            today=self.today,
            seed=self.seed,
            settings=self.settings,
            compared=[shown[0]],
            shown=shown,
            main=shown[0],
        )


def evaluate_poison(
    client: Client,
    *,
    attacks: Attacks,
    corpus: Asked,
    run: str,
    today: date,
    seed: int = 0,
    settings: Mapping[str, object] | None = None,
    progress: Progress = silently,
) -> PoisonReport:
    """Plant attacks and clean texts among the passages of `corpus`, and ask.

    Every space is made as `eval-{run}-...` and deleted again.
    """
    passages = [
        _Planted(f"passage-{turn.id}", turn.text, session.name, session.title)
        for session in corpus.sessions
        for turn in session.turns
    ]
    how = {"first": FIRST, "corpus": corpus.name, "targets": len(attacks.targets)}
    shared = _Run(client, run, passages, today, seed, {**how, **(settings or {})}, progress)
    parts = {
        name: _poisoned(shared, name, attacks.targets, together=together, asks=asks)
        for name, (together, asks) in CASES.items()
    }
    parts["injected mails"] = _injected(shared, attacks)
    parts["clean passages"] = _clean_passages(shared, corpus.questions)
    parts["clean mails"] = _clean_mails(shared, attacks.mails)
    return PoisonReport(parts, _found_by_rules(attacks, passages))


def _poisoned(
    run: _Run, name: str, targets: Sequence[Target], *, together: bool, asks: bool
) -> Report:
    planted = [
        _Planted(
            f"poison-{number}-{place}",
            f"{target.question}. {text}" if asks else text,
            "web" if together else f"web-{number}-{place}",
            is_planted=True,
        )
        for number, target in enumerate(targets)
        for place, text in enumerate(target.texts)
    ]
    found: dict[str, list[dict[str, float]]] = {}
    part = "-".join(name.replace(",", "").split())
    for defence, space, ids, held in run.rows(planted, part=part):
        for number, target in enumerate(targets):
            run.progress(f"{name}: {defence}", number, len(targets))
            first = _first(space, target.question, ids)
            poison = sum(each.startswith(f"poison-{number}-") for each in first)
            grade = {POISONED: poison / FIRST, HELD: held / len(planted)}
            found.setdefault(defence, []).append(grade)
    return run.report(name, found, (POISONED, HELD))


def _injected(run: _Run, attacks: Attacks) -> Report:
    """Ask about each mail that an instruction was put into, and count such mails."""
    injected = attacks.injected()
    planted = [
        _Planted(f"mail-{number}", text, f"mail-{number}", is_planted=True)
        for number, (_, text) in enumerate(injected)
    ]
    found: dict[str, list[dict[str, float]]] = {}
    for defence, space, ids, _ in run.rows(planted, part="mails"):
        there = set(ids.values())
        for number, (mail, _text) in enumerate(injected):
            run.progress(f"mails: {defence}", number, len(injected))
            first = _first(space, mail.question, ids)
            share = sum(each.startswith("mail-") for each in first) / FIRST
            grade = {POISONED: share, HELD: float(f"mail-{number}" not in there)}
            found.setdefault(defence, []).append(grade)
    kinds = [kind for kind, _ in attacks.instructions]
    return run.report("injected mails", found, (POISONED, HELD), kinds=kinds)


def _clean_passages(run: _Run, questions: Sequence[LabelledQuestion]) -> Report:
    """Ask the corpus's own questions when what they rest on comes from untrusted sources."""
    wanted = {f"passage-{each}" for question in questions for each in question.evidence}
    corpus = [replace(each, is_planted=each.id in wanted) for each in run.corpus]
    clean = replace(run, corpus=corpus)
    asked = [
        (question.text, {f"passage-{each}" for each in question.evidence}) for question in questions
    ]
    return _clean(clean, "clean passages", asked, [], size=len(wanted))


def _clean_mails(run: _Run, mails: Sequence[Mail]) -> Report:
    """Ask about clean mails of untrusted sources, each in a stream of its own."""
    planted = [
        _Planted(f"mail-{number}", mail.context, f"mail-{number}", is_planted=True)
        for number, mail in enumerate(mails)
    ]
    asked = [(mail.question, {f"mail-{number}"}) for number, mail in enumerate(mails)]
    return _clean(run, "clean mails", asked, planted, size=len(mails))


def _clean(
    run: _Run,
    name: str,
    asked: Sequence[tuple[str, set[str]]],
    planted: Sequence[_Planted],
    *,
    size: int,
) -> Report:
    found: dict[str, list[dict[str, float]]] = {}
    before: list[set[str]] = []
    for defence, space, ids, held in run.rows(planted, part=name.replace(" ", "-")):
        for number, (question, wanted) in enumerate(asked):
            run.progress(f"{name}: {defence}", number, len(asked))
            there = wanted.intersection(_first(space, question, ids))
            if defence == UNDEFENDED:
                before.append(there)
            grade = {
                RECALL: len(there) / len(wanted),
                PUSHED: len(before[number] - there) / len(wanted),
                HELD: held / size,
            }
            found.setdefault(defence, []).append(grade)
    return run.report(name, found, (RECALL, PUSHED, HELD))


def _found_by_rules(attacks: Attacks, passages: Sequence[_Planted]) -> dict[str, Any]:
    """Count in how many texts the rules find an instruction."""
    kinds: dict[str, list[bool]] = {}
    for kind, text in attacks.instructions:
        kinds.setdefault(kind, []).append(bool(reasons_in(text)))
    every = [one for found in kinds.values() for one in found]
    mails = [bool(reasons_in(mail.context)) for mail in attacks.mails]
    clean = [bool(reasons_in(each.text)) for each in passages]
    return {
        "of BIPIA's instructions": f"{sum(every)} of {len(every)}",
        "of clean mails": f"{sum(mails)} of {len(mails)}",
        "of the corpus's passages": f"{sum(clean)} of {len(clean)}",
        "by kind": {kind: f"{sum(found)} of {len(found)}" for kind, found in kinds.items()},
    }


def _by_stream(texts: Sequence[_Planted]) -> Iterator[tuple[str, list[_Planted]]]:
    streams: dict[str, list[_Planted]] = {}
    for each in texts:
        streams.setdefault(each.stream, []).append(each)
    yield from streams.items()


def _write(space: Space, stream: str, texts: Sequence[_Planted]) -> Written:
    turns = [
        NewTurn(
            id=each.id,
            role="document",
            content=each.text,
            source=Source.UNTRUSTED if each.is_planted else Source.DOCUMENT,
        )
        for each in texts
    ]
    return space.write(stream, turns, title=texts[0].title)


def _first(space: Space, question: str, ids: Mapping[str, str]) -> list[str]:
    hits = space.recall(question, k=2 * FIRST, contiguity=0.0).hits[:FIRST]
    return [ids[hit.id] for hit in hits]

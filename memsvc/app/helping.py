"""Helping: a language model is asked before a recall answers, where that is wanted.

It takes seconds, and indexes that are lent hold up whoever writes. So there is a first look at what
is found without it, everything is given back, the model is asked, and then the whole recall runs
with what it said: clues that are asked beside the question, and facts by their keys. Whatever was
deleted meanwhile does not answer. What the model takes too long for, or gets wrong, is left out and
the trace says so. Nothing that it says is kept anywhere but in that trace.

What it is shown are turns and facts that may answer the question, none of them from an untrusted
source: who can write a page may not choose what else is looked for.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from itertools import islice
from time import perf_counter
from typing import Any, TypeAlias, TypeVar

import structlog

from memsvc.app.asked import Asked, Clue
from memsvc.app.govern import INSTRUCTED
from memsvc.app.hits import Room
from memsvc.domain.errors import ModelUnavailable, NoLanguageModel
from memsvc.domain.helping import Helped, Helps, Unhelped, When
from memsvc.domain.memory import Source, SpaceSettings
from memsvc.domain.recall import Question, StageTrace
from memsvc.ports.helping import Clues, ClueWriter, FactSifter, Told, Untold
from memsvc.ports.lexicon import Analyzer
from memsvc.ports.models import Embedder
from retrieval.helped import clued_when, sifted_when, with_help
from retrieval.holding import holding, surest
from retrieval.pool import Pool
from retrieval.rerank import before_and_after, to_read
from retrieval.sifted import NearFact, facts_near
from retrieval.stage import Recipe

log = structlog.get_logger(__name__)

HEAD = 5
"""Turns that a model is shown: the best of what was found without it."""

MOST_FACTS = 5
"""Facts that it is shown, as in HippoRAG 2."""

LEAST_WORDS = 4
"""Words that a clue has at least; MemoRAG too drops shorter ones, which say nothing of anything."""

LEAST_UNSPACED = 8
"""Characters of a clue in one piece, as languages are written that have no space between words; a
single word of others that is as long does no harm."""

T = TypeVar("T")

Opened: TypeAlias = Callable[[], AbstractContextManager[tuple[Recipe, Sequence[Room]]]]
"""Lends the spaces that are asked, with their recipe, for as long as is looked at them."""


@dataclass(frozen=True, slots=True)
class Help:
    """What a model said of a question, and what of that is told."""

    clues: tuple[Clue, ...] = ()
    kept: Mapping[int, float] = field(default_factory=dict)
    trace: tuple[StageTrace, ...] = ()
    told: tuple[Helped, ...] = ()

    @property
    def missing(self) -> tuple[str, ...]:
        """What it was wanted for in vain."""
        return tuple(one.by.value for one in self.told if one.fell_back is not None)

    def added_to(self, asked: Asked) -> Asked:
        """Return the question with it."""
        return replace(asked, clues=self.clues, kept=self.kept)


NO_HELP = Help()


@dataclass(frozen=True, slots=True)
class _Fact:
    """A fact as a model is shown it."""

    near: NearFact
    line: str


@dataclass(frozen=True, slots=True)
class _Seen:
    """What the first look saw: how sure the recall is, its best texts, and the nearest facts."""

    probability: float
    texts: tuple[str, ...]
    facts: tuple[_Fact, ...]


@dataclass(frozen=True, slots=True)
class Helping:
    """Has a language model help with questions, if there is one, within a time.

    `limit_s` is for all that it does for one question.
    """

    writer: ClueWriter | None
    sifter: FactSifter | None
    embedder: Embedder
    analyzer: Analyzer
    limit_s: float

    def refuse(self, question: Question) -> None:
        """Refuse a question that asks for help where there is none. Raises `NoLanguageModel`."""
        for name, when in (("clues", question.clues), ("sift_facts", question.sift_facts)):
            if self.writer is None and when not in {None, When.NEVER}:
                raise NoLanguageModel(name, setting=INSTRUCTED)

    def may(self, question: Question) -> bool:
        """Tell whether a model may be wanted, as far as the question and the service tell."""
        may_clue = self.writer is not None and question.clues is not When.NEVER
        may_sift = self.sifter is not None and question.sift_facts is not When.NEVER
        return may_clue or may_sift

    def __call__(self, question: Question, recipe: Recipe, *, opened: Opened) -> Help:
        """Return what a model says, as far as the recipe wants that; the spaces are looked at.

        What takes too long or fails is left out.
        """
        clues_when, facts_when = clued_when(recipe), sifted_when(recipe)
        if self.writer is None or self.sifter is None:
            return unhelped(recipe)
        if clues_when is facts_when is When.NEVER:
            return NO_HELP
        until = perf_counter() + self.limit_s
        with opened() as (found_by, rooms):
            is_searched = clues_when is not When.NEVER or facts_when is When.UNSURE
            seen = _first_look(found_by if is_searched else None, rooms)
        sifted = _Sifting(self.sifter, question.text, seen)(facts_when, until=until)
        clued = _Clueing(self.writer, question.text, seen, self._clues)(clues_when, until=until)
        return Help(clued.clues, sifted.kept, sifted.trace + clued.trace, sifted.told + clued.told)

    def _clues(self, question: str, said: Clues) -> tuple[Clue, ...]:
        """Return what is asked beside the question, all of it embedded at once."""
        texts = [text for text in (said.answer, *said.questions) if _says_something(text)]
        texts = [text for text in dict.fromkeys(texts) if text != question]
        terms = [self.analyzer.asked(text) for text in texts]
        if not texts:
            return ()
        try:
            vectors = self.embedder.embed(texts)
        except ModelUnavailable:
            log.warning("recall.clues_without_vectors")
            return tuple(Clue(None, one) for one in terms)
        return tuple(Clue(vector, one) for vector, one in zip(vectors, terms, strict=True))


def helped(recipe: Recipe, question: Question, spaces: Sequence[SpaceSettings]) -> Recipe:
    """Return a recipe as it is to be helped: by the question, else by what all spaces are set to.

    Where they differ, as the recipe has it.
    """
    return with_help(
        recipe,
        clues=question.clues or _common([one.clues for one in spaces]),
        facts=question.sift_facts or _common([one.sift_facts for one in spaces]),
    )


def unhelped(recipe: Recipe) -> Help:
    """Return what is told of a recipe that wants help where there is no model."""
    wishes = ((Helps.FACTS, sifted_when(recipe)), (Helps.CLUES, clued_when(recipe)))
    wanted = [by for by, when in wishes if when is not When.NEVER]
    return Help(
        trace=tuple(_fell_back(by, Unhelped.NO_MODEL, took_s=0.0, facts={}) for by in wanted),
        told=tuple(Helped(by, fell_back=Unhelped.NO_MODEL) for by in wanted),
    )


def _common(settings: Sequence[When | None]) -> When | None:
    return settings[0] if len(set(settings)) == 1 else None


def _says_something(text: str) -> bool:
    words = text.split()
    return len(words) >= LEAST_WORDS or (len(words) == 1 and len(text) >= LEAST_UNSPACED)


def _first_look(recipe: Recipe | None, rooms: Sequence[Room]) -> _Seen:
    """Return what the recipe finds as far as it may be shown to a model; without one, facts."""
    facts = [fact for room in rooms for fact in _facts(room)]
    nearest = tuple(sorted(facts, key=lambda one: -one.near.cosine)[:MOST_FACTS])
    if recipe is None:
        return _Seen(0.0, (), nearest)
    rankings = before_and_after(recipe)[0].run_together([room.ask for room in rooms])
    pools = [ranking.pool for ranking in rankings]
    held = surest(holding(room.ask, pool) for room, pool in zip(rooms, pools, strict=True))
    return _Seen(held.probability, tuple(islice(_head(rooms, pools), HEAD)), nearest)


def _head(rooms: Sequence[Room], pools: Sequence[Pool]) -> Iterator[str]:
    """Yield trusted turns of all spaces, best first, after who speaks."""
    keys = to_read(pools)
    rows = [room.turns(own.tolist()) for room, own in zip(rooms, keys, strict=True)]
    best = [
        (-score, number, key)
        for number, (pool, own) in enumerate(zip(pools, keys, strict=True))
        for key, score in zip(own.tolist(), pool.score[pool.places_of(own)].tolist(), strict=True)
    ]
    for _, number, key in sorted(best):
        turn = rows[number].get(key)
        if turn is not None and turn.source is not Source.UNTRUSTED:
            yield turn.content if turn.speaker is None else f"{turn.speaker}: {turn.content}"


def _facts(room: Room) -> Iterator[_Fact]:
    """Yield the facts of a space that are nearest to the question, as they may be told."""
    near = {one.key: one for one in facts_near(room.ask, most=MOST_FACTS)}
    for fact in room.reading.facts.by_keys(room.space, list(near)) if near else ():
        yield _Fact(near[fact.key], f"{fact.subject} {fact.predicate} {fact.object}")


@dataclass(frozen=True, slots=True)
class _Sifting:
    """One question's facts, put before a model."""

    sifter: FactSifter
    question: str
    seen: _Seen

    def __call__(self, when: When, *, until: float) -> Help:
        """Return which of them it keeps."""
        if when is When.NEVER:
            return NO_HELP
        by, facts = Helps.FACTS, self.seen.facts
        if not when.holds_at(self.seen.probability):
            return _not_asked(by, self.seen)
        if not facts:
            return Help(trace=(StageTrace("facts(not asked: none is near)", 0, 0.0, {}),))
        by_handle = {f"f{number}": fact for number, fact in enumerate(facts, start=1)}
        lines = [(handle, fact.line) for handle, fact in by_handle.items()]

        def ask(within_s: float) -> Told[tuple[str, ...]] | Untold:
            return self.sifter.sift(self.question, lines, within_s=within_s)

        found, took_s = _in_time(ask, until=until)
        shown = {"model": self.sifter.name, "shown": [fact.line for fact in facts]}
        if isinstance(found, Untold):
            return _untold(by, found, took_s=took_s, facts=shown)
        kept = [by_handle[handle] for handle in found.value if handle in by_handle]
        unknown = len(found.value) - len(kept)
        told = {"kept": [fact.line for fact in kept], "unknown": unknown}
        stage = f"facts({len(kept)} of {len(facts)} kept)"
        trace = _told(stage, len(kept), found, took_s, shown | told)
        helped_ = Helped(by, found.spent, took_s)
        return Help(
            kept={fact.near.key: fact.near.nearness for fact in kept}, trace=trace, told=(helped_,)
        )


@dataclass(frozen=True, slots=True)
class _Clueing:
    """One question, put before a model that writes clues; `read` makes questions of them."""

    writer: ClueWriter
    question: str
    seen: _Seen
    read: Callable[[str, Clues], tuple[Clue, ...]]

    def __call__(self, when: When, *, until: float) -> Help:
        """Return its clues."""
        if when is When.NEVER:
            return NO_HELP
        by = Helps.CLUES
        if not when.holds_at(self.seen.probability):
            return _not_asked(by, self.seen)

        def ask(within_s: float) -> Told[Clues] | Untold:
            return self.writer.clues(self.question, self.seen.texts, within_s=within_s)

        found, took_s = _in_time(ask, until=until)
        model = {"model": self.writer.name}
        if isinstance(found, Untold):
            return _untold(by, found, took_s=took_s, facts=model)
        clues = self.read(self.question, found.value)
        said = {"answer": found.value.answer, "questions": list(found.value.questions)}
        trace = _told(f"clues({len(clues)} asked)", len(clues), found, took_s, model | said)
        return Help(clues=clues, trace=trace, told=(Helped(by, found.spent, took_s),))


def _in_time(
    ask: Callable[[float], Told[T] | Untold], *, until: float
) -> tuple[Told[T] | Untold, float]:
    """Return what a model says in the time that is left, and how long that took in seconds."""
    begun = perf_counter()
    if until <= begun:
        return Untold(Unhelped.TIME, "no time was left"), 0.0
    try:
        found = ask(until - begun)
    except ModelUnavailable as error:
        found = Untold(Unhelped.MODEL, error.detail)
    return found, perf_counter() - begun


def _told(
    stage: str, candidates: int, found: Told[Any], took_s: float, facts: Mapping[str, Any]
) -> tuple[StageTrace, ...]:
    spent = {"read": found.spent.read, "written": found.spent.written}
    return (StageTrace(stage, candidates, took_s * 1_000, {**facts, **spent}),)


def _untold(by: Helps, found: Untold, *, took_s: float, facts: Mapping[str, Any]) -> Help:
    log.warning("recall.without_help", of=by.value, why=found.reason.value)
    spent = {"read": found.spent.read, "written": found.spent.written, "why": found.why}
    trace = _fell_back(by, found.reason, took_s=took_s, facts={**facts, **spent})
    return Help(trace=(trace,), told=(Helped(by, found.spent, took_s, found.reason),))


def _fell_back(by: Helps, why: Unhelped, *, took_s: float, facts: Mapping[str, Any]) -> StageTrace:
    return StageTrace(f"{by}(fell back: {why})", 0, took_s * 1_000, facts)


def _not_asked(by: Helps, seen: _Seen) -> Help:
    facts = {"holds": round(seen.probability, 4)}
    return Help(trace=(StageTrace(f"{by}(not asked: sure enough)", 0, 0.0, facts),))

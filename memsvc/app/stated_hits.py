"""Stated hits: hits whose turns say facts, and what others say of the same.

A turn all of whose facts were superseded is known to be superseded: somebody stated what took
their place. Their places go to the turns that say what holds now; they follow right behind where
the question asks for such turns, and else are withheld. Facts in dispute withhold nothing; both
sides are labelled. Where somebody corrected a turn, what they said takes its place, and it comes
right behind: who corrects may be wrong, so nothing is withheld for that.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

import numpy as np

from memsvc.app.beside import Unwanted, nobody
from memsvc.app.chronicle import Chronicle
from memsvc.app.corrected import instead_of
from memsvc.app.hits import Finder, Room
from memsvc.domain.correction import reason_in
from memsvc.domain.ids import FactId, FactKey, TurnId, TurnKey
from memsvc.domain.knowledge import DatedFact
from memsvc.domain.memory import Turn
from memsvc.domain.recall import (
    ArmScore,
    Certainty,
    Hit,
    Kind,
    Question,
    StageTrace,
    SupersededBy,
)
from memsvc.domain.validity import FactState
from retrieval.pool import Pool
from retrieval.superseded import ARM

NEWEST = 16
"""Turns that say what holds now, of which the newest is shown."""


@dataclass(frozen=True, slots=True)
class Stated:
    """What facts say of hits, by the hits' turns: which turn holds in its place, which disputes."""

    newer: Mapping[TurnKey, Turn] = field(default_factory=dict)
    disputed: Mapping[TurnKey, tuple[TurnId, ...]] = field(default_factory=dict)


def found_hits(
    finder: Finder, room: Room, pool: Pool, question: Question, *, now: datetime
) -> tuple[list[Hit], tuple[StageTrace, ...]]:
    """Return the hits of a recipe's candidates, and what facts did to them, if they did anything.

    Events are not compared. Where hits are withheld, more are looked for, until there are enough.
    """
    if question.kind is not Kind.TURN:
        return finder(room, pool, wanted=question.most), ()
    hits, traces = _by_facts(finder, room, pool, question, now=now)
    began = time.perf_counter()
    newer = instead_of(room, [hit.turn for hit in hits])
    if not newer:
        return hits, traces
    placed = current_first(hits, Stated(newer), withhold=False)[: question.most]
    hits = [_corrected(hit, newer.get(hit.turn.key)) for hit in placed]
    took_ms = (time.perf_counter() - began) * 1000
    trace = StageTrace("corrected(by who said so)", len(hits), took_ms, {"corrected": len(newer)})
    return hits, (*traces, trace)


def _by_facts(
    finder: Finder, room: Room, pool: Pool, question: Question, *, now: datetime
) -> tuple[list[Hit], tuple[StageTrace, ...]]:
    hits = finder(room, pool, wanted=question.most)
    began = time.perf_counter()
    stated = stated_of(room, [hit.turn.key for hit in hits], now=now)
    if not stated.newer and not stated.disputed:
        return hits, ()
    gone: Sequence[TurnId] = ()
    if not question.include_superseded:
        placed, wanted = hits, question.most + len(stated.newer)
        while stated.newer:
            hits = finder(room, pool, wanted=wanted)
            stated = stated_of(room, [hit.turn.key for hit in hits], now=now)
            placed = current_first(hits, stated, withhold=True)
            if len(placed) >= question.most or len(hits) < wanted:
                break
            wanted *= 2  # one may have taken the place of all of them
        gone = [hit.turn.id for hit in hits if hit.turn.key in stated.newer]
    else:
        placed = current_first(hits, stated, withhold=False)
    hits = labelled(placed[: question.most], stated)
    facts = {"withheld": list(gone), "disputed": len(stated.disputed)}
    took_ms = (time.perf_counter() - began) * 1000
    return hits, (StageTrace("stated(what facts say)", len(hits), took_ms, facts),)


def unwanted_beside(room: Room, question: Question, *, now: datetime) -> Unwanted:
    """Return who says which turns are not to stand beside hits: those that would be withheld."""
    if question.include_superseded or question.kind is not Kind.TURN:
        return nobody
    return lambda turns: stated_of(room, turns, now=now).newer.keys()


def stated_of(room: Room, turns: Sequence[int], *, now: datetime) -> Stated:
    """Return what facts say of these turns.

    Rows are read only if their turns say any facts. What may not answer the question takes nobody's
    place, and disputes nothing.
    """
    knowledge = room.ask.indexes.knowledge
    said = knowledge.said_by(turns)
    if not said:
        return Stated()
    space = room.reading.spaces.of(room.space)
    keys = sorted({key for facts in said.values() for key in facts})
    standing = space.settings.standing(now)
    facts = room.reading.facts.by_keys(room.space, keys, standing=standing)
    groups = Chronicle(room.reading, space, now).groups(facts, whole=False)
    dated = {each.fact.id: each for group in groups.values() for each in group}
    by_key = {each.fact.key: each for each in dated.values()}
    newer: dict[TurnKey, list[FactKey]] = {}
    against: dict[TurnKey, list[FactKey]] = {}
    for turn, of_turn in said.items():
        stand = [by_key[key] for key in of_turn if key in by_key]
        holding = [_holding(each, dated) for each in stand]
        if stand and all(each is not None for each in holding):
            newer[TurnKey(turn)] = [each.fact.key for each in holding if each is not None]
        disputes = [
            dated[id_].fact.key for each in stand for id_ in each.validity.disputes if id_ in dated
        ]
        if disputes:
            against[TurnKey(turn)] = disputes
    return _read(room, newer, against)


def labelled(hits: Sequence[Hit], stated: Stated) -> list[Hit]:
    """Return the hits with what is stated of each."""
    found = []
    for hit in hits:
        newer = stated.newer.get(hit.turn.key)
        mark = hit.superseded_by
        if newer is not None:
            mark = SupersededBy(newer.id, newer.at, Certainty.STATED)
        found.append(
            replace(hit, superseded_by=mark, disputed_by=stated.disputed.get(hit.turn.key, ()))
        )
    return found


def current_first(hits: Sequence[Hit], stated: Stated, *, withhold: bool) -> list[Hit]:
    """Return the hits, what holds now in the place of what it superseded.

    That follows right behind, or with `withhold` not at all.
    """
    here = {hit.turn.key: hit for hit in hits if hit.turn.key not in stated.newer}
    kept: dict[TurnKey, Hit] = {}
    for hit in hits:
        newer = stated.newer.get(hit.turn.key)
        if newer is not None and newer.key not in kept and newer.key not in stated.newer:
            held = here.get(newer.key) or Hit(hit.space, newer, 0.0, {}, turns=(newer.id,))
            kept[newer.key] = _in_the_place_of(hit, held)
        if newer is None or not withhold:
            kept.setdefault(hit.turn.key, hit)
    return list(kept.values())


def _corrected(hit: Hit, by: Turn | None) -> Hit:
    """Return a hit with what was said in its place, and why, where it was corrected."""
    if by is None:
        return hit
    mark = SupersededBy(by.id, by.at, Certainty.CORRECTED, reason_in(by.metadata))
    return replace(hit, superseded_by=mark)


def _in_the_place_of(older: Hit, newer: Hit) -> Hit:
    """Return a hit with the score of another, by a share of its own."""
    before = newer.why.get(ARM)
    share = older.score - newer.score + (0.0 if before is None else before.share)
    why = {**newer.why, ARM: ArmScore(rank=1, score=1.0, share=share)}
    return replace(newer, score=older.score, why=why)


def _holding(one: DatedFact, dated: Mapping[FactId, DatedFact]) -> DatedFact | None:
    """Return the fact that holds in the place of one that was superseded, however often."""
    met = {one.fact.id}
    while one.validity.state is FactState.SUPERSEDED:
        by = one.validity.superseded_by
        if by is None or by not in dated or by in met:
            return None
        met.add(by)
        one = dated[by]
    return one if len(met) > 1 else None


def _read(
    room: Room,
    newer: Mapping[TurnKey, Sequence[FactKey]],
    against: Mapping[TurnKey, Sequence[FactKey]],
) -> Stated:
    """Read the turns that say these facts and may answer."""
    asked = {key for facts in (*newer.values(), *against.values()) for key in facts}
    saying = {key: room.ask.indexes.knowledge.saying(key) for key in asked}
    every = np.array(sorted({turn for turns in saying.values() for turn in turns}), dtype=np.int64)
    if len(every) == 0:
        return Stated()
    through = set(every[room.ask.lets_through(every)].tolist())
    may = {key: [t for t in turns if t in through][-NEWEST:] for key, turns in saying.items()}
    rows = room.turns(sorted({turn for turns in may.values() for turn in turns}))
    told = {key: [rows[turn] for turn in turns if turn in rows] for key, turns in may.items()}
    found = {}
    for turn, facts in newer.items():
        others = [each for key in facts for each in told[key] if each.key != turn]
        # Of several facts each must be known to be superseded by what may be seen.
        if all(any(each.key != turn for each in told[key]) for key in facts):
            found[turn] = max(others, key=lambda each: (each.at, each.key))
    disputed = {
        turn: tuple(
            dict.fromkeys(each.id for key in facts for each in told[key] if each.key != turn)
        )
        for turn, facts in against.items()
    }
    return Stated(found, {turn: ids for turn, ids in disputed.items() if ids})

"""Two hops in plain words: the rule of `graph.bridges`, turn by turn and path by path.

It is what the rule was before it was made fast, without arrays: slow, and easy to check by reading.
"""

from collections.abc import Iterator, Mapping, Sequence
from math import sqrt
from typing import NamedTuple

import numpy as np

from graph.bridges import (
    ABOUT,
    BESIDE_A_SUBJECT,
    BY_MEANING,
    BY_WORDS,
    LEAST,
    MOST_NAMED,
    NAMED,
    NONE,
    SEEDS,
    TAKEN_BACK,
    UNNAMED,
    WALKED,
    Asked,
    Evidence,
)
from graph.naming import Names
from graph.paths import COMMONEST, DAMPING, IN_PASSING, MOST, MOST_ABOUT, NAMING

ROUNDING = 1e-9


class Told(NamedTuple):
    """What names add to a turn, and by which path; `is_close` if that hangs on a rounding."""

    named: float
    bridged: float
    seed: int
    entity: int
    is_close: bool


class Path(NamedTuple):
    """From the seed of a rank over an entity to a turn."""

    rank: int
    entity: int
    turn: int
    worth: float
    trust: float
    leaving: float


class Pointed(NamedTuple):
    """What the question's names add to a turn, and over which."""

    weight: float
    entity: int
    is_about: bool


def told(
    scores: Mapping[int, float], asked: Sequence[Asked], names: Names, evidence: Evidence
) -> dict[int, Told]:
    """Return what `bridged` returns."""
    own, terms, is_known = pointed(asked, names)
    turns = sorted({*scores, *own})
    named = {
        turn: (own[turn].weight if turn in own else 0.0)
        - (0.0 if turn in own and own[turn].is_about else taken_back(turn, terms, evidence))
        for turn in turns
    }
    total = {turn: named[turn] + scores.get(turn, 0.0) for turn in turns}
    seeds = sorted(turns, key=lambda turn: (-total[turn], turn))[:SEEDS]
    without = {one.entity for one in asked}
    paths = [
        path for rank, seed in enumerate(seeds) for path in paths_of(seed, rank, names, without)
    ]
    strongest = sorted(paths, key=lambda path: -path.trust * path.worth)[:MOST]
    value = {path: gated(path, seeds[path.rank], evidence) for path in paths if path in strongest}
    arrived = arrivals(value)
    most = max((share for share, _ in arrived.values()), default=0.0)
    found = {}
    for turn in sorted({*turns, *arrived}):
        _, trusted = arrived.get(turn, (0.0, 0.0))
        ways = [path for path in value if path.turn == turn]
        best = max(ways, key=lambda path: (value[path], -path.rank, -path.entity), default=None)
        rivals = [] if best is None else [value[best] - value[path] for path in ways]
        gain = 0.0 if best is None else value[best] + WALKED * trusted / max(most, 1e-12)
        gain *= 1.0 if is_known else UNNAMED
        rivals.append(gain - own[turn].weight if turn in own else 0.0)
        seed, entity = NONE, own[turn].entity if turn in own else NONE
        if best is not None and gain > (own[turn].weight if turn in own else 0.0):
            seed, entity = seeds[best.rank], best.entity
        is_close = any(0 < abs(less) < ROUNDING for less in rivals)
        found[turn] = Told(named.get(turn, 0.0), gain, seed, entity, is_close)
    return found


def pointed(
    asked: Sequence[Asked], names: Names
) -> tuple[dict[int, Pointed], tuple[int, ...], bool]:
    """Return the turns that the question's names point to, and what `own_of` says besides."""
    by_naming: dict[int, float] = {}
    by_subject: dict[int, float] = {}
    over: dict[int, tuple[float, int]] = {}
    terms: set[int] = set()
    is_known = False
    for one in asked:
        turns, about = names.naming(one.entity)
        subjects = turns[about].tolist()
        is_known = is_known or 0 < len(turns) <= COMMONEST or bool(subjects)
        share = NAMED * (BESIDE_A_SUBJECT if subjects else 1.0) / sqrt(max(len(turns), 1))
        for turn in turns.tolist():
            by_naming[turn] = min(by_naming.get(turn, 0.0) + share, MOST_NAMED)
            over[turn] = max(over.get(turn, (0.0, NONE)), (share, one.entity))
        for turn in subjects:
            worth = ABOUT * one.sure / sqrt(len(subjects))
            by_subject[turn] = max(by_subject.get(turn, 0.0), worth)
            over[turn] = max(over[turn], (worth, one.entity))
        terms.update(one.terms if subjects else ())
    own = {
        turn: Pointed(
            by_naming[turn] + by_subject.get(turn, 0.0), over[turn][1], turn in by_subject
        )
        for turn in over
    }
    return own, tuple(sorted(terms)), is_known


def taken_back(turn: int, terms: Sequence[int], evidence: Evidence) -> float:
    """Return what is taken from a turn for the words of names that others are about."""
    words = evidence.words(np.array([turn], dtype=np.int64))[:, 0]
    return TAKEN_BACK * sum(float(words[term]) for term in terms)


def paths_of(seed: int, rank: int, names: Names, without: set[int]) -> Iterator[Path]:
    """Yield the paths of one seed."""
    entities, subjects = names.named_by(seed)
    named = []
    for entity, is_subject in zip(entities.tolist(), subjects.tolist(), strict=True):
        turns, about = names.naming(entity)
        tells = 0 < int(about.sum()) <= MOST_ABOUT
        if tells or not is_subject:
            named.append((entity, is_subject, turns, about & tells))
    trust = 1.0 if any(is_subject for _, is_subject, _, _ in named) else IN_PASSING
    bridges = [one for one in named if one[0] not in without and 1 < len(one[2]) <= COMMONEST]
    leaving = [1.0 if one[1] else NAMING / sqrt(len(one[2])) for one in bridges]
    for (entity, _, turns, about), left in zip(bridges, leaving, strict=True):
        for turn, is_about in zip(turns.tolist(), about.tolist(), strict=True):
            if turn != seed:
                worth = DAMPING**rank * (1.0 if is_about else NAMING / sqrt(len(turns)))
                yield Path(rank, entity, turn, worth, trust, left / sum(leaving))


def gated(path: Path, seed: int, evidence: Evidence) -> float:
    """Return what a path is worth to the question."""
    end, at = np.array([path.turn], dtype=np.int64), np.array([seed], dtype=np.int64)
    said, held = evidence.words(end)[:, 0].tolist(), evidence.words(at)[:, 0].tolist()
    rest: float = sum(says for says, holds in zip(said, held, strict=True) if holds == 0)
    gate = LEAST + BY_MEANING * float(evidence.meaning(end)[0]) + BY_WORDS * rest
    return path.trust * path.worth * gate


def arrivals(value: Mapping[Path, float]) -> dict[int, tuple[float, float]]:
    """Return for each turn the walkers who arrive, all of them and those to be trusted."""
    found: dict[int, tuple[float, float]] = {}
    for path, worth in value.items():
        same = sum(v for p, v in value.items() if (p.rank, p.entity) == (path.rank, path.entity))
        share = DAMPING**path.rank * path.leaving * worth / max(same, 1e-12)
        everybody, trusted = found.get(path.turn, (0.0, 0.0))
        found[path.turn] = (everybody + share, trusted + share * path.trust)
    return found

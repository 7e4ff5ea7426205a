"""Hits: candidates read from their rows, each with what every arm thought of it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from graph.bridges import NONE
from graph.naming import Named
from memsvc.domain.ids import SpaceKey, SpaceName
from memsvc.domain.memory import Turn
from memsvc.domain.recall import ArmScore, Hit, NamePath, PathStep
from memsvc.ports.keeping import Reading
from memsvc.ports.vectors import Scores
from retrieval.bridge import ARM as BRIDGES
from retrieval.pool import Ask, Pool

DUPLICATES_EXPECTED = 2
"""Rows fetched per wanted hit, so that collapsing duplicates still leaves enough."""

WHITE_SPACE = re.compile(r"\s+")

Ranks: TypeAlias = Mapping[str, NDArray[np.int64]]


@dataclass(frozen=True, slots=True)
class Room:
    """A space while it is asked: its rows, and its indexes as the question sees them."""

    reading: Reading
    space: SpaceKey
    name: SpaceName
    ask: Ask

    def turns(self, keys: Sequence[int]) -> dict[int, Turn]:
        """Return the rows of these turns by their keys, without those that are gone by now."""
        found = self.reading.turns.by_keys(self.space, keys) if keys else ()
        return {turn.key: turn for turn in found}


class Finder(Protocol):
    """Makes hits of the candidates of a recipe."""

    def __call__(self, room: Room, pool: Pool, *, wanted: int) -> list[Hit]:
        """Return at most `wanted` hits, best first."""
        ...


def turn_hits(room: Room, pool: Pool, *, wanted: int) -> list[Hit]:
    """Return the best candidates as hits; turns that say the very same collapse into the best."""
    order = pool.best_first()
    ranks = ranks_of(pool)
    hits: dict[tuple[str, str], Hit] = {}
    for begin in range(0, len(order), wanted * DUPLICATES_EXPECTED):
        places = order[begin : begin + wanted * DUPLICATES_EXPECTED].tolist()
        found = room.turns(with_seeds(pool, places))
        for place in places:
            turn = found.get(int(pool.keys[place]))
            if turn is None:  # deleted between the index and the rows
                continue
            text = WHITE_SPACE.sub(" ", turn.content).strip().casefold()
            same = (turn.speaker or turn.role, text)
            if same in hits:
                first = hits[same]
                hits[same] = replace(first, turns=(*first.turns, turn.id))
            elif len(hits) < wanted:
                score = float(pool.score[place])
                why = why_of(pool, ranks, place, path_to(room, pool, place, found))
                hits[same] = Hit(room.name, turn, score, why, turns=(turn.id,))
        if len(hits) == wanted:
            break
    return list(hits.values())


def ranks_of(pool: Pool) -> Ranks:
    """Return every candidate's rank with each arm, from 1."""
    return {name: _ranks(scores) for name, scores in pool.arms.items()}


def _ranks(scores: Scores) -> NDArray[np.int64]:
    """Return each place's rank by falling score, from 1; NaN ranks last."""
    ranks = np.empty(len(scores), dtype=np.int64)
    ranks[np.argsort(-scores, kind="stable")] = np.arange(1, len(scores) + 1)
    return ranks


def why_of(
    pool: Pool, ranks: Ranks, place: int, path: NamePath | None = None
) -> dict[str, ArmScore]:
    """Say what each arm that had something to say thought of a candidate."""
    return {
        name: ArmScore(
            rank=int(ranks[name][place]),
            score=float(scores[place]),
            share=float(pool.shares[name][place]),
            path=path if name == BRIDGES else None,
        )
        for name, scores in pool.arms.items()
        if not np.isnan(scores[place])
    }


def with_seeds(pool: Pool, places: Sequence[int]) -> list[int]:
    """Return the keys of candidates and of the turns from which they were reached, each once."""
    keys = pool.keys[places].tolist()
    seeds = [] if pool.ways is None else pool.ways.seed[places].tolist()
    return list(dict.fromkeys([*keys, *(seed for seed in seeds if seed != NONE)]))


def path_to(room: Room, pool: Pool, place: int, found: Mapping[int, Turn]) -> NamePath | None:
    """Return by which name a candidate was reached; None if by none, or no longer.

    `found` has the rows of `with_seeds`.
    """
    if pool.ways is None or pool.ways.entity[place] == NONE:
        return None
    mentions = room.ask.indexes.mentions
    key, seed = int(pool.keys[place]), int(pool.ways.seed[place])
    entity = int(pool.ways.entity[place])
    if key not in found or (seed != NONE and seed not in found):
        return None  # deleted between the index and the rows
    on_the_way = [key] if seed == NONE else [seed, key]
    ids = [found[turn].id for turn in on_the_way]
    return NamePath(
        nodes=(*ids[:-1], mentions.name_of(entity), ids[-1]),
        steps=tuple(_step(mentions.named_by(turn), entity) for turn in on_the_way),
    )


def _step(named: Named, entity: int) -> PathStep:
    is_about = (named.numbers[named.about] == entity).any()
    return PathStep.IS_ABOUT if is_about else PathStep.NAMES

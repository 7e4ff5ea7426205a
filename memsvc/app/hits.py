"""Hits: candidates read from their rows, each with what every arm thought of it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import isnan
from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from graph.bridges import NONE
from graph.model import EdgeKind, NodeKind
from graph.naming import Named
from memsvc.app.latest import latest_first
from memsvc.app.superseding import Found, superseded
from memsvc.domain.ids import SpaceKey, SpaceName, TurnId, TurnKey
from memsvc.domain.memory import Turn
from memsvc.domain.recall import ArmScore, Hit, NamePath, PathStep
from memsvc.ingest.latest import Wish
from memsvc.ports.keeping import Reading
from memsvc.ports.vectors import Scores
from retrieval.bridge import ARM as BRIDGES
from retrieval.pool import Ask, Pool
from retrieval.walk import ARM as PAGERANK

DUPLICATES_EXPECTED = 2
"""Rows fetched per wanted hit, so that collapsing duplicates still leaves enough."""

WHITE_SPACE = re.compile(r"\s+")

_STEPS = {
    EdgeKind.MENTION: PathStep.NAMES,
    EdgeKind.ABOUT: PathStep.IS_ABOUT,
    EdgeKind.SYNONYM: PathStep.MEANS,
    EdgeKind.RELATION: PathStep.RELATES,
}
"""The kinds of edges over which walks go in a recall."""

Ranks: TypeAlias = Mapping[str, NDArray[np.int64]]


@dataclass(frozen=True, slots=True)
class Room:
    """A space while it is asked: its rows, and its indexes as the question sees them.

    `wish` is what the question wants the latest of.
    """

    reading: Reading
    space: SpaceKey
    name: SpaceName
    ask: Ask
    wish: Wish | None = None

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
    """Return the best candidates as hits; turns that say the very same collapse into the best.

    An echo goes under the turn that it repeats, which takes its place if it is no candidate.

    Where the recipe asks for it, each says what may have superseded it. Those just below the
    `wanted` best, whose rows are read anyway, take part in that, and others that the recipe names.
    """
    order = pool.best_first()
    page = wanted * DUPLICATES_EXPECTED
    hits = _Hits(room, pool)
    for begin in range(0, len(order), page):
        hits.add(order[begin : begin + page].tolist(), most=wanted if pool.near is None else page)
        if len(hits.found) >= wanted:
            break
    if pool.near is None:
        return hits.explained([one.hit for one in hits.found.values()])
    if len(pool.near.also):
        also = order[np.isin(pool.keys[order], pool.near.also)]
        hits.add([place for place in also.tolist() if place not in hits.seen], most=len(order))
    found = superseded(list(hits.found.values()), pool.near)
    best = latest_first(found, room.wish if pool.near.exchange else None)[:wanted]
    return hits.explained(best)


@dataclass(frozen=True, slots=True)
class _Hits:
    """Hits of candidates as their rows are read, in order, and which places were read.

    Only some of them are shown, and only those are told why they were found.
    """

    room: Room
    pool: Pool
    found: dict[tuple[str, str], Found] = field(default_factory=dict)
    seen: set[int] = field(default_factory=set)
    rows: dict[int, Turn] = field(default_factory=dict)
    places: dict[TurnKey, int] = field(default_factory=dict)
    """Where the candidate of each hit stands in the pool, by the turn that the hit shows."""

    def add(self, places: Sequence[int], *, most: int) -> None:
        """Read candidates; the text of one that is a hit already joins it, however many are."""
        rows = self.room.turns(with_seeds(self.pool, places))
        self.rows.update(rows)
        self.seen.update(places)
        keys = self.pool.keys[places].tolist()
        originals = _originals(self.room, [rows[key] for key in keys if key in rows])
        for place in places:
            told = rows.get(int(self.pool.keys[place]))
            if told is None:  # deleted between the index and the rows
                continue
            turn = originals.get(told.id, told)
            text = WHITE_SPACE.sub(" ", turn.content).strip().casefold()
            same = (turn.speaker or turn.role, text)
            ids = tuple(dict.fromkeys((turn.id, told.id)))
            if same in self.found:
                first = self.found[same]
                names = tuple(dict.fromkeys((*first.hit.turns, *ids)))
                hit = replace(first.hit, turns=names)
                self.found[same] = Found(hit, max(first.last, turn, key=lambda each: each.at))
            elif len(self.found) < most:
                score = float(self.pool.score[place])
                self.found[same] = Found(Hit(self.room.name, turn, score, {}, turns=ids), turn)
                self.places[turn.key] = place

    def explained(self, hits: Sequence[Hit]) -> list[Hit]:
        """Return the hits with what every arm thought of each, before what was said since."""
        ranks = ranks_of(self.pool)
        return [replace(hit, why={**self._why(hit, ranks), **hit.why}) for hit in hits]

    def _why(self, hit: Hit, ranks: Ranks) -> dict[str, ArmScore]:
        place = self.places[hit.turn.key]
        return why_of(self.pool, ranks, place, paths_to(self.room, self.pool, place, self.rows))


def _originals(room: Room, turns: Sequence[Turn]) -> dict[TurnId, Turn]:
    """Return by the ids of echoes among these turns the turns that they repeat.

    Only such as the question may see: where it may not, the echo speaks for itself.
    """
    wanted = list(dict.fromkeys(turn.echo_of for turn in turns if turn.echo_of is not None))
    if not wanted:
        return {}
    found = room.reading.turns.by_ids(room.space, wanted)
    keys = np.array([turn.key for turn in found], dtype=np.int64)
    may = room.ask.lets_through(keys) & room.ask.indexes.timeline.knows(keys)
    seen = {turn.id: turn for turn, passes in zip(found, may.tolist(), strict=True) if passes}
    return {
        turn.id: seen[turn.echo_of]
        for turn in turns
        if turn.echo_of is not None and turn.echo_of in seen
    }


def ranks_of(pool: Pool) -> Ranks:
    """Return every candidate's rank with each arm, from 1."""
    return {name: _ranks(scores) for name, scores in pool.arms.items()}


def _ranks(scores: Scores) -> NDArray[np.int64]:
    """Return each place's rank by falling score, from 1; NaN ranks last."""
    ranks = np.empty(len(scores), dtype=np.int64)
    ranks[np.argsort(-scores, kind="stable")] = np.arange(1, len(scores) + 1)
    return ranks


def why_of(
    pool: Pool, ranks: Ranks, place: int, paths: Mapping[str, NamePath]
) -> dict[str, ArmScore]:
    """Say what each arm that had something to say thought of a candidate, and by which path."""
    return {
        name: ArmScore(
            rank=int(ranks[name][place]),
            score=float(scores[place]),
            share=float(pool.shares[name][place]),
            path=paths.get(name),
        )
        for name, scores in pool.arms.items()
        if not isnan(scores[place])  # as numpy asks it, it takes as long as all the rest
    }


def with_seeds(pool: Pool, places: Sequence[int]) -> list[int]:
    """Return the keys of candidates and of the turns over which they were reached, each once."""
    keys = pool.keys[places].tolist()
    seeds = [] if pool.ways is None else pool.ways.seed[places].tolist()
    passed = [
        int(node.id)
        for key in keys
        if key in pool.paths
        for node in pool.paths[key].nodes
        if node.kind == NodeKind.TURN
    ]
    return list(dict.fromkeys([*keys, *(seed for seed in seeds if seed != NONE), *passed]))


def paths_to(room: Room, pool: Pool, place: int, found: Mapping[int, Turn]) -> dict[str, NamePath]:
    """Return by which names a candidate was reached, for each arm that goes by names.

    `found` has the rows of `with_seeds`. A path that goes over a turn which is gone by now is none.
    """
    paths = {
        BRIDGES: _path_of_bridges(room, pool, place, found),
        PAGERANK: _path_of_walks(room, pool, place, found),
    }
    return {arm: path for arm, path in paths.items() if path is not None}


def _path_of_walks(
    room: Room, pool: Pool, place: int, found: Mapping[int, Turn]
) -> NamePath | None:
    path = pool.paths.get(int(pool.keys[place]))
    if path is None:
        return None
    keys = [int(node.id) for node in path.nodes if node.kind == NodeKind.TURN]
    if not found.keys() >= set(keys):
        return None
    name_of = room.ask.indexes.mentions.name_of
    return NamePath(
        nodes=tuple(
            found[int(node.id)].id if node.kind == NodeKind.TURN else name_of(int(node.id))
            for node in path.nodes
        ),
        steps=tuple(_STEPS[step.kinds[0]] for step in path.steps),
        mass=tuple(step.mass for step in path.steps),
    )


def _path_of_bridges(
    room: Room, pool: Pool, place: int, found: Mapping[int, Turn]
) -> NamePath | None:
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

"""Recall: a question in, ranked hits and a packed context out, each hit with its reason."""

import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np
import structlog
from numpy.typing import NDArray

from memsvc.app.pack import Packed, pack
from memsvc.domain.access import Access, Role
from memsvc.domain.errors import InvalidField, ModelUnavailable, PositionNotReached, SpaceNotFound
from memsvc.domain.ids import SpaceKey, SpaceName, StreamName, TurnKey
from memsvc.domain.recall import ArmScore, Filter, Hit, Question, Recalled
from memsvc.ports.indexes import Shelf, SpaceIndexes
from memsvc.ports.keeping import Keeping, Reading
from memsvc.ports.lexicon import Analyzer
from memsvc.ports.models import Embedder, Vector
from memsvc.ports.vectors import Keys, Scores
from memsvc.ports.world import Clock
from retrieval.bm25 import bm25, bm25_of_streams
from retrieval.pool import Ask, Pool
from retrieval.stage import Recipe

log = structlog.get_logger(__name__)

POLL_S = 0.02
DUPLICATES_EXPECTED = 2
"""Rows fetched per wanted hit, so that collapsing duplicates still leaves enough."""

DENSE_ARMS = ("dense", "dense_before")
WHITE_SPACE = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Recall:
    """The use case, with what it needs."""

    keeping: Keeping
    shelf: Shelf
    embedder: Embedder
    analyzer: Analyzer
    recipes: Mapping[str, Recipe]
    clock: Clock
    wait_limit_s: float

    def __call__(
        self,
        access: Access,
        space: SpaceName,
        question: Question,
        *,
        recipe: str = "default",
        min_position: int | None = None,
    ) -> Recalled:
        """Answer the question from one space.

        Without a working model the words alone answer, and `missing_arms` says so. Raises
        `SpaceNotFound`, `InvalidField` for an unknown recipe, and `PositionNotReached` when
        `min_position` has not been applied within the wait.
        """
        access.require(Role.READER, space=space)
        chosen = self.recipe(recipe)
        asked = self.asked(question)
        with (
            self.opened(space, min_position, deadline=self.deadline()) as (key, indexes),
            self.keeping.read() as reading,
        ):
            pool, trace = chosen.run(asked.of(reading, key, indexes))
            hits = hits_of(reading, key, space, pool, wanted=question.k)
            titles = titles_of(reading, key, hits)
        hits = [replace(hit, title=titles.get(hit.turn.stream)) for hit in hits]
        packed = self.packed(hits, question, where=lambda hit: titled(hit, titles))
        return Recalled(
            hits=tuple(hits),
            context=packed.text,
            context_tokens=packed.tokens,
            position=indexes.position,
            recipe=recipe,
            trace=trace,
            missing_arms=asked.missing_arms,
        )

    def recipe(self, name: str) -> Recipe:
        """Return the recipe of that name. Raises `InvalidField`."""
        if name not in self.recipes:
            known = ", ".join(sorted(self.recipes))
            raise InvalidField(f"There is no recipe {name!r}; try one of {known}.", field="recipe")
        return self.recipes[name]

    def asked(self, question: Question) -> "Asked":
        """Return the question as every space's indexes can be asked it; it is embedded once."""
        return Asked(
            self._vector(question.text),
            self.analyzer.asked(question.text),
            question.where,
            now=self.clock.latest(),
        )

    def deadline(self) -> float:
        """Return when to give up waiting for positions."""
        return time.monotonic() + self.wait_limit_s

    @contextmanager
    def opened(
        self, name: SpaceName, min_position: int | None, *, deadline: float
    ) -> Iterator[tuple[SpaceKey, SpaceIndexes]]:
        """Lend the space's indexes once they have applied `min_position`.

        Raises `SpaceNotFound`, and `PositionNotReached` after the deadline.
        """
        while True:
            with self.keeping.read() as reading:
                space = reading.spaces.find(name)
            if space is None:
                raise SpaceNotFound(name)
            with self.shelf.open(space.key) as indexes:
                if min_position is None or indexes.position >= min_position:
                    yield space.key, indexes
                    return
                reached = indexes.position
            if time.monotonic() > deadline:
                raise PositionNotReached(
                    f"Position {min_position} was asked for and {reached} is applied; "
                    "ask again, or without min_position."
                )
            time.sleep(POLL_S)

    def packed(
        self, hits: Sequence[Hit], question: Question, *, where: Callable[[Hit], str]
    ) -> Packed:
        """Return the context of the hits within the question's budget."""
        return pack(
            hits,
            where=where,
            budget_tokens=question.budget_tokens,
            count=lambda text: len(self.embedder.tokens(text)),
        )

    def _vector(self, text: str) -> Vector | None:
        try:
            vector: Vector = self.embedder.embed([text])[0]
        except ModelUnavailable:
            log.warning("recall.without_vectors")
            return None
        return vector


@dataclass(frozen=True, slots=True)
class Asked:
    """A question ready for any space: its vector (None without a model), terms and filter.

    What has expired by `now` may not answer.
    """

    vector: Vector | None
    terms: Sequence[str]
    where: Filter
    now: datetime

    def of(self, reading: Reading, space: SpaceKey, indexes: SpaceIndexes) -> Ask:
        """Return what a recipe needs to ask one space."""
        postings = indexes.lexicon.postings(self.terms)
        return Ask(
            vector=self.vector,
            indexes=indexes,
            matching=bm25(self.terms, postings, indexes.timeline),
            matching_streams=bm25_of_streams(self.terms, postings, indexes.timeline),
            among=_among(reading, space, indexes, self.where),
            without=indexes.timeline.expired(self.now),
        )

    @property
    def missing_arms(self) -> tuple[str, ...]:
        """The arms that have nothing to say without a model."""
        return DENSE_ARMS if self.vector is None else ()


def titles_of(reading: Reading, space: SpaceKey, hits: Sequence[Hit]) -> Mapping[StreamName, str]:
    """Return the titles of the streams that the hits come from."""
    return reading.streams.titles(space, list({hit.turn.stream for hit in hits}))


def titled(hit: Hit, titles: Mapping[StreamName, str]) -> str:
    """Return what a context calls the stream of a hit."""
    return titles.get(hit.turn.stream, hit.turn.stream)


def _among(reading: Reading, space: SpaceKey, indexes: SpaceIndexes, where: Filter) -> Keys | None:
    """Return the turns that the filter lets through, ascending; None for all.

    Rows are asked only for what the indexes do not hold.
    """
    if where.is_open:
        return None
    timeline, rest = indexes.timeline, where.beyond_traits
    keys = timeline.keys_at(np.flatnonzero(indexes.traits.matching(where)))
    return keys if rest.is_open else np.intersect1d(keys, reading.turns.keys_where(space, rest))


def hits_of(
    reading: Reading, space: SpaceKey, name: SpaceName, pool: Pool, *, wanted: int
) -> list[Hit]:
    """Return the best candidates as hits; turns that say the very same collapse into the best."""
    order = pool.best_first()
    ranks = {name: _ranks(scores) for name, scores in pool.arms.items()}
    hits: dict[tuple[str, str], Hit] = {}
    for begin in range(0, len(order), wanted * DUPLICATES_EXPECTED):
        places = order[begin : begin + wanted * DUPLICATES_EXPECTED].tolist()
        found = {
            turn.key: turn for turn in reading.turns.by_keys(space, pool.keys[places].tolist())
        }
        for place in places:
            turn = found.get(TurnKey(int(pool.keys[place])))
            if turn is None:  # deleted between the index and the rows
                continue
            text = WHITE_SPACE.sub(" ", turn.content).strip().casefold()
            same = (turn.speaker or turn.role, text)
            if same in hits:
                first = hits[same]
                hits[same] = replace(first, turns=(*first.turns, turn.id))
            elif len(hits) < wanted:
                score = float(pool.score[place])
                why = _why(pool, ranks, place)
                hits[same] = Hit(name, turn, score, why, turns=(turn.id,))
        if len(hits) == wanted:
            break
    return list(hits.values())


def _ranks(scores: Scores) -> NDArray[np.int64]:
    """Return each place's rank by falling score, from 1; NaN ranks last."""
    ranks = np.empty(len(scores), dtype=np.int64)
    ranks[np.argsort(-scores, kind="stable")] = np.arange(1, len(scores) + 1)
    return ranks


def _why(pool: Pool, ranks: Mapping[str, NDArray[np.int64]], place: int) -> dict[str, ArmScore]:
    """Say what each arm that had something to say thought of a candidate."""
    return {
        name: ArmScore(
            rank=int(ranks[name][place]),
            score=float(scores[place]),
            share=float(pool.shares[name][place]),
        )
        for name, scores in pool.arms.items()
        if not np.isnan(scores[place])
    }

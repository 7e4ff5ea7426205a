"""Recall: a question in, ranked hits and a packed context out, each hit with its reason."""

import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace

import numpy as np
import structlog
from numpy.typing import NDArray

from memsvc.app.pack import pack
from memsvc.domain.access import Access, Role
from memsvc.domain.errors import InvalidField, ModelUnavailable, PositionNotReached, SpaceNotFound
from memsvc.domain.ids import SpaceKey, SpaceName, TurnKey
from memsvc.domain.recall import ArmScore, Filter, Hit, Question, Recalled
from memsvc.ports.indexes import Shelf, SpaceIndexes
from memsvc.ports.keeping import Keeping, Reading
from memsvc.ports.lexicon import Analyzer
from memsvc.ports.models import Embedder, Vector
from memsvc.ports.vectors import Keys, Scores
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
        chosen = self.recipes.get(recipe)
        if chosen is None:
            known = ", ".join(sorted(self.recipes))
            raise InvalidField(
                f"There is no recipe {recipe!r}; try one of {known}.", field="recipe"
            )
        vector = self._vector(question.text)
        terms = self.analyzer.asked(question.text)
        with self._opened(space, min_position) as (key, indexes), self.keeping.read() as reading:
            postings = indexes.lexicon.postings(terms)
            ask = Ask(
                vector=vector,
                indexes=indexes,
                matching=bm25(terms, postings, indexes.timeline),
                matching_streams=bm25_of_streams(terms, postings, indexes.timeline),
                among=_among(reading, key, question.where),
            )
            pool, trace = chosen.run(ask)
            hits = _hits(reading, key, pool, wanted=question.k)
            titles = reading.streams.titles(key, list({hit.turn.stream for hit in hits}))
        packed = pack(
            hits,
            titles=titles,
            budget_tokens=question.budget_tokens,
            count=lambda text: len(self.embedder.tokens(text)),
        )
        return Recalled(
            hits=tuple(hits),
            context=packed.text,
            context_tokens=packed.tokens,
            position=indexes.position,
            recipe=recipe,
            trace=trace,
            missing_arms=DENSE_ARMS if vector is None else (),
        )

    def _vector(self, text: str) -> Vector | None:
        try:
            vector: Vector = self.embedder.embed([text])[0]
        except ModelUnavailable:
            log.warning("recall.without_vectors")
            return None
        return vector

    @contextmanager
    def _opened(
        self, name: SpaceName, min_position: int | None
    ) -> Iterator[tuple[SpaceKey, SpaceIndexes]]:
        """Lend the space's indexes once they have applied `min_position`."""
        deadline = time.monotonic() + self.wait_limit_s
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


def _among(reading: Reading, space: SpaceKey, where: Filter) -> Keys | None:
    return None if where.is_open else reading.turns.keys_where(space, where)


def _hits(reading: Reading, space: SpaceKey, pool: Pool, *, wanted: int) -> list[Hit]:
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
                hits[same] = Hit(turn, score, _why(pool, ranks, place), turns=(turn.id,))
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

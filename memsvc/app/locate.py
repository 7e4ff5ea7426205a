"""Locate: where in a space a passage stands.

As it stands, if it does: then exactly, and the first of several such places. Else where most of
its words stand together, and else the turn that means the same by the default recall, which tells
the turn and not where in it.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from memsvc.app.recall import Recall
from memsvc.app.within import Within, within
from memsvc.domain.access import Access
from memsvc.domain.helping import When
from memsvc.domain.ids import SpaceName
from memsvc.domain.memory import Turn
from memsvc.domain.order import Location, Match
from memsvc.domain.recall import Filter, Question
from memsvc.ingest.alignment import Gathered, Stretch, gathered, occurrences
from memsvc.ports.lexicon import Places
from retrieval.passages import Mask, Wanted, exact, likeliest, runs, wanted

ENOUGH_WORDS = 0.6
"""Share of a passage's words, weighed by how rare they are, that must stand together. A passage
that lost every second word keeps all that it has; one about something else holds less than half."""

LEAST_COSINE = 0.5
"""How near in meaning a turn must be to stand for a passage whose words are not there. Passages of
one conversation reach .6 at most in another of the same kind (all-MiniLM-L6-v2), and seldom .5."""

WORDS_REMEMBERED = 4_096


@dataclass(frozen=True, slots=True)
class Locate:
    """The use case, with what it needs."""

    recall: Recall

    def __call__(
        self, access: Access, space: SpaceName, passage: str, *, where: Filter
    ) -> Location | None:
        """Return where the passage stands among the turns that the filter lets through.

        None when nothing holds enough of its words or comes near its meaning. Raises
        `SpaceNotFound`.
        """
        recall = self.recall
        with within(
            access, space, keeping=recall.keeping, shelf=recall.shelf, clock=recall.clock
        ) as inside:
            may = inside.may_answer(where)
            terms = recall.analyzer.terms(passage)
            sought = wanted(terms, inside.indexes, may=may)
            found = _verbatim(passage, sought, inside, may=may) or self._by_words(
                Counter(terms), sought, inside, may=may
            )
        return found or self._by_meaning(access, space, passage, where=where)

    def _by_words(
        self, terms: Counter[str], sought: Wanted, inside: Within, *, may: Mask
    ) -> Location | None:
        """Return where most of the words stand together, if that is enough of them."""
        weight = dict(zip(sought.terms, sought.weights, strict=True))
        # A word that no turn holds counts as one of the rarest: it is missing wherever one looks.
        heaviest = max(sought.weights, default=0.0)
        weight |= {term: heaviest for term in terms if term not in weight}
        terms_of = lru_cache(WORDS_REMEMBERED)(self.recall.analyzer.terms)
        best: tuple[Gathered, list[Turn]] | None = None
        # One by one: of runs that met, only one stretch would be looked at.
        near = [
            run
            for anchor in likeliest(sought, inside.indexes)
            for run in _runs(np.array([anchor]), sought, inside, may=may)
        ]
        for turns in _read(near, inside):
            texts = [turn.content for turn in turns]
            found = gathered(terms, texts, weight=weight, terms=terms_of)
            if found is not None and (best is None or _is_better(found, best[0])):
                best = found, turns
        if best is None or best[0].share < ENOUGH_WORDS:
            return None
        return _located(best[1], best[0].stretch, Match.WORDS, best[0].share)

    def _by_meaning(
        self, access: Access, space: SpaceName, passage: str, *, where: Filter
    ) -> Location | None:
        plain = Question(
            passage,
            k=1,
            where=where,
            rerank=False,
            clues=When.NEVER,
            sift_facts=When.NEVER,
        )
        hits = self.recall(access, space, plain).hits
        if not hits or "dense" not in hits[0].why:
            return None
        cosine = hits[0].why["dense"].score
        turn = hits[0].turn
        if cosine < LEAST_COSINE:
            return None
        return Location((turn,), 0, len(turn.content), Match.MEANING, cosine)


def _verbatim(passage: str, sought: Wanted, inside: Within, *, may: Mask) -> Location | None:
    """Return the first place where the passage stands as it is, and in how many it does."""
    found: list[tuple[list[Turn], Stretch]] = []
    # The likeliest after that for a passage whose words are parted otherwise than in the text.
    for anchors_of in (exact, likeliest):
        near = list(_runs(anchors_of(sought, inside.indexes), sought, inside, may=may))
        found = [
            (turns, stretch)
            for turns in _read(near, inside)
            for stretch in occurrences(passage, [turn.content for turn in turns])
        ]
        if found:
            break
    else:
        return None
    turns, stretch = min(found, key=lambda one: _when(one[0][one[1].first], one[1].start))
    return _located(turns, stretch, Match.VERBATIM, 1.0, occurrences=len(found))


def _runs(anchors: Places, sought: Wanted, inside: Within, *, may: Mask) -> Iterator[list[int]]:
    return runs(anchors, length=sought.length, timeline=inside.indexes.timeline, may=may)


def _read(found: Sequence[Sequence[int]], inside: Within) -> Iterator[list[Turn]]:
    """Yield the turns of each run; all are read at once, and those just deleted left out."""
    places = sorted({place for run in found for place in run})
    turns = {turn.key: turn for turn in inside.turns_at(np.array(places, dtype=np.int64))}
    for run in found:
        keys = inside.indexes.timeline.keys_at(np.array(run, dtype=np.int64)).tolist()
        yield [turns[key] for key in keys if key in turns]


def _is_better(found: Gathered, best: Gathered) -> bool:
    return (found.share, -found.words) > (best.share, -best.words)


def _when(turn: Turn, start: int) -> tuple[object, ...]:
    return turn.at, turn.position, start


def _located(
    turns: Sequence[Turn], stretch: Stretch, match: Match, score: float, *, occurrences: int = 1
) -> Location:
    return Location(
        turns=tuple(turns[stretch.first : stretch.last + 1]),
        start=stretch.start,
        end=stretch.end,
        match=match,
        score=score,
        occurrences=occurrences,
    )

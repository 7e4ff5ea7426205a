"""Recognise: how much of a text a memory holds already, and what it says otherwise.

Sentence by sentence. Words propose turns from the inverted file, vectors propose others from the
vector index, and the rows of these few are read, nothing else. A sentence that stands in one of
them is known; one that a few words keep from standing there is altered, and they are named. For
the rest it is told how near the nearest turn comes, by what it means and by the words of both.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import structlog
from numpy.typing import NDArray

from memsvc.app.recall import Recall
from memsvc.app.within import Within, within
from memsvc.domain.access import Access
from memsvc.domain.errors import ModelUnavailable
from memsvc.domain.ids import Position, SpaceName
from memsvc.domain.memory import Span, Turn
from memsvc.domain.novelty import Difference, Nearest, Novelty, Sentence, Verdict
from memsvc.domain.recall import Filter
from memsvc.ingest.alignment import occurrences
from memsvc.ingest.differing import MOST_CHANGED, Word, altered, words_of_text
from memsvc.ingest.pieces import sentences
from memsvc.ports.lexicon import Analyzer
from memsvc.ports.models import Vector
from retrieval.passages import Mask, Wanted, likeliest, wanted

log = structlog.get_logger(__name__)

MOST_SENTENCES = 64
"""Sentences judged apart; of a longer text several that follow each other are judged as one."""

BY_WORDS = 12
BY_MEANING = 4
"""Turns that each sentence proposes by its words and by its vector, and so does the whole text."""

MOST_READ = 60
"""Turns read for a text: those that most of its sentences propose."""

WORDS_OF_A_SENTENCE = 4
"""A sentence of fewer words is judged together with the next one."""

WORTH_ALIGNING = 0.5
"""Share of a sentence's words, weighed by how rare they are, from which it may stand in a turn."""

ALTERED = (0.1, 0.35)
"""How new an altered sentence is: where next to nothing differs, and where as much as may."""

LEAST_OTHERWISE = 0.4
"""How new a sentence is at least that stands nowhere, not even altered."""

SIMILAR = 0.6
"""How near a turn must come for a sentence to be of the same matter."""

ENOUGH = 0.25
"""Share of a text that must be new, or in other words, for the text to be called so."""


@dataclass(frozen=True, slots=True)
class Unit:
    """A sentence of the text, ready to be looked for."""

    span: Span
    text: str
    words: tuple[Word, ...]
    terms: tuple[str, ...]
    weight: int


@dataclass(frozen=True)
class Read:
    """A turn that was read, with what sentences are held against; made when first asked for."""

    turn: Turn
    analyzer: Analyzer

    @cached_property
    def words(self) -> list[Word]:
        """The words of its text."""
        return words_of_text(self.turn.content)

    @cached_property
    def terms(self) -> Counter[str]:
        """The terms of its text."""
        return Counter(self.analyzer.terms(self.turn.content))


@dataclass(frozen=True, slots=True)
class Fit:
    """How one sentence stands to one turn; `novelty` is what it would be if there were no other."""

    verdict: Verdict
    novelty: float
    differs: tuple[Difference, ...] = ()


@dataclass(frozen=True, slots=True)
class Recognise:
    """The use case, with what it needs."""

    recall: Recall

    def __call__(
        self, access: Access, space: SpaceName, text: str, *, where: Filter, k: int
    ) -> Novelty:
        """Say how new a text is to the turns that the filter lets through, and name the k nearest.

        Nothing is embedded for a text whose words tell already that all of it is there. Without a
        working model the words alone tell. Raises `SpaceNotFound`.
        """
        units = self._units(text)
        by_words = self._judged(access, space, units, {}, where=where)
        open_units = [
            number for number, fit in enumerate(by_words.best) if fit.verdict not in _SETTLED
        ]
        if not open_units:
            return by_words.answer(k=k)
        try:
            made = self.recall.embedder.embed(
                [text, *(units[number].text for number in open_units)]
            )
        except ModelUnavailable:
            log.warning("recognise.without_vectors")
            return by_words.answer(k=k, missing_arms=("dense",))
        vectors = dict(zip([_WHOLE, *open_units], made, strict=True))
        return self._judged(access, space, units, vectors, where=where).answer(k=k)

    def _judged(
        self,
        access: Access,
        space: SpaceName,
        units: Sequence[Unit],
        vectors: Mapping[int, Vector],
        *,
        where: Filter,
    ) -> "Judged":
        """Hold each sentence against the turns that words and these vectors propose."""
        recall = self.recall
        with within(
            access, space, keeping=recall.keeping, shelf=recall.shelf, clock=recall.clock
        ) as inside:
            may = inside.may_answer(where)
            sought = [wanted(unit.terms, inside.indexes, may=may) for unit in units]
            whole = wanted([t for unit in units for t in unit.terms], inside.indexes, may=may)
            places = _proposed([whole, *sought], vectors, inside, may=may)
            read = [Read(turn, recall.analyzer) for turn in inside.turns_at(places)]
            cosines = _cosines(vectors, read, inside, units=len(units))
            position = inside.indexes.position
        fits = [
            [_fit(unit, one, words, near) for one, near in zip(read, row, strict=True)]
            for unit, words, row in zip(units, sought, cosines.tolist(), strict=True)
        ]
        return Judged(units, read, fits, position)

    def _units(self, text: str) -> list[Unit]:
        """Return the sentences of a text, each of some words if the text has so many.

        Those that are too short to be known by go with the next one: "Wow, Ann!" says nothing.
        """
        spans: list[Span] = []
        begin: int | None = None
        for span in sentences(text):
            begin = span.start if begin is None else begin
            if len(words_of_text(text[begin : span.end])) >= WORDS_OF_A_SENTENCE:
                spans.append(Span(begin, span.end))
                begin = None
        if begin is not None:
            spans.append(Span(spans.pop().start if spans else begin, len(text)))
        each = -(-len(spans) // MOST_SENTENCES)
        return [
            self._unit(text, spans[first].start, spans[min(first + each, len(spans)) - 1].end)
            for first in range(0, len(spans), each)
        ]

    def _unit(self, text: str, begin: int, end: int) -> Unit:
        said = text[begin:end].strip()
        start = text.index(said, begin)
        analyzer = self.recall.analyzer
        return Unit(
            Span(start, start + len(said)),
            said,
            tuple(words_of_text(said)),
            tuple(analyzer.terms(said)),
            weight=max(len(analyzer.asked(said)), 1),
        )


@dataclass(frozen=True, slots=True)
class Judged:
    """The sentences of a text held against turns: `fits` has a row a sentence, a place a turn."""

    units: Sequence[Unit]
    read: Sequence[Read]
    fits: Sequence[Sequence[Fit]]
    position: Position

    @property
    def best(self) -> list[Fit]:
        """How each sentence stands to the turn that holds most of it."""
        return [min(row, key=lambda fit: fit.novelty, default=_NOWHERE) for row in self.fits]

    def answer(self, *, k: int, missing_arms: tuple[str, ...] = ()) -> Novelty:
        """Sum up, and name the k nearest turns."""
        best = self.best
        return Novelty(
            novelty=_mean(self.units, [fit.novelty for fit in best]),
            verdict=_verdict(self.units, best),
            nearest=tuple(_nearest(self.units, self.read, self.fits, best))[:k],
            sentences=tuple(
                Sentence(unit.span, fit.verdict, fit.novelty)
                for unit, fit in zip(self.units, best, strict=True)
            ),
            position=self.position,
            missing_arms=missing_arms,
        )


_NOWHERE = Fit(Verdict.NEW, 1.0)
"""Where there is no turn to be held against."""


_SETTLED = frozenset({Verdict.KNOWN, Verdict.ALTERED})
"""Of what is one of these, a vector could tell nothing more."""

_WHOLE = -1
"""The vector of the whole text goes under this number, those of sentences under their own."""


def _proposed(
    sought: Sequence[Wanted], vectors: Mapping[int, Vector], inside: Within, *, may: Mask
) -> NDArray[np.int64]:
    """Return the places of the turns to be read, those that most sentences propose first."""
    timeline = inside.indexes.timeline
    found: Counter[int] = Counter()
    for each in sought:
        found.update(likeliest(each, inside.indexes)[:BY_WORDS].tolist())
    among = None
    if vectors and np.count_nonzero(may) < len(timeline):
        among = timeline.keys_at(np.flatnonzero(may))
    for vector in vectors.values():
        near = inside.indexes.vectors.search(vector, k=BY_MEANING, among=among)
        found.update(timeline.places(near.keys).tolist())
    return np.array([place for place, _ in found.most_common(MOST_READ)], dtype=np.int64)


def _cosines(
    vectors: Mapping[int, Vector], read: Sequence[Read], inside: Within, *, units: int
) -> NDArray[np.float32]:
    """Return how near each sentence, or the text it is of, comes to each turn; shape (u, t)."""
    keys = np.array([one.turn.key for one in read], dtype=np.int64)
    near = np.zeros((units, len(keys)), dtype=np.float32)
    if _WHOLE not in vectors:
        return near
    index = inside.indexes.vectors
    near += np.nan_to_num(index.cosines(vectors[_WHOLE], keys))
    for number, vector in vectors.items():
        if number != _WHOLE:
            near[number] = np.maximum(near[number], np.nan_to_num(index.cosines(vector, keys)))
    return near


def _fit(unit: Unit, read: Read, sought: Wanted, cosine: float) -> Fit:
    shared = _shared(unit, read, sought)
    if shared >= WORTH_ALIGNING:
        content = read.turn.content
        if next(occurrences(unit.text, [content]), None) is not None:
            return Fit(Verdict.KNOWN, 0.0)
        found = altered(unit.text, content, sentence=unit.words, words=read.words)
        if found is not None:
            least, most = ALTERED
            part = min(found.changed / MOST_CHANGED, 1.0)
            return Fit(Verdict.ALTERED, least + (most - least) * part, found.differs)
    near = max(0.0, (cosine + shared) / 2)
    novelty = LEAST_OTHERWISE + (1 - LEAST_OTHERWISE) * (1 - min(near, 1.0))
    return Fit(Verdict.SIMILAR if near >= SIMILAR else Verdict.NEW, novelty)


def _shared(unit: Unit, read: Read, sought: Wanted) -> float:
    """Return which share of a sentence's words, weighed by how rare they are, a turn holds."""
    weights = dict(zip(sought.terms, sought.weights, strict=True))
    heaviest = max(sought.weights, default=1.0)  # what no turn holds counts as one of the rarest
    total = held = 0.0
    for term in set(unit.terms):
        weight = weights.get(term, heaviest)
        total += weight
        held += weight if term in read.terms else 0.0
    return held / total if total else 0.0


def _mean(units: Sequence[Unit], novelties: Sequence[float]) -> float:
    total = sum(unit.weight for unit in units)
    return sum(unit.weight * each for unit, each in zip(units, novelties, strict=True)) / total


def _verdict(units: Sequence[Unit], best: Sequence[Fit]) -> Verdict:
    """Sum up: new or in other words when enough of the text is, else altered if anything is."""
    share = Counter[Verdict]()
    for unit, fit in zip(units, best, strict=True):
        share[fit.verdict] += unit.weight
    total = share.total()
    if share[Verdict.NEW] >= ENOUGH * total:
        return Verdict.NEW
    if share[Verdict.NEW] + share[Verdict.SIMILAR] >= ENOUGH * total:
        return Verdict.SIMILAR
    return Verdict.KNOWN if share[Verdict.KNOWN] == total else Verdict.ALTERED


def _nearest(
    units: Sequence[Unit],
    read: Sequence[Read],
    fits: Sequence[Sequence[Fit]],
    best: Sequence[Fit],
) -> Iterator[Nearest]:
    """Yield the turns by how much of the text they have; each with what it says otherwise."""
    found = []
    for place, one in enumerate(read):
        score = 1 - _mean(units, [row[place].novelty for row in fits])
        differs = tuple(
            difference
            for row, top in zip(fits, best, strict=True)
            if top.verdict is not Verdict.KNOWN
            for difference in row[place].differs
        )
        found.append(Nearest(one.turn, score, differs))
    yield from sorted(found, key=lambda near: (-near.score, near.turn.key))

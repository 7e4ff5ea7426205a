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
from memsvc.domain.ids import Position, SpaceName, TurnKey
from memsvc.domain.memory import Span, Turn
from memsvc.domain.novelty import Nearest, Newness, Novelty, Sentence
from memsvc.domain.recall import Filter
from memsvc.ingest.alignment import letters_of, occurrences
from memsvc.ingest.differing import (
    MOST_CHANGED,
    Wording,
    changed,
    differences,
    words_of_text,
)
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

MOST_EMBEDDED = 16
"""Vectors made of a text's sentences, beside that of the whole; of more, several share one."""

MOST_READ = 40
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


class Unit:
    """A sentence of the text, ready to be looked for."""

    def __init__(self, span: Span, text: str, analyzer: Analyzer) -> None:
        self.span = span
        self.wording = Wording(text)
        self.letters = letters_of(text)
        self.terms = analyzer.terms(text)
        self.weight = max(len(analyzer.asked(text)), 1)


class Read:
    """A turn that was read, with what sentences are held against; made when first asked for."""

    def __init__(self, turn: Turn, analyzer: Analyzer) -> None:
        self.turn = turn
        self.wording = Wording(turn.content)
        self._analyzer = analyzer

    @cached_property
    def letters(self) -> str:
        """The letters and digits of its text, folded."""
        return letters_of(self.turn.content)

    @cached_property
    def terms(self) -> frozenset[str]:
        """The terms of its text."""
        return frozenset(self._analyzer.terms(self.turn.content))


@dataclass(frozen=True, slots=True)
class Fit:
    """How one sentence stands to one turn; `novelty` is what it would be if there were no other."""

    verdict: Newness
    novelty: float


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
        read: dict[TurnKey, Read] = {}
        by_words = self._judged(access, space, units, {}, where=where, read=read)
        unsettled = [
            number for number, fit in enumerate(by_words.best) if fit.verdict not in _SETTLED
        ]
        if not unsettled:
            return by_words.answer(k=k)
        try:
            vectors = self._vectors(text, units, unsettled)
        except ModelUnavailable:
            log.warning("recognise.without_vectors")
            return by_words.answer(k=k, missing_arms=("dense",))
        return self._judged(access, space, units, vectors, where=where, read=read).answer(k=k)

    def _vectors(
        self, text: str, units: Sequence[Unit], numbers: Sequence[int]
    ) -> dict[int, Vector]:
        """Embed the whole text and these of its sentences; of very many, some share a vector."""
        each = -(-len(numbers) // MOST_EMBEDDED)
        groups = [numbers[begin : begin + each] for begin in range(0, len(numbers), each)]
        joined = [" ".join(units[number].wording.text for number in group) for group in groups]
        whole, *made = self.recall.embedder.embed([text, *joined])
        of_each = {
            number: vector for group, vector in zip(groups, made, strict=True) for number in group
        }
        return {_WHOLE: whole, **of_each}

    def _judged(
        self,
        access: Access,
        space: SpaceName,
        units: Sequence[Unit],
        vectors: Mapping[int, Vector],
        *,
        where: Filter,
        read: dict[TurnKey, Read],
    ) -> "Judged":
        """Hold each sentence against the turns that words and these vectors propose.

        `read` are turns that were read before, whose words need not be made again.
        """
        recall = self.recall
        with within(
            access, space, keeping=recall.keeping, shelf=recall.shelf, clock=recall.clock
        ) as inside:
            may = inside.may_answer(where)
            sought = [wanted(unit.terms, inside.indexes, may=may) for unit in units]
            whole = wanted([t for unit in units for t in unit.terms], inside.indexes, may=may)
            places = _proposed([whole, *sought], vectors, inside, may=may)
            for turn in inside.turns_at(places):
                read.setdefault(turn.key, Read(turn, recall.analyzer))
            held = list(read.values())
            cosines = _cosines(vectors, held, inside, units=len(units))
            position = inside.indexes.position
        fits = [
            [_fit(unit, one, words, near) for one, near in zip(held, row, strict=True)]
            for unit, words, row in zip(units, sought, cosines.tolist(), strict=True)
        ]
        return Judged(units, held, fits, position)

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
        return Unit(Span(start, start + len(said)), said, self.recall.analyzer)


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
            nearest=tuple(_nearest(self.units, self.read, self.fits, best, k=k)),
            sentences=tuple(
                Sentence(unit.span, fit.verdict, fit.novelty)
                for unit, fit in zip(self.units, best, strict=True)
            ),
            position=self.position,
            missing_arms=missing_arms,
        )


_NOWHERE = Fit(Newness.NEW, 1.0)
"""Where there is no turn to be held against."""


_SETTLED = frozenset({Newness.KNOWN, Newness.ALTERED})
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
        if unit.letters in read.letters and _stands(unit, read):
            return Fit(Newness.KNOWN, 0.0)
        differing = changed(unit.wording, read.wording)
        if differing is not None:
            least, most = ALTERED
            part = min(differing / MOST_CHANGED, 1.0)
            return Fit(Newness.ALTERED, least + (most - least) * part)
    near = max(0.0, (cosine + shared) / 2)
    novelty = LEAST_OTHERWISE + (1 - LEAST_OTHERWISE) * (1 - min(near, 1.0))
    return Fit(Newness.SIMILAR if near >= SIMILAR else Newness.NEW, novelty)


def _stands(unit: Unit, read: Read) -> bool:
    """Tell whether a sentence stands in a turn and begins and ends there as words do."""
    return next(occurrences(unit.wording.text, [read.turn.content]), None) is not None


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


def _verdict(units: Sequence[Unit], best: Sequence[Fit]) -> Newness:
    """Sum up: new or in other words when enough of the text is, else altered if anything is."""
    share = Counter[Newness]()
    for unit, fit in zip(units, best, strict=True):
        share[fit.verdict] += unit.weight
    total = share.total()
    if share[Newness.NEW] >= ENOUGH * total:
        return Newness.NEW
    if share[Newness.NEW] + share[Newness.SIMILAR] >= ENOUGH * total:
        return Newness.SIMILAR
    return Newness.KNOWN if share[Newness.KNOWN] == total else Newness.ALTERED


def _nearest(
    units: Sequence[Unit],
    read: Sequence[Read],
    fits: Sequence[Sequence[Fit]],
    best: Sequence[Fit],
    *,
    k: int,
) -> Iterator[Nearest]:
    """Yield the k turns that have most of the text, each with what it says otherwise."""
    scores = [1 - _mean(units, [row[place].novelty for row in fits]) for place in range(len(read))]
    order = sorted(range(len(read)), key=lambda place: (-scores[place], read[place].turn.key))
    for place in order[:k]:
        differs = [
            difference
            for unit, row, top in zip(units, fits, best, strict=True)
            if row[place].verdict is Newness.ALTERED and top.verdict is not Newness.KNOWN
            for difference in differences(unit.wording, read[place].wording)
        ]
        yield Nearest(read[place].turn, scores[place], tuple(differs))

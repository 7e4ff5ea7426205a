"""The notes of one space as the rule makes them, beside the service: for measuring what they add.

Notes are made event by event in the order of time, and each is linked to those before it, by the
very functions that enrichment runs; nothing is kept. So one run can compare notes of events with
notes of single turns, which a service would have to make anew for that.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from memsvc.domain.note import Facets, LinkKind
from memsvc.evals.datasets.dataset import Asked, Utterance
from memsvc.ingest.compose import noted, said
from memsvc.ingest.extract.named import subjects_of
from memsvc.ingest.notes.gist import Terms
from memsvc.ingest.notes.keywords import names_of
from memsvc.ingest.notes.links import links
from memsvc.ingest.notes.opposed import may_contradict
from memsvc.ingest.notes.sketch import RuleNotes
from memsvc.ports.lexicon import Analyzer
from memsvc.ports.models import Embedder, Matrix
from memsvc.ports.notemaker import Neighbour, Shown, Told, ToldEvent

NEAREST = 5
"""Notes that a step is shown, and among which of a note's nearest another has to be."""

COMMONEST_SHARE = 0.05
"""Of the notes that may speak of what is rare."""

NO_TIME = datetime(2000, 1, 1, tzinfo=UTC)
"""When turns happened that do not say so: passages of a corpus."""

Events = NDArray[np.int64]
"""For each turn of a space the number of its event, from 0."""


@dataclass(frozen=True, slots=True)
class GroundLink:
    """A link from a later note to an earlier one, both by their numbers."""

    start: int
    end: int
    kind: LinkKind
    score: float


@dataclass(frozen=True)
class NoteGround:
    """The notes of a space: the one of each turn, their vectors, shape (n, d), and their links."""

    of_turn: Events
    vectors: Matrix
    links: Sequence[GroundLink]

    @cached_property
    def joined(self) -> NDArray[np.float32]:
        """How sure the link between any two notes is, read from both ends; shape (n, n)."""
        scores = np.zeros((len(self.vectors), len(self.vectors)), dtype=np.float32)
        for link in self.links:
            scores[link.start, link.end] = scores[link.end, link.start] = link.score
        return scores


class _Counts:
    """How common words are among the turns of a space."""

    def __init__(self, texts: Sequence[Sequence[str]]) -> None:
        self._texts = len(texts)
        self._held = Counter(term for text in texts for term in set(text))

    @property
    def texts(self) -> int:
        return self._texts

    def holding(self, terms: Sequence[str]) -> Sequence[int]:
        return [self._held[term] for term in terms]


def ground_of(
    asked: Asked, events: Events, *, embedder: Embedder, analyzer: Analyzer
) -> NoteGround:
    """Make and link the notes of a space whose turns are cut into these events."""
    texts = [said(_Spoken(turn)) for turn in asked.turns]
    vectors = embedder.embed(texts)
    counts = _Counts([analyzer.terms(text) for text in texts])
    maker = RuleNotes(analyzer.asked)
    titles = [session.title for session in asked.sessions for _ in session.turns]
    shown: list[Shown] = []
    numbers, of_turn = np.unique(events, return_inverse=True)
    for number in range(len(numbers)):
        inside = np.flatnonzero(of_turn == number)
        told = _told([asked.turns[n] for n in inside], titles[inside[0]], vectors[inside])
        sketch = maker.make(told, counts)
        assert sketch is not None  # noqa: S101  no data set has a turn that says nothing
        names = frozenset([*names_of(told), *subjects_of(told.title)])
        shown.append(Shown(sketch.content, sketch.facets, told.turns[-1].at, names))
    of_notes = embedder.embed([noted(one.content, one.facets) for one in shown])
    return NoteGround(of_turn.astype(np.int64), of_notes, list(_links(shown, of_notes)))


def facets_of(asked: Asked, *, terms: Terms) -> list[Facets]:
    """Return what the rule would know each turn by, if it were a note of its own.

    `terms` makes the terms of a text without function words.
    """
    counts = _Counts([terms(turn.text) for turn in asked.turns])
    maker = RuleNotes(terms)
    found: list[Facets] = []
    for session in asked.sessions:
        for turn in session.turns:
            text = turn.text.removeprefix(f"{session.title}\n")
            told = ToldEvent([Told(text, turn.at or NO_TIME, turn.speaker, 1.0)], session.title)
            sketch = maker.make(told, counts)
            found.append(Facets() if sketch is None else sketch.facets)
    return found


def _told(turns: Sequence[Utterance], title: str | None, vectors: Matrix) -> ToldEvent:
    mean = vectors.mean(axis=0)
    central = np.maximum(vectors @ (mean / max(float(np.linalg.norm(mean)), 1e-9)), 0.0)
    return ToldEvent(
        [
            Told(turn.text.removeprefix(f"{title}\n"), turn.at or NO_TIME, turn.speaker, like)
            for turn, like in zip(turns, central.tolist(), strict=True)
        ],
        title,
    )


@dataclass(frozen=True, slots=True)
class _Spoken:
    """An utterance as the service composes its text."""

    turn: Utterance

    @property
    def speaker(self) -> str | None:
        return self.turn.speaker

    @property
    def content(self) -> str:
        return self.turn.text


def _links(shown: Sequence[Shown], vectors: Matrix) -> Iterator[GroundLink]:
    """Link each note to those before it: its nearest, and the nearest that share a rare name."""
    holding = Counter(name for one in shown for name in one.names)
    most = max(2.0, COMMONEST_SHARE * len(shown))
    naming: defaultdict[str, list[int]] = defaultdict(list)
    order = sorted(range(len(shown)), key=lambda number: (shown[number].at, number))
    cosines = vectors @ vectors.T
    for place, number in enumerate(order):
        rare = [name for name in sorted(shown[number].names) if holding[name] <= most]
        before = np.array(order[:place], dtype=np.int64)
        found = before[np.argsort(-cosines[number, before], kind="stable")[:NEAREST]].tolist()
        sharing = {other for name in rare for other in naming[name]}.difference(found)
        found += sorted(sharing, key=lambda other: (-cosines[number, other], other))[:NEAREST]
        neighbours = []
        for place_shown, other in enumerate(found):
            cosine = float(cosines[number, other])
            nearer = int((cosines[other, before] > cosine).sum()) - 1  # itself is nearest to itself
            common = [name for name in rare if name in shown[other].names]
            neighbours.append(
                Neighbour(
                    f"n{place_shown}",
                    shown[other],
                    cosine,
                    is_mutual=nearer < NEAREST,
                    rare=tuple(sorted(common, key=lambda name: (holding[name], name))),
                    may_contradict=may_contradict(
                        shown[number].content, shown[other].content, cosine=cosine
                    ),
                )
            )
        for link in links(shown[number], neighbours):
            end = found[int(link.handle.removeprefix("n"))]
            yield GroundLink(number, end, LinkKind(link.kind), link.score)
        for name in rare:
            naming[name].append(number)

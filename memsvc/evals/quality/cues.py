"""Cues by which a turn should be found again, and plain ways of finding it beside the product."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from memsvc.evals.datasets.dataset import DataSet, Utterance
from memsvc.evals.peers.baselines import Bm25, Terms, best_first
from memsvc.evals.scoring.measures import PerQuestion
from memsvc.ingest.extract.entities import entities
from memsvc.ports.models import Embedder, Matrix

FIRST_HALF, NAMES, QUESTION = "first half", "names", "question"
DENSE, BM25 = "dense", "bm25"
DEPTH = 5
TINY = 1e-9
FEWEST_NAMES = 2
"""That a turn must name to be asked for by them: one name alone stands in a hundred turns."""


@dataclass(frozen=True, slots=True)
class Cue:
    """What is asked, and the one turn that it is asked for."""

    kind: str
    text: str
    turn: str


class Store:
    """The same turns as the service holds, scored exactly by BM25 and by cosine."""

    def __init__(self, embedder: Embedder, terms: Terms) -> None:
        self._embedder = embedder
        self._terms = terms
        self._ids: list[str] = []
        self._documents: list[Sequence[str]] = []
        self._vectors: list[Matrix] = []

    def add(self, turns: Sequence[Utterance]) -> None:
        """Take turns in."""
        said = [f"{turn.speaker}: {turn.text}" if turn.speaker else turn.text for turn in turns]
        self._ids.extend(turn.id for turn in turns)
        self._documents.extend(self._terms(text) for text in said)
        self._vectors.append(self._embedder.embed(said))

    def novelties(self, texts: Mapping[str, Sequence[str]]) -> dict[str, dict[str, PerQuestion]]:
        """Return how new each text is: 1 less the best cosine, or best BM25 by that of the text.

        The text's own BM25 is what a turn of just its words would have.
        """
        vectors = np.concatenate(self._vectors)
        own = [self._terms(text) for probes in texts.values() for text in probes]
        lexical = Bm25([*self._documents, *own])
        place = held = len(self._documents)
        found: dict[str, dict[str, PerQuestion]] = {DENSE: {}, BM25: {}}
        for kind, probes in texts.items():
            near = self._embedder.embed(probes) @ vectors.T
            found[DENSE][kind] = 1.0 - near.max(axis=1).astype(np.float64)
            best = []
            for text in probes:
                scores = lexical.scores(self._terms(text))
                best.append(1.0 - scores[:held].max() / max(scores[place], TINY))
                place += 1
            found[BM25][kind] = np.array(best)
        return found

    def ranked(self, cues: Sequence[Cue]) -> Iterator[tuple[str, list[str]]]:
        """Yield for each cue and each way its name and the best turns."""
        vectors, lexical = np.concatenate(self._vectors), Bm25(self._documents)
        for cue, vector in zip(cues, self._embedder.embed([c.text for c in cues]), strict=True):
            for name, scores in (
                (DENSE, (vectors @ vector).astype(np.float64)),
                (BM25, lexical.scores(self._terms(cue.text))),
            ):
                yield name, [self._ids[place] for place in best_first(scores)[:DEPTH]]


def plainly_found(store: Store, cues: Sequence[Cue]) -> dict[str, list[list[list[str]]]]:
    """Return for each plain way and each cue the best turns, each as a hit of one turn."""
    found: dict[str, list[list[list[str]]]] = {DENSE: [], BM25: []}
    for name, turns in store.ranked(cues):
        found[name].append([[turn] for turn in turns])
    return found


def cues_of(
    data: DataSet, *, without: frozenset[str], fit: Sequence[Utterance], limit: int
) -> list[Cue]:
    """Return the cues of each kind, `limit` at most; questions that want one turn, still there."""
    halves = [Cue(FIRST_HALF, _first_half(turn.text), turn.id) for turn in fit[:limit]]
    named = [
        Cue(NAMES, ", ".join(names), turn.id)
        for turn in fit
        if len(names := dict.fromkeys(m.surface for m in entities(turn.text))) >= FEWEST_NAMES
    ]
    questions = [
        Cue(QUESTION, question.text, turn)
        for question in data.questions
        if len(question.evidence) == 1
        for turn in question.evidence - without
    ]
    return [*halves, *named[:limit], *questions[:limit]]


def _first_half(text: str) -> str:
    words = text.split()
    return " ".join(words[: -(-len(words) // 2)])

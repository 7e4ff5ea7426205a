"""What two hops reach over passages: the rule of `graph.bridges`, beside the script it must beat.

Everything is scored exactly, over the same texts, words and vectors as the plain baselines and
beside them in the same run. A passage is about what its title says and names what a rule finds in
it (`memsvc.ingest.extract`), or what a language model once found and somebody recorded.

- `two-hop`: the project's first script. Convex scores, + .3 / sqrt(df) for naming an entity of the
  question, + .5 for being about it; from the five best passages every entity that at most thirty
  name leads to those about it (1) and naming it (.5 / sqrt(df)), halved with each rank, by the best
  path, times (.3 + .7 x dense).
- `bridges`: `graph.bridges` with its own constants, over the same convex scores.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from graph.bridges import WALKED, Bridged, bridged, own_of
from graph.bridges import Asked as AskedEntity
from graph.naming import Names, Numbers, Weights
from memsvc.evals.datasets.dataset import Asked
from memsvc.evals.peers.baselines import (
    CONVEX_WORDS,
    Bm25,
    Scores,
    Terms,
    best_first,
    convex,
    cosines,
    min_max,
)
from memsvc.evals.scoring.measures import DEEPEST
from memsvc.ingest.extract.asked import AskedName, asked_names
from memsvc.ingest.extract.entities import entities
from memsvc.ingest.extract.mention import Kind
from memsvc.ingest.extract.titles import title_names
from memsvc.ingest.extract.triples import Extracted
from memsvc.ports.models import Vector

BRIDGING = frozenset({Kind.NAME, Kind.QUOTED, Kind.CODE, Kind.HASHTAG, Kind.EMAIL, Kind.URL})
"""Kinds that lead from one text to another; that two name one year or one weight means nothing."""

Recorded = Mapping[str, Extracted]
"""By the id of a turn, what a recorded extraction found in it."""


class Known:
    """Who names what in a space, by names and by numbers; turns are numbered by place.

    `counts` has for each turn how often it names each entity, but for the names of its title, which
    are in `subjects`.
    """

    def __init__(
        self, named: Mapping[int, Sequence[str]], subjects: Mapping[int, Sequence[str]]
    ) -> None:
        self.number: dict[str, int] = {}
        for names in (*named.values(), *subjects.values()):
            for name in names:
                self.number.setdefault(name, len(self.number))
        self._titles = frozenset(name for names in subjects.values() for name in names)
        self.counts = [Counter(self.number[name] for name in names) for names in named.values()]
        self.subjects = [[self.number[name] for name in names] for names in subjects.values()]
        self.naming = Names(dict(enumerate(self.counts)), dict(enumerate(self.subjects)))

    @classmethod
    def of(cls, asked: Asked, recorded: Recorded) -> "Known":
        """Read every turn: about its stream's title, naming what rule and record found."""
        named: dict[int, Sequence[str]] = {}
        subjects: dict[int, Sequence[str]] = {}
        turns = ((turn, session.title) for session in asked.sessions for turn in session.turns)
        for place, (turn, title) in enumerate(turns):
            text = turn.text.removeprefix(f"{title}\n")
            found = [mention.name for mention in entities(text) if mention.kind in BRIDGING]
            extracted = recorded[turn.id].names if turn.id in recorded else ()
            named[place] = [*found, *extracted]
            subjects[place] = title_names(title or "")
        return cls(named, subjects)

    def asked(self, question: str) -> list[AskedName]:
        """Return the known names that a question names."""
        return asked_names(
            question, known=self.number.__contains__, subject=self._titles.__contains__
        )


@dataclass(frozen=True, slots=True)
class View:
    """What a question finds in every turn: `Evidence` for the rule."""

    question: str
    vector: Vector
    cosines: Scores
    near: Scores
    """The cosines, stretched from 0 to 1."""

    terms: Sequence[str]
    weights: Weights
    """What each term adds to each turn's BM25, as a share of the highest; shape (terms, n)."""

    analyse: Terms

    @property
    def convex(self) -> Scores:
        """Meaning and words together, from 0 to 1."""
        return convex(self.near, self.weights.sum(axis=0)) / (1 + CONVEX_WORDS)

    def meaning(self, turns: Numbers) -> Scores:
        """Return the cosine of each turn, stretched over all."""
        found: Scores = self.near[turns]
        return found

    def words(self, turns: Numbers, *, of: Sequence[int] | None = None) -> Weights:
        """Return what each term adds to each turn's BM25, or each of the terms at some places."""
        weights = self.weights if of is None else self.weights[list(of)]
        found: Weights = weights[:, turns]
        return found


@dataclass(frozen=True, slots=True)
class Ground:
    """The turns of one space, ready to be asked."""

    ids: Sequence[str]
    vectors: NDArray[np.float32]
    lexical: Bm25
    terms: Terms

    def view(self, question: str, vector: Vector) -> View:
        """Look at every turn from a question, which has this vector."""
        near = cosines(self.vectors, vector)
        asked = list(dict.fromkeys(self.terms(question)))
        weights = np.array([self.lexical.scores([term]) for term in asked])
        weights = weights.reshape(len(asked), len(self.ids))
        highest = max(weights.sum(axis=0).max(initial=0.0), 1e-9)
        return View(question, vector, near, min_max(near), asked, weights / highest, self.terms)

    def best(self, scores: Scores) -> list[str]:
        """Return the ids of the turns that score highest."""
        return [self.ids[place] for place in best_first(scores)[:DEEPEST]]


def with_bridges(view: View, known: Known, *, walking: float = WALKED) -> Scores:
    """Score every turn by the rule, over convex scores."""
    found = bridges(view, known, walking=walking)
    return view.convex + found.named + found.bridged


def bridges(view: View, known: Known, *, walking: float = WALKED) -> Bridged:
    """Return what names add to every turn."""
    everyone = np.arange(len(view.near))
    own = own_of(asked_entities(view, known), known.naming)
    return bridged(everyone, view.convex, own, naming=known.naming, evidence=view, walking=walking)


def asked_entities(view: View, known: Known) -> list[AskedEntity]:
    """Return the known entities that the question names."""
    return [
        AskedEntity(known.number[asked.name], asked.sure, _places(asked.name, view))
        for asked in known.asked(view.question)
    ]


def _places(name: str, view: View) -> tuple[int, ...]:
    """Return where the words of a name stand among the question's terms."""
    inside = set(view.analyse(name))
    return tuple(place for place, term in enumerate(view.terms) if term in inside)


def two_hop(view: View, known: Known) -> Scores:
    """Score every turn by the project's first script; names by their capitals, as it had them."""
    scores = convex(view.near, view.weights.sum(axis=0))
    own = {
        known.number[mention.name]
        for mention in entities(view.question)
        if mention.name in known.number
    }
    for entity in sorted(own):
        turns, about = known.naming.naming(entity)
        scores[turns] += 0.3 / np.sqrt(len(turns)) + 0.5 * about
    activated = np.zeros(len(scores))
    for rank, seed in enumerate(best_first(scores)[:5].tolist()):
        for entity in known.naming.named_by(seed).numbers.tolist():
            turns, about = known.naming.naming(entity)
            if entity in own or len(turns) > 30:  # noqa: PLR2004 - the script's own figure
                continue
            worth = 0.5**rank * np.where(about, 1.0, 0.5 / np.sqrt(len(turns)))
            worth[turns == seed] = 0.0
            activated[turns] = np.maximum(activated[turns], worth)
    total: Scores = scores + activated * (0.3 + 0.7 * view.near)
    return total

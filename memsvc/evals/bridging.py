"""What two hops reach over passages: the rule of `graph.bridges`, beside the script it must beat.

Everything is scored exactly, over the same texts, words and vectors as the plain baselines and
beside them in the same run. A passage is about what its title says and names what a rule finds in
it (`memsvc.ingest.extract`), or what a language model once found and somebody recorded.

- `two-hop`: the project's first script. Convex scores, + .3 / sqrt(df) for naming an entity of the
  question, + .5 for being about it; from the five best passages every entity that at most thirty
  name leads to those about it (1) and naming it (.5 / sqrt(df)), halved with each rank, by the best
  path, times (.3 + .7 x dense).
- `bridges`: `graph.bridges` with its own constants, over the same convex scores.
- `bridges:openie`: the same with recorded extractions beside the rule's.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from graph.bridges import Asked as AskedEntity
from graph.bridges import bridged, own_of
from graph.naming import Names, Numbers, Weights
from memsvc.evals.baselines import (
    CONVEX_WORDS,
    Bm25,
    Scores,
    Terms,
    best_first,
    convex,
    cosines,
    min_max,
)
from memsvc.evals.dataset import Asked
from memsvc.evals.measures import DEEPEST
from memsvc.ingest.extract.asked import AskedName, asked_names
from memsvc.ingest.extract.entities import entities
from memsvc.ingest.extract.mention import Kind
from memsvc.ingest.extract.titles import title_names
from memsvc.ports.models import Embedder

BRIDGING = frozenset({Kind.NAME, Kind.QUOTED, Kind.CODE, Kind.HASHTAG, Kind.EMAIL, Kind.URL})
"""Kinds that lead from one text to another; that two name one year or one weight means nothing."""

ROWS = ("two-hop", "bridges")
WITH_TRIPLES = "bridges:openie"

Extra = Mapping[str, Sequence[str]]
"""By the id of a turn, the names that a recorded extraction found in it."""


def bridging_rankings(
    asked: Asked, *, embedder: Embedder, terms: Terms, recorded: Extra | None = None
) -> dict[str, list[list[str]]]:
    """Return for each row the ids of the turns that it ranks first, one list a question."""
    texts = [turn.text for turn in asked.turns]
    ground = _Ground(
        ids=[turn.id for turn in asked.turns],
        vectors=embedder.embed(texts),
        lexical=Bm25([terms(text) for text in texts]),
        terms=terms,
    )
    plain = _Known.of(asked, {})
    known = {WITH_TRIPLES: _Known.of(asked, recorded)} if recorded is not None else {}
    ranked: dict[str, list[list[str]]] = {row: [] for row in (*ROWS, *known)}
    questions = [question.text for question in asked.questions]
    for text, vector in zip(questions, embedder.embed(questions), strict=True):
        view = ground.view(text, min_max(cosines(ground.vectors, vector)))
        ranked["two-hop"].append(ground.best(two_hop(view, plain)))
        ranked["bridges"].append(ground.best(_with_bridges(view, plain)))
        for row, names in known.items():
            ranked[row].append(ground.best(_with_bridges(view, names)))
    return ranked


class _Known:
    """Who names what in a space, by names and by numbers."""

    def __init__(
        self, named: Mapping[int, Sequence[str]], subjects: Mapping[int, Sequence[str]]
    ) -> None:
        self.number: dict[str, int] = {}
        for names in (*named.values(), *subjects.values()):
            for name in names:
                self.number.setdefault(name, len(self.number))
        self.subjects = frozenset(name for names in subjects.values() for name in names)
        self.naming = Names(
            {turn: [self.number[name] for name in names] for turn, names in named.items()},
            {turn: [self.number[name] for name in names] for turn, names in subjects.items()},
        )

    @classmethod
    def of(cls, asked: Asked, recorded: Extra) -> "_Known":
        """Read every turn: about its stream's title, naming what rule and record found."""
        named: dict[int, Sequence[str]] = {}
        subjects: dict[int, Sequence[str]] = {}
        turns = ((turn, session.title) for session in asked.sessions for turn in session.turns)
        for place, (turn, title) in enumerate(turns):
            text = turn.text.removeprefix(f"{title}\n")
            found = [mention.name for mention in entities(text) if mention.kind in BRIDGING]
            named[place] = [*found, *recorded.get(turn.id, ())]
            subjects[place] = title_names(title or "")
        return cls(named, subjects)

    def asked(self, question: str) -> list[AskedName]:
        """Return the known names that a question names."""
        return asked_names(
            question, known=self.number.__contains__, subject=self.subjects.__contains__
        )


@dataclass(frozen=True, slots=True)
class _View:
    """What a question finds in every turn: `Evidence` for the rule."""

    question: str
    near: Scores
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
class _Ground:
    """The turns of one space, ready to be asked."""

    ids: Sequence[str]
    vectors: NDArray[np.float32]
    lexical: Bm25
    terms: Terms

    def view(self, question: str, near: Scores) -> _View:
        asked = list(dict.fromkeys(self.terms(question)))
        weights = np.array([self.lexical.scores([term]) for term in asked])
        weights = weights.reshape(len(asked), len(self.ids))
        highest = max(weights.sum(axis=0).max(initial=0.0), 1e-9)
        return _View(question, near, asked, weights / highest, self.terms)

    def best(self, scores: Scores) -> list[str]:
        return [self.ids[place] for place in best_first(scores)[:DEEPEST]]


def _with_bridges(view: _View, known: _Known) -> Scores:
    everyone = np.arange(len(view.near))
    own = [
        AskedEntity(known.number[asked.name], asked.sure, _places(asked.name, view))
        for asked in known.asked(view.question)
    ]
    pointed = own_of(own, known.naming)
    found = bridged(everyone, view.convex, pointed, naming=known.naming, evidence=view)
    return view.convex + found.named + found.bridged


def _places(name: str, view: _View) -> tuple[int, ...]:
    """Return where the words of a name stand among the question's terms."""
    inside = set(view.analyse(name))
    return tuple(place for place, term in enumerate(view.terms) if term in inside)


def two_hop(view: _View, known: _Known) -> Scores:
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

"""Two hops: what a question asks about is often said where its own names do not stand.

"Where was the director of Jaws born?" names Jaws. The turn about Jaws names Spielberg, and the turn
that answers is about Spielberg and never mentions Jaws. So from the best turns (seeds) we step over
the entities that they name (bridges) to the turns that name those, or are about them.

Three things decide what such a step is worth, and each alone is worth more than a random walk:

- whether the turn reached is *about* the bridge (its title, or the entity of its event) or only
  names it; and how rare the bridge is, since what forty turns name connects nothing;
- a gate by the question: how near the turn is in meaning, and how much it says with those of the
  question's words that the *seed does not hold*. A turn that repeats the seed answers nothing new;
- how sure the seed is: its rank.

Two more keep the question's own names in their place. A turn about one, or naming one, is favoured
as a starting point. But of a turn that merely repeats such a name, the words of the name count
less: some other turn is about it, and that one is found already.

To the best path of each turn comes a share of what a walker would bring who leaves the seeds once:
it counts many weak paths, which helps where three or four passages are needed. More steps of
personalized PageRank add nothing that shows (docs/decisions/0031, with all that was tried); walks
from each seed apart do, a little (`graph.outward`, docs/decisions/0040).

The idea of gating by the question is LinearRAG's (arXiv 2510.10114), that of damping an entity by
how many passages name it HippoRAG 2's (arXiv 2502.14802); residual words, aboutness and the max
over paths are ours. Turns and entities are plain numbers here; nothing is read or written.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from graph.naming import Marks, Naming, Numbers, Scores, Weights
from graph.paths import COMMONEST, Paths, paths_from, walked

NONE = -1
"""Stands where a path has no seed or no entity."""

SEEDS = 5

LEAST, BY_MEANING, BY_WORDS = 0.3, 0.5, 1.0
"""The gate: what a path is worth in any case, and what nearness in meaning and the question's
remaining words add to it."""

ABOUT, NAMED, MOST_NAMED = 0.7, 0.35, 1.0
"""For a turn that is about what the question names, and for one that names it, both shared among
those that do (by the square root); naming several adds up to `MOST_NAMED`."""

BESIDE_A_SUBJECT = 0.5
"""What naming counts where another turn is about the name."""

TAKEN_BACK = 1.0
"""Taken from a turn for the words of a name that another turn is about: as much as they are of the
best BM25. That is more than they gave it. A turn that repeats the name and is not about it is most
often a sibling: the sequel, the namesake, the next season."""

WALKED = 0.25
"""What the walk adds for the turn to which it leads most."""

UNNAMED = 0.5
"""What bridges count for a question that names nothing known: then the seeds are guesses."""


class Evidence(Protocol):
    """What the question finds in turns without any graph."""

    def meaning(self, turns: Numbers) -> Scores:
        """Return how near each turn is in meaning, from 0 to 1 over the candidates."""
        ...

    def words(self, turns: Numbers, *, of: Sequence[int] | None = None) -> Weights:
        """Return what each of the question's terms adds to each turn's BM25, 0 where it is not in.

        In units of the highest BM25 of any turn, so that a column of the best turn sums to 1.
        Of the terms at some places alone, where they are given.
        """
        ...


@dataclass(frozen=True, slots=True)
class Asked:
    """An entity that the question names.

    `sure` is 1 for a name and less for a word that happens to be one; `terms` are the places of
    its words among the question's terms.
    """

    entity: int
    sure: float
    terms: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Bridged:
    """What names add to turns, and by which path; all arrays are as long as `turns`, which ascend.

    `named` is what the question's own names add (or take back), `bridged` what bridges add. The
    path is the one worth most: from turn `seed` over `entity`, or from the question itself (`seed`
    is `NONE`) over the entity that it names, or none at all (both are).
    """

    turns: Numbers
    named: Scores
    bridged: Scores
    seed: Numbers
    entity: Numbers


def bridged(
    candidates: Numbers,
    scores: Scores,
    own: "Own",
    *,
    naming: Naming,
    evidence: Evidence,
    walking: float = WALKED,
) -> Bridged:
    """Return what the names in question and turns add to candidates, and to turns they lead to.

    `candidates` are distinct and ascend, with scores from 0 to 1 by meaning and words together;
    `own` is what the question names, from `own_of`. `named` and `bridged` are to be added to the
    scores. A turn that was no candidate has no score yet: it is a proposal, to be scored by meaning
    and words before it is ranked beside the others. `walking` is what the walk adds for the turn to
    which it leads most.
    """
    turns = _union(candidates, own.turns)
    named = _spread(turns, own.turns, own.weights) - _taken_back(turns, own, evidence)
    total = named + _spread(turns, candidates, scores)
    seeds = turns[(-total).argsort(kind="stable")[:SEEDS]]
    paths = paths_from(seeds, naming, without=own.entities)
    found = _arrivals(paths, seeds, evidence, walking=walking)
    everyone = _union(turns, found.turns)
    gain = _spread(everyone, found.turns, (1.0 if own.is_known else UNNAMED) * found.gain)
    is_more = gain > _spread(everyone, own.turns, own.weights)
    from_seed = is_more[np.searchsorted(everyone, found.turns)]
    by_seed = found.turns[from_seed]
    return Bridged(
        turns=everyone,
        named=_spread(everyone, turns, named),
        bridged=gain,
        seed=_placed(everyone, (by_seed, found.seed[from_seed])),
        entity=_placed(everyone, (own.turns, own.entity), (by_seed, found.entity[from_seed])),
    )


@dataclass(frozen=True, slots=True)
class Own:
    """Turns that the question's names point to: how strongly, over which, whether about it.

    `entities` are what it names, and `terms` the places of the question's terms that stand in a
    name which some turn is about. `is_known` unless all that is named is nothing, or somebody whom
    everyone names: a speaker.
    """

    entities: frozenset[int]
    turns: Numbers
    weights: Scores
    entity: Numbers
    about: Marks
    terms: tuple[int, ...]
    is_known: bool


def own_of(asked: Sequence[Asked], naming: Naming) -> Own:
    """Return the turns that the names in a question point to; no score has a part in it."""
    entities = np.array([one.entity for one in asked], dtype=np.int64)
    flat, about, sizes = naming.naming_each(entities)
    which = np.repeat(np.arange(len(asked)), sizes)
    subjects = np.bincount(which[about], minlength=len(asked))
    is_told = subjects > 0
    sure = np.array([one.sure for one in asked], dtype=np.float64)
    by_naming = NAMED * np.where(is_told, BESIDE_A_SUBJECT, 1.0) / np.maximum(sizes, 1) ** 0.5
    by_subject = ABOUT * sure / np.maximum(subjects, 1) ** 0.5
    worth = np.where(about, np.maximum(by_naming, by_subject)[which], by_naming[which])
    turns, place = np.unique(flat, return_inverse=True)
    most = np.zeros(len(turns))
    np.maximum.at(most, place[about], by_subject[which[about]])
    sums = np.bincount(place, weights=by_naming[which], minlength=len(turns))
    terms = {term for at in np.flatnonzero(is_told).tolist() for term in asked[at].terms}
    return Own(
        entities=frozenset(entities.tolist()),
        turns=turns,
        weights=np.minimum(sums, MOST_NAMED) + most,
        entity=_over(entities[which], place, worth),
        about=np.bincount(place[about], minlength=len(turns)) > 0,
        terms=tuple(sorted(terms)),
        is_known=bool((is_told | ((sizes > 0) & (sizes <= COMMONEST))).any()),
    )


def _over(entities: Numbers, place: Numbers, worth: Scores) -> Numbers:
    """Return the entity that is worth most at each place; of equals the last."""
    order = np.lexsort((entities, worth, place))[::-1]
    return entities[order[_firsts(place[order])]][::-1]


def _taken_back(turns: Numbers, own: Own, evidence: Evidence) -> Scores:
    if not own.terms:
        return np.zeros(len(turns))
    repeated: Scores = TAKEN_BACK * evidence.words(turns, of=own.terms).sum(axis=0)
    repeated[np.searchsorted(turns, own.turns[own.about])] = 0.0
    return repeated


@dataclass(frozen=True, slots=True)
class _Arrivals:
    """What paths bring to each turn that they reach, and the best path to it."""

    turns: Numbers
    gain: Scores
    seed: Numbers
    entity: Numbers


def _arrivals(paths: Paths, seeds: Numbers, evidence: Evidence, *, walking: float) -> _Arrivals:
    """Open or close each path by the question, and take the best to each turn, and the walk."""
    reached, place = np.unique(paths.turns, return_inverse=True)
    if len(paths) == 0:
        return _Arrivals(reached, np.zeros(0), reached, reached)
    value = paths.trust * paths.worth * gates(seeds, reached, evidence)[paths.ranks, place]
    order = np.lexsort((-value, place))  # stable: of equals the first, by rank and entity
    best = order[_firsts(place[order])]
    walkers = walked(paths, value)
    most = np.bincount(place, weights=walkers).max()
    arriving = np.bincount(place, weights=walkers * paths.trust) / max(most, 1e-12)
    gain = value[best] + walking * arriving
    return _Arrivals(reached, gain, seeds[paths.ranks[best]], paths.entities[best])


def gates(seeds: Numbers, turns: Numbers, evidence: Evidence) -> Weights:
    """Return how far the question opens the way from each seed to each turn; (seeds, turns).

    By how near the turn is in meaning, and by what it says with those of the question's words that
    the seed does not hold.
    """
    words = evidence.words(np.concatenate([seeds, turns]))
    lacking = (words[:, : len(seeds)] == 0).astype(np.float64)  # shape (terms, seeds)
    rest = lacking.T @ words[:, len(seeds) :]  # shape (seeds, turns)
    opened: Weights = LEAST + BY_MEANING * evidence.meaning(turns) + BY_WORDS * rest
    return opened


def _union(some: Numbers, others: Numbers) -> Numbers:
    """Return the numbers of both; either ascend and are distinct, of which `union1d` knows not."""
    both = np.concatenate([some, others])
    both.sort(kind="stable")
    return both[_firsts(both)]


def _firsts(rising: Numbers) -> Marks:
    """Mark the first of each run of equal numbers."""
    firsts = np.ones(len(rising), dtype=np.bool_)
    np.not_equal(rising[1:], rising[:-1], out=firsts[1:])
    return firsts


def _spread(turns: Numbers, some: Numbers, scores: Scores) -> Scores:
    """Return the scores of some turns, all of them among `turns`, with 0 for the others."""
    spread = np.zeros(len(turns))
    spread[np.searchsorted(turns, some)] = scores
    return spread


def _placed(turns: Numbers, *parts: tuple[Numbers, Numbers]) -> Numbers:
    """Return the number that stands for each turn in the last part that holds it, or `NONE`."""
    placed = np.full(len(turns), NONE, dtype=np.int64)
    for some, numbers in parts:
        placed[np.searchsorted(turns, some)] = numbers
    return placed

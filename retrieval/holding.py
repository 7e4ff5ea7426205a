"""Holding: how probable it is that a space holds the answer, from what the arms saw of it.

Two numbers that no stage has scaled are added for every candidate: the share of the question's
words that it holds, weighed by their idf, and its cosine with the question. What counts is how much
the best has of that sum, and how far it stands above the tenth: where nothing answers, many turns
are alike. A logistic of both gives the probability. Fused scores are of no use here, since a
min-max fusion gives its best candidate the same however little it says.

The weights were fitted on questions of LoCoMo, LongMemEval and BEAM, each with the turns that hold
its answer in memory and again without them, all three data sets counting the same. Further
features (agreement of the arms, BM25, its z-score, how many turns there are, ...) and boosted trees
over fifty of them part the two no better: see docs/decisions/0070. `memsvc eval abstain` measures
it.
"""

import math
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from memsvc.domain.holding import Holding
from memsvc.ports.vectors import Keys
from retrieval.arms import Dense
from retrieval.pool import Ask, Pool

CROWD = 10
"""The best turn is held against the one of this place: as many as a recall gives by default."""

Sums = NDArray[np.float64]


class Weights(NamedTuple):
    """A logistic in two features: `best` is the greatest sum, `lead` what it has more than others.

    Round numbers beside the fitted ones.
    """

    bias: float
    best: float
    lead: float


WITH_MODEL = Weights(bias=-1.9, best=0.9, lead=2.1)
WORDS_ALONE = Weights(bias=-1.3, best=0.8, lead=2.8)
NOTHING = Holding(probability=0.0, words=0.0, nearness=None, lead=0.0)
"""What is to be said where no turn may answer."""


def holding(ask: Ask, pool: Pool) -> Holding:
    """Say how probable it is that one of the candidates is an answer.

    Without a model the words alone tell, by weights of their own. A turn that has no vector yet has
    a nearness of 0.
    """
    if len(pool) == 0:
        return NOTHING
    words = covered(ask, pool.keys)
    if ask.vector is None:
        return _judged(WORDS_ALONE, words, words, None)
    nearness = np.nan_to_num(Dense().score(ask, pool.keys).astype(np.float64))
    return _judged(WITH_MODEL, words + nearness, words, nearness)


def surest(holdings: Iterable[Holding]) -> Holding:
    """Return the most probable: several spaces hold an answer if one of them does."""
    return max(holdings, key=lambda one: one.probability, default=NOTHING)


def covered(ask: Ask, keys: Keys) -> Sums:
    """Return the share of the question's words in each of these turns, weighed by their idf.

    A word that no turn holds is the rarest, and counts among those that are missing. With a filter
    idf is told of those turns alone that may answer, as if there were no others.
    """
    asked = list(dict.fromkeys(ask.terms))
    known = [term for term in asked if term in ask.by_term]
    if not known:
        return np.zeros(len(keys))
    timeline = ask.indexes.timeline
    if ask.among is None:
        of = len(timeline)
        holders = [len(ask.by_term[term].places) for term in known]
    else:
        of = len(ask.among)
        among = np.zeros(timeline.size, dtype=np.bool_)
        among[timeline.places(ask.among)] = True
        holders = [int(np.count_nonzero(among[ask.by_term[term].places])) for term in known]
    idf = _idf(np.array(holders), of=of)
    missing = (len(asked) - len(known)) * float(_idf(np.zeros(1), of=of)[0])
    sums = np.zeros(timeline.size)
    for term, weight in zip(known, idf.tolist(), strict=True):
        sums[ask.by_term[term].places] += weight
    shares: Sums = sums[timeline.places(keys)] / (idf.sum() + missing)
    return shares


def _idf(holders: NDArray[np.number], *, of: int) -> Sums:
    """Return the idf of `retrieval.bm25` of words that so many of the turns hold."""
    idf: Sums = np.log1p((of - holders + 0.5) / (holders + 0.5))
    return idf


def _judged(weights: Weights, sums: Sums, words: Sums, nearness: Sums | None) -> Holding:
    best = int(np.argmax(sums))
    tenth = float(np.partition(sums, -CROWD)[-CROWD]) if len(sums) >= CROWD else 0.0
    lead = float(sums[best]) - tenth
    odds = weights.bias + weights.best * float(sums[best]) + weights.lead * lead
    return Holding(
        probability=1 / (1 + math.exp(-odds)),
        words=float(words[best]),
        nearness=None if nearness is None else float(nearness[best]),
        lead=lead,
    )

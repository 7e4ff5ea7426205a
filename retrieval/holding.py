"""Holding: how probable it is that a space holds the answer, from what the arms saw of it.

What is judged is the turn that the recipe puts first, by numbers that no stage has scaled: how much
of the question stands in it word by word (`retrieval.tokens`), the share of the question's words
that it holds, weighed by their idf, and its cosine with the question. What counts is how much the
first has, and how far the sum of the last two stands above that of the turn put tenth: where
nothing answers, many turns are alike. The same question, asked before, is no answer to it. A
logistic of both gives the probability. Fused scores are of no use here, since a min-max fusion
gives its best candidate the same however little it says.

The weights were fitted on questions of LoCoMo, LongMemEval and BEAM, each with the turns that hold
its answer in memory and again without them, all three data sets counting the same. Two hundred
further features (the best of all candidates, coverage by the first five, the least of the words,
agreement of the arms, ...) part the two hardly better: see docs/decisions/0076.
`memsvc eval abstain` measures it.
"""

import math
from collections.abc import Iterable
from dataclasses import replace
from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from memsvc.domain.holding import Holding
from memsvc.ports.vectors import Keys
from retrieval.arms import Dense
from retrieval.asked_before import asked_before
from retrieval.pool import Ask, Pool
from retrieval.tokens import ARM as TOKENS_ARM
from retrieval.tokens import ByToken

COVERED = "share of the question's words"
"""Under which name it is kept for one question: it is asked of all candidates, and of the best."""

CROWD = 10
"""The first turn is held against the one of this place: as many as a recall gives by default."""

Sums = NDArray[np.float64]


class Weights(NamedTuple):
    """A logistic in two features: `first` is what the first turn has, `lead` what it has more.

    Round numbers beside the fitted ones.
    """

    bias: float
    first: float
    lead: float


BY_WORD = Weights(bias=-2.7, first=3.6, lead=1.4)
"""Where the first turn was compared word by word: of that, and the lead of words and nearness."""

WITH_MODEL = Weights(bias=-1.8, first=1.3, lead=1.3)
"""Without that, as where a turn has no vectors of tokens: of words and nearness together."""

WORDS_ALONE = Weights(bias=-1.0, first=1.7, lead=1.1)
NOTHING = Holding(probability=0.0, words=0.0, nearness=None, tokens=None, lead=0.0)
"""What is to be said where no turn may answer."""


def holding(ask: Ask, pool: Pool) -> Holding:
    """Say how probable it is that the candidate that stands first is an answer.

    Without a model the words alone tell, by weights of their own. A turn that has no vector yet has
    a nearness of 0.
    """
    best = pool.best_first()
    best = best[~_asked_before(ask, pool.keys[best])][:CROWD]
    if len(best) == 0:
        return NOTHING
    keys = pool.keys[best]
    words = covered(ask, keys)
    if ask.vector is None:
        return _judged(WORDS_ALONE, words, words, None, None)
    nearness = np.nan_to_num(Dense().score(ask, keys).astype(np.float64))
    tokens = _by_word(ask, pool, int(best[0]))
    weights = WITH_MODEL if tokens is None else BY_WORD
    return _judged(weights, words + nearness, words, nearness, tokens)


def _asked_before(ask: Ask, keys: Keys) -> NDArray[np.bool_]:
    """Tell which of these turns are the same question, which is no answer to itself."""
    words = covered(ask, keys)
    if ask.vector is None:
        return asked_before(ask, keys, words, None)
    nearness = np.nan_to_num(Dense().score(ask, keys).astype(np.float64))
    return asked_before(ask, keys, words, nearness)


def surest(holdings: Iterable[Holding]) -> Holding:
    """Return the most probable: several spaces hold an answer if one of them does."""
    return max(holdings, key=lambda one: one.probability, default=NOTHING)


def covered(ask: Ask, keys: Keys) -> Sums:
    """Return the share of the question's words in each of these turns, weighed by their idf.

    A word that no turn holds is the rarest, and counts among those that are missing. With a filter
    idf is told of those turns alone that may answer, as if there were no others.
    """
    sums, whole = ask.once.value(COVERED, partial(_covered, ask))
    shares: Sums = sums[ask.indexes.timeline.places(keys)] / whole
    return shares


def _covered(ask: Ask) -> tuple[Sums, float]:
    """Return the weight of the words in the turn at each place of the timeline, and of all."""
    timeline = ask.indexes.timeline
    asked = list(dict.fromkeys(ask.terms))
    known = [term for term in asked if term in ask.by_term]
    if not known:
        return np.zeros(timeline.size), 1.0
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
    return sums, float(idf.sum()) + missing


def _idf(holders: NDArray[np.number], *, of: int) -> Sums:
    """Return the idf of `retrieval.bm25` of words that so many of the turns hold."""
    idf: Sums = np.log1p((of - holders + 0.5) / (holders + 0.5))
    return idf


def _by_word(ask: Ask, pool: Pool, place: int) -> float | None:
    """Return what the candidate at this place has of the question word by word, None if untold.

    With a filter, what stands beside it and does not pass lends it nothing here: it is no part of
    the memory that is asked for.
    """
    if TOKENS_ARM not in pool.arms:
        return None
    score = float(pool.arms[TOKENS_ARM][place])
    if ask.among is not None:
        key = pool.keys[[place]]
        others = np.setdiff1d(np.concatenate(ask.indexes.timeline.neighbours(key)), ask.among)
        alone = replace(ask, without=np.union1d(ask.without, others))
        score = float(ByToken().score(alone, key)[0])
    return None if math.isnan(score) else score


def _judged(
    weights: Weights, sums: Sums, words: Sums, nearness: Sums | None, tokens: float | None
) -> Holding:
    """Judge the first of candidates that stand in order, no more of them than the crowd."""
    tenth = float(sums[-1]) if len(sums) == CROWD else 0.0
    first, lead = float(sums[0]), float(sums[0]) - tenth
    odds = weights.bias + weights.first * (first if tokens is None else tokens)
    return Holding(
        probability=1 / (1 + math.exp(-odds - weights.lead * lead)),
        words=float(words[0]),
        nearness=None if nearness is None else float(nearness[0]),
        tokens=tokens,
        lead=lead,
    )

"""Arms: independent opinions on which turns answer a question.

An arm can propose candidates, and can score any candidate, also those that others proposed: a
turn that is best by words deserves its cosine too. Arms "around" a turn read it together with its
neighbours in the stream, because in a conversation the question often stands one turn before the
answer. They need no vectors or texts of their own: the vector of a turn with the one before it is
the mean of two stored ones, and its BM25 with both neighbours is a sum of three (on LoCoMo as good
as embedding and indexing the joined texts; see the report in docs/reports). How far they count is
a matter of length: see `retrieval.brevity`.
"""

import math
from functools import partial
from typing import Protocol

import numpy as np
from typing_extensions import override

from memsvc.ports.indexes import NOBODY, Numbers, SpaceIndexes
from memsvc.ports.models import Vector
from memsvc.ports.vectors import Keys, Ranked, Scores
from retrieval import brevity
from retrieval.pool import NO_KEYS, Ask, lookup

NEIGHBOUR_WEIGHT = 0.5
"""How much of a neighbour's BM25 counts for a turn: half as much as its own words."""


CHANCE = 0.1
"""Cosine taken off for each e-fold of length beyond a short turn. A long turn has many pieces, and
the best of many is higher by chance alone: the greatest of n draws grows with ln n."""


LEAST = 1e-24
"""The square of a length by which nothing is divided: two opposite vectors leave nothing."""


class Arm(Protocol):
    """One opinion."""

    @property
    def name(self) -> str:
        """What it is called in traces and in a hit's `why`."""
        ...

    @property
    def silence(self) -> float:
        """What having nothing to say counts as beside its scores; NaN if it does not count."""
        ...

    def propose(self, ask: Ask, limit: int) -> Keys:
        """Return up to `limit` turns that it finds best."""
        ...

    def score(self, ask: Ask, keys: Keys) -> Scores:
        """Return its score of each turn; NaN where it has nothing to say."""
        ...

    def trust(self, ask: Ask, keys: Keys) -> Scores:
        """Return how far its word counts for each turn, from 0 to 1."""
        ...


class Trusted:
    """Gives an arm full trust for every turn, unless it says otherwise."""

    def trust(self, ask: Ask, keys: Keys) -> Scores:  # noqa: ARG002  the port's signature
        """Return 1 for every turn."""
        return np.ones(len(keys), dtype=np.float32)


class Dense(Trusted):
    """Alike in meaning: the cosine of the question with the turn's best piece, less chance.

    With what chance adds, messages of many pieces crowd out those of one: alone on BEAM, where
    three quarters of the answers stand in the shorter messages, this arm then finds nine points
    less among its first ten.
    """

    name = "dense"
    silence = math.nan

    def propose(self, ask: Ask, limit: int) -> Keys:
        """Return the nearest turns."""
        if ask.vector is None:
            return NO_KEYS
        return ask.indexes.vectors.search(ask.vector, k=limit, among=ask.among).keys

    def score(self, ask: Ask, keys: Keys) -> Scores:
        """Return each turn's cosine; for a turn over the short length, less what chance adds."""
        if ask.vector is None:
            return np.full(len(keys), np.nan, dtype=np.float32)
        return ask.once.nearness(keys, partial(_nearness, ask.vector, ask.indexes))


def _nearness(question: Vector, indexes: SpaceIndexes, keys: Keys) -> Scores:
    by_chance = -CHANCE * np.log(brevity.of_turns(indexes.timeline, keys))
    cosines = indexes.vectors.cosines(question, keys)
    return np.asarray(cosines - by_chance, dtype=np.float32)


class DenseBefore(Trusted):
    """Alike in meaning together with the turn before: the cosine with the mean of the two.

    The turn before counts as far as this one is short.
    """

    name = "dense_before"
    silence = math.nan

    def propose(self, ask: Ask, limit: int) -> Keys:  # noqa: ARG002  the port's signature
        """Propose nothing: what it would find is a neighbour of what `Dense` finds."""
        return NO_KEYS

    def score(self, ask: Ask, keys: Keys) -> Scores:
        """Return the cosine of each pair; that of the turn alone at the start of a stream."""
        if ask.vector is None:
            return np.full(len(keys), np.nan, dtype=np.float32)
        vectors, timeline = ask.indexes.vectors, ask.indexes.timeline
        own, other = vectors.means(keys), vectors.means(timeline.neighbours(keys).before)
        share = brevity.of_turns(timeline, keys)  # what is beside nobody is zeros
        # The sum itself is never made: of |a + s b| all three parts are known without it.
        length = np.einsum("ij,ij->i", own, own)
        squares = length + share**2 * np.einsum("ij,ij->i", other, other)
        squares += 2 * share * np.einsum("ij,ij->i", own, other)
        cosines = (own @ ask.vector + share * (other @ ask.vector)) / np.sqrt(
            np.maximum(squares, LEAST)
        )
        return np.where(length > 0, cosines, np.nan).astype(np.float32)


class Lexical(Trusted):
    """Said in the same words: BM25 over stems."""

    name = "lexical"
    silence = 0.0

    def propose(self, ask: Ask, limit: int) -> Keys:
        """Return the turns with the highest BM25."""
        return best_of(ask.matching, ask.among, limit)

    def score(self, ask: Ask, keys: Keys) -> Scores:
        """Return each turn's BM25; NaN when it shares no term."""
        return _or_nan(lookup(ask.matching, keys))


class LexicalShort(Lexical):
    """The same for less in a long turn, which holds any word more easily.

    Beside the arm of tokens, which hears neighbours and meaning, this is the part of words that it
    does not: the very same ones, in a short turn.
    """

    name = "lexical"

    @override
    def score(self, ask: Ask, keys: Keys) -> Scores:
        """Return each turn's BM25 times the root of how short it is; NaN for no shared term."""
        short = brevity.of_turns(ask.indexes.timeline, keys)
        return np.asarray(super().score(ask, keys) * np.sqrt(short), dtype=np.float32)


class LexicalAround(Trusted):
    """Said in the same words, together with the turns beside it, as far as the turn is short."""

    name = "lexical_around"
    silence = 0.0

    def propose(self, ask: Ask, limit: int) -> Keys:  # noqa: ARG002  the port's signature
        """Propose nothing: what it would find is a neighbour of what `Lexical` finds."""
        return NO_KEYS

    def score(self, ask: Ask, keys: Keys) -> Scores:
        """Return the turn's BM25 and half of each neighbour's, less beside a long turn."""
        before, after = ask.indexes.timeline.neighbours(keys)
        beside = lookup(ask.matching, before) + lookup(ask.matching, after)
        share = NEIGHBOUR_WEIGHT * brevity.of_turns(ask.indexes.timeline, keys)
        return _or_nan(lookup(ask.matching, keys) + share * beside)


class LexicalStream(Trusted):
    """The whole stream is about the question's words: BM25 of all its turns as one text."""

    name = "lexical_stream"
    silence = 0.0

    def propose(self, ask: Ask, limit: int) -> Keys:  # noqa: ARG002  the port's signature
        """Propose nothing: a stream is no answer; it speaks for the turns that others propose."""
        return NO_KEYS

    def score(self, ask: Ask, keys: Keys) -> Scores:
        """Return the BM25 of each turn's stream; NaN when it shares no term."""
        return _or_nan(lookup(ask.matching_streams, ask.indexes.timeline.streams(keys)))

    @override
    def trust(self, ask: Ask, keys: Keys) -> Scores:
        """Return more for a shorter stream."""
        return brevity.of_streams(ask.indexes.timeline, keys)


def _or_nan(scores: Scores) -> Scores:
    """Return NaN for 0: where no term is shared, BM25 says nothing."""
    return np.where(scores > 0, scores, np.nan).astype(np.float32)


def nearest_of(ask: Ask, keys: Keys, limit: int) -> Keys:
    """Return those of these turns that are nearest in meaning; none without a model."""
    if ask.vector is None:
        return NO_KEYS
    return ask.indexes.vectors.search(ask.vector, k=limit, among=keys).keys


def best_of(ranked: Ranked, among: Keys | None, limit: int) -> Keys:
    """Return the keys with the highest scores, those in `among` if given; ties by key.

    The keys of both ascend.
    """
    keys, scores = ranked
    if among is not None:
        kept = _those_among(keys, among)
        keys, scores = keys[kept], scores[kept]
    if len(keys) > limit:  # most of some ten thousand need no order at all
        kth = np.partition(scores, len(scores) - limit)[len(scores) - limit]
        kept = scores >= kth
        keys, scores = keys[kept], scores[kept]
    order = np.lexsort((keys, -scores))
    return keys[order[:limit]]


def _those_among(keys: Keys, among: Keys) -> Numbers:
    """Return the places of the keys that are among others; both ascend.

    The fewer are looked up among the more: most questions with a time or for advice have few.
    """
    few, many = (among, keys) if len(among) < len(keys) else (keys, among)
    if len(few) == 0:
        return NO_KEYS
    places = np.minimum(many.searchsorted(few), len(many) - 1)
    there = many[places] == few
    return np.asarray(places[there] if many is keys else np.flatnonzero(there), dtype=np.int64)


def around(ask: Ask, keys: Keys) -> Keys:
    """Return the neighbours of these turns that may answer."""
    before, after = ask.indexes.timeline.neighbours(keys)
    beside: Keys = np.unique(np.concatenate([before, after]))
    beside = beside[beside != NOBODY]
    return ask.may_answer(beside[ask.lets_through(beside)])

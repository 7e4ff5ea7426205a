"""BM25 over the postings of one space: of its turns, and of its streams as if each were one text.

Robertson's formula with the idf of Lucene, which never falls below zero:

    score(text) = sum over terms of  idf * tf * (k1 + 1) / (tf + k1 * (1 - b + b * length / mean))
    idf = ln(1 + (N - df + 0.5) / (df + 0.5))

N, df and the mean length are those of the space that is asked, never of the installation: one
tenant's words must not move another's ranking.
"""

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from memsvc.ports.indexes import Timeline
from memsvc.ports.lexicon import Postings
from memsvc.ports.vectors import Ranked

K1 = 0.9
B = 0.4
"""Anserini's values, found on passages and as good on turns of conversations."""

Integers = NDArray[np.int64]


def bm25(terms: Sequence[str], postings: Mapping[str, Postings], timeline: Timeline) -> Ranked:
    """Score every turn that holds a term of the question; keys ascending, not best first.

    A term that the question repeats counts as often as it stands there. Postings of turns that
    the timeline does not know (deleted a moment ago) are passed over.
    """
    parts = []
    for repeats, keys, counts in _standing(terms, postings, timeline):
        weights = _weights(
            counts,
            lengths=timeline.lengths(keys),
            mean_length=timeline.mean_length,
            count=len(timeline),
        )
        parts.append((keys, repeats * weights))
    return _summed(parts)


def bm25_of_streams(
    terms: Sequence[str], postings: Mapping[str, Postings], timeline: Timeline
) -> Ranked:
    """Score every stream that holds a term of the question; stream keys ascending."""
    parts = []
    for repeats, keys, counts in _standing(terms, postings, timeline):
        streams, places = np.unique(timeline.streams(keys), return_inverse=True)
        weights = _weights(
            np.bincount(places, weights=counts),
            lengths=timeline.stream_lengths(streams),
            mean_length=timeline.mean_stream_length,
            count=timeline.stream_count,
        )
        parts.append((streams, repeats * weights))
    return _summed(parts)


def _standing(
    terms: Sequence[str], postings: Mapping[str, Postings], timeline: Timeline
) -> list[tuple[int, Integers, Integers]]:
    """Return for each term how often it is asked, and its postings of turns that still stand."""
    standing = []
    for term, repeats in Counter(term for term in terms if term in postings).items():
        keys, counts = postings[term]
        known = timeline.knows(keys)
        if known.any():
            standing.append((repeats, keys[known], counts[known]))
    return standing


def _weights(
    counts: NDArray[np.float64] | Integers, *, lengths: Integers, mean_length: float, count: int
) -> NDArray[np.float64]:
    """Return what one term adds to each text that holds it `counts` times."""
    idf = np.log1p((count - len(counts) + 0.5) / (len(counts) + 0.5))
    norm = K1 * (1 - B + B * lengths / max(mean_length, 1.0))
    return np.asarray(idf * counts * (K1 + 1) / (counts + norm), dtype=np.float64)


def _summed(parts: Sequence[tuple[Integers, NDArray[np.float64]]]) -> Ranked:
    if not parts:
        return Ranked(np.empty(0, dtype=np.int64), np.empty(0, dtype=np.float32))
    keys, places = np.unique(np.concatenate([keys for keys, _ in parts]), return_inverse=True)
    totals = np.bincount(places, weights=np.concatenate([weights for _, weights in parts]))
    return Ranked(keys, totals.astype(np.float32))

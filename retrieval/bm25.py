"""BM25 over the postings of one space.

Robertson's formula with the idf of Lucene, which never falls below zero:

    score(turn) = sum over terms of  idf * tf * (k1 + 1) / (tf + k1 * (1 - b + b * length / mean))
    idf = ln(1 + (N - df + 0.5) / (df + 0.5))

N, df and the mean length are those of the space that is asked, never of the installation: one
tenant's words must not move another's ranking.
"""

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np

from memsvc.ports.indexes import Timeline
from memsvc.ports.lexicon import Postings
from memsvc.ports.vectors import Ranked

K1 = 1.2
B = 0.75


def bm25(terms: Sequence[str], postings: Mapping[str, Postings], timeline: Timeline) -> Ranked:
    """Score every turn that holds a term of the question; keys ascending, not best first.

    A term that the question repeats counts as often as it stands there. Postings of turns that
    the timeline does not know (deleted a moment ago) are passed over.
    """
    repeats = Counter(term for term in terms if term in postings)
    if not repeats:
        return Ranked(np.empty(0, dtype=np.int64), np.empty(0, dtype=np.float32))
    count = len(timeline)
    parts = []
    for term, repeated in repeats.items():
        keys, tf = postings[term]
        known = timeline.knows(keys)
        keys, tf = keys[known], tf[known]
        idf = np.log1p((count - len(keys) + 0.5) / (len(keys) + 0.5))
        norm = K1 * (1 - B + B * timeline.lengths(keys) / max(timeline.mean_length, 1.0))
        parts.append((keys, repeated * idf * tf * (K1 + 1) / (tf + norm)))
    all_keys = np.concatenate([keys for keys, _ in parts])
    distinct, places = np.unique(all_keys, return_inverse=True)
    totals = np.bincount(places, weights=np.concatenate([scores for _, scores in parts]))
    return Ranked(distinct, totals.astype(np.float32))

"""Which turns share a text's rarest words: a few candidates, from the inverted file alone.

Unlike the passages that `retrieval.passages` looks for, nothing is asked of the whole timeline, so
that a write can afford it: the work is that of the postings of a dozen rare terms.
"""

from collections.abc import Sequence

import numpy as np

from memsvc.ports.indexes import SpaceIndexes
from memsvc.ports.lexicon import Places

RAREST = 12
"""Terms of the text that are looked up: those that the fewest turns hold."""

MOST_HOLDERS = 20_000
"""Holders of a term beyond which it tells nothing, however rare it is beside the others."""


def sharing(terms: Sequence[str], indexes: SpaceIndexes, *, least: float, limit: int) -> Places:
    """Return the places of at most `limit` turns that hold most of a text's rarest terms.

    Best first, ties by place; only those that hold at least the share `least` of them, counted one
    by one. Terms that no turn holds count as the rarest.
    """
    held = {
        term: found.places
        for term, found in indexes.lexicon.postings(tuple(dict.fromkeys(terms))).items()
    }
    rarest = sorted(dict.fromkeys(terms), key=lambda term: (len(held.get(term, ())), term))[:RAREST]
    found = [held[term] for term in rarest if 0 < len(held.get(term, ())) <= MOST_HOLDERS]
    if not found or len(found) < least * len(rarest):
        return np.empty(0, dtype=np.int64)
    places, counts = np.unique(np.concatenate(found), return_counts=True)
    enough = counts >= least * len(rarest)
    places, counts = places[enough], counts[enough]
    stands = indexes.timeline.stands_at(places)
    places, counts = places[stands], counts[stands]
    best: Places = places[np.argsort(-counts, kind="stable")[:limit]]
    return best

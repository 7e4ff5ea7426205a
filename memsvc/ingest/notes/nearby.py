"""Which notes a new note is shown, and how new it is: arithmetic over the vectors of a space."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from memsvc.ports.models import Matrix, Vector

NEAREST = 5
"""Among so many of a note's nearest another has to be, to be near it in turn."""

LATEST = 32
"""Notes whose novelty says what is usual in a space."""


class Near(NamedTuple):
    """A note by its place among the vectors, its cosine, and whether nearness is mutual."""

    place: int
    cosine: float
    is_mutual: bool


def nearest(new: Vector, vectors: Matrix, *, limit: int) -> list[Near]:
    """Return the notes nearest to a new one, best first, ties by place; all are unit vectors.

    The new one is among the nearest of another where fewer than `NEAREST` are nearer to that.
    """
    cosines = vectors @ new
    best = np.argsort(-cosines, kind="stable")[:limit]
    if len(best) == 0:
        return []
    # Without its own cosine, which is 1 but for rounding.
    beside = vectors[best] @ vectors.T
    beside[np.arange(len(best)), best] = -np.inf
    nearer = (beside > cosines[best, np.newaxis]).sum(axis=1)
    return [
        Near(int(place), float(cosines[place]), bool(count < NEAREST))
        for place, count in zip(best, nearer, strict=True)
    ]


def usual_novelty(vectors: Matrix) -> Sequence[float]:
    """Return how new the latest notes were when they came; vectors stand in the order of coming.

    Computed from what is there rather than kept: it needs no state that could go astray, and costs
    as much as a few searches, whatever the number of notes.
    """
    begin = max(len(vectors) - LATEST, 1)
    if begin >= len(vectors):
        return []
    cosines = vectors[begin:] @ vectors.T
    later = np.arange(len(vectors)) >= np.arange(begin, len(vectors))[:, np.newaxis]
    found: list[float] = (1.0 - np.where(later, -1.0, cosines).max(axis=1)).tolist()
    return found

"""Finding what is near in meaning: one index of vectors per space.

An item (a turn) owns one vector or several (a long turn is embedded in pieces) and scores as its
best one. `store/vectors/exact.py` is the plain twin: what it answers is right by definition.
"""

from typing import NamedTuple, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from memsvc.ports.models import Matrix, Vector

Keys: TypeAlias = NDArray[np.int64]
"""Item numbers, shape (n,)."""

Scores: TypeAlias = NDArray[np.float32]
"""Scores beside keys, shape (n,)."""


class Ranked(NamedTuple):
    """Items and their scores, best first, ties by key."""

    keys: Keys
    scores: Scores


class VectorIndex(Protocol):
    """Unit vectors of the items of one space."""

    @property
    def dimension(self) -> int:
        """The length of every vector in the index."""
        ...

    @property
    def nbytes(self) -> int:
        """Bytes of memory that the vectors and their bookkeeping take."""
        ...

    def __len__(self) -> int:
        """Return how many vectors (not items) the index holds."""
        ...

    def add(self, keys: Keys, vectors: Matrix) -> None:
        """Add `vectors[i]` as a vector of item `keys[i]`; a key may come more than once.

        Raises `DimensionMismatch` when the vectors are of another length.
        """
        ...

    def remove(self, keys: Keys) -> None:
        """Drop every vector of these items; unknown keys are passed over."""
        ...

    def search(self, query: Vector, *, k: int, among: Keys | None = None) -> Ranked:
        """Find the items nearest to `query`, each by its best vector.

        Returns at most `k` distinct items with their cosines in [-1, 1], best first, ties by key.
        `among` restricts the answer to those items; an empty index or an empty `among` gives an
        empty answer. Raises `DimensionMismatch`.
        """
        ...

    def cosines(self, query: Vector, keys: Keys) -> Scores:
        """Return the cosine of each item's best vector with `query`; NaN for unknown items."""
        ...

    def means(self, keys: Keys) -> Matrix:
        """Return each item's mean vector scaled to unit length, shape (n, d); zeros if unknown."""
        ...

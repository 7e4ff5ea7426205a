"""The plain twin of every vector index: a dictionary and a sum of products.

Slow and right. Adapters are correct when they agree with it.
"""

import numpy as np

from memsvc.domain.errors import DimensionMismatch
from memsvc.ports.models import Matrix, Vector
from memsvc.ports.vectors import Keys, Ranked, Scores


class ExactIndex:
    """Vectors by item, compared one by one."""

    def __init__(self, dimension: int) -> None:
        self.dimension = dimension
        self._items: dict[int, list[Vector]] = {}

    @property
    def nbytes(self) -> int:
        """Bytes of memory that the vectors take."""
        return sum(vector.nbytes for own in self._items.values() for vector in own)

    def __len__(self) -> int:
        """Return how many vectors the index holds."""
        return sum(len(own) for own in self._items.values())

    def add(self, keys: Keys, vectors: Matrix) -> None:
        """Add a vector to each key's own."""
        if vectors.shape[1] != self.dimension:
            raise DimensionMismatch(expected=self.dimension, got=vectors.shape[1])
        for key, vector in zip(keys.tolist(), vectors, strict=True):
            self._items.setdefault(key, []).append(vector.copy())

    def remove(self, keys: Keys) -> None:
        """Drop these items."""
        for key in keys.tolist():
            self._items.pop(key, None)

    def search(self, query: Vector, *, k: int, among: Keys | None = None) -> Ranked:
        """Score every item by its best vector and keep the first `k`."""
        if query.shape[0] != self.dimension:
            raise DimensionMismatch(expected=self.dimension, got=query.shape[0])
        allowed = set(self._items if among is None else among.tolist())
        scored = sorted(
            (-max(float(vector @ query) for vector in own), key)
            for key, own in self._items.items()
            if key in allowed
        )[:k]
        return Ranked(
            np.array([key for _, key in scored], dtype=np.int64),
            np.array([-score for score, _ in scored], dtype=np.float32),
        )

    def cosines(self, query: Vector, keys: Keys) -> Scores:
        """Return each item's best cosine, NaN for unknown ones."""
        return np.array(
            [
                max((float(vector @ query) for vector in self._items.get(key, [])), default=np.nan)
                for key in keys.tolist()
            ],
            dtype=np.float32,
        )

    def means(self, keys: Keys) -> Matrix:
        """Return each item's mean direction, zeros for unknown ones."""
        means = np.zeros((len(keys), self.dimension), dtype=np.float32)
        for row, key in enumerate(keys.tolist()):
            if key in self._items:
                total = np.sum(self._items[key], axis=0)
                means[row] = total / max(float(np.linalg.norm(total)), 1e-12)
        return means

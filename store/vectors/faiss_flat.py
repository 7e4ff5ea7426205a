"""Exact search with FAISS: every vector compared, nothing approximated.

Right for a space of up to some 50,000 vectors, and whenever a filter keeps few. The vectors live
in FAISS's own memory; gathers read that memory in place through a NumPy view.
"""

import faiss
import numpy as np
from numpy.typing import NDArray

from memsvc.domain.errors import DimensionMismatch
from memsvc.ports.models import Matrix, Vector
from memsvc.ports.vectors import Keys, Ranked, Scores

# Two OpenMP threads under load made a search of 10,000 vectors 20 times slower than one thread:
# the second core belongs to other requests.
faiss.omp_set_num_threads(1)

# A search asks for this many vectors per wanted item at first, and doubles while pieces of the
# same long turns crowd the answer.
PIECES_EXPECTED = 2


class FlatIndex:
    """Unit vectors in one flat FAISS index, row i belonging to item `self._owners[i]`."""

    def __init__(self, dimension: int) -> None:
        self.dimension = dimension
        self._index = faiss.IndexFlatIP(dimension)
        self._owners: NDArray[np.int64] = np.empty(0, dtype=np.int64)

    @property
    def nbytes(self) -> int:
        """Bytes of memory that the vectors and their owners take."""
        return int(self._index.ntotal) * self.dimension * 4 + self._owners.nbytes

    def __len__(self) -> int:
        """Return how many vectors the index holds."""
        return int(self._index.ntotal)

    def add(self, keys: Keys, vectors: Matrix) -> None:
        """Append the vectors, and sort rows by owner again when a key came out of order."""
        if vectors.shape[1] != self.dimension:
            raise DimensionMismatch(expected=self.dimension, got=vectors.shape[1])
        self._index.add(np.ascontiguousarray(vectors, dtype=np.float32))
        self._owners = np.concatenate([self._owners, keys])
        joint = max(len(self._owners) - len(keys) - 1, 0)
        if np.any(np.diff(self._owners[joint:]) < 0):
            self._sort()

    def remove(self, keys: Keys) -> None:
        """Drop the rows of these items."""
        gone = np.isin(self._owners, keys)
        if gone.any():
            self._index.remove_ids(faiss.IDSelectorBatch(np.flatnonzero(gone)))
            self._owners = self._owners[~gone]

    def search(self, query: Vector, *, k: int, among: Keys | None = None) -> Ranked:
        """Find the nearest items; pieces of one item count once, by the best of them."""
        if query.shape[0] != self.dimension:
            raise DimensionMismatch(expected=self.dimension, got=query.shape[0])
        rows = None if among is None else np.flatnonzero(np.isin(self._owners, among))
        available = len(self) if rows is None else len(rows)
        wanted = min(k * PIECES_EXPECTED, available)
        while wanted > 0:
            owners, cosines = self._nearest(query, wanted, rows)
            best = _best_per_owner(owners, cosines)
            # Which of several equal vectors FAISS leaves out is chance: a tie is fetched whole.
            is_decided = len(best.keys) >= k and cosines[-1] < best.scores[k - 1]
            if is_decided or wanted == available:
                return Ranked(best.keys[:k], best.scores[:k])
            wanted = min(wanted * 2, available)
        return Ranked(np.empty(0, dtype=np.int64), np.empty(0, dtype=np.float32))

    def cosines(self, query: Vector, keys: Keys) -> Scores:
        """Return each item's best cosine, NaN for unknown ones."""
        rows, places = self._rows_of(keys)
        scores = np.full(len(keys), -np.inf, dtype=np.float32)
        np.maximum.at(scores, places, self._matrix()[rows] @ query)
        scores[np.isneginf(scores)] = np.nan
        return scores

    def means(self, keys: Keys) -> Matrix:
        """Return each item's mean direction, zeros for unknown ones."""
        rows, places = self._rows_of(keys)
        sums = np.zeros((len(keys), self.dimension), dtype=np.float32)
        np.add.at(sums, places, self._matrix()[rows])
        norms = np.linalg.norm(sums, axis=1, keepdims=True)
        return np.asarray(sums / np.maximum(norms, 1e-12), dtype=np.float32)

    def _nearest(
        self, query: Vector, count: int, rows: NDArray[np.int64] | None
    ) -> tuple[Keys, Scores]:
        parameters = None
        if rows is not None:
            selector = faiss.IDSelectorBatch(rows)
            # FAISS adds keyword construction at run time, where its own stubs do not see it.
            parameters = faiss.SearchParameters(sel=selector)  # type: ignore[call-arg]
        scores, found = self._index.search(query[np.newaxis], count, params=parameters)
        return self._owners[found[0]], scores[0]

    def _rows_of(self, keys: Keys) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the rows of all pieces of these items, and for each row its place in `keys`."""
        first = np.searchsorted(self._owners, keys, side="left")
        counts = np.searchsorted(self._owners, keys, side="right") - first
        places = np.repeat(np.arange(len(keys)), counts)
        starts = np.repeat(first - np.concatenate([[0], np.cumsum(counts)[:-1]]), counts)
        return starts + np.arange(len(places)), places

    def _matrix(self) -> Matrix:
        """View FAISS's own memory as shape (n, d); valid until the next add or remove."""
        size = len(self) * self.dimension
        if size == 0:
            return np.empty((0, self.dimension), dtype=np.float32)
        view = faiss.rev_swig_ptr(self._index.get_xb(), size)
        return np.asarray(view.reshape(len(self), self.dimension))

    def _sort(self) -> None:
        order = np.argsort(self._owners, kind="stable")
        matrix = self._matrix()[order]
        self._index.reset()
        self._index.add(matrix)
        self._owners = self._owners[order]


def _best_per_owner(owners: Keys, cosines: Scores) -> Ranked:
    """Keep each owner's best score; best first, ties by key."""
    order = np.lexsort((owners, -cosines))
    _, first = np.unique(owners[order], return_index=True)
    kept = order[np.sort(first)]
    return Ranked(owners[kept], cosines[kept])

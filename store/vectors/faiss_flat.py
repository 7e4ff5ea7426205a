"""Exact search with FAISS: every vector compared, nothing approximated.

Right for some ten thousand vectors, and whenever a filter keeps few. The vectors live in FAISS's
own memory; gathers read that memory in place through a NumPy view.
"""

from collections.abc import Callable, Sequence
from typing import TypeAlias

import faiss
import numpy as np
from numpy.typing import NDArray

from memsvc.domain.errors import DimensionMismatch
from memsvc.ports.models import Matrix, Vector
from memsvc.ports.vectors import Keys, Ranked, Scores
from store.vectors.owners import Owners, Rows

# Two OpenMP threads under load made a search of 10,000 vectors 20 times slower than one thread:
# the second core belongs to other requests.
faiss.omp_set_num_threads(1)

PIECES_EXPECTED = 2
"""A search asks for this many vectors per wanted item at first, and doubles while pieces of the
same long turns crowd the answer."""


LOOK_UP_PAYS = 10
"""Looking up one item takes as long as comparing some ten rows with a table of items."""


Held: TypeAlias = tuple[Callable[[Rows], Matrix], Rows, Rows]
"""What gives the vectors of rows, the rows of the items in hand, and the place of each row's item.
"""

Scoring: TypeAlias = Callable[[Rows], Scores]
"""What gives the cosines of rows with the question in hand."""


class FlatIndex:
    """Unit vectors in one flat FAISS index."""

    def __init__(self, dimension: int) -> None:
        self.dimension = dimension
        self.owners = Owners()
        self._index = faiss.IndexFlatIP(dimension)

    @property
    def nbytes(self) -> int:
        """Bytes of memory that the vectors and their owners take."""
        return len(self) * self.dimension * 4 + self.owners.nbytes

    def __len__(self) -> int:
        """Return how many vectors the index holds."""
        return int(self._index.ntotal)

    @property
    def matrix(self) -> Matrix:
        """FAISS's own memory as shape (n, d); a view, valid until the next add or remove."""
        return flat_matrix(self._index)

    def add(self, keys: Keys, vectors: Matrix) -> None:
        """Append the vectors."""
        if vectors.shape[1] != self.dimension:
            raise DimensionMismatch(expected=self.dimension, got=vectors.shape[1])
        self._index.add(np.ascontiguousarray(vectors, dtype=np.float32))
        self.owners.append(keys)

    def remove(self, keys: Keys) -> None:
        """Drop the rows of these items."""
        rows, _ = self.owners.rows(np.unique(keys))
        if len(rows):
            self._index.remove_ids(faiss.IDSelectorBatch(rows))
            kept = np.ones(len(self.owners), dtype=bool)
            kept[rows] = False
            self.owners.keep(kept)

    def search(self, query: Vector, *, k: int, among: Keys | None = None) -> Ranked:
        """Find the nearest items; pieces of one item count once, by the best of them."""
        if query.shape[0] != self.dimension:
            raise DimensionMismatch(expected=self.dimension, got=query.shape[0])
        kept = None if among is None else kept_rows(self.owners, among)
        return nearest_exactly(self._index, self.owners, query[np.newaxis], k=k, kept=kept)

    def cosines(self, query: Vector, keys: Keys) -> Scores:
        """Return each item's best cosine, NaN for unknown ones."""
        matrix = self.matrix
        return best_cosines(lambda rows: matrix[rows] @ query, self.owners, keys)

    def rows(self, keys: Keys) -> Held:
        """Return what has the vectors, the rows of these items, and which item each is of."""
        matrix = self.matrix
        return lambda rows: np.asarray(matrix[rows]), *self.owners.rows(keys)

    def means(self, keys: Keys) -> Matrix:
        """Return each item's mean direction, zeros for unknown ones."""
        return means_of([self.rows(keys)], items=len(keys))


def flat_matrix(index: faiss.IndexFlat) -> Matrix:
    """View a flat index's own memory as shape (n, d)."""
    size = int(index.ntotal) * index.d
    if size == 0:
        return np.empty((0, index.d), dtype=np.float32)
    view = faiss.rev_swig_ptr(index.get_xb(), size)
    return np.asarray(view.reshape(-1, index.d))


def kept_rows(owners: Owners, among: Keys) -> NDArray[np.bool_]:
    """Mark the rows of these items; looking each up pays while they are a small part."""
    if len(among) * LOOK_UP_PAYS > len(owners):
        return np.isin(owners.keys, among)
    kept = np.zeros(len(owners), dtype=bool)
    kept[owners.rows(among)[0]] = True
    return kept


def selector(kept: NDArray[np.bool_]) -> faiss.IDSelector:
    """Return what tells FAISS which rows may answer."""
    # FAISS wraps its constructors at run time, where its own stubs do not see it.
    return faiss.IDSelectorBitmap(np.packbits(kept, bitorder="little"))  # type: ignore[call-arg, arg-type]


def nearest_exactly(
    index: faiss.IndexFlatCodes,
    owners: Owners,
    query: Matrix,
    *,
    k: int,
    kept: NDArray[np.bool_] | None,
    scored: Scoring | None = None,
) -> Ranked:
    """Compare every row that may answer, and return the best `k` items.

    `query` is for the index, shape (1, d); where it says a score by something else than the
    cosine, `scored` says the cosines of what was found.
    """
    parameters = None
    if kept is not None:
        parameters = faiss.SearchParameters(sel=selector(kept))  # type: ignore[call-arg]
    available = len(owners) if kept is None else int(np.count_nonzero(kept))
    wanted = min(k * PIECES_EXPECTED, available)
    while wanted > 0:
        scores, found = index.search(query, wanted, params=parameters)
        best = best_per_owner(owners.keys[found[0]], scores[0])
        # Which of several equal vectors FAISS leaves out is chance: a tie is fetched whole.
        is_decided = len(best.keys) >= k and scores[0][-1] < best.scores[k - 1]
        if is_decided or wanted == available:
            if scored is not None:
                best = best_per_owner(owners.keys[found[0]], scored(found[0]))
            return Ranked(best.keys[:k], best.scores[:k])
        wanted = min(wanted * 2, available)
    return NOTHING


def best_cosines(
    scored: Scoring,
    owners: Owners,
    keys: Keys,
    *,
    without: NDArray[np.bool_] | None = None,
) -> Scores:
    """Return the best cosine among each item's rows, but for these; NaN for items without one."""
    rows, places = standing_rows(owners, keys, without)
    cosines = scored(rows)
    if _are_apart(places):
        scores = np.full(len(keys), np.nan, dtype=np.float32)
        scores[places] = cosines
        return scores
    scores = np.full(len(keys), -np.inf, dtype=np.float32)
    np.maximum.at(scores, places, cosines)
    scores[np.isneginf(scores)] = np.nan
    return scores


def means_of(layers: Sequence[Held], *, items: int) -> Matrix:
    """Return each item's mean direction over its rows in all layers, shape (n, d).

    Zeros for an item without one. Of one row the mean is the row, which is how nearly every turn
    is; nothing is then summed or measured.
    """
    layers = [layer for layer in layers if len(layer[1])] or list(layers[:1])
    places = np.concatenate([of for _, _, of in layers])
    each = np.bincount(places, minlength=items)
    if len(layers) == 1 and len(places) == items and each.max(initial=0) <= 1:
        take, rows, _ = layers[0]
        return take(rows)
    held = [(take(rows), of) for take, rows, of in layers]
    sums = np.zeros((items, held[0][0].shape[1]), dtype=np.float32)
    for vectors, of in held:
        if _are_apart(of):
            sums[of] += vectors
        else:
            np.add.at(sums, of, vectors)
    return sums if each.max(initial=0) <= 1 else directions(sums)


def _are_apart(places: Rows) -> bool:
    """Tell whether no item has two of these rows, as nearly every turn; `places` ascend."""
    return not np.any(places[1:] == places[:-1])


def standing_rows(
    owners: Owners, keys: Keys, without: NDArray[np.bool_] | None
) -> tuple[Rows, Rows]:
    """Return the rows of these items but for some, and for each its item's place in `keys`."""
    rows, places = owners.rows(keys)
    if without is None:
        return rows, places
    left = ~without[rows]
    return rows[left], places[left]


def directions(sums: Matrix) -> Matrix:
    """Scale rows to unit length; rows of zeros stay zeros."""
    norms = np.linalg.norm(sums, axis=1, keepdims=True)
    return np.asarray(sums / np.maximum(norms, 1e-12), dtype=np.float32)


def best_per_owner(owners: Keys, cosines: Scores) -> Ranked:
    """Keep each owner's best score; best first, ties by key."""
    order = np.lexsort((owners, -cosines))
    _, first = np.unique(owners[order], return_index=True)
    kept = order[np.sort(first)]
    return Ranked(owners[kept], cosines[kept])


NOTHING = Ranked(np.empty(0, dtype=np.int64), np.empty(0, dtype=np.float32))

"""Approximate search with FAISS's HNSW graph, over vectors that no longer change.

Hierarchical navigable small worlds (Malkov and Yashunin, arXiv:1603.09320). The graph cannot give
up a vector, so an item that was removed is *buried*: its rows stay in the graph as stepping stones
and answer nothing, until a next graph is built without them. Where few rows may answer, or nearly
all are wanted, every one of them is compared instead: a filtered walk through the graph loses its
way (recall .44 at one row in a hundred), and a comparison of few rows is quick.
"""

from collections.abc import Callable, Mapping
from typing import Any, Self, cast

import faiss
import numpy as np
from numpy.typing import NDArray

from memsvc.ports.models import Matrix, Vector
from memsvc.ports.vectors import Keys, Ranked, Scores
from store.vectors.faiss_flat import (
    PIECES_EXPECTED,
    Held,
    best_cosines,
    best_per_owner,
    flat_matrix,
    kept_rows,
    nearest_exactly,
    selector,
    standing_rows,
)
from store.vectors.owners import Owners

LINKS = 32
"""Neighbours of a vector in the graph (M): 256 bytes a vector, recall@10 above .98."""

BUILD_WIDTH = 80
"""Candidates looked at when a vector is added (efConstruction)."""

SEARCH_WIDTH = 128
"""Candidates looked at when a question is asked (ef), at least; never fewer than are wanted."""

WIDEST = 1_024
"""ef grows as a filter thins out who may answer, up to this."""

FEW_ROWS = 10_000
FEW_SHARE = 0.1
"""Up to so many rows, or this share of all, comparing them all is as quick as the graph."""

ROWS_AT_ONCE = 256
"""Rows added between two looks at whether somebody is waiting."""

EACH_ROW_BYTES = 2 * LINKS * 4 + 16
"""What the graph keeps of a vector beside the vector: links, level, offset."""


class HnswSegment:
    """Unit vectors in a graph, built once and then read by any number of threads.

    Only burying changes it, and whoever buries holds its users off.
    """

    def __init__(self, index: faiss.IndexHNSW, owners: Owners) -> None:
        self.index = index
        self.owners = owners
        self.buried: NDArray[np.bool_] = np.zeros(len(owners), dtype=bool)
        self._storage = cast("faiss.IndexFlat", faiss.downcast_index(index.storage))

    @property
    def dimension(self) -> int:
        """The length of every vector."""
        return int(self.index.d)

    @property
    def nbytes(self) -> int:
        """Bytes of memory that vectors, graph and owners take."""
        each = self.dimension * 4 + EACH_ROW_BYTES + 1
        return len(self.owners) * each + self.owners.nbytes

    def __len__(self) -> int:
        """Return how many vectors still answer."""
        return len(self.owners) - int(np.count_nonzero(self.buried))

    @property
    def matrix(self) -> Matrix:
        """All vectors, the buried ones too, shape (n, d); a view."""
        return flat_matrix(self._storage)

    @property
    def arrays(self) -> dict[str, NDArray[Any]]:
        """The graph with its vectors as FAISS writes them, and their owners, for `from_arrays`."""
        return {
            "graph": faiss.serialize_index(self.index),
            "graph_keys": self.owners.keys.copy(),
            "graph_buried": self.buried.copy(),
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> Self:
        """Return a segment as it was when `arrays` were taken."""
        index = cast("faiss.IndexHNSW", faiss.deserialize_index(arrays["graph"]))
        made = cls(index, Owners.of(arrays["graph_keys"]))
        made.buried[:] = arrays["graph_buried"]
        return made

    def bury(self, keys: Keys) -> None:
        """Have these items answer no more; unknown ones are passed over."""
        self.buried[self.owners.rows(np.unique(keys))[0]] = True

    def search(self, query: Vector, *, k: int, among: Keys | None = None) -> Ranked:
        """Find the nearest items: exactly where few may answer, else along the graph."""
        answering = ~self.buried
        if among is not None:
            answering &= kept_rows(self.owners, among)
        count = int(np.count_nonzero(answering))
        few = max(FEW_ROWS, FEW_SHARE * len(self.owners))
        if count <= few or k * PIECES_EXPECTED * 4 >= count:
            return self._exactly(query, k=k, answering=answering)
        found = self._along_graph(query, k=k, answering=answering, count=count)
        if len(found.keys) < k:  # pieces crowded the answer, or the walk lost its way
            return self._exactly(query, k=k, answering=answering)
        return found

    def cosines(self, query: Vector, keys: Keys) -> Scores:
        """Return each item's best cosine, NaN for unknown ones."""
        return best_cosines(self.matrix, self.owners, query, keys, without=self._graves)

    def rows(self, keys: Keys) -> Held:
        """Return the vectors, which of their rows are of these items, and of which of them."""
        return self.matrix, *standing_rows(self.owners, keys, self._graves)

    def _exactly(self, query: Vector, *, k: int, answering: NDArray[np.bool_]) -> Ranked:
        return nearest_exactly(self._storage, self.owners, query, k=k, kept=answering)

    def _along_graph(
        self, query: Vector, *, k: int, answering: NDArray[np.bool_], count: int
    ) -> Ranked:
        wanted = k * PIECES_EXPECTED
        width = min(max(SEARCH_WIDTH, wanted) * len(self.owners) // count, WIDEST)
        parameters = faiss.SearchParametersHNSW(  # type: ignore[attr-defined]  # their stubs
            efSearch=max(width, wanted),
            **({} if count == len(self.owners) else {"sel": selector(answering)}),
        )
        scores, rows = self.index.search(query[np.newaxis], wanted, params=parameters)
        found = rows[0] >= 0
        best = best_per_owner(self.owners.keys[rows[0][found]], scores[0][found])
        return Ranked(best.keys[:k], best.scores[:k])

    @property
    def _graves(self) -> NDArray[np.bool_] | None:
        """Which rows are buried; None for none. An item may be back in rows of a later sealing."""
        return self.buried if self.buried.any() else None


def grown(
    segment: HnswSegment | None,
    keys: Keys,
    vectors: Matrix,
    *,
    most_buried: float,
    go_on: Callable[[], bool],
) -> HnswSegment | None:
    """Return a new segment that holds the old one's vectors and these; the old one stays as it is.

    The old graph is copied and added to, which takes about a millisecond a vector; when more than
    `most_buried` of it is buried, a new one is built from what still answers. `go_on` is asked
    now and then: it may take its time, to make way for requests, and its no ends the work; then
    None is returned.
    """
    if segment is None or np.count_nonzero(segment.buried) > most_buried * len(segment.owners):
        owners, index = Owners(), _empty(vectors.shape[1])
        if segment is not None:
            left = ~segment.buried
            keys = np.concatenate([segment.owners.keys[left], keys])
            vectors = np.concatenate([segment.matrix[left], vectors])
        buried: NDArray[np.bool_] = np.zeros(0, dtype=bool)
    else:
        owners = Owners.of(segment.owners.keys)
        index = cast("faiss.IndexHNSW", faiss.clone_index(segment.index))
        buried = segment.buried
    for begin in range(0, len(keys), ROWS_AT_ONCE):
        if not go_on():
            return None
        index.add(np.ascontiguousarray(vectors[begin : begin + ROWS_AT_ONCE]))
    owners.append(keys)
    made = HnswSegment(index, owners)
    made.buried[: len(buried)] = buried
    return made


def _empty(dimension: int) -> faiss.IndexHNSW:
    index = faiss.IndexHNSWFlat(dimension, LINKS, faiss.METRIC_INNER_PRODUCT)
    index.hnsw.efConstruction = BUILD_WIDTH
    return index

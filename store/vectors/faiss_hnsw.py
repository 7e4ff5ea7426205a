"""Approximate search with FAISS's HNSW graph, over vectors that no longer change.

Hierarchical navigable small worlds (Malkov and Yashunin, arXiv:1603.09320). The graph cannot give
up a vector, so an item that was removed is *buried*: its rows stay in the graph as stepping stones
and answer nothing, until a next graph is built without them. Where few rows may answer, or nearly
all are wanted, every one of them is compared instead: a filtered walk through the graph loses its
way (recall .44 at one row in a hundred), and a comparison of few rows is quick.

Vectors are kept a byte a number (`store.vectors.codes`), and the graph is walked by products of
bytes. A graph that comes from a snapshot lies in the mapped file: nothing is copied, and nothing
in it is ever written.
"""

from collections.abc import Callable, Iterator, Mapping
from itertools import chain
from typing import Any, Self, cast

import faiss
import numpy as np
from numpy.typing import NDArray

from memsvc.ports.models import Matrix, Vector
from memsvc.ports.vectors import Keys, Ranked, Scores
from store.vectors.codes import Codes, Scale, rounded, steps_of
from store.vectors.faiss_flat import (
    PIECES_EXPECTED,
    Held,
    best_cosines,
    best_per_owner,
    kept_rows,
    nearest_exactly,
    selector,
    standing_rows,
)
from store.vectors.owners import Owners, Rows

LINKS = 32
"""Neighbours of a vector in the graph (M): 256 bytes a vector, recall@10 above .98."""

BUILD_WIDTH = 80
"""Candidates looked at when a vector is added (efConstruction)."""

SEARCH_WIDTH, ENOUGH_FOR = 128, 100_000
"""Candidates looked at when a question is asked (ef), at least, and in how large a graph they are
enough; in a larger one they grow nearly as it does (`GROWTH`). Never fewer than are wanted."""

GROWTH = 0.9
"""Power of its size. Over a million, ten nearest: 1.7 ms at recall@10 .976 of the texts that are no
copies; by the root .8 ms at .953, by a power of .8 1.3 ms at .970 (`memsvc bench million`)."""

WIDEST = 4_096
"""ef grows as a filter thins out who may answer, up to this; then comparing all is as quick."""

FEW_ROWS = 20_000
FEW_SHARE = 0.15
"""Up to so many rows, or this share of all, comparing them all is as quick as the graph."""

ROWS_AT_ONCE = 256
"""Rows added between two looks at whether somebody is waiting."""

IO_BYTES = 1 << 20
"""Bytes of a graph that are read or written at once."""

EACH_ROW_BYTES = 2 * LINKS * 4 + 16
"""What the graph keeps of a vector beside the vector: links, level, offset."""


class HnswSegment:
    """Unit vectors in a graph, built once and then read by any number of threads.

    Only burying changes it, and whoever buries holds its users off. `within` is the memory that
    the graph is a view of, when it is not its own.
    """

    def __init__(
        self,
        index: faiss.IndexHNSW,
        owners: Owners,
        scale: Scale,
        *,
        within: NDArray[np.uint8] | None = None,
    ) -> None:
        self.index = index
        self.owners = owners
        self.scale = scale
        self.buried: NDArray[np.bool_] = np.zeros(len(owners), dtype=bool)
        self._buried_rows = 0
        self._within = within
        self._storage = cast("faiss.IndexScalarQuantizer", faiss.downcast_index(index.storage))
        self._codes = _codes_of(self._storage)

    @property
    def dimension(self) -> int:
        """The length of every vector."""
        return int(self.index.d)

    @property
    def is_mapped(self) -> bool:
        """True when the graph lies in memory that is not its own, as that of a mapped file."""
        return self._within is not None

    @property
    def nbytes(self) -> int:
        """Bytes of memory that vectors, graph and owners take, mapped ones too."""
        each = self.dimension + EACH_ROW_BYTES + 1
        return len(self.owners) * each + self.owners.nbytes

    def __len__(self) -> int:
        """Return how many vectors still answer."""
        return len(self.owners) - self._buried_rows

    @property
    def arrays(self) -> dict[str, NDArray[Any]]:
        """Whose the vectors are, which are buried and on which scale, as copies."""
        return {
            "graph_keys": self.owners.keys.copy(),
            "graph_buried": self.buried.copy(),
            "graph_limit": np.array([self.scale.limit]),
        }

    def write_graph(self, write: Callable[[bytes], int]) -> None:
        """Write the graph with its vectors as FAISS does; beside `arrays`, for `from_arrays`."""
        writer = faiss.PyCallbackIOWriter(write, IO_BYTES)  # type: ignore[attr-defined]  # their stubs
        faiss.write_index(self.index, writer)

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> Self:
        """Return a segment as it was when `arrays` were taken, over the memory of `graph`."""
        within = arrays["graph"]
        reader = faiss.ZeroCopyIOReader(  # type: ignore[attr-defined]  # their stubs
            faiss.swig_ptr(within), len(within)
        )
        index = cast("faiss.IndexHNSW", faiss.read_index(reader))
        scale = Scale(float(arrays["graph_limit"][0]))
        made = cls(index, Owners.of(arrays["graph_keys"]), scale, within=within)
        made.bury_rows(arrays["graph_buried"])
        return made

    def at_home(self) -> "HnswSegment":
        """Return the same in memory of its own."""
        made = HnswSegment(self.own_index(), Owners.of(self.owners.keys), self.scale)
        made.bury_rows(self.buried)
        return made

    def own_index(self) -> faiss.IndexHNSW:
        """Return a copy of the graph that can be added to."""
        if self._within is None:
            return cast("faiss.IndexHNSW", faiss.clone_index(self.index))
        # A clone of a view is a view, and FAISS ends the process when one is added to.
        reader = faiss.PyCallbackIOReader(  # type: ignore[attr-defined]  # their stubs
            _Reading(self._within), IO_BYTES
        )
        return cast("faiss.IndexHNSW", faiss.read_index(reader))

    def bury(self, keys: Keys) -> None:
        """Have these items answer no more; unknown ones are passed over."""
        self.buried[self.owners.rows(np.unique(keys))[0]] = True
        self._buried_rows = int(np.count_nonzero(self.buried))

    def bury_rows(self, marked: NDArray[np.bool_]) -> None:
        """Bury the rows that are marked, the first ones of all."""
        self.buried[: len(marked)] |= marked
        self._buried_rows = int(np.count_nonzero(self.buried))

    def search(self, query: Vector, *, k: int, among: Keys | None = None) -> Ranked:
        """Find the nearest items: exactly where few may answer, else along the graph."""
        answering = None if self._graves is None else ~self.buried
        if among is not None:
            kept = kept_rows(self.owners, among)
            answering = kept if answering is None else kept & answering
        count = len(self.owners) if answering is None else int(np.count_nonzero(answering))
        few = max(FEW_ROWS, FEW_SHARE * len(self.owners))
        if count <= few or k * PIECES_EXPECTED * 4 >= count:
            return self._exactly(query, k=k, answering=answering)
        found = self._along_graph(query, k=k, answering=answering, count=count)
        if len(found.keys) < k:  # pieces crowded the answer, or the walk lost its way
            return self._exactly(query, k=k, answering=answering)
        return found

    def cosines(self, query: Vector, keys: Keys) -> Scores:
        """Return each item's best cosine, NaN for unknown ones."""
        scored = self._scoring(query)
        return best_cosines(scored, self.owners, keys, without=self._graves)

    def rows(self, keys: Keys) -> Held:
        """Return what has the vectors, the rows of these items, and which item each is of."""
        return self._vectors_at, *standing_rows(self.owners, keys, self._graves)

    def steps(self, rows: Rows) -> Matrix:
        """Return the vectors of rows in steps of the scale, as FAISS was given them."""
        return steps_of(self._codes[rows])

    def _vectors_at(self, rows: Rows) -> Matrix:
        return self.scale.vectors(self._codes[rows])

    def _scoring(self, query: Vector) -> Callable[[Rows], Scores]:
        return lambda rows: self.scale.cosines(self._codes[rows], query)

    def _exactly(self, query: Vector, *, k: int, answering: NDArray[np.bool_] | None) -> Ranked:
        return nearest_exactly(
            self._storage,
            self.owners,
            rounded(query),
            k=k,
            kept=answering,
            scored=self._scoring(query),
        )

    def _along_graph(
        self, query: Vector, *, k: int, answering: NDArray[np.bool_] | None, count: int
    ) -> Ranked:
        wanted = k * PIECES_EXPECTED
        least = int(SEARCH_WIDTH * max(1.0, len(self.owners) / ENOUGH_FOR) ** GROWTH)
        width = min(max(least, wanted) * len(self.owners) // count, WIDEST)
        parameters = faiss.SearchParametersHNSW(  # type: ignore[attr-defined]  # their stubs
            efSearch=max(width, wanted),
            **({} if answering is None else {"sel": selector(answering)}),
        )
        _, rows = self.index.search(rounded(query), wanted, params=parameters)
        found = rows[0][rows[0] >= 0]
        best = best_per_owner(self.owners.keys[found], self._scoring(query)(found))
        return Ranked(best.keys[:k], best.scores[:k])

    @property
    def _graves(self) -> NDArray[np.bool_] | None:
        """Which rows are buried; None for none. An item may be back in rows of a later sealing."""
        return self.buried if self._buried_rows else None


class _Reading:
    """Gives bytes one part after the other, as FAISS asks for them."""

    def __init__(self, content: NDArray[np.uint8]) -> None:
        self._content = content
        self._at = 0

    def __call__(self, size: int) -> bytes:
        begin, self._at = self._at, self._at + size
        return self._content[begin : self._at].tobytes()


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
    `most_buried` of it is buried, or the new vectors lie beyond its scale, a new one is built from
    what still answers. `go_on` is asked now and then: it may take its time, to make way for
    requests, and its no ends the work; then None is returned.
    """
    if segment is not None and _can_grow(segment, vectors, most_buried=most_buried):
        scale, index, owners = segment.scale, segment.own_index(), Owners.of(segment.owners.keys)
        buried, parts = segment.buried, _new_parts(vectors, scale)
    else:
        scale, index, owners = Scale.of(vectors), _empty(vectors.shape[1]), Owners()
        buried = np.zeros(0, dtype=bool)
        old: Iterator[Matrix] = iter(())
        if segment is not None:
            left = np.flatnonzero(~segment.buried)
            scale = max(scale, segment.scale, key=lambda each: each.limit)
            keys = np.concatenate([segment.owners.keys[left], keys])
            old = _old_parts(segment, left, scale)
        parts = chain(old, _new_parts(vectors, scale))
    for part in parts:
        if not go_on():
            return None
        index.add(part)
    owners.append(keys)
    made = HnswSegment(index, owners, scale)
    made.bury_rows(buried)
    return made


def _can_grow(segment: HnswSegment, vectors: Matrix, *, most_buried: float) -> bool:
    buried = len(segment.owners) - len(segment)
    return buried <= most_buried * len(segment.owners) and segment.scale.holds(vectors)


def _new_parts(vectors: Matrix, scale: Scale) -> Iterator[Matrix]:
    for begin in range(0, len(vectors), ROWS_AT_ONCE):
        yield scale.counted(vectors[begin : begin + ROWS_AT_ONCE])


def _old_parts(segment: HnswSegment, rows: Rows, scale: Scale) -> Iterator[Matrix]:
    """Yield what a segment holds in steps of a scale; on its own nothing is rounded again."""
    for begin in range(0, len(rows), ROWS_AT_ONCE):
        steps = segment.steps(rows[begin : begin + ROWS_AT_ONCE])
        if scale != segment.scale:
            steps = np.rint(steps * np.float32(segment.scale.limit / scale.limit))
        yield np.ascontiguousarray(steps)


def _codes_of(storage: faiss.IndexScalarQuantizer) -> Codes:
    """View a quantized index's own memory as shape (n, d)."""
    size = int(storage.ntotal) * storage.d
    if size == 0:
        return np.empty((0, storage.d), dtype=np.uint8)
    view = faiss.rev_swig_ptr(storage.codes.data(), size)
    return np.asarray(view.reshape(-1, storage.d))


def _empty(dimension: int) -> faiss.IndexHNSW:
    index = faiss.IndexHNSWSQ(
        dimension,
        faiss.ScalarQuantizer.QT_8bit_direct_signed,  # type: ignore[arg-type]  # their stubs
        LINKS,
        faiss.METRIC_INNER_PRODUCT,
    )
    index.hnsw.efConstruction = BUILD_WIDTH
    return index

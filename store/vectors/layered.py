"""The vectors of a space: a flat index of what is new over a graph of what has settled.

Writes go into the flat index, which is exact and takes them at once. When it has grown large, it
is sealed: its vectors go into a new graph, built beside the old one while both go on answering,
and then take the old one's place. A space that never grows large never has a graph, and keeps
its vectors as they came; in a graph they are rounded to a byte a number (`store.vectors.codes`).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from memsvc.domain.errors import DimensionMismatch
from memsvc.ports.models import Matrix, Vector
from memsvc.ports.vectors import Keys, Ranked, Scores
from store.vectors.faiss_flat import NOTHING, FlatIndex, means_of
from store.vectors.faiss_hnsw import HnswSegment, grown

SEAL_AT = 20_000
"""New vectors that are worth a graph: comparing so many takes some 2 ms."""

SEAL_AGAIN_AT = 8_000
"""New vectors that are worth a larger graph where there is one. Comparing them takes longer than
the whole walk through the graph; adding them to a copy of it, seconds beside the requests."""

MOST_BURIED = 0.2
"""Share of a graph's vectors that may be buried before it is built anew."""


@dataclass(slots=True)
class Sealing:
    """A graph being built: what goes into it, and what was removed since it was begun."""

    keys: Keys
    vectors: Matrix
    segment: HnswSegment | None
    removed: list[Keys] = field(default_factory=list)

    def build(self, go_on: Callable[[], bool]) -> HnswSegment | None:
        """Build the graph; may take minutes and disturbs nobody who searches."""
        return grown(self.segment, self.keys, self.vectors, most_buried=MOST_BURIED, go_on=go_on)


class LayeredIndex:
    """A `VectorIndex` of two layers. Sealing is left to who calls `begin_sealing`."""

    def __init__(self, dimension: int) -> None:
        self.dimension = dimension
        self.fresh = FlatIndex(dimension)
        self.settled: HnswSegment | None = None
        self._sealing: Sealing | None = None

    @property
    def nbytes(self) -> int:
        """Bytes of memory that both layers take."""
        return self.fresh.nbytes + (0 if self.settled is None else self.settled.nbytes)

    def __len__(self) -> int:
        """Return how many vectors answer."""
        return len(self.fresh) + (0 if self.settled is None else len(self.settled))

    @property
    def arrays(self) -> dict[str, NDArray[Any]]:
        """What is new, as copies, for `from_arrays`.

        `settled` has arrays and a graph of its own, which may be written later: only burying
        changes it.
        """
        return {"fresh_keys": self.fresh.owners.keys.copy(), "fresh": self.fresh.matrix.copy()}

    @classmethod
    def from_arrays(cls, dimension: int, arrays: Mapping[str, NDArray[Any]]) -> Self:
        """Return an index as it was when `arrays` were taken."""
        made = cls(dimension)
        made.fresh.add(arrays["fresh_keys"], arrays["fresh"])
        made.settled = HnswSegment.from_arrays(arrays) if "graph" in arrays else None
        return made

    def settle_into(self, segment: HnswSegment, *, in_place_of: HnswSegment) -> None:
        """Have the same graph lie elsewhere, unless it is another one by now."""
        if self.settled is in_place_of:
            segment.bury_rows(in_place_of.buried)
            self.settled = segment

    def add(self, keys: Keys, vectors: Matrix) -> None:
        """Add to the flat index."""
        self.fresh.add(keys, vectors)

    def remove(self, keys: Keys) -> None:
        """Drop these items from the flat index and bury them in the graph."""
        self.fresh.remove(keys)
        if self.settled is not None:
            self.settled.bury(keys)
        if self._sealing is not None:
            self._sealing.removed.append(keys)

    def search(self, query: Vector, *, k: int, among: Keys | None = None) -> Ranked:
        """Find the nearest items of both layers."""
        if query.shape[0] != self.dimension:
            raise DimensionMismatch(expected=self.dimension, got=query.shape[0])
        new = self.fresh.search(query, k=k, among=among)
        if self.settled is None:
            return new
        return _better(new, self.settled.search(query, k=k, among=among), k=k)

    def cosines(self, query: Vector, keys: Keys) -> Scores:
        """Return each item's best cosine, NaN for unknown ones."""
        if self.settled is None:
            return self.fresh.cosines(query, keys)
        settled = self.settled.cosines(query, keys)
        return np.fmax(self.fresh.cosines(query, keys), settled) if len(self.fresh) else settled

    def means(self, keys: Keys) -> Matrix:
        """Return each item's mean direction, zeros for unknown ones."""
        layers = [] if self.settled is None else [self.settled.rows(keys)]
        return means_of([*layers, self.fresh.rows(keys)], items=len(keys))

    @property
    def is_due(self) -> bool:
        """True when so much is new that it should be sealed, and nobody is at it."""
        due_at = SEAL_AT if self.settled is None else min(SEAL_AT, SEAL_AGAIN_AT)
        return len(self.fresh) >= due_at and self._sealing is None

    def begin_sealing(self) -> Sealing:
        """Copy what is new; the graph that `Sealing.build` makes of it comes to `end_sealing`."""
        self._sealing = Sealing(
            self.fresh.owners.keys.copy(), self.fresh.matrix.copy(), self.settled
        )
        return self._sealing

    def end_sealing(self, sealing: Sealing, made: HnswSegment | None) -> None:
        """Put the new graph in place; None gives it up, as when it could not be built."""
        self._sealing = None
        if made is None:
            return
        for keys in sealing.removed:
            made.bury(keys)
        later = self._added_since(sealing)
        self.settled, self.fresh = made, later

    def _added_since(self, sealing: Sealing) -> FlatIndex:
        """Return a flat index of the rows that came after the sealing was begun.

        Rows keep their order when others are removed, so those that were there first are still
        the first ones.
        """
        gone = np.concatenate([*sealing.removed, np.empty(0, dtype=np.int64)])
        first = int(np.count_nonzero(~np.isin(sealing.keys, gone)))
        later = FlatIndex(self.dimension)
        later.add(self.fresh.owners.keys[first:].copy(), self.fresh.matrix[first:].copy())
        return later


def _better(one: Ranked, other: Ranked, *, k: int) -> Ranked:
    """Merge two answers; an item in both counts by its better score. Ties by key."""
    keys = np.concatenate([one.keys, other.keys])
    if len(keys) == 0:
        return NOTHING
    scores = np.concatenate([one.scores, other.scores])
    order = np.lexsort((keys, -scores))
    _, first = np.unique(keys[order], return_index=True)
    kept = order[np.sort(first)][:k]
    return Ranked(keys[kept], scores[kept])

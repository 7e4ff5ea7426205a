"""The vectors of a space in PostgreSQL, found by pgvector and scored as they stand.

Here is no more than which turn has how many vectors. A search is made over halves (16 bits a
number): every one is compared in a space that is small or of which few may answer, and in a large
one a graph is asked, which is of this space and this model alone. What it finds is scored by the
vectors themselves, and as long as a half that was left out might be of a better one, more are
asked for; so answers are those of `exact`, but for what a graph misses.
"""

from collections.abc import Callable, Sequence
from copy import copy
from dataclasses import dataclass
from functools import partial
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from memsvc.domain.errors import DimensionMismatch
from memsvc.domain.ids import SpaceKey
from memsvc.ports.models import Matrix, Vector
from memsvc.ports.vectors import Keys, Ranked, Scores
from store.asking import Asking, Near
from store.vectors.faiss_flat import NOTHING, best_cosines, best_per_owner, kept_rows, means_of
from store.vectors.owners import Owners

GRAPH_AT = 20_000
"""Vectors of a space that are worth a graph: comparing so many takes some 10 ms."""

FEW = 256
"""Vectors that are as quickly fetched as they are."""

FEW_SHARE = 0.05
"""Up to this share of a space is compared whole: in a graph most of the way were for nothing."""

MORE = 1.5
MARGIN = 16
"""How many more vectors than turns a search asks for at first."""

DEEPEST = 8
DEEP = 1_024
"""So many times the wanted turns, and so many, are enough of a graph, though as many as near
should be left out."""

MANY_SHARE = 0.2
"""From this share of a space on, to be told who may answer costs a graph more than to be asked for
as many more as may not."""

SPARE = 1.5
"""How many more than that: near a question there may be fewer who may answer than elsewhere."""

PRECISION = 0.0012
"""What a half's cosine may be off at most: two roundings of 2**-11 each, and a little."""


class Fetched:
    """Vectors that were fetched while the indexes are lent, all of those of each turn."""

    def __init__(self, dimension: int) -> None:
        self.owners = Owners()
        self.matrix: Matrix = np.empty((0, dimension), dtype=np.float32)
        self._asked: Keys = np.empty(0, dtype=np.int64)

    def lacking(self, keys: Keys) -> Keys:
        """Return those of these turns that were not asked for yet, each once."""
        return np.setdiff1d(keys, self._asked)

    def take(self, asked: Keys, turns: Keys, vectors: Matrix) -> None:
        """Keep what was found of the turns that were asked for."""
        self._asked = np.union1d(self._asked, asked)
        self.owners.append(turns)
        self.matrix = np.concatenate([self.matrix, vectors])


@dataclass(slots=True)
class Building:
    """A graph that is being built, beside who searches and who writes."""

    asking: Asking
    space: SpaceKey
    vectors: int

    def build(self, go_on: Callable[[], bool]) -> range | None:
        """Build it; return as many places as it has vectors, or None where that was not to be."""
        return range(self.vectors) if self.asking.build_graph(self.space, go_on) else None


class DatabaseVectors:
    """A `VectorIndex` over rows that their writers keep: adding and removing is noted alone."""

    def __init__(
        self,
        asking: Asking,
        space: SpaceKey,
        *,
        owners: Owners | None = None,
        is_graphed: bool = False,
    ) -> None:
        self.dimension = asking.fingerprint.dimension
        self.owners = owners or Owners()
        self.settled = None
        self._asking = asking
        self._space = space
        self._is_graphed = is_graphed
        self._is_building = False
        self._fetched: Fetched | None = None

    def lent(self) -> Self:
        """Return it for one question, in which no vector is fetched twice."""
        made = copy(self)
        made.__dict__ |= {"_fetched": Fetched(self.dimension)}
        return made

    @property
    def nbytes(self) -> int:
        """Bytes of memory that the bookkeeping takes; the vectors are on the server."""
        return self.owners.nbytes

    def __len__(self) -> int:
        """Return how many vectors the space has."""
        return len(self.owners)

    @property
    def arrays(self) -> dict[str, NDArray[Any]]:
        """Nothing: no copy is kept of what the database has."""
        return {}

    def add(self, keys: Keys, vectors: Matrix) -> None:
        """Take note of vectors that were written."""
        if vectors.shape[1] != self.dimension:
            raise DimensionMismatch(expected=self.dimension, got=vectors.shape[1])
        self.owners.append(keys)

    def remove(self, keys: Keys) -> None:
        """Take note of items that are gone."""
        rows, _ = self.owners.rows(np.unique(keys))
        if len(rows):
            kept = np.ones(len(self.owners), dtype=bool)
            kept[rows] = False
            self.owners.keep(kept)

    def search(self, query: Vector, *, k: int, among: Keys | None = None) -> Ranked:
        """Find the nearest items; pieces of one item count once, by the best of them."""
        if query.shape[0] != self.dimension:
            raise DimensionMismatch(expected=self.dimension, got=query.shape[0])
        available = len(self)
        if among is not None:
            kept = kept_rows(self.owners, among)
            available = int(np.count_nonzero(kept))
            among = np.unique(self.owners.keys[kept]) if available < len(self) else None
        if k < 1 or available == 0:
            return NOTHING
        fetched = self._fetched or Fetched(self.dimension)
        if among is not None and available <= FEW:
            return self._ranked(fetched, query, among, k=k)
        return self._searched(fetched, query, k=k, among=among, available=available)

    def cosines(self, query: Vector, keys: Keys) -> Scores:
        """Return each item's best cosine, NaN for unknown ones."""
        fetched = self._with(self._fetched or Fetched(self.dimension), keys)
        matrix = fetched.matrix
        return best_cosines(lambda rows: matrix[rows] @ query, fetched.owners, keys)

    def means(self, keys: Keys) -> Matrix:
        """Return each item's mean direction, zeros for unknown ones."""
        fetched = self._with(self._fetched or Fetched(self.dimension), keys)
        rows, places = fetched.owners.rows(keys)
        matrix = fetched.matrix
        return means_of([(lambda of: np.asarray(matrix[of]), rows, places)], items=len(keys))

    @property
    def fresh(self) -> range:
        """As many places as there are vectors in no graph."""
        return range(0 if self._is_graphed else len(self))

    @property
    def is_due(self) -> bool:
        """True when the space is worth a graph that it has not, and nobody is at it."""
        return len(self.fresh) >= GRAPH_AT and not self._is_building

    def begin_sealing(self) -> Building:
        """Return what builds the graph; it comes to `end_sealing`."""
        self._is_building = True
        return Building(self._asking, self._space, len(self))

    def end_sealing(self, _building: Building, made: range | None) -> None:
        """Take note of the graph; None where there is none."""
        self._is_building = False
        self._is_graphed = made is not None

    def _known(self, keys: Keys) -> Keys:
        """Return those of these ascending keys that have a vector."""
        return keys[np.unique(self.owners.rows(keys)[1])]

    def _searched(
        self, fetched: Fetched, query: Vector, *, k: int, among: Keys | None, available: int
    ) -> Ranked:
        """Ask for the nearest halves, and for more until none that is left out may be better."""
        ways = self._ways(query, among, available)
        wanted = min(int(k * MORE) + MARGIN, available)
        while True:
            near = ways[0](wanted)
            if len(near.turns) < wanted and len(ways) > 1:  # a graph lost its way among who may not
                ways = ways[1:]
                continue
            keys = self._known(np.unique(near.turns))
            best = self._ranked(fetched, query, keys, k=k)
            if wanted >= available or len(near.turns) < wanted:
                return best
            if len(best.keys) == k and (
                near.cosines.min() + PRECISION < best.scores[-1]
                or (len(ways) > 1 and wanted >= max(DEEPEST * k, DEEP))
            ):
                return best
            wanted = min(wanted * 2, available)

    def _ways(
        self, query: Vector, among: Keys | None, available: int
    ) -> Sequence[Callable[[int], Near]]:
        """Return how so many halves of these turns are found, or more: the quickest way first.

        The last compares them all. One along a graph comes to fewer where that does not lead to
        them. As a graph looks at who may not answer as well, where many may, as many more are
        asked for as there are others: to send who they are takes longer than all the rest.
        """
        near = partial(self._asking.near, self._space, query, among=among)

        def every(wanted: int) -> Near:
            return near(limit=wanted, every=True)

        def along(wanted: int) -> Near:
            return near(limit=wanted)

        def beyond(wanted: int, these: Keys) -> Near:
            found = near(limit=int(SPARE * wanted * len(self) / available), among=None)
            may = np.isin(found.turns, these)
            return Near(found.turns[may], found.cosines[may])

        if not self._is_graphed or available <= FEW_SHARE * len(self):
            return [every]
        if among is None or available < MANY_SHARE * len(self):
            return [along, every]
        return [partial(beyond, these=among), along, every]

    def _ranked(self, fetched: Fetched, query: Vector, keys: Keys, *, k: int) -> Ranked:
        """Score these known items by their vectors, and keep the best `k`."""
        matrix = self._with(fetched, keys).matrix
        cosines = best_cosines(lambda rows: matrix[rows] @ query, fetched.owners, keys)
        there = ~np.isnan(cosines)  # but for what was forgotten a moment ago
        best = best_per_owner(keys[there], cosines[there])
        return Ranked(best.keys[:k], best.scores[:k])

    def _with(self, fetched: Fetched, keys: Keys) -> Fetched:
        """Fetch the vectors of those of these items that lack."""
        lacking = fetched.lacking(keys)
        if len(lacking):
            fetched.take(lacking, *self._asking.vectors(self._space, lacking))
        return fetched

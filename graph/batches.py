"""Work on a whole graph at once: what it is built from, and what is done beside its requests."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from graph.compaction import Compaction
from graph.matrix import Base, Edges
from graph.register import Sorted, sort_keys


@dataclass(frozen=True, slots=True)
class Columns:
    """A whole graph without merges, whose ids are all integers.

    Node n has kind `kinds[n]` and id `ids[n]`, and something names it. `edges` are contributions:
    their ends are such n and differ, their units are in bounds, and `sources` has the id of each
    one's source.
    """

    kinds: NDArray[np.int8]
    ids: NDArray[np.int64]
    edges: Edges
    sources: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Settling:
    """What is being made smaller, beside the requests."""

    compaction: Compaction
    keys: NDArray[np.int64]

    def build(self) -> tuple[Base | None, Sorted]:
        """Merge and sort; may take seconds and disturbs nobody."""
        return self.compaction.build(), sort_keys(self.keys)

"""The middle of a graph: where to begin to look at one that is too large to be seen at once.

From the node with the most neighbours on, always that neighbour of what was taken which has the
most neighbours itself. So what is taken hangs together, hubs come first, and a smaller choice is
the beginning of a larger one. When a part is exhausted, the next begins at its own hub.
"""

from collections.abc import Collection
from dataclasses import dataclass
from heapq import heappop, heappush

import numpy as np
from numpy.typing import NDArray

from graph.matrix import Edges


@dataclass(frozen=True, slots=True)
class Middle:
    """Nodes by number, as they were taken, the edges among them, heaviest first, and how much.

    `neighbours` counts for each node those that it has in the whole graph; `nodes_in_all` and
    `edges_in_all` are counts of the whole. `is_truncated` says that there is more than was taken.
    """

    neighbours: dict[int, int]
    edges: Edges
    nodes_in_all: int
    edges_in_all: int
    is_truncated: bool


def middle(
    columns: Edges, *, most: int, most_edges: int, within: Collection[int] | None = None
) -> Middle:
    """Return at most `most` nodes and `most_edges` edges among them; `within` bounds the whole.

    `columns` name each edge once. Ties go to the smaller number.
    """
    if within is not None:
        inside = np.array(sorted(within), dtype=columns.one.dtype)
        columns = _only(columns, np.isin(columns.one, inside) & np.isin(columns.other, inside))
    starts, targets = _neighbours(columns)
    counts = np.diff(starts)
    taken = _taken(starts, targets, counts, most=most)
    chosen = np.zeros(len(counts), dtype=np.bool_)
    chosen[list(taken)] = True
    among = _only(columns, chosen[columns.one] & chosen[columns.other])
    heaviest = np.lexsort((among.kinds, among.other, among.one, -among.units))[:most_edges]
    present = int(np.count_nonzero(counts))
    return Middle(
        neighbours=taken,
        edges=_only(among, heaviest),
        nodes_in_all=present,
        edges_in_all=len(columns.one),
        is_truncated=len(taken) < present or len(heaviest) < len(among.one),
    )


def _neighbours(columns: Edges) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return for each number where its neighbours begin, and all neighbours, each once."""
    one, other = columns.one.astype(np.int64), columns.other.astype(np.int64)
    size = int(max(one.max(), other.max())) + 1 if len(one) else 0
    both = np.unique(np.concatenate([one * size + other, other * size + one]))
    starts = np.searchsorted(both, np.arange(size + 1) * size)
    return starts.astype(np.int64), both % size if size else both


def _taken(
    starts: NDArray[np.int64], targets: NDArray[np.int64], counts: NDArray[np.int64], *, most: int
) -> dict[int, int]:
    taken: dict[int, int] = {}
    met = np.zeros(len(counts), dtype=np.bool_)
    frontier: list[tuple[int, int]] = []
    for hub in np.argsort(-counts, kind="stable").tolist():
        if len(taken) == most or counts[hub] == 0:
            break
        if met[hub]:
            continue
        met[hub] = True
        heappush(frontier, (-int(counts[hub]), hub))
        while frontier and len(taken) < most:
            count, number = heappop(frontier)
            taken[number] = -count
            fresh = targets[starts[number] : starts[number + 1]]
            fresh = fresh[~met[fresh]]
            met[fresh] = True
            for near, its in zip(fresh.tolist(), counts[fresh].tolist(), strict=True):
                heappush(frontier, (-its, near))
    return taken


def _only(columns: Edges, kept: NDArray[np.bool_] | NDArray[np.intp]) -> Edges:
    one, other, kinds, units = columns
    return Edges(one[kept], other[kept], kinds[kept], units[kept])

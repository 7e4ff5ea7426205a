"""Forward push with NumPy: mass flows from a question's seeds, a frontier at a time.

Andersen, Chung and Lang, "Local Graph Partitioning using PageRank Vectors" (FOCS 2006). A walk
starts on a seed, ends at each step with probability `restart`, and else follows an edge chosen by
weight. Instead of walking, every node holds a residual; a node that holds more than `eps` times
its degree is pushed: `restart` of its residual settles there, the rest goes to its neighbours.
When none holds so much any more, what settled on v is short of its personalized PageRank by at
most `eps` times v's degree, because edges have no direction. The work is at most
1 / (restart * eps), whatever the size of the graph.

Under a gate, a node's degree is the visible part of it, which is not stored. It is found by
looking at the node's row, but only at so much of it as is needed to see that the residual is
small enough; so looking costs no more than pushing.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from graph.matrix import KIND_SHIFT, Indices, Ints, spans
from graph.model import HEAVIEST
from graph.walk import Floats, Ground, Reached, Seeds

LOOK = 16


@dataclass(slots=True)
class Scratch:
    """Working arrays for graphs of up to `size` nodes, all zero between questions."""

    size: int
    mass: Floats = field(init=False)
    residual: Floats = field(init=False)
    known: Floats = field(init=False)
    seen: Ints = field(init=False)
    is_touched: NDArray[np.bool_] = field(init=False)

    def __post_init__(self) -> None:
        """Ask for the memory; the system hands it out as it is first touched."""
        self.mass, self.residual, self.known = (np.zeros(self.size) for _ in range(3))
        self.seen = np.zeros(self.size, dtype=np.int64)
        self.is_touched = np.zeros(self.size, dtype=np.bool_)

    @property
    def nbytes(self) -> int:
        """Bytes of memory, most of them never touched in a large graph."""
        arrays = (self.mass, self.residual, self.known, self.seen, self.is_touched)
        return sum(array.nbytes for array in arrays)


class Desk:
    """Keeps working arrays between questions; each question that is being answered has its own.

    Only what was touched is cleared, so that a question's cost does not depend on the graph's size.
    """

    def __init__(self) -> None:
        self._free: list[Scratch] = []

    def lend(self, size: int) -> Scratch:
        """Return clean arrays for at least `size` nodes."""
        try:
            scratch = self._free.pop()
        except IndexError:  # all are lent, or none was made yet
            return Scratch(size + size // 8 + LOOK)
        return scratch if scratch.size >= size else self.lend(size)

    def take(self, scratch: Scratch, touched: Indices) -> None:
        """Clear arrays that were lent, and keep them for the next question."""
        for array in (scratch.mass, scratch.residual, scratch.known):
            array[touched] = 0.0
        scratch.seen[touched] = 0
        scratch.is_touched[touched] = False
        self._free.append(scratch)

    @property
    def nbytes(self) -> int:
        """Bytes of memory of what lies ready."""
        return sum(scratch.nbytes for scratch in self._free)


class FrontierPush:
    """A `Push` that pushes all nodes that hold too much, together, again and again."""

    def __init__(self, ground: Ground, seeds: Seeds, *, restart: float, desk: Desk) -> None:
        self._ground = ground
        self._restart = restart
        self._arcs = 0
        self._desk = desk
        self._scratch = desk.lend(len(ground.degrees))
        self._scratch.residual[seeds.nodes] = seeds.weights
        self._scratch.is_touched[seeds.nodes] = True
        self._touched = [seeds.nodes]

    def refine(self, *, eps: float, most_arcs: int) -> bool:
        """Push until no residual is above `eps` times its node's degree."""
        frontier = self._due(np.concatenate(self._touched), eps)
        while len(frontier) and self._arcs < most_arcs:
            frontier = self._due(self._spread(frontier), eps)
        return len(frontier) == 0

    @property
    def reached(self) -> Reached:
        """What it came to."""
        nodes = np.concatenate(self._touched)
        return Reached(nodes, self._scratch.mass[nodes], self._scratch.residual[nodes])

    @property
    def arcs(self) -> int:
        """How many arcs were walked."""
        return self._arcs

    def close(self) -> None:
        """Hand the working arrays back."""
        self._desk.take(self._scratch, np.concatenate(self._touched))

    def _spread(self, frontier: Indices) -> Indices:
        """Push these nodes; return whoever got something, perhaps more than once."""
        scratch, ground = self._scratch, self._ground
        held = scratch.residual[frontier]
        scratch.residual[frontier] = 0.0
        scratch.mass[frontier] += self._restart * held
        degrees = (scratch.known if ground.is_gated else ground.degrees)[frontier]
        shares = (1.0 - self._restart) * held / degrees
        arcs = rows_of(ground, frontier)
        self._arcs += len(arcs.owners)
        passed = shares[arcs.owners] * arcs.weights
        kept = passed > 0.0
        targets, passed = arcs.targets[kept], passed[kept]
        np.add.at(scratch.residual, targets, passed)
        fresh = targets[~scratch.is_touched[targets]]
        if len(fresh):
            fresh = np.unique(fresh)
            scratch.is_touched[fresh] = True
            self._touched.append(fresh)
        return targets

    def _due(self, nodes: Indices, eps: float) -> Indices:
        """Return those of the nodes that hold too much, each once."""
        scratch, ground = self._scratch, self._ground
        if not ground.is_gated:
            return np.unique(nodes[scratch.residual[nodes] > eps * ground.degrees[nodes]])
        nodes = np.unique(nodes)
        held, bound = scratch.residual[nodes], eps * ground.gate[nodes]
        looking = nodes
        while len(looking):
            looking = looking[
                (scratch.residual[looking] > eps * ground.gate[looking] * scratch.known[looking])
                & (scratch.seen[looking] >= 0)
            ]
            self._look(looking)
        due: Indices = nodes[(held > bound * scratch.known[nodes]) & (scratch.seen[nodes] < 0)]
        return due

    def _look(self, nodes: Indices) -> None:
        """See twice as much of these nodes' rows as was seen before."""
        scratch = self._scratch
        seen = scratch.seen[nodes]
        arcs = rows_of(self._ground, nodes, begin=seen, end=np.maximum(2 * seen, LOOK))
        sums = np.bincount(arcs.owners, weights=arcs.weights, minlength=len(nodes))
        scratch.known[nodes] += sums
        counts = np.bincount(arcs.owners, minlength=len(nodes))
        lengths = row_lengths(self._ground, nodes)
        scratch.seen[nodes] = np.where(seen + counts >= lengths, -1, seen + counts)


@dataclass(frozen=True, slots=True)
class Arcs:
    """Arcs of several rows: whose they are, as positions among the nodes asked for."""

    owners: Ints
    targets: Indices
    weights: Floats


def rows_of(
    ground: Ground, nodes: Indices, *, begin: Ints | None = None, end: Ints | None = None
) -> Arcs:
    """Read the rows of some nodes, or of each the arcs from `begin` up to `end`.

    Weights are scaled by kind and by the gate of the target.
    """
    starts, lengths = _in_base(ground, nodes)
    beside = ground.used[nodes].astype(np.int64)
    begins = np.zeros(len(nodes), np.int64) if begin is None else begin
    ends = lengths + beside if end is None else np.minimum(end, lengths + beside)
    first = np.minimum(begins, lengths)
    base_count = np.minimum(ends, lengths) - first
    more_first = np.maximum(begins - lengths, 0)
    more_count = np.maximum(ends - lengths, 0) - more_first
    places = np.arange(len(nodes))
    owners, targets, packed = (
        np.repeat(places, base_count),
        ground.targets[at := spans(starts + first, base_count)],
        ground.packed[at],
    )
    if more_count.any():
        at = spans(ground.starts[nodes] + more_first, more_count)
        owners = np.concatenate([owners, np.repeat(places, more_count)])
        targets = np.concatenate([targets, ground.more_targets[at]])
        packed = np.concatenate([packed, ground.more_packed[at]])
    weights = ground.factors[packed >> KIND_SHIFT] * (packed & HEAVIEST)
    if ground.is_gated:
        weights *= ground.gate[targets]
    return Arcs(owners, targets, weights)


def row_lengths(ground: Ground, nodes: Indices) -> Ints:
    """Return how many arcs each node's row has, those that went included."""
    _, lengths = _in_base(ground, nodes)
    total: Ints = lengths + ground.used[nodes]
    return total


def _in_base(ground: Ground, nodes: Indices) -> tuple[Ints, Ints]:
    last = len(ground.offsets) - 1
    starts = ground.offsets[np.minimum(nodes, last)]
    return starts, ground.offsets[np.minimum(nodes.astype(np.int64) + 1, last)] - starts

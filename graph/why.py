"""Why a node was found: the path on which most of its mass came from a seed.

Each step of a walk from u to v carries (1 - restart) * weight(u, v) / degree(u) of what u holds.
Of all paths from all seeds, this finds the one on which the largest share of a seed's mass
arrives: a shortest path, when a step is as long as the negative logarithm of what it carries.
It is looked for among the nodes that the question's push has reached, by Dijkstra's algorithm.
"""

import heapq
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from graph.degrees import PLAIN, Scales
from graph.knowledge import KnowledgeGraph
from graph.matrix import Indices
from graph.model import EdgeKind, Node
from graph.pagerank import DAMPING, EPS, seeds_of
from graph.push import rows_of
from graph.walk import OPEN, Gate, Ground

MOST_VISITED = 20_000
"""Nodes that are looked at before giving up; mass that comes from so far afield explains little."""


@dataclass(frozen=True, slots=True)
class Step:
    """One edge of a path: the kinds that join its ends, and the mass that arrives by this path."""

    one: Node
    other: Node
    kinds: tuple[EdgeKind, ...]
    mass: float


@dataclass(frozen=True, slots=True)
class Path:
    """From a seed, which started with `mass`, by steps to the node that was found.

    `share` is how much of the found node's mass settled there by this path alone.
    """

    seed: Node
    mass: float
    steps: tuple[Step, ...]
    share: float

    @property
    def nodes(self) -> tuple[Node, ...]:
        """The nodes on the path, from the seed to what was found."""
        return (self.seed, *(step.other for step in self.steps))


def why(
    graph: KnowledgeGraph,
    seeds: Mapping[Node, float],
    found: Node,
    *,
    scales: Scales = PLAIN,
    gate: Gate = OPEN,
    damping: float = DAMPING,
    eps: float = EPS,
) -> Path | None:
    """Return the path on which most mass came from a seed to a node; None when there is none.

    Ask with what `rank` was asked with. Merged nodes stand for what they are merged into.
    """
    number = graph.register.find(graph.resolve(found))
    start = graph.numbers(seeds)
    if gate is not OPEN:
        start = {node: weight for node, weight in start.items() if gate[node] > 0}
    total = sum(weight for weight in start.values() if weight > 0)
    if number is None or total <= 0:
        return None
    ground = graph.ground(scales, gate=gate)
    reached = graph.walker.reach(ground, seeds_of(start), damping=damping, eps=eps)
    at = np.flatnonzero(reached.nodes == number)
    if len(at) == 0:
        return None
    search = _Search(ground, reached.nodes, damping=damping)
    chain = search.to(number, {node: weight / total for node, weight in start.items()})
    if not chain:
        return None
    restart = 1.0 - damping
    settled = float(reached.mass[at[0]] + restart * reached.residual[at[0]])
    steps = tuple(
        Step(
            graph.register.node(one),
            graph.register.node(other),
            _kinds(graph, one, other, scales=scales),
            mass,
        )
        for (one, _), (other, mass) in pairwise(chain)
    )
    seed, mass = chain[0]
    share = min(1.0, restart * chain[-1][1] / settled) if settled > 0 else 0.0
    return Path(graph.register.node(seed), mass, steps, share)


class _Search:
    """Dijkstra's algorithm with products in place of sums: the most mass first."""

    def __init__(self, ground: Ground, reached: Indices, *, damping: float) -> None:
        self._ground = ground
        self._reached = frozenset(reached.tolist())
        self._damping = damping

    def to(self, found: int, start: Mapping[int, float]) -> list[tuple[int, float]]:
        """Return the best path's nodes with the mass that arrives at each, the seed first."""
        best: dict[int, tuple[float, int]] = {}
        waiting = [(-weight, node, -1) for node, weight in start.items() if weight > 0]
        heapq.heapify(waiting)
        while waiting and len(best) < MOST_VISITED:
            negative, node, before = heapq.heappop(waiting)
            if node in best:
                continue
            best[node] = (-negative, before)
            if node == found:
                return _backwards(best, found)
            for other, mass in self._from(node, -negative):
                if other not in best and other in self._reached:
                    heapq.heappush(waiting, (-mass, other, node))
        return []

    def _from(self, node: int, mass: float) -> list[tuple[int, float]]:
        """Return where a step leads, with the mass that it carries, all kinds of edges together."""
        arcs = rows_of(self._ground, np.array([node], dtype=np.int32))
        total = float(arcs.weights.sum())
        if total <= 0:
            return []
        targets, places = np.unique(arcs.targets, return_inverse=True)
        carried = np.bincount(places, weights=arcs.weights) * (self._damping * mass / total)
        return list(zip(targets.tolist(), carried.tolist(), strict=True))


def _backwards(best: Mapping[int, tuple[float, int]], found: int) -> list[tuple[int, float]]:
    chain, node = [], found
    while node >= 0:
        mass, before = best[node]
        chain.append((node, mass))
        node = before
    return chain[::-1]


def _kinds(graph: KnowledgeGraph, one: int, other: int, *, scales: Scales) -> tuple[EdgeKind, ...]:
    """Return the kinds that join two nodes and count for the question, the heaviest first."""
    weights = {kind: scales[kind] * graph.matrix.units(one, other, kind) for kind in EdgeKind}
    joined = [kind for kind in EdgeKind if weights[kind] > 0]
    return tuple(sorted(joined, key=lambda kind: (-weights[kind], kind)))

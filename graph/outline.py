"""A part of a graph, or all of it, copied out: to be looked at when the graph has gone on.

Whoever holds a graph makes writers wait. Here is what is done while it is held, bounded by how
much may be taken: the neighbourhood of a node, the edges among some nodes, or every edge up to so
many. Whatever takes longer works on the copy.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from graph.knowledge import KnowledgeGraph
from graph.matrix import KIND_SHIFT, KINDS, Edges, Indices
from graph.model import HEAVIEST, Edge, EdgeKind, Node, NodeKind
from graph.walk import OPEN, Gate

MOST_EDGES_AMONG = 5_000
"""Edges of a neighbourhood, the heaviest of them: more are no picture of anything."""


@dataclass(frozen=True, slots=True)
class Part:
    """Some nodes in the order in which they were met, and the edges among them.

    `is_truncated` says that there is more than was taken.
    """

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    is_truncated: bool


@dataclass(frozen=True, slots=True)
class Outline:
    """Every edge of a graph, with its nodes by number."""

    nodes: dict[int, Node]
    columns: Edges

    def edges(self) -> Iterator[Edge]:
        """Yield every edge, as `KnowledgeGraph.edges` does."""
        for one, other, kind, units in zip(
            *(column.tolist() for column in self.columns), strict=True
        ):
            yield Edge(self.nodes[one], self.nodes[other], EdgeKind(kind), int(units))

    def keeping(self, shows: Callable[[Edge], bool]) -> "Outline":
        """Return the same with those edges alone that this lets through; nodes stay."""
        kept = [shows(edge) for edge in self.edges()]
        return Outline(self.nodes, _only(self.columns, np.array(kept, dtype=np.bool_)))

    def renamed(self, name: Callable[[Node], Node | None]) -> "Outline":
        """Return the same with other nodes in the place of these; None takes a node out."""
        named = {number: name(node) for number, node in self.nodes.items()}
        nodes = {number: node for number, node in named.items() if node is not None}
        if len(nodes) == len(self.nodes):
            return Outline(nodes, self.columns)
        ends = zip(self.columns.one.tolist(), self.columns.other.tolist(), strict=True)
        kept = [one in nodes and other in nodes for one, other in ends]
        return Outline(nodes, _only(self.columns, np.array(kept, dtype=np.bool_)))

    def tally(self) -> "Tally":
        """Count nodes and edges by kind."""
        return Tally(
            dict(sorted(Counter(node.kind for node in self.nodes.values()).items())),
            dict(sorted(Counter(map(EdgeKind, self.columns.kinds.tolist())).items())),
        )


@dataclass(frozen=True, slots=True)
class Tally:
    """How many nodes there are of each kind, and how many edges."""

    nodes: dict[NodeKind, int]
    edges: dict[EdgeKind, int]


def around(
    graph: KnowledgeGraph,
    start: Node,
    *,
    depth: int,
    most: int,
    kinds: Collection[EdgeKind] = tuple(EdgeKind),
    gate: Gate = OPEN,
) -> Part:
    """Return the nodes within `depth` steps over edges of these kinds, `most` at most.

    Nearer ones first, and of one distance those that are joined most strongly to what is nearer. A
    start that is not in the graph is a part by itself. Merged nodes are what they are merged into.
    """
    number = graph.register.find(graph.resolve(start))
    if number is None:
        return Part((start,), (), is_truncated=False)
    met: dict[int, None] = {number: None}
    frontier, is_truncated = [number], False
    for _ in range(depth):
        fresh = [n for n in _beside(graph, frontier, kinds=kinds, gate=gate) if n not in met]
        frontier = fresh[: most - len(met)]
        is_truncated |= len(frontier) < len(fresh)
        met.update(dict.fromkeys(frontier))
        if not frontier:
            break
    found = among(graph, list(met), kinds=kinds)
    return replace(found, is_truncated=found.is_truncated or is_truncated)


def among(
    graph: KnowledgeGraph, numbers: Sequence[int], *, kinds: Collection[EdgeKind] = tuple(EdgeKind)
) -> Part:
    """Return nodes by their numbers, with the edges of these kinds among them, heaviest first."""
    inside = np.zeros(graph.matrix.size, dtype=np.bool_)
    inside[list(numbers)] = True
    wanted = _marked(kinds)
    found: list[tuple[int, int, int, int]] = []
    for one in numbers:
        targets, of_kind, units = graph.matrix.row(one)
        kept = inside[targets] & wanted[of_kind] & (targets > one)
        found += zip(
            [one] * int(kept.sum()),
            targets[kept].tolist(),
            of_kind[kept].tolist(),
            units[kept].tolist(),
            strict=True,
        )
    found.sort(key=lambda edge: (-edge[3], edge[:3]))
    node = graph.register.node
    return Part(
        tuple(node(number) for number in numbers),
        tuple(
            Edge(node(one), node(other), EdgeKind(kind), units)
            for one, other, kind, units in found[:MOST_EDGES_AMONG]
        ),
        is_truncated=len(found) > MOST_EDGES_AMONG,
    )


def tally(graph: KnowledgeGraph) -> Tally:
    """Count nodes and edges by kind, in one pass and without copying edges."""
    matrix, register = graph.matrix, graph.register
    merged = [one for one, _ in graph.merges.pairs]
    nodes = np.bincount(register.kinds.values[register.keys.values >= 0], minlength=len(NodeKind))
    nodes -= np.bincount(register.kinds.values[merged], minlength=len(NodeKind))
    arcs = np.zeros(KINDS, dtype=np.int64)
    for packed in (matrix.base.packed, matrix.more_packed.values):
        arcs += np.bincount(packed[(packed & HEAVIEST) > 0] >> KIND_SHIFT, minlength=KINDS)
    return Tally(
        {kind: int(nodes[kind]) for kind in NodeKind if nodes[kind]},
        {kind: int(arcs[kind]) // 2 for kind in EdgeKind if arcs[kind]},
    )


def outline(
    graph: KnowledgeGraph,
    *,
    most_edges: int,
    kinds: Collection[EdgeKind] = tuple(EdgeKind),
    gate: Gate = OPEN,
) -> Outline | None:
    """Copy every edge of these kinds between nodes that are not hidden; None if they are too many.

    With the nodes that they join: one that nothing joins has no place in a picture of what is
    joined, and so the copy is bounded by its edges.
    """
    counted = tally(graph).edges
    if sum(counted.get(kind, 0) for kind in set(kinds)) > most_edges:
        return None
    columns = graph.matrix.edges(kinds)
    if gate is not OPEN:
        columns = _only(columns, (gate[columns.one] > 0) & (gate[columns.other] > 0))
    joined = np.union1d(columns.one, columns.other).tolist()
    return Outline({number: graph.register.node(number) for number in joined}, columns)


def _beside(
    graph: KnowledgeGraph,
    nodes: Sequence[int],
    *,
    kinds: Collection[EdgeKind],
    gate: Gate,
) -> list[int]:
    """Return the neighbours of some nodes, by how strongly they are joined to all of them."""
    wanted = _marked(kinds)
    parts: list[tuple[Indices, Indices]] = []
    for node in nodes:
        targets, of_kind, units = graph.matrix.row(node)
        kept = wanted[of_kind] if gate is OPEN else wanted[of_kind] & (gate[targets] > 0)
        parts.append((targets[kept], units[kept]))
    if not parts:
        return []
    targets, place = np.unique(np.concatenate([t for t, _ in parts]), return_inverse=True)
    weight = np.bincount(place, weights=np.concatenate([u for _, u in parts]))
    found: list[int] = targets[np.lexsort((targets, -weight))].tolist()
    return found


def _marked(kinds: Collection[EdgeKind]) -> NDArray[np.bool_]:
    marks = np.zeros(KINDS, dtype=np.bool_)
    marks[list(kinds)] = True
    return marks


def _only(columns: Edges, kept: NDArray[np.bool_]) -> Edges:
    one, other, kinds, units = columns
    return Edges(one[kept], other[kept], kinds[kept], units[kept])

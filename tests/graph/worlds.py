"""Small graphs, and a plain twin of the whole: a dictionary computed from what survives."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from graph.knowledge import KnowledgeGraph
from graph.model import UNIT, Edge, EdgeKind, Id, Node, NodeKind
from graph.pagerank import Engine, engine

ENGINES: tuple[Engine, ...] = ("numpy", "compiled") if engine() == "compiled" else ("numpy",)
"""Everything that pushes is tested with each; where numba is not installed, with NumPy alone."""

Weights = dict[tuple[frozenset[Node], EdgeKind], int]


def entity(name: Id) -> Node:
    return Node(NodeKind.ENTITY, name)


def turn(number: Id) -> Node:
    return Node(NodeKind.TURN, number)


def note(number: Id) -> Node:
    return Node(NodeKind.NOTE, number)


def edge(one: Node, other: Node, kind: EdgeKind = EdgeKind.MENTION, weight: float = 1.0) -> Edge:
    return Edge(one, other, kind, round(weight * UNIT))


def weights(graph: KnowledgeGraph) -> Weights:
    found = {(frozenset((e.one, e.other)), e.kind): e.units for e in graph.edges()}
    assert len(found) == sum(1 for _ in graph.edges()), "an edge was given twice"
    return found


def plain(sources: Mapping[Id, Sequence[Edge]], merged: Mapping[Node, Node]) -> Weights:
    """What the graph should hold, by the definition."""

    def final(node: Node) -> Node:
        return final(merged[node]) if node in merged else node

    sums: Counter[tuple[frozenset[Node], EdgeKind]] = Counter()
    for edges in sources.values():
        for each in edges:
            ends = frozenset((final(each.one), final(each.other)))
            if len(ends) > 1:
                sums[ends, each.kind] += each.units
    return dict(sums)


def scale_free(nodes: int, edges: int, *, seed: int) -> list[tuple[Id, list[Edge]]]:
    """Turns that name entities, some of them far more often than others; a source for each."""
    rng = np.random.default_rng(seed)
    entities = nodes // 2
    popular = np.arange(1, entities + 1) ** -0.75
    said: dict[Id, list[Edge]] = {}
    kinds = (EdgeKind.MENTION, EdgeKind.ABOUT)
    for which in rng.choice(entities, size=edges, p=popular / popular.sum()).tolist():
        source = int(rng.integers(nodes - entities))
        mention = edge(turn(source), entity(which), kinds[int(rng.integers(2))], rng.random() + 0.1)
        said.setdefault(source, []).append(mention)
    return list(said.items())


def built(sources: Iterable[tuple[Id, Sequence[Edge]]], *, engine: Engine) -> KnowledgeGraph:
    """The same graph as `KnowledgeGraph.build`, written one source at a time."""
    graph = KnowledgeGraph(engine=engine)
    for source, edges in sources:
        graph.put(source, edges)
    return graph

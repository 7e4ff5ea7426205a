"""The shape of a graph as a whole: what hangs together, who is central, which parts are dense.

These look at every edge and take seconds on large graphs: for a page that an administrator opens,
and for summaries made in the background, never for a question. networkx does the work.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol, TypeAlias

import networkx as nx

from graph.model import UNIT, Edge, EdgeKind, Node, NodeKind

Twin: TypeAlias = "nx.Graph[Node]"


class Drawn(Protocol):
    """A graph, or a copy of one."""

    def edges(self) -> Iterator[Edge]:
        """Yield every edge with its exact weight, once."""
        ...


@dataclass(frozen=True, slots=True)
class Hub:
    """A node with many edges: how many nodes it is joined to, and by how much weight in all."""

    node: Node
    neighbours: int
    weight: float


def as_networkx(graph: Drawn, *, kinds: Iterable[EdgeKind] = tuple(EdgeKind)) -> Twin:
    """Return nodes and edges of these kinds for networkx; kinds between two nodes are added up.

    Takes some 500 bytes an edge.
    """
    wanted = frozenset(kinds)
    twin: Twin = nx.Graph()
    for edge in graph.edges():
        if edge.kind in wanted:
            before = twin.get_edge_data(edge.one, edge.other, {"weight": 0.0})["weight"]
            twin.add_edge(edge.one, edge.other, weight=before + edge.units / UNIT)
    return twin


@dataclass(frozen=True, slots=True)
class Survey:
    """All of it from one copy for networkx."""

    components: list[frozenset[Node]]
    hubs: list[Hub]
    communities: list[frozenset[Node]]
    twin: Twin

    def most_joined(self, nodes: Iterable[Node], *, most: int) -> list[Node]:
        """Return those of these nodes with the most neighbours, ties by node."""
        return sorted(nodes, key=lambda node: (-len(self.twin[node]), _by_name(node)))[:most]


def survey(graph: Drawn, *, seed: int, most_hubs: int) -> Survey:
    """Return components, hubs among entities and communities of a graph; each as below.

    A turn that names much is long, and says little of how things hang together.
    """
    twin = as_networkx(graph)
    return Survey(
        _ordered(nx.connected_components(twin)),
        _hubs(twin, most=most_hubs, kind=NodeKind.ENTITY),
        _communities(twin, seed=seed, resolution=1.0),
        twin,
    )


def components(graph: Drawn) -> list[frozenset[Node]]:
    """Return the sets of nodes that are joined by any path, largest first, ties by node."""
    return _ordered(nx.connected_components(as_networkx(graph)))


def hubs(graph: Drawn, *, most: int, kind: NodeKind | None = None) -> list[Hub]:
    """Return the nodes with the most neighbours, ties by weight and then by node."""
    return _hubs(as_networkx(graph), most=most, kind=kind)


def _hubs(twin: Twin, *, most: int, kind: NodeKind | None) -> list[Hub]:
    found = [
        Hub(node, len(twin[node]), sum(edge["weight"] for edge in twin[node].values()))
        for node in twin
        if kind is None or node.kind == kind
    ]
    found.sort(key=lambda hub: (-hub.neighbours, -hub.weight, _by_name(hub.node)))
    return found[:most]


def communities(graph: Drawn, *, seed: int, resolution: float = 1.0) -> list[frozenset[Node]]:
    """Return disjoint sets of nodes that are denser inside than between, largest first.

    Louvain's method (Blondel et al. 2008): a higher `resolution` makes smaller sets. The same
    graph and seed give the same sets, in whatever order it was written.
    """
    return _communities(as_networkx(graph), seed=seed, resolution=resolution)


def _communities(twin: Twin, *, seed: int, resolution: float) -> list[frozenset[Node]]:
    ordered: Twin = nx.Graph()
    ordered.add_nodes_from(sorted(twin, key=_by_name))
    ordered.add_edges_from(
        sorted(
            ((*sorted((one, other), key=_by_name), data) for one, other, data in twin.edges.data()),
            key=lambda edge: (_by_name(edge[0]), _by_name(edge[1])),
        )
    )
    return _ordered(nx.community.louvain_communities(ordered, seed=seed, resolution=resolution))


def _ordered(sets: Iterable[Iterable[Node]]) -> list[frozenset[Node]]:
    found = [frozenset(each) for each in sets]
    return sorted(found, key=lambda each: (-len(each), min(map(_by_name, each))))


def _by_name(node: Node) -> tuple[int, bool, int, str]:
    """Order nodes of mixed ids: by kind, integers before strings."""
    if isinstance(node.id, int):
        return node.kind, False, node.id, ""
    return node.kind, True, 0, node.id

"""Other ways to the same PageRank, to stand beside ours in one run.

Each is given the same edges and the same questions. What is not installed is left out, and said
to be. igraph is under the GPL: it is measured here and imported nowhere else.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

import numpy as np
from numpy.typing import NDArray

from graph.matrix import Edges, Indices
from graph.model import UNIT
from graph.walk import Floats, Seeds

NETWORKX_EDGES = 200_000
"""Beyond this networkx takes seconds a question and gigabytes of memory."""

DAMPING = 0.5
FAST_ROUNDS = 10
EXACT_ROUNDS = 25
"""The error is at most 2 * 0.5**25, some 6e-8 in all."""


@dataclass(frozen=True, slots=True)
class Peer:
    """One of them: `rank` returns the mass of every node, `questions` is how many to ask it.

    `add` makes its structure hold one edge more; after that, `rank` is not asked any more.
    """

    name: str
    rank: Callable[[Seeds], Floats]
    questions: int
    add: Callable[[int, int], object]


def graph_peers(edges: Edges, *, nodes: int) -> Iterator[Peer]:
    """Build each peer over the edges and yield it, one at a time."""
    weights = edges.units / UNIT
    if find_spec("scipy") is not None:
        yield _scipy(edges, weights, nodes=nodes)
    if len(weights) <= NETWORKX_EDGES:
        yield _networkx(edges, weights, nodes=nodes)
    if find_spec("igraph") is not None:
        yield _igraph(edges, weights, nodes=nodes)


def missing() -> list[str]:
    """Name the peers that are not installed."""
    return [name for name in ("scipy", "igraph") if find_spec(name) is None]


def exact(edges: Edges, *, nodes: int) -> Callable[[Seeds], Floats]:
    """Return what computes every node's mass to 6e-8, by SciPy in double precision."""
    transition, dangling = _transition(edges, edges.units / UNIT, nodes=nodes, dtype=np.float64)
    return lambda seeds: _iterate(
        transition, dangling, _start(seeds, nodes, np.float64), rounds=EXACT_ROUNDS
    )


def _scipy(edges: Edges, weights: Floats, *, nodes: int) -> Peer:
    transition, dangling = _transition(edges, weights, nodes=nodes, dtype=np.float32)

    def rank(seeds: Seeds) -> Floats:
        return _iterate(transition, dangling, _start(seeds, nodes, np.float32), rounds=FAST_ROUNDS)

    def add(one: int, other: int) -> object:
        ends = np.append(edges.one, one), np.append(edges.other, other)
        return _joined(*ends, np.append(weights, 1.0).astype(np.float32), nodes=nodes)

    return Peer("SciPy, 10 rounds in single precision", rank, 5, add)


def _networkx(edges: Edges, weights: Floats, *, nodes: int) -> Peer:
    import networkx as nx  # noqa: PLC0415  a peer alone

    twin: nx.Graph[int] = nx.Graph()
    twin.add_nodes_from(range(nodes))
    for one, other, weight in zip(
        edges.one.tolist(), edges.other.tolist(), weights.tolist(), strict=True
    ):
        before = twin.get_edge_data(one, other, {"weight": 0.0})["weight"]
        twin.add_edge(one, other, weight=before + weight)

    def rank(seeds: Seeds) -> Floats:
        start = dict(zip(seeds.nodes.tolist(), seeds.weights.tolist(), strict=True))
        found = nx.pagerank(twin, alpha=DAMPING, personalization=start, weight="weight")
        return np.array([found[node] for node in range(nodes)])

    return Peer("networkx", rank, 3, lambda one, other: twin.add_edge(one, other, weight=1.0))


def _igraph(edges: Edges, weights: Floats, *, nodes: int) -> Peer:
    import igraph  # noqa: PLC0415  a peer that need not be there

    pairs = np.column_stack([edges.one, edges.other])
    twin = igraph.Graph(n=nodes, edges=pairs)
    listed = weights.tolist()

    def rank(seeds: Seeds) -> Floats:
        start = _start(seeds, nodes, np.float64)
        found = twin.personalized_pagerank(
            reset=start.tolist(), weights=listed, damping=DAMPING, implementation="prpack"
        )
        return np.array(found)

    return Peer("igraph, prpack", rank, 3, lambda one, other: twin.add_edges([(one, other)]))


def _transition(
    edges: Edges, weights: Floats, *, nodes: int, dtype: type[np.floating[Any]]
) -> tuple[Any, NDArray[np.bool_]]:
    from scipy.sparse import diags_array  # noqa: PLC0415  a peer alone

    joined = _joined(edges.one, edges.other, weights.astype(dtype), nodes=nodes)
    degrees = np.asarray(joined.sum(axis=0)).ravel()
    inverse = np.divide(1.0, degrees, out=np.zeros(nodes, dtype), where=degrees > 0)
    return (joined @ diags_array(inverse)).tocsr().astype(dtype), degrees == 0


def _joined(one: Indices, other: Indices, weights: NDArray[Any], *, nodes: int) -> Any:
    from scipy.sparse import csr_matrix  # noqa: PLC0415  a peer alone

    both_ways = (np.concatenate([one, other]), np.concatenate([other, one]))
    return csr_matrix((np.concatenate([weights, weights]), both_ways), shape=(nodes, nodes))


def _iterate(transition: Any, dangling: NDArray[np.bool_], start: Any, *, rounds: int) -> Floats:
    mass = start
    for _ in range(rounds):
        passed = transition @ mass
        passed += mass[dangling].sum() * start
        mass = (1.0 - DAMPING) * start + DAMPING * passed
    found: Floats = mass
    return found


def _start(seeds: Seeds, nodes: int, dtype: type[np.floating[Any]]) -> Any:
    start = np.zeros(nodes, dtype)
    start[seeds.nodes] = seeds.weights / seeds.weights.sum()
    return start

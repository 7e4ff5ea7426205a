"""Where walks lead that leave a turn, when coming back to it counts for nothing.

Personalized PageRank from several seeds at once says little of where the other turns are that a
question needs: most of what a walk from a turn brings, it brings back to that turn. So every seed
is walked from by itself, what returns to it is dropped, and the rest is added up. PageRank is
linear, so that nothing else changes by it.

Walking apart has a second use. The question can open and close the graph for each seed anew: what
a turn says with those words of the question that *this* seed does not hold (`graph.bridges.gates`)
opens it. A gate only shares out what leaves a node among its neighbours; so what ends on a node
counts once more as far as that node is open.

This costs a push for each seed, where PageRank of all seeds at once takes one.
"""

from collections.abc import Callable, Collection, Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from graph.degrees import PLAIN, Scales
from graph.knowledge import KnowledgeGraph
from graph.model import HEAVIEST, Node, NodeKind
from graph.paths import COMMONEST
from graph.seeds import HALVED
from graph.walk import Gate
from graph.weights import rarity

DAMPING = 0.8
"""The share of walks that go on at each step. HippoRAG 2 has .5; but from one turn to the next it
takes two steps, and from a seed by itself nothing that is near drowns what is far."""

REACHED = 50
"""Nodes that are asked for of the walks from a seed: where most of them end."""

EPS = 1e-3
"""How much a push may leave unspread, beside a node's weight. With a hundredth of it and six times
as many nodes, figures on MuSiQue and HotpotQA are the same within .005, and a question takes five
times as long."""

Opening: TypeAlias = Callable[[Node], Gate]
"""Gives the gate for the walks from a seed: a factor for every node by its number, shape (n,)."""


def leading(graph: KnowledgeGraph, *, among: Collection[NodeKind] = (NodeKind.TURN,)) -> Gate:
    """Return a gate by how rare entities are: for any question, good until the graph is written to.

    `by_rarity` of how many nodes of the kinds `among` name an entity, or are about it. 1 for all
    that is no entity. Reads every edge.
    """
    kinds = graph.register.kinds.values
    ones, others, packed = graph.matrix.all_arcs()
    naming = (kinds[ones] == NodeKind.ENTITY) & np.isin(kinds[others], list(among))
    naming &= (packed & HEAVIEST) > 0  # what was removed may still be there, weighing nothing
    pairs = np.unique(np.stack([ones[naming], others[naming]]), axis=1)
    named = np.bincount(pairs[0], minlength=graph.matrix.size)
    gate = graph.gate()
    entities = np.flatnonzero(kinds[: len(gate)] == NodeKind.ENTITY)
    gate[entities] = by_rarity(named[entities])
    return gate


def by_rarity(named: NDArray[np.integer]) -> Gate:
    """Return how far entities are open: the fewer nodes name one, the nearer to 1; shape (n,).

    0 for more than `graph.paths.COMMONEST`, and for a single one, where an entity leads back and
    nowhere else.
    """
    return rarity(named, of=COMMONEST) * (named > 1)


def outward(
    graph: KnowledgeGraph,
    seeds: Sequence[Node],
    *,
    opening: Opening,
    kinds: Collection[NodeKind] = (NodeKind.TURN,),
    scales: Scales = PLAIN,
    halved: float = HALVED,
    damping: float = DAMPING,
    eps: float = EPS,
    reached: int = REACHED,
) -> dict[Node, float]:
    """Return where walks end that leave the seeds, best seed first: 1 for where most do.

    Each seed sends out `halved` of what the one before it sends. Only nodes of these `kinds` are
    in the outcome; a seed is there when walks from another seed come to it. A seed that is not
    known, or closed by its own gate, sends out nothing, and no walk at all means an empty outcome.
    """
    arrived: dict[Node, float] = {}
    for rank, seed in enumerate(seeds):
        gate = opening(seed)
        answer = graph.rank(
            {seed: 1.0},
            k=reached,
            kinds=kinds,
            scales=scales,
            gate=gate,
            damping=damping,
            eps=eps,
        )
        for found in answer.found:
            number = graph.register.find(found.node)
            if found.node != graph.resolve(seed) and number is not None:
                worth = halved**rank * found.mass * float(gate[number])
                arrived[found.node] = arrived.get(found.node, 0.0) + worth
    most = max(arrived.values(), default=0.0)
    return {node: worth / most for node, worth in arrived.items() if worth > 0}

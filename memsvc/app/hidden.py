"""What of a graph nobody may see, because only turns say it that have expired and are still held.

Such turns go soon (`memsvc.app.expire`), and until then they are as good as gone: no node that only
they speak of is shown, and no walk goes over one. Mostly there are none, and nothing is looked at.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import combinations

import numpy as np

from graph.knowledge import KnowledgeGraph
from graph.model import Edge, EdgeKind, Node, NodeKind
from graph.walk import OPEN, Gate
from memsvc.ports.indexes import SpaceIndexes


@dataclass(frozen=True, slots=True)
class Hidden:
    """Nodes that are hidden, and pairs of entities that only hidden facts relate."""

    nodes: frozenset[Node] = frozenset()
    unrelated: frozenset[frozenset[Node]] = frozenset()

    @property
    def facts(self) -> list[int]:
        """The keys of hidden facts."""
        return [int(node.id) for node in self.nodes if node.kind == NodeKind.FACT]

    def gate(self, graph: KnowledgeGraph) -> Gate:
        """Return the gate that hides the nodes."""
        return graph.gate(hidden=self.nodes) if self.nodes else OPEN

    def passable(self, kinds: Collection[EdgeKind]) -> list[EdgeKind]:
        """Return those of these kinds of edges that may be gone over.

        A gate cannot hide an edge by itself, so while a relation is hidden none is gone over.
        """
        return [kind for kind in kinds if kind != EdgeKind.RELATION or not self.unrelated]

    def shows(self, edge: Edge) -> bool:
        """Tell whether an edge between nodes that are shown may be shown, too."""
        return (
            not self.unrelated
            or edge.kind != EdgeKind.RELATION
            or frozenset((edge.one, edge.other)) not in self.unrelated
        )


NONE = Hidden()


def hidden_in(indexes: SpaceIndexes, graph: KnowledgeGraph, *, now: datetime) -> Hidden:
    """Return what is hidden at a moment."""
    gone = indexes.timeline.expired(now)
    if len(gone) == 0:
        return NONE
    turns = {Node(NodeKind.TURN, key) for key in gone.tolist()}
    named = [indexes.mentions.named_by(turn).numbers for turn in gone.tolist()]
    entities = {
        Node(NodeKind.ENTITY, number)
        for number in np.unique(np.concatenate(named)).tolist()
        if np.isin(indexes.mentions.naming(number).numbers, gone).all()
    }
    parts = {
        part
        for turn in turns
        for part in _beside(graph, turn, EdgeKind.PART, {NodeKind.FACT, NodeKind.EVENT})
    }
    bereft = {
        part for part in parts if turns.issuperset(_beside(graph, part, EdgeKind.PART, _TURNS))
    }
    facts = {node for node in bereft if node.kind == NodeKind.FACT}
    return Hidden(frozenset(turns | entities | bereft), frozenset(_unrelated(graph, facts, bereft)))


_TURNS = frozenset({NodeKind.TURN})
_FACTS = frozenset({NodeKind.FACT})
_ENTITIES = frozenset({NodeKind.ENTITY})


def _unrelated(
    graph: KnowledgeGraph, facts: Collection[Node], bereft: Collection[Node]
) -> Iterator[frozenset[Node]]:
    """Yield the pairs at the ends of hidden facts that no other fact has at its ends."""
    for fact in facts:
        ends = sorted(_beside(graph, fact, EdgeKind.MENTION, _ENTITIES))
        for pair in combinations(ends, 2):
            one, other = (set(_beside(graph, end, EdgeKind.MENTION, _FACTS)) for end in pair)
            if (one & other).issubset(bereft):
                yield frozenset(pair)


def _beside(
    graph: KnowledgeGraph, node: Node, kind: EdgeKind, kinds: Collection[NodeKind]
) -> Iterator[Node]:
    """Yield the neighbours of a node over one kind of edge, of these kinds of node."""
    number = graph.register.find(graph.resolve(node))
    if number is None:
        return
    targets, of_kind, _ = graph.matrix.row(number)
    for target in targets[of_kind == kind].tolist():
        found = graph.register.node(target)
        if found.kind in kinds:
            yield found

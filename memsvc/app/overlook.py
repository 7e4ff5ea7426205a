"""Overlook: the middle of a space's graph, or the whole community of a node, for who looks at it.

Choosing the middle is a matter of counts and done while the indexes are lent. Communities look at
every edge, so they are sought in a copy, when the indexes have been given back.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from graph.central import Middle, middle
from graph.model import UNIT, EdgeKind, Node, NodeKind
from graph.outline import Outline, outline
from memsvc.app.draw import Draw, Lent
from memsvc.app.shown import Named, ShownEdge, lasting, public_names
from memsvc.domain.access import Access
from memsvc.domain.errors import TooLarge
from memsvc.domain.ids import SpaceKey, SpaceName

MOST_OVERLOOKED = 1_000_000
"""Edges of a graph of which the middle is sought: 60 MB for as long as that takes."""

MOST_DIVIDED = 50_000
"""Edges of a graph that is divided into communities: some five seconds of one core."""

SEED = 7
"""The same graph is divided into the same communities."""


@dataclass(frozen=True, slots=True)
class Overview:
    """What is shown, hubs first, each with its neighbours in all; and how much there is in all."""

    nodes: Sequence[tuple[Named, int]]
    edges: Sequence[ShownEdge]
    nodes_in_all: int
    edges_in_all: int
    is_truncated: bool


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much may be shown: nodes, edges among them, and over which kinds."""

    nodes: int
    edges: int
    kinds: Collection[EdgeKind]


@dataclass(frozen=True, slots=True)
class Overlook:
    """The use cases, with what they need. Each raises `SpaceNotFound`, and `TooLarge`."""

    draw: Draw

    def middle(self, access: Access, space: SpaceName, bounds: Bounds) -> Overview:
        """Return the hubs and what hangs between them."""
        with self.draw.lent(access, space) as lent:
            copied = _copied(lent, bounds.kinds, most=MOST_OVERLOOKED)
            found = middle(copied.columns, most=bounds.nodes, most_edges=bounds.edges)
            nodes = {n: lasting(copied.nodes[n], lent.indexes) for n in found.neighbours}
        return self._shown(lent.space.key, found, nodes)

    def community(
        self, access: Access, space: SpaceName, node: tuple[NodeKind, str], bounds: Bounds
    ) -> Overview:
        """Return the community that a node is in, among all nodes; it alone if nothing joins it.

        Raises the NotFound of what was named.
        """
        from graph.communities import communities  # noqa: PLC0415  loads networkx when needed

        with self.draw.lent(access, space) as lent:
            copied = _copied(lent, bounds.kinds, most=MOST_DIVIDED)
            wanted = lent.graph.resolve(self.draw.found(lent, node))
            nodes = {n: lasting(one, lent.indexes) for n, one in copied.nodes.items()}
        parts = communities(copied, seed=SEED)
        its = next((part for part in parts if wanted in part), frozenset[Node]())
        numbers = [number for number, one in copied.nodes.items() if one in its]
        found = middle(copied.columns, most=bounds.nodes, most_edges=bounds.edges, within=numbers)
        return self._shown(lent.space.key, found, nodes)

    def _shown(self, space: SpaceKey, found: Middle, nodes: Mapping[int, Node]) -> Overview:
        with self.draw.recall.keeping.read() as reading:
            names = public_names(
                [nodes[number] for number in found.neighbours], reading=reading, space=space
            )
        named = {n: names[nodes[n]] for n in found.neighbours if nodes[n] in names}
        columns = (column.tolist() for column in found.edges)
        return Overview(
            nodes=[(one, found.neighbours[number]) for number, one in named.items()],
            edges=[
                ShownEdge(named[one], named[other], EdgeKind(kind), units / UNIT)
                for one, other, kind, units in zip(*columns, strict=True)
                if one in named and other in named
            ],
            nodes_in_all=found.nodes_in_all,
            edges_in_all=found.edges_in_all,
            is_truncated=found.is_truncated,
        )


def _copied(lent: Lent, kinds: Collection[EdgeKind], *, most: int) -> Outline:
    """Copy the edges that may be gone over. Raises `TooLarge`."""
    copied = outline(
        lent.graph,
        most_edges=most,
        kinds=lent.hidden.passable(kinds),
        gate=lent.hidden.gate(lent.graph),
    )
    if copied is None:
        raise TooLarge(
            f"The graph has more than {most} edges of these kinds; name fewer kinds, or ask for "
            "the neighbourhood of a node.",
            field="kinds",
            limit=most,
        )
    return copied

"""What the graph is made of: kinds of nodes, kinds of edges, and the weight of one edge.

Everything here is plain: a node is a kind and the id that the caller knows it by; nothing says
where it is kept. Edges have no direction, no self-loops, and one weight for each kind between the
same two nodes.

Weights are **integers**, in units of 1/65,536. Sums of integers do not depend on the order in
which they are made, and what was added can be taken away again exactly; with floats, a graph
that had lost a turn would differ in its last digits from one that never had it.
"""

from enum import IntEnum
from typing import NamedTuple, TypeAlias

Id: TypeAlias = int | str
"""How the caller knows a node or a source: an integer from 0 to 2**55 - 1, or a string."""

FIRST_FORBIDDEN_ID = 2**55

UNIT = 65_536
"""Units of weight in 1.0."""

HEAVIEST = 2**28 - 1
"""The most units that an edge weighs in a walk: 4,095.99. Sums beyond it are kept exactly."""


class NodeKind(IntEnum):
    """What a node stands for. The numbers are stored in snapshots: append, never renumber."""

    ENTITY = 0
    FACT = 1
    EVENT = 2
    """An event of a stream, or a passage of a document."""
    TURN = 3
    SENTENCE = 4
    NOTE = 5


class EdgeKind(IntEnum):
    """Why two nodes are joined. The numbers are stored in snapshots; there is room for 8."""

    MENTION = 0
    """A turn, event or fact names an entity."""
    ABOUT = 1
    """A turn or event is about an entity, as a passage is about its title."""
    RELATION = 2
    """A fact relates two entities."""
    SYNONYM = 3
    """Two names may mean the same."""
    ADJACENCY = 4
    """Two turns or events follow each other in a stream."""
    LINK = 5
    """A note is linked to a note."""
    PART = 6
    """A sentence is part of a turn, a turn of an event, a note made from one."""


class Node(NamedTuple):
    """A node as its caller knows it."""

    kind: NodeKind
    id: Id


class Edge(NamedTuple):
    """One thing that a source says: `one` and `other` are joined, this strongly."""

    one: Node
    other: Node
    kind: EdgeKind
    units: int


def in_units(weight: float) -> int:
    """Return a weight as units: to the nearest, but at least one, for what was said must count.

    Raises `ValueError` for a weight that is not above zero, or not finite.
    """
    if not 0.0 < weight < float("inf"):
        raise ValueError(f"A weight must be above zero and finite, not {weight}.")
    return max(1, round(weight * UNIT))


def check(edge: Edge) -> None:
    """Raise `ValueError` when a weight or an id is out of bounds."""
    if not 0 < edge.units <= HEAVIEST:
        raise ValueError(f"An edge weighs from 1 to {HEAVIEST} units, not {edge.units}.")
    for node in (edge.one, edge.other):
        if isinstance(node.id, int) and not 0 <= node.id < FIRST_FORBIDDEN_ID:
            raise ValueError(f"An id must be from 0 to 2**55 - 1, not {node.id}.")

"""Nodes of a graph by the names that callers know: ids of turns, events and facts, and entities.

Inside, nodes have keys and numbers. What only the indexes can tell, the name of an entity and the
key of an event, is told while they are lent (`lasting`); ids and labels come from rows
(`public_names`), of which some may be gone by then.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from graph.model import EdgeKind, Node, NodeKind
from memsvc.domain.ids import EventKey, FactKey, SpaceKey
from memsvc.domain.memory import Source
from memsvc.ports.indexes import SpaceIndexes
from memsvc.ports.keeping import Reading

LONGEST_LABEL = 80
"""Characters of a label: a glance, since whoever wants the text can read the turn."""

_SPACES = re.compile(r"\s+")


class Named(NamedTuple):
    """A node as callers know it, with a label for people.

    Of a turn also when it happened, whose words it has and in which role; of an event when it
    began.
    """

    kind: NodeKind
    id: str
    label: str
    at: datetime | None = None
    source: Source | None = None
    role: str | None = None


@dataclass(frozen=True, slots=True)
class ShownNode:
    """A node that is shown. `mass` is its PageRank, `seed` the weight that walks began with."""

    named: Named
    mass: float | None = None
    seed: float | None = None


@dataclass(frozen=True, slots=True)
class ShownEdge:
    """An edge between two nodes that are shown."""

    one: Named
    other: Named
    kind: EdgeKind
    weight: float


@dataclass(frozen=True, slots=True)
class ShownStep:
    """One step of a path: the kinds of edges that it goes over, and the mass that arrives."""

    kinds: Sequence[EdgeKind]
    mass: float


@dataclass(frozen=True, slots=True)
class ShownPath:
    """How a turn was reached: the nodes from a seed to it, with a step between every two.

    `share` is how much of its mass came by this path alone.
    """

    nodes: Sequence[Named]
    steps: Sequence[ShownStep]
    share: float


@dataclass(frozen=True, slots=True)
class View:
    """A part of a graph, as it is shown. `is_truncated` says that there is more."""

    nodes: Sequence[ShownNode]
    edges: Sequence[ShownEdge]
    paths: Sequence[ShownPath]
    is_truncated: bool


def lasting(node: Node, indexes: SpaceIndexes) -> Node:
    """Return a node by what outlives the indexes: an entity's name, an event's key."""
    if node.kind == NodeKind.ENTITY:
        return Node(node.kind, indexes.mentions.name_of(int(node.id)))
    if node.kind == NodeKind.EVENT:
        return Node(node.kind, indexes.episodes.key_of(int(node.id)))
    return node


def public_names(
    nodes: Collection[Node], *, reading: Reading, space: SpaceKey
) -> Mapping[Node, Named]:
    """Return how callers know these nodes, which are `lasting`; those without a row are left out.

    A statement a kind.
    """
    entities = [node for node in nodes if node.kind == NodeKind.ENTITY]
    given = {one.into: one.spelled for one in reading.merges.all(space)} if entities else {}
    found = {
        node: Named(node.kind, str(node.id), given.get(str(node.id)) or str(node.id))
        for node in entities
    }
    for turn in reading.turns.by_keys(space, _ids(nodes, NodeKind.TURN)):
        text = clipped(f"{turn.speaker or turn.role}: {turn.content}")
        found[Node(NodeKind.TURN, turn.key)] = Named(
            NodeKind.TURN, turn.id, text, turn.at, turn.source, turn.role
        )
    events = [EventKey(key) for key in _ids(nodes, NodeKind.EVENT)]
    for event in reading.events.by_keys(space, events) if events else ():
        text = clipped(f"{event.stream} {event.number}")
        found[Node(NodeKind.EVENT, event.key)] = Named(
            NodeKind.EVENT, event.id, text, event.first_at
        )
    facts = [FactKey(key) for key in _ids(nodes, NodeKind.FACT)]
    for fact in reading.facts.by_keys(space, facts) if facts else ():
        text = clipped(f"{fact.subject} {fact.predicate} {fact.object}")
        found[Node(NodeKind.FACT, fact.key)] = Named(NodeKind.FACT, fact.id, text)
    return found


def clipped(text: str) -> str:
    """Return a text on one line, cut to the length of a label."""
    line = _SPACES.sub(" ", text[: 4 * LONGEST_LABEL]).strip()
    return line if len(line) <= LONGEST_LABEL else f"{line[: LONGEST_LABEL - 1]}…"


def _ids(nodes: Collection[Node], kind: NodeKind) -> list[int]:
    return sorted(int(node.id) for node in nodes if node.kind == kind)

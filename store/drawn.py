"""The graph of a space, drawn from what is in memory of it, and kept in step with it.

Sources of edges are turns by their keys, facts by theirs from `FIRST_FACT` on, and names by what
they are called. Names and events have numbers that hold until the next load, and so does the graph:
it is never on disk, and drawing it takes about as long as reading it would.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from graph import weights
from graph.batches import Columns
from graph.knowledge import KnowledgeGraph
from graph.matrix import Edges
from graph.model import Edge, EdgeKind, Node, NodeKind, in_units
from graph.naming import Numbers
from memsvc.ports.indexes import NOBODY
from store.delta import Delta, StatedFact
from store.episodes import EpisodeColumns
from store.knowing import Knowing
from store.mentions import MentionColumns
from store.merged import bearers_of
from store.timeline import ArrayTimeline

FIRST_FACT = 2**54
"""Keys of turns lie below."""

KIND_BITS = 56
"""Ids of nodes lie below; see `graph.register`."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """A graph, and which nodes are merged in it into which, by the names of the former."""

    graph: KnowledgeGraph
    merged: dict[str, tuple[Node, Node]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Drawing:
    """What a graph is drawn from."""

    timeline: ArrayTimeline
    mentions: MentionColumns
    episodes: EpisodeColumns
    knowing: Knowing

    def draw(self) -> Drawn:
        """Return the graph as everything stands."""
        made = Drawn(KnowledgeGraph.of(_columns([*self._turns(), self._facts()])))
        for name in self.knowing.synonyms:
            made.graph.put(name, self._of_name(name))
        self._merge(made)
        return made

    def follow(self, drawn: Drawn, delta: Delta) -> None:
        """Bring a graph up to a change that everything else has taken over already."""
        graph = drawn.graph
        changed = {turn.key for turn in delta.added}.union(
            delta.mentions,
            *(event.turns for event in delta.closed),
            self.timeline.standing_after(delta.removed),
        )
        merged = self._merged()
        for name, ends in list(drawn.merged.items()):
            if merged.get(name) != ends:
                graph.unmerge(ends[0])
                del drawn.merged[name]
        for turn in delta.removed:
            graph.remove(turn)
        self._put_turns(graph, sorted(changed))
        for key, stands in delta.facts.items():
            graph.put(FIRST_FACT + key, () if stands is None else self._of_fact(key, stands))
        for name in delta.synonyms:
            graph.put(name, self._of_name(name))
        self._merge(drawn)

    def _put_turns(self, graph: KnowledgeGraph, keys: Sequence[int]) -> None:
        places = self.timeline.places(np.array(keys, dtype=np.int64))
        for key, place in zip(keys, places.tolist(), strict=True):
            graph.put(key, () if place == NOBODY else list(self._of_turn(key, place)))

    def _of_turn(self, key: int, place: int) -> Iterator[Edge]:
        turn = Node(NodeKind.TURN, key)
        numbers, about = self.mentions.named_at(place)
        entities = [Node(NodeKind.ENTITY, number) for number in numbers.tolist()]
        yield from weights.mentions(turn, dict.fromkeys(entities, 1))
        yield from weights.about(turn, (e for e, is_ in zip(entities, about, strict=True) if is_))
        before = int(self.timeline.neighbours(np.array([key], dtype=np.int64)).before[0])
        if before != NOBODY:
            yield weights.adjacent(turn, Node(NodeKind.TURN, before))
        event = int(self.episodes.at(np.array([place]))[0])
        if event != NOBODY:
            yield weights.part(turn, Node(NodeKind.EVENT, event))

    def _of_fact(self, key: int, fact: StatedFact) -> list[Edge]:
        """Have a fact name its ends, relate them for every turn that says so, and be part of it.

        What a fact names its turns name, so the names at its ends are known.
        """
        node = Node(NodeKind.FACT, key)
        ends = (self._entity(fact.subject), self._entity(fact.object))
        return [
            *weights.mentions(node, dict.fromkeys(ends, 1)),
            *weights.relations([ends] * len(fact.turns)),
            *(weights.part(node, Node(NodeKind.TURN, turn)) for turn in fact.turns),
        ]

    def _of_name(self, name: str) -> list[Edge]:
        """Have a name bring those of its synonyms that are still named, if it is itself."""
        if self.mentions.number_of(name) is None:
            return []
        near = [
            (self._entity(other), cosine)
            for other, cosine in self.knowing.synonyms.get(name, ())
            if self.mentions.number_of(other) is not None
        ]
        return weights.synonyms(self._entity(name), near, least_cosine=0.0)

    def _entity(self, name: str) -> Node:
        number = self.mentions.number_of(name)
        assert number is not None, name  # noqa: S101  what is named has a number
        return Node(NodeKind.ENTITY, number)

    def _merge(self, drawn: Drawn) -> None:
        for name, (node, into) in self._merged().items():
            if name not in drawn.merged:
                drawn.graph.merge(node, into)
                drawn.merged[name] = (node, into)

    def _merged(self) -> dict[str, tuple[Node, Node]]:
        """Return what is merged into which, by names; a name that was given is who bears it.

        It changes with the merges, and when a name that was given is written or written no more.
        """
        merges = self.knowing.merges
        bearers = bearers_of(self.mentions.number_of, merges)
        found = {}
        for name, into in merges.items():
            node = self._entity(name)
            other = Node(NodeKind.ENTITY, bearers[into]) if into in bearers else self._entity(into)
            if node != other:
                found[name] = (node, other)
        return found

    def _turns(self) -> Iterator["_Edges"]:
        """Yield what all turns say, as `_of_turn` does for one."""
        keys = self.timeline.keys()
        places = self.timeline.places(keys)
        flat = self.mentions.named_at_each(places)
        owners = np.repeat(keys, flat.each)
        share = np.array(
            [0, *(in_units(1 / n) for n in range(1, int(flat.each.max(initial=0)) + 1))]
        )
        yield _Edges.of(
            EdgeKind.MENTION,
            (NodeKind.TURN, owners),
            (NodeKind.ENTITY, flat.numbers),
            units=np.repeat(share[flat.each], flat.each),
            sources=owners,
        )
        of_subjects = owners[flat.about]
        yield _Edges.of(
            EdgeKind.ABOUT,
            (NodeKind.TURN, of_subjects),
            (NodeKind.ENTITY, flat.numbers[flat.about]),
            units=np.full(len(of_subjects), in_units(weights.ABOUT)),
            sources=of_subjects,
        )
        before = self.timeline.neighbours(keys).before
        later = before != NOBODY
        yield _Edges.of(
            EdgeKind.ADJACENCY,
            (NodeKind.TURN, keys[later]),
            (NodeKind.TURN, before[later]),
            units=np.full(int(later.sum()), in_units(weights.ADJACENCY)),
            sources=keys[later],
        )
        event = self.episodes.at(places).astype(np.int64)
        inside = event != NOBODY
        yield _Edges.of(
            EdgeKind.PART,
            (NodeKind.TURN, keys[inside]),
            (NodeKind.EVENT, event[inside]),
            units=np.full(int(inside.sum()), in_units(weights.PART)),
            sources=keys[inside],
        )

    def _facts(self) -> "_Edges":
        said = [
            (_key(edge.one), _key(edge.other), edge.kind, edge.units, FIRST_FACT + key)
            for key, fact in self.knowing.facts.items()
            for edge in self._of_fact(key, fact)
        ]
        columns = np.array(said, dtype=np.int64).reshape(-1, 5).T
        return _Edges(columns[0], columns[1], columns[2], columns[3], columns[4])


class _Edges(NamedTuple):
    """Edges as columns; `one` and `other` are nodes as numbers that hold kind and id."""

    one: Numbers
    other: Numbers
    kinds: Numbers
    units: Numbers
    sources: Numbers

    @classmethod
    def of(
        cls,
        kind: EdgeKind,
        one: tuple[NodeKind, Numbers],
        other: tuple[NodeKind, Numbers],
        *,
        units: Numbers,
        sources: Numbers,
    ) -> "_Edges":
        here, there = (kind_of << KIND_BITS | ids.astype(np.int64) for kind_of, ids in (one, other))
        return cls(here, there, np.full(len(sources), kind, dtype=np.int64), units, sources)


def _columns(parts: Sequence[_Edges]) -> Columns:
    """Return a graph in columns, its nodes in the order of kind and id."""
    one, other, kinds, units, sources = (
        np.concatenate(columns) for columns in zip(*parts, strict=True)
    )
    nodes, ends = np.unique(np.concatenate([one, other]), return_inverse=True)
    here, there = ends.astype(np.int32).reshape(2, -1)
    return Columns(
        kinds=(nodes >> KIND_BITS).astype(np.int8),
        ids=nodes & ((1 << KIND_BITS) - 1),
        edges=Edges(here, there, kinds.astype(np.int8), units),
        sources=sources,
    )


def _key(node: Node) -> int:
    assert isinstance(node.id, int)  # noqa: S101  every node here is known by a number
    return node.kind << KIND_BITS | node.id

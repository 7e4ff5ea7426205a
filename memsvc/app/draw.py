"""Draw: the graph of a space around a node, or as a question activates it.

The indexes are lent, and so the space's writer waits, for as long as a walk and some rows of the
graph take: how many nodes come back is bounded. Turns that have expired and are still held are
hidden, with whatever only they speak of, and nothing is reached over them.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from graph.degrees import scales
from graph.knowledge import KnowledgeGraph
from graph.model import UNIT, EdgeKind, Node, NodeKind
from graph.outline import Part, among, around
from graph.why import Path, why
from memsvc.app.hidden import Hidden, hidden_in
from memsvc.app.look_up import the_event, the_fact, the_turn
from memsvc.app.recall import Recall
from memsvc.app.shown import (
    ShownEdge,
    ShownNode,
    ShownPath,
    ShownStep,
    View,
    lasting,
    public_names,
)
from memsvc.domain.access import Access, Role
from memsvc.domain.errors import EntityNotFound, EventNotFound
from memsvc.domain.ids import EventId, FactId, SpaceName, TurnId
from memsvc.domain.memory import Space
from memsvc.domain.recall import Question
from memsvc.ingest.extract.mention import normal
from memsvc.ports.indexes import SpaceIndexes
from memsvc.ports.keeping import Reading
from memsvc.ports.world import Clock
from retrieval.seeding import seeds_of

EXPLAINED = 5
"""Best turns of which the path is shown: each costs a walk of its own."""

EVERY_KIND = tuple(EdgeKind)


@dataclass(frozen=True, slots=True)
class Lent:
    """A space's graph while its indexes are lent."""

    space: Space
    indexes: SpaceIndexes
    reading: Reading
    graph: KnowledgeGraph
    hidden: Hidden

    def shown(
        self,
        part: Part,
        *,
        mass: Mapping[Node, float] | None = None,
        seeds: Mapping[Node, float] | None = None,
        paths: Sequence[Path] = (),
    ) -> View:
        """Return a part of the graph by names that callers know."""
        on_paths = {node for path in paths for node in path.nodes}
        outer = {node: lasting(node, self.indexes) for node in {*part.nodes, *on_paths}}
        names = public_names(list(outer.values()), reading=self.reading, space=self.space.key)
        named = {node: names[lasts] for node, lasts in outer.items() if lasts in names}
        return View(
            nodes=[
                ShownNode(named[node], (mass or {}).get(node), (seeds or {}).get(node))
                for node in part.nodes
                if node in named
            ],
            edges=[
                ShownEdge(named[edge.one], named[edge.other], edge.kind, edge.units / UNIT)
                for edge in part.edges
                if edge.one in named and edge.other in named
            ],
            paths=[
                ShownPath(
                    [named[node] for node in path.nodes],
                    [ShownStep(step.kinds, step.mass) for step in path.steps],
                    path.share,
                )
                for path in paths
                if named.keys() >= set(path.nodes)
            ],
            is_truncated=part.is_truncated,
        )


@dataclass(frozen=True, slots=True)
class Draw:
    """The use cases, with what they need. Each raises `SpaceNotFound`."""

    recall: Recall
    clock: Clock

    def around(
        self,
        access: Access,
        space: SpaceName,
        node: tuple[NodeKind, str],
        *,
        depth: int,
        limit: int,
        kinds: Collection[EdgeKind] = EVERY_KIND,
    ) -> View:
        """Return what stands within `depth` steps of a node, over edges of these kinds.

        The node is an entity by any spelling, or a turn, event or fact by its id. Raises the
        NotFound of what was named.
        """
        with self.lent(access, space) as lent:
            start = self.found(lent, node)
            part = around(
                lent.graph,
                start,
                depth=depth,
                most=limit,
                kinds=lent.hidden.passable(kinds),
                gate=lent.hidden.gate(lent.graph),
            )
            return lent.shown(part)

    def activated(
        self,
        access: Access,
        space: SpaceName,
        question: str,
        *,
        limit: int,
        kinds: Collection[EdgeKind] = EVERY_KIND,
    ) -> View:
        """Return the nodes to which a question's walks lead most, with the mass of each.

        Walks go over edges of these kinds. Of the best turns, the paths by which most of their mass
        came are shown.
        """
        access.require(Role.READER, space=space)
        asked = self.recall.asked(Question(question))
        with self.lent(access, space) as lent:
            of_space = asked.of(lent.reading, lent.space, lent.indexes)
            seeds = seeds_of(of_space, hidden_facts=lent.hidden.facts)
            return self._walked(lent, seeds, limit=limit, kinds=kinds)

    def _walked(
        self, lent: Lent, seeds: Mapping[Node, float], *, limit: int, kinds: Collection[EdgeKind]
    ) -> View:
        graph, gate = lent.graph, lent.hidden.gate(lent.graph)
        kinds = lent.hidden.passable(kinds)
        by_kind = scales(dict.fromkeys(kinds, 1.0), others=0.0)
        found = graph.rank(seeds, k=limit + 1, scales=by_kind, gate=gate).found
        mass = {one.node: one.mass for one in found[:limit]}
        numbers = graph.numbers(dict.fromkeys(mass, 1.0))
        part = among(graph, list(numbers), kinds=kinds)
        turns = [node for node in mass if node.kind == NodeKind.TURN][:EXPLAINED]
        paths = [why(graph, seeds, turn, scales=by_kind, gate=gate) for turn in turns]
        total = sum(seeds.values()) or 1.0
        started = {graph.resolve(node): weight / total for node, weight in seeds.items()}
        return lent.shown(
            Part(tuple(mass), part.edges, part.is_truncated or len(found) > limit),
            mass=mass,
            seeds=started,
            paths=[path for path in paths if path is not None],
        )

    @contextmanager
    def lent(self, access: Access, space: SpaceName) -> Iterator[Lent]:
        """Lend a space's graph to whoever may read it; its writer waits meanwhile."""
        access.require(Role.READER, space=space)
        recall = self.recall
        with (
            recall.opened(space) as (held, indexes),
            recall.keeping.read() as reading,
        ):
            graph = indexes.knowledge.graph()
            hidden = hidden_in(indexes, graph, now=self.clock.latest())
            yield Lent(held, indexes, reading, graph, hidden)

    def found(self, lent: Lent, node: tuple[NodeKind, str]) -> Node:
        """Return the node that is called so, or raise that it is not there."""
        kind, name = node
        space, reading = lent.space, lent.reading
        if kind == NodeKind.TURN:
            return Node(kind, the_turn(reading, space, TurnId(name), now=self.clock.latest()).key)
        if kind == NodeKind.EVENT:
            event = the_event(reading, space.key, EventId(name))
            number = lent.indexes.episodes.number_of(event.key)
            if number is None:  # it closed a moment ago
                raise EventNotFound(name)
            return Node(kind, number)
        if kind == NodeKind.FACT:
            return Node(kind, the_fact(reading, space, FactId(name), now=self.clock.latest()).key)
        entity = lent.indexes.mentions.number_of(normal(name))
        if entity is None or Node(kind, entity) in lent.hidden.nodes:
            raise EntityNotFound(name)
        return Node(kind, entity)

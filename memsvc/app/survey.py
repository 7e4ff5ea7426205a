"""Survey: the graph of a space as a whole, counted or handed to other programs.

What looks at every edge takes seconds and half a kilobyte an edge, so it works on a copy, when the
indexes have been given back; and above a size nothing of that kind is done at all.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from graph.model import EdgeKind, Node
from graph.outline import Outline, Tally, outline, tally
from memsvc.app.hidden import hidden_in
from memsvc.app.shown import Named, lasting, public_names
from memsvc.app.within import within
from memsvc.domain.access import Access
from memsvc.domain.errors import TooLarge
from memsvc.domain.ids import SpaceKey, SpaceName
from memsvc.ports.indexes import Shelf
from memsvc.ports.keeping import Keeping
from memsvc.ports.world import Clock

MOST_SURVEYED = 50_000
"""Edges of which communities are sought: some five seconds of one core, and 25 MB for as long."""

MOST_EXPORTED = 100_000
"""Edges of an export: some ten seconds of one core, 50 MB while it is made, 40 MB of GraphML."""

HUBS = 20
LARGEST = 10
"""Components and communities that are told of, the largest."""

MEMBERS = 5
"""Nodes that stand for a community: those with the most neighbours."""

SEED = 7
"""The same graph is cut into the same communities."""

EVERY_KIND = tuple(EdgeKind)


class Format(StrEnum):
    """How a graph is written for other programs."""

    GRAPHML = "graphml"
    JSON = "json"
    """networkx's node-link form."""


@dataclass(frozen=True, slots=True)
class NamedHub:
    """A node with many neighbours, and the weight of all its edges."""

    named: Named
    neighbours: int
    weight: float


@dataclass(frozen=True, slots=True)
class Community:
    """Nodes that are joined more densely to each other; `members` stand for all `size` of them."""

    size: int
    members: Sequence[Named]


@dataclass(frozen=True, slots=True)
class Shape:
    """What hangs together, who is central, which parts are dense."""

    components: int
    largest: Sequence[int]
    hubs: Sequence[NamedHub]
    communities: int
    densest: Sequence[Community]


@dataclass(frozen=True, slots=True)
class Stats:
    """Counts by kind, and the shape; that is None for a graph that is too large to be surveyed."""

    counts: Tally
    shape: Shape | None


@dataclass(frozen=True, slots=True)
class _Copy:
    """A graph that was copied out, by nodes that outlive the indexes."""

    space: SpaceKey
    outline: Outline


@dataclass(frozen=True, slots=True)
class Survey:
    """The use cases, with what they need. Each raises `SpaceNotFound`."""

    keeping: Keeping
    shelf: Shelf
    clock: Clock

    def stats(self, access: Access, space: SpaceName) -> Stats:
        """Count what there is, and describe its shape as far as it is not too large for that.

        In one too large, what has expired and is not deleted yet still counts.
        """
        copy = self._copied(access, space, EVERY_KIND, most_edges=MOST_SURVEYED)
        if isinstance(copy, Tally):
            return Stats(copy, None)
        return Stats(copy.outline.tally(), self._shape(copy))

    def export(
        self,
        access: Access,
        space: SpaceName,
        *,
        written_as: Format,
        kinds: Collection[EdgeKind] = EVERY_KIND,
    ) -> str | Mapping[str, object]:
        """Return the graph as GraphML, or as plain values for JSON; edges of these kinds.

        Raises `TooLarge` for more than `MOST_EXPORTED` edges.
        """
        from graph.export import graphml, node_link  # noqa: PLC0415  loads networkx when needed

        copy = self._copied(access, space, kinds, most_edges=MOST_EXPORTED)
        if isinstance(copy, Tally):
            raise TooLarge(
                f"The graph has more than {MOST_EXPORTED} edges of these kinds; name fewer kinds, "
                "or ask for the neighbourhood of a node.",
                field="kinds",
                limit=MOST_EXPORTED,
            )
        names = self._names(copy)
        public = copy.outline.renamed(lambda node: _public(node, names))
        texts = {Node(one.kind, one.id): one.label for one in names.values()}
        if written_as is Format.GRAPHML:
            return graphml(public, texts=texts)
        return node_link(public, texts=texts)

    def _copied(
        self, access: Access, space: SpaceName, kinds: Collection[EdgeKind], *, most_edges: int
    ) -> "_Copy | Tally":
        """Copy the graph while the indexes are lent; return counts alone where it is too large."""
        with within(
            access, space, keeping=self.keeping, shelf=self.shelf, clock=self.clock
        ) as inside:
            graph = inside.indexes.knowledge.graph()
            hidden = hidden_in(inside.indexes, graph, now=inside.now)
            copied = outline(graph, most_edges=most_edges, kinds=kinds, gate=hidden.gate(graph))
            if copied is None:
                return tally(graph)
            kept = copied.keeping(hidden.shows)
            return _Copy(inside.key, kept.renamed(lambda n: lasting(n, inside.indexes)))

    def _names(self, copy: "_Copy") -> Mapping[Node, Named]:
        with self.keeping.read() as reading:
            return public_names(
                list(copy.outline.nodes.values()), reading=reading, space=copy.space
            )

    def _shape(self, copy: "_Copy") -> Shape:
        from graph import communities  # noqa: PLC0415  loads networkx when it is needed

        found = communities.survey(copy.outline, seed=SEED, most_hubs=HUBS)
        parts = found.communities[:LARGEST]
        members = [found.most_joined(part, most=MEMBERS) for part in parts]
        asked = {*(hub.node for hub in found.hubs), *(node for part in members for node in part)}
        with self.keeping.read() as reading:
            names = public_names(list(asked), reading=reading, space=copy.space)
        return Shape(
            components=len(found.components),
            largest=[len(part) for part in found.components[:LARGEST]],
            hubs=[
                NamedHub(names[hub.node], hub.neighbours, hub.weight)
                for hub in found.hubs
                if hub.node in names
            ],
            communities=len(found.communities),
            densest=[
                Community(len(part), [names[node] for node in shown if node in names])
                for part, shown in zip(parts, members, strict=True)
            ],
        )


def _public(node: Node, names: Mapping[Node, Named]) -> Node | None:
    named = names.get(node)
    return None if named is None else Node(named.kind, named.id)

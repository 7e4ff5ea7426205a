"""The shapes of a space's graph, as they travel."""

from datetime import datetime
from typing import Literal, TypeAlias

from pydantic import Field

from memsvc.domain.memory import Source
from memsvc.sdk.wire import Answer

NodeKind: TypeAlias = Literal["entity", "fact", "event", "turn"]
EdgeKind: TypeAlias = Literal["mention", "about", "relation", "synonym", "adjacency", "part"]

REFERENCE = "Kind and id of a node, as `node` takes it: `entity:jaws`, `turn:t_1`."


class GraphNode(Answer):
    """A node: an entity by its name, or a turn, event or fact by its id."""

    node: str = Field(description=REFERENCE)
    kind: NodeKind = Field(description="What it stands for.")
    id: str = Field(description="The entity's name, or the id of the turn, event or fact.")
    label: str = Field(description="What it is, at a glance, for people.")
    mass: float | None = Field(
        default=None, description="Its PageRank from where the question starts; all sum to 1."
    )
    seed: float | None = Field(
        default=None, description="The share of walks that start here; null when none does."
    )
    at: datetime | None = Field(
        default=None, description="When a turn happened or an event began; null of the others."
    )
    source: Source | None = Field(
        default=None, description="Whose words a turn has; null of the others."
    )
    role: str | None = Field(default=None, description="The role of a turn; null of the others.")


class CentralNode(GraphNode):
    """A node, and how many nodes of the whole graph it is joined to."""

    neighbours: int = Field(description="How many nodes it is joined to, shown or not.")


class GraphEdge(Answer):
    """Why two nodes are joined, and how strongly. It has no direction."""

    one: str = Field(description=REFERENCE)
    other: str = Field(description="The other end.")
    kind: EdgeKind = Field(
        description="mention: names. about: is about. relation: a fact relates both. synonym: two "
        "names may mean the same. adjacency: stand next to each other. part: a turn is in an "
        "event, or says a fact."
    )
    weight: float = Field(description="The sum of what every turn or fact that says so adds.")


class GraphStep(Answer):
    """A step of a path."""

    kinds: list[EdgeKind] = Field(description="The edges it goes over, the heaviest first.")
    mass: float = Field(description="How much arrives.")


class GraphPath(Answer):
    """How the walks came to a turn: the path that brought the most."""

    turn: str = Field(description="The turn's id.")
    nodes: list[str] = Field(description="From where the walk started to the turn.")
    steps: list[GraphStep] = Field(description="A step between every two nodes.")
    share: float = Field(description="How much of the turn's mass came by this path alone.")


class GraphView(Answer):
    """A part of the graph."""

    nodes: list[GraphNode] = Field(
        description="The nearest first, or those with the most mass; only what stands."
    )
    edges: list[GraphEdge] = Field(description="Edges among these nodes, the heaviest first.")
    paths: list[GraphPath] = Field(
        default_factory=list, description="Why the best turns have mass; for a question."
    )
    is_truncated: bool = Field(description="True when there is more than is shown.")


class GraphOverview(Answer):
    """The middle of the graph, or a community of it."""

    nodes: list[CentralNode] = Field(
        description="The node with the most neighbours, then always the most joined neighbour of "
        "what is there: a smaller overview is the beginning of a larger one."
    )
    edges: list[GraphEdge] = Field(description="Edges among these nodes, the heaviest first.")
    nodes_in_all: int = Field(description="How many nodes the graph, or the community, has.")
    edges_in_all: int = Field(description="How many edges it has.")
    is_truncated: bool = Field(description="True when there is more than is shown.")


class Hub(Answer):
    """A node with many neighbours."""

    node: str = Field(description=REFERENCE)
    label: str = Field(description="What it is, at a glance, for people.")
    neighbours: int = Field(description="How many nodes it is joined to.")
    weight: float = Field(description="The weight of all its edges.")


class Community(Answer):
    """Nodes that are joined more densely to each other than to others."""

    size: int = Field(description="How many nodes.")
    members: list[str] = Field(description="Those with the most neighbours, five at most.")


class GraphShape(Answer):
    """How the graph hangs together."""

    components: int = Field(description="Parts that no edge joins.")
    largest: list[int] = Field(description="Nodes of the ten largest parts.")
    hubs: list[Hub] = Field(description="The 20 entities with the most neighbours.")
    communities: int = Field(description="Communities, by Louvain's method.")
    densest: list[Community] = Field(description="The ten largest communities.")


class GraphStats(Answer):
    """What there is in the graph of a space."""

    nodes: dict[NodeKind, int] = Field(description="How many are joined to any, by kind.")
    edges: dict[EdgeKind, int] = Field(description="How many, by kind.")
    shape: GraphShape | None = Field(
        description="Null for a graph of more than 50,000 edges, which would take too long."
    )

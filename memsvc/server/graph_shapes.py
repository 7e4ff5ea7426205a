"""Between the shapes of the graph and what the use cases speak."""

from collections.abc import Sequence
from typing import Any

from graph import model
from memsvc.app.overlook import Overview
from memsvc.app.shown import Named, ShownEdge, ShownNode, ShownPath, View
from memsvc.app.survey import Shape, Stats
from memsvc.sdk.graphs import (
    CentralNode,
    Community,
    EdgeKind,
    GraphEdge,
    GraphNode,
    GraphOverview,
    GraphPath,
    GraphShape,
    GraphStats,
    GraphStep,
    GraphView,
    Hub,
    NodeKind,
)

NODE_KINDS: dict[model.NodeKind, NodeKind] = {
    model.NodeKind.ENTITY: "entity",
    model.NodeKind.FACT: "fact",
    model.NodeKind.EVENT: "event",
    model.NodeKind.TURN: "turn",
}
EDGE_KINDS: dict[model.EdgeKind, EdgeKind] = {
    model.EdgeKind.MENTION: "mention",
    model.EdgeKind.ABOUT: "about",
    model.EdgeKind.RELATION: "relation",
    model.EdgeKind.SYNONYM: "synonym",
    model.EdgeKind.ADJACENCY: "adjacency",
    model.EdgeKind.PART: "part",
}
"""Every kind that the graph of a space is drawn of."""


def node_from(reference: str) -> tuple[model.NodeKind, str]:
    """Return the kind and name of a node that is written as `kind:name`."""
    kind, _, name = reference.partition(":")
    return model.NodeKind[kind.upper()], name


def kinds_from(kinds: Sequence[EdgeKind]) -> list[model.EdgeKind]:
    """Return kinds of edges; all for none."""
    return [model.EdgeKind[kind.upper()] for kind in kinds or EDGE_KINDS.values()]


def view_shape(view: View) -> GraphView:
    """Return a part of the graph."""
    return GraphView(
        nodes=[_node(node) for node in view.nodes],
        edges=[_edge(edge) for edge in view.edges],
        paths=[_path(path) for path in view.paths],
        is_truncated=view.is_truncated,
    )


def overview_shape(overview: Overview) -> GraphOverview:
    """Return the middle of the graph, or a community."""
    return GraphOverview(
        nodes=[
            CentralNode(**_said(named), neighbours=neighbours)
            for named, neighbours in overview.nodes
        ],
        edges=[_edge(edge) for edge in overview.edges],
        nodes_in_all=overview.nodes_in_all,
        edges_in_all=overview.edges_in_all,
        is_truncated=overview.is_truncated,
    )


def stats_shape(stats: Stats) -> GraphStats:
    """Return what there is in a graph."""
    return GraphStats(
        nodes={NODE_KINDS[kind]: count for kind, count in stats.counts.nodes.items()},
        edges={EDGE_KINDS[kind]: count for kind, count in stats.counts.edges.items()},
        shape=None if stats.shape is None else _shape(stats.shape),
    )


def _shape(shape: Shape) -> GraphShape:
    return GraphShape(
        components=shape.components,
        largest=list(shape.largest),
        hubs=[
            Hub(
                node=_reference(hub.named),
                label=hub.named.label,
                neighbours=hub.neighbours,
                weight=hub.weight,
            )
            for hub in shape.hubs
        ],
        communities=shape.communities,
        densest=[
            Community(size=each.size, members=[_reference(member) for member in each.members])
            for each in shape.densest
        ],
    )


def _reference(named: Named) -> str:
    return f"{NODE_KINDS[named.kind]}:{named.id}"


def _node(node: ShownNode) -> GraphNode:
    return GraphNode(**_said(node.named), mass=node.mass, seed=node.seed)


def _said(named: Named) -> dict[str, Any]:
    return {
        "node": _reference(named),
        "kind": NODE_KINDS[named.kind],
        "id": named.id,
        "label": named.label,
        "at": named.at,
        "source": named.source,
        "role": named.role,
    }


def _edge(edge: ShownEdge) -> GraphEdge:
    return GraphEdge(
        one=_reference(edge.one),
        other=_reference(edge.other),
        kind=EDGE_KINDS[edge.kind],
        weight=edge.weight,
    )


def _path(path: ShownPath) -> GraphPath:
    return GraphPath(
        turn=path.nodes[-1].id,
        nodes=[_reference(named) for named in path.nodes],
        steps=[
            GraphStep(kinds=[EDGE_KINDS[kind] for kind in step.kinds], mass=step.mass)
            for step in path.steps
        ],
        share=path.share,
    )

"""The graph of a space: around a node, as a question activates it, counted, and for others."""

import json
from typing import Any

from fastapi import APIRouter, Response

from memsvc.app.overlook import Bounds
from memsvc.app.survey import Format
from memsvc.domain.errors import InvalidField
from memsvc.domain.ids import SpaceName
from memsvc.sdk.graphs import GraphOverview, GraphStats, GraphView
from memsvc.server.deps import Asking, problems
from memsvc.server.graph_shapes import (
    kinds_from,
    node_from,
    overview_shape,
    stats_shape,
    view_shape,
)
from memsvc.server.queries import (
    GraphAsked,
    GraphExportAsked,
    GraphOverviewAsked,
    PastAsked,
    SpacePath,
)

router = APIRouter(prefix="/v1/spaces/{space}/graph", tags=["graph"])

GRAPHML = "application/graphml+xml"

FILES: dict[str, Any] = {
    GRAPHML: {"schema": {"type": "string", "description": "GraphML."}},
    "application/json": {"schema": {"type": "object", "description": "networkx's node-link form."}},
}


@router.get("", responses=problems(404), summary="Look at a part of the graph")
def look_at_graph(asking: Asking, space: SpacePath, query: GraphAsked) -> GraphView:
    """Around a node, or what a question activates: name either `node` or `question`.

    For a question: walks start from what it names, from the ends of the facts nearest to it and
    from its best turns; every node has the share of walks that end on it.
    """
    name, kinds = SpaceName(space), kinds_from(query.kinds)
    service = asking.at(space, query.as_of)
    if (query.node is None) == (query.question is None):
        service.inspect.space(asking.access, name)  # who may not look learns nothing else
        raise InvalidField("Name either a node or a question, and not both.", field="node")
    if query.question is not None:
        return view_shape(
            service.draw.activated(
                asking.access, name, query.question, limit=query.limit, kinds=kinds
            )
        )
    return view_shape(
        service.draw.around(
            asking.access,
            name,
            node_from(query.node or ""),
            depth=query.depth,
            limit=query.limit,
            kinds=kinds,
        )
    )


@router.get("/overview", responses=problems(404, 413), summary="See the middle of the graph")
def see_graph(asking: Asking, space: SpacePath, query: GraphOverviewAsked) -> GraphOverview:
    """Hubs first, and what hangs between them; or, with `community`, what a node is amidst.

    Of a graph of more than 1,000,000 edges, or 50,000 for a community, name fewer `kinds`.
    """
    name, overlook = SpaceName(space), asking.at(space, query.as_of).overlook
    bounds = Bounds(query.limit, query.edges, kinds_from(query.kinds))
    if query.community is None:
        return overview_shape(overlook.middle(asking.access, name, bounds))
    node = node_from(query.community)
    return overview_shape(overlook.community(asking.access, name, node, bounds))


@router.get("/stats", responses=problems(404), summary="Count the graph")
def count_graph(asking: Asking, space: SpacePath, query: PastAsked) -> GraphStats:
    """How many nodes and edges, of which kinds, and how they hang together.

    A graph of more than 50,000 edges is counted and no more.
    """
    survey = asking.at(space, query.as_of).survey
    return stats_shape(survey.stats(asking.access, SpaceName(space)))


@router.get(
    "/export",
    response_class=Response,
    responses={200: {"content": FILES, "description": "The graph."}, **problems(404, 413)},
    summary="Export the graph",
)
def export_graph(asking: Asking, space: SpacePath, query: GraphExportAsked) -> Response:
    """Write it for other programs, with public ids and labels; 100,000 edges at most."""
    written = asking.at(space, query.as_of).survey.export(
        asking.access,
        SpaceName(space),
        written_as=Format(query.format),
        kinds=kinds_from(query.kinds),
    )
    if isinstance(written, str):
        return Response(written.encode(), media_type=GRAPHML, headers=asking.answer.headers)
    body = json.dumps(written, ensure_ascii=False).encode()
    return Response(body, media_type="application/json", headers=asking.answer.headers)

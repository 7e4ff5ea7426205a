"""A graph for other programs: GraphML and node-link JSON, which networkx reads back as they are.

Kinds of edges between the same two nodes stay apart: the graph is written as a multigraph, with
the kind as each edge's key. A node is written as its kind and id ("entity:Ann", "turn:7"), with a
text for people where there is one.
"""

import io
import re
from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias

import networkx as nx

from graph.communities import Drawn
from graph.model import UNIT, Edge, EdgeKind, Node, NodeKind

Multi: TypeAlias = "nx.MultiGraph[str]"


NOTHING: Mapping[Node, str] = {}

_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 cannot hold."""


def as_multigraph(edges: Iterable[Edge], *, texts: Mapping[Node, str] = NOTHING) -> Multi:
    """Return edges for networkx: nodes with `kind` and `id`, edges with `weight`, by kind.

    `texts` may hold further nodes, that nothing joins. What no file can hold is left out of them.
    """
    made: Multi = nx.MultiGraph()
    for node, text in texts.items():
        made.add_node(
            label(node), kind=node.kind.name.lower(), id=node.id, text=_NO_XML.sub("", text)
        )
    for edge in edges:
        for node in (edge.one, edge.other):
            made.add_node(label(node), kind=node.kind.name.lower(), id=node.id)
        made.add_edge(
            label(edge.one),
            label(edge.other),
            key=edge.kind.name.lower(),
            kind=edge.kind.name.lower(),
            units=edge.units,
            weight=edge.units / UNIT,
        )
    return made


def graphml(graph: Drawn, *, texts: Mapping[Node, str] = NOTHING) -> str:
    """Return the graph as GraphML. Raises `ValueError` for ids that XML cannot hold."""
    written = io.BytesIO()
    made = as_multigraph(graph.edges(), texts=texts)
    for _, data in made.nodes.data():
        data["id_type"] = "integer" if isinstance(data["id"], int) else "string"
        data["id"] = str(data["id"])  # GraphML gives an attribute one type for all nodes
    nx.write_graphml(made, written)
    return written.getvalue().decode("utf-8")


def node_link(graph: Drawn, *, texts: Mapping[Node, str] = NOTHING) -> dict[str, Any]:
    """Return the graph as plain values for JSON, in networkx's node-link form."""
    made = as_multigraph(graph.edges(), texts=texts)
    for name, data in made.nodes.data():
        data["label"] = name
        data["node_id"] = data.pop("id")  # "id" is the form's own word for a node's name
    found: dict[str, Any] = nx.node_link_data(made, edges="edges")
    return found


def edges_from_graphml(text: str) -> list[Edge]:
    """Read back what `graphml` wrote."""
    read = nx.read_graphml(io.BytesIO(text.encode("utf-8")), force_multigraph=True)

    def node(name: str) -> Node:
        data = read.nodes[name]
        kind = NodeKind[data["kind"].upper()]
        return Node(kind, int(data["id"]) if data["id_type"] == "integer" else data["id"])

    return [
        Edge(node(one), node(other), EdgeKind[data["kind"].upper()], data["units"])
        for one, other, data in read.edges.data()
    ]


def edges_from_node_link(written: dict[str, Any]) -> list[Edge]:
    """Read back what `node_link` returned, also after it went through JSON."""
    read = nx.node_link_graph(written, edges="edges")

    def node(name: str) -> Node:
        data = read.nodes[name]
        return Node(NodeKind[data["kind"].upper()], data["node_id"])

    return [
        Edge(node(one), node(other), EdgeKind[data["kind"].upper()], data["units"])
        for one, other, data in read.edges.data()
    ]


def label(node: Node) -> str:
    """Return a node's name in a file; a string of digits is quoted, to be no integer's name."""
    written = repr(node.id) if isinstance(node.id, str) and node.id.isdecimal() else str(node.id)
    return f"{node.kind.name.lower()}:{written}"

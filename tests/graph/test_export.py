import json
from collections import Counter

import networkx as nx
import pytest

from graph.communities import as_networkx, communities, components, hubs
from graph.export import (
    as_multigraph,
    edges_from_graphml,
    edges_from_node_link,
    graphml,
    node_link,
)
from graph.knowledge import KnowledgeGraph
from graph.model import Edge, EdgeKind, NodeKind
from tests.graph.worlds import built, edge, entity, note, scale_free, turn


@pytest.fixture
def graph() -> KnowledgeGraph:
    made = KnowledgeGraph.build(scale_free(40, 90, seed=1))
    made.put("a note", [edge(note(1), note("1"), EdgeKind.LINK, 0.3)])
    made.put("names", [edge(entity('山田 <太郎> & "co"'), entity(3), EdgeKind.SYNONYM, 0.81)])
    made.put("names too", [edge(entity('山田 <太郎> & "co"'), entity(3), EdgeKind.RELATION)])
    return made


def unordered(edges: list[Edge]) -> Counter[tuple[object, ...]]:
    return Counter((frozenset((e.one, e.other)), e.kind, e.units) for e in edges)


def test_graphml_is_read_back_as_it_was(graph: KnowledgeGraph) -> None:
    assert unordered(edges_from_graphml(graphml(graph))) == unordered(list(graph.edges()))


def test_node_link_json_is_read_back_as_it_was(graph: KnowledgeGraph) -> None:
    written = json.loads(json.dumps(node_link(graph)))
    assert unordered(edges_from_node_link(written)) == unordered(list(graph.edges()))


def test_networkx_reads_an_equal_graph_from_both(graph: KnowledgeGraph) -> None:
    written = as_multigraph(graph.edges())
    read = nx.node_link_graph(json.loads(json.dumps(node_link(graph))), edges="edges")
    assert nx.utils.edges_equal(
        written.edges(keys=True, data=True), read.edges(keys=True, data=True)
    )
    assert set(read.nodes) == set(written.nodes)
    from_xml = nx.parse_graphml(graphml(graph), force_multigraph=True)
    assert nx.utils.edges_equal(
        written.edges(keys=True, data=True), from_xml.edges(keys=True, data=True)
    )


def test_an_empty_graph_is_written_and_read() -> None:
    empty = KnowledgeGraph()
    assert edges_from_graphml(graphml(empty)) == []
    assert edges_from_node_link(node_link(empty)) == []
    assert components(empty) == communities(empty, seed=0) == []


def test_components_are_what_hangs_together() -> None:
    graph = KnowledgeGraph()
    graph.put(1, [edge(turn(1), entity("a")), edge(turn(1), entity("b"))])
    graph.put(2, [edge(turn(2), entity("c"))])
    assert components(graph) == [
        frozenset({turn(1), entity("a"), entity("b")}),
        frozenset({turn(2), entity("c")}),
    ]


def test_hubs_have_the_most_neighbours() -> None:
    graph = KnowledgeGraph()
    for number in range(5):
        graph.put(number, [edge(turn(number), entity("a")), edge(turn(number), entity(number))])
    first, *_ = hubs(graph, most=3)
    assert (first.node, first.neighbours, first.weight) == (entity("a"), 5, 5.0)
    assert {hub.node.kind for hub in hubs(graph, most=9, kind=NodeKind.TURN)} == {NodeKind.TURN}


def test_communities_are_the_dense_parts_in_whatever_order_they_were_written() -> None:
    said = [
        (10 * part + one, [edge(turn(10 * part + one), entity(10 * part + other))])
        for part in range(3)
        for one in range(4)
        for other in range(4)
    ]
    sources = [(n, edges) for n, (_, edges) in enumerate(said)]
    sources.append((99, [edge(turn(0), entity(10), weight=0.1)]))
    one = communities(built(sources, engine="numpy"), seed=5)
    other = communities(built(sources[::-1], engine="numpy"), seed=5)
    assert one == other
    assert [len(each) for each in one] == [8, 8, 8]


def test_kinds_can_be_left_out_for_networkx(graph: KnowledgeGraph) -> None:
    linked = as_networkx(graph, kinds=[EdgeKind.LINK])
    assert set(linked) == {note(1), note("1")}
    assert sum(1 for _ in as_networkx(graph).edges) < sum(1 for _ in graph.edges())

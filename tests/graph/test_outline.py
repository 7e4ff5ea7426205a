"""Parts of a graph that are copied out, beside what can be counted on paper."""

import networkx as nx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.communities import as_networkx, survey
from graph.export import as_multigraph
from graph.knowledge import KnowledgeGraph
from graph.model import UNIT, Edge, EdgeKind, Node, NodeKind
from graph.outline import MOST_EDGES_AMONG, around, outline, tally

NAMES = st.integers(0, 7)
EDGES = st.lists(
    st.tuples(NAMES, NAMES, st.sampled_from(list(EdgeKind)), st.integers(1, 5)), max_size=30
)


def person(number: int) -> Node:
    return Node(NodeKind.ENTITY, number)


def graph_of(*edges: tuple[int, int, EdgeKind, int]) -> KnowledgeGraph:
    made = KnowledgeGraph()
    for source, (one, other, kind, weight) in enumerate(edges):
        made.put(source, [Edge(person(one), person(other), kind, weight * UNIT)])
    return made


def test_a_neighbourhood_grows_by_steps_and_takes_the_strongest_first() -> None:
    mention = EdgeKind.MENTION
    graph = graph_of((0, 1, mention, 1), (0, 2, mention, 3), (2, 3, mention, 1), (3, 4, mention, 1))

    one = around(graph, person(0), depth=1, most=10)
    two = around(graph, person(0), depth=2, most=10)
    cut = around(graph, person(0), depth=3, most=2)

    assert one.nodes == (person(0), person(2), person(1))
    assert not one.is_truncated
    assert set(two.nodes) == {person(n) for n in range(4)}
    assert cut.nodes == (person(0), person(2))
    assert cut.is_truncated
    assert [edge.units // UNIT for edge in cut.edges] == [3]


def test_a_part_that_is_just_full_is_not_called_cut() -> None:
    graph = graph_of((0, 1, EdgeKind.MENTION, 1))

    assert not around(graph, person(0), depth=3, most=2).is_truncated


def test_only_edges_of_the_kinds_asked_are_gone_over() -> None:
    graph = graph_of((0, 1, EdgeKind.MENTION, 1), (1, 2, EdgeKind.SYNONYM, 1))

    found = around(graph, person(0), depth=3, most=10, kinds=[EdgeKind.MENTION])

    assert found.nodes == (person(0), person(1))


def test_a_hidden_node_is_no_way_to_go() -> None:
    graph = graph_of((0, 1, EdgeKind.MENTION, 1), (1, 2, EdgeKind.MENTION, 1))
    gate = graph.gate(hidden=[person(1)])

    assert around(graph, person(0), depth=3, most=10, gate=gate).nodes == (person(0),)


def test_a_node_that_is_nowhere_is_a_part_by_itself() -> None:
    assert around(KnowledgeGraph(), person(0), depth=1, most=5).nodes == (person(0),)


def test_so_many_edges_and_no_more_are_shown() -> None:
    """102 nodes, each joined to each, are 5,151 edges."""
    many = [(a, b, EdgeKind.MENTION, 1) for a in range(102) for b in range(a)]
    found = around(graph_of(*many), person(0), depth=1, most=500)

    assert len(many) > MOST_EDGES_AMONG == len(found.edges)
    assert found.is_truncated


@given(EDGES, st.sets(NAMES, max_size=3))
def test_an_outline_is_the_graph_without_what_is_hidden(
    edges: list[tuple[int, int, EdgeKind, int]], hidden: set[int]
) -> None:
    graph = graph_of(*edges)
    gate = graph.gate(hidden=map(person, hidden))

    found = outline(graph, most_edges=1_000, gate=gate)

    assert found is not None
    gone = {person(number) for number in hidden}
    assert list(found.edges()) == [e for e in graph.edges() if not gone & {e.one, e.other}]
    assert set(found.nodes.values()).isdisjoint(gone)
    counts = found.tally()
    assert sum(counts.edges.values()) == len(list(found.edges()))
    if not hidden:
        assert counts.edges == tally(graph).edges


@given(EDGES)
def test_depth_is_a_shortest_path_in_networkx(edges: list[tuple[int, int, EdgeKind, int]]) -> None:
    graph = graph_of(*edges, (0, 1, EdgeKind.PART, 1))
    twin = as_networkx(graph)

    for depth in (1, 2, 3):
        found = around(graph, person(0), depth=depth, most=100)
        near = nx.single_source_shortest_path_length(twin, person(0), cutoff=depth)
        assert set(found.nodes) == set(near)


def test_a_merged_node_is_in_no_outline() -> None:
    graph = graph_of((0, 1, EdgeKind.MENTION, 1), (2, 3, EdgeKind.MENTION, 1))
    graph.merge(person(2), person(0))

    found = outline(graph, most_edges=10)

    assert found is not None
    assert set(found.nodes.values()) == {person(0), person(1), person(3)}
    assert found.tally() == tally(graph)
    assert around(graph, person(2), depth=1, most=9).nodes[0] == person(0)


def test_a_graph_with_too_many_edges_is_not_copied() -> None:
    graph = graph_of((0, 1, EdgeKind.MENTION, 1), (2, 3, EdgeKind.ABOUT, 1))

    assert outline(graph, most_edges=1) is None
    assert outline(graph, most_edges=1, kinds=[EdgeKind.ABOUT]) is not None


def test_renaming_takes_out_what_has_no_name() -> None:
    found = outline(
        graph_of((0, 1, EdgeKind.MENTION, 1), (1, 2, EdgeKind.MENTION, 1)), most_edges=9
    )
    assert found is not None

    named = found.renamed(lambda n: None if n.id == 0 else Node(n.kind, f"n{n.id}"))

    assert [(e.one.id, e.other.id) for e in named.edges()] == [("n1", "n2")]


def test_a_survey_of_nothing_finds_nothing() -> None:
    found = survey(KnowledgeGraph(), seed=1, most_hubs=3)

    assert (found.components, found.hubs, found.communities) == ([], [], [])


@pytest.mark.parametrize("text", ["a\x01b", "\ufffe", "ok \U0001f426"])
def test_texts_hold_only_what_xml_can(text: str) -> None:
    made = as_multigraph([], texts={person(1): text})

    assert made.nodes["entity:1"]["text"] in {"ab", "", "ok \U0001f426"}

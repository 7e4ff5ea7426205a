from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
)

from graph.batches import Settling
from graph.knowledge import KnowledgeGraph
from graph.model import HEAVIEST, Edge, EdgeKind, Id, Node, NodeKind, in_units
from tests.graph.worlds import edge, entity, note, plain, turn, weights

names = st.one_of(
    st.integers(0, 5), st.sampled_from(["Ann", "Bo", "\u5c71\u7530", "\u00c5ngstr\u00f6m", ""])
)
nodes = st.builds(Node, st.sampled_from([NodeKind.ENTITY, NodeKind.TURN]), names)
units = st.one_of(st.integers(1, 9), st.sampled_from([in_units(0.1), HEAVIEST - 1, HEAVIEST]))
edges = st.builds(Edge, nodes, nodes, st.sampled_from(EdgeKind), units)
sources = st.one_of(st.integers(0, 4), st.sampled_from(["note 1", "note 2"]))


class Living(RuleBasedStateMachine):
    """Whatever is done to a graph, it is the graph of what survives."""

    def __init__(self) -> None:
        super().__init__()
        self.graph = KnowledgeGraph(engine="numpy")
        self.said: dict[Id, list[Edge]] = {}
        self.merged: dict[Node, Node] = {}
        self.settling: Settling | None = None

    @rule(source=sources, given=st.lists(edges, max_size=6))
    def put(self, source: Id, given: list[Edge]) -> None:
        self.graph.put(source, given)
        self.said[source] = given

    @rule(source=sources)
    def remove(self, source: Id) -> None:
        self.graph.remove(source)
        self.said.pop(source, None)

    @rule(one=nodes, into=nodes)
    def merge(self, one: Node, into: Node) -> None:
        final = into
        while final in self.merged:
            final = self.merged[final]
        if one in self.merged or final == one or one.kind != into.kind:
            with pytest.raises(ValueError, match=r"merged|itself"):
                self.graph.merge(one, into)
        else:
            self.graph.merge(one, into)
            self.merged[one] = into

    @precondition(lambda self: bool(self.merged))
    @rule(data=st.data())
    def unmerge(self, data: st.DataObject) -> None:
        one = data.draw(st.sampled_from(sorted(self.merged, key=repr)))
        self.graph.unmerge(one)
        del self.merged[one]

    @precondition(lambda self: self.settling is None)
    @rule()
    def begin_settling(self) -> None:
        self.settling = self.graph.begin_settling()

    @precondition(lambda self: self.settling is not None)
    @rule(gives_up=st.booleans())
    def end_settling(self, *, gives_up: bool) -> None:
        assert self.settling is not None
        self.graph.end_settling(None if gives_up else self.settling.build())
        self.settling = None

    @precondition(lambda self: self.settling is None)
    @rule()
    def save_and_load(self) -> None:
        copied = {name: array.copy() for name, array in self.graph.arrays.items()}
        self.graph = KnowledgeGraph.from_arrays(copied, engine="numpy")

    @invariant()
    def equals_the_batch_build(self) -> None:
        batch = KnowledgeGraph.build(self.said.items(), merges=self.merged.items(), engine="numpy")
        expected = plain(self.said, self.merged)
        assert weights(self.graph) == expected
        assert weights(batch) == expected
        assert len(self.graph) == len(batch)
        assert self.graph.matrix.arcs == batch.matrix.arcs == 2 * len(expected)
        assert self.graph.matrix.volume == batch.matrix.volume

    @invariant()
    def degrees_are_the_sums_of_rows(self) -> None:
        matrix = self.graph.matrix
        for number in range(matrix.size):
            _, kinds, row = matrix.row(number)
            sums = np.bincount(kinds, weights=row, minlength=len(EdgeKind))
            assert matrix.degrees.values[number].tolist() == sums.tolist()


TestLiving = Living.TestCase
TestLiving.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)


@given(st.permutations([(n, [edge(turn(n), entity(n % 3), weight=0.1 + n / 7)]) for n in range(7)]))
def test_the_order_in_which_turns_come_does_not_matter(
    order: Sequence[tuple[int, list[Edge]]],
) -> None:
    graph = KnowledgeGraph(engine="numpy")
    for source, given_edges in order:
        graph.put(source, given_edges)
    assert weights(graph) == plain(dict(order), {})


def test_a_source_put_again_replaces_what_it_gave() -> None:
    graph = KnowledgeGraph()
    graph.put(1, [edge(turn(1), entity("Ann")), edge(turn(1), entity("Bo"))])
    graph.put(1, [edge(turn(1), entity("Bo"), weight=0.5)])
    assert weights(graph) == plain({1: [edge(turn(1), entity("Bo"), weight=0.5)]}, {})


def test_an_edge_that_two_turns_give_survives_one_of_them() -> None:
    knows = edge(entity("Ann"), entity("Bo"), EdgeKind.RELATION)
    graph = KnowledgeGraph()
    graph.put(1, [knows])
    graph.put(2, [knows])
    graph.remove(1)
    assert weights(graph) == plain({2: [knows]}, {})


def test_what_nothing_names_any_more_is_forgotten_with_its_name() -> None:
    graph = KnowledgeGraph()
    graph.put(1, [edge(turn(1), entity("a secret name"))])
    graph.remove(1)
    assert len(graph) == 0
    held = b"".join(array.tobytes() for array in graph.arrays.values())
    assert b"secret" not in held
    assert graph.register.find(entity("a secret name")) is None


def test_a_merged_entity_answers_as_the_one_it_is_and_back() -> None:
    graph = KnowledgeGraph()
    graph.put(1, [edge(turn(1), entity("JFK"))])
    graph.put(2, [edge(turn(2), entity("Kennedy"))])
    before = weights(graph)
    graph.merge(entity("JFK"), entity("Kennedy"))
    assert graph.resolve(entity("JFK")) == entity("Kennedy")
    found = {found.node for found in graph.rank({entity("JFK"): 1.0}, k=5).found}
    assert found == {entity("Kennedy"), turn(1), turn(2)}
    graph.unmerge(entity("JFK"))
    assert weights(graph) == before


def test_a_merge_of_neighbours_makes_no_edge_from_a_node_to_itself() -> None:
    graph = KnowledgeGraph()
    graph.put(1, [edge(entity("JFK"), entity("Kennedy"), EdgeKind.SYNONYM)])
    graph.merge(entity("JFK"), entity("Kennedy"))
    assert weights(graph) == {}
    graph.unmerge(entity("JFK"))
    assert len(weights(graph)) == 1


def test_note_links_are_edges_like_others_and_can_be_left_out_of_a_walk() -> None:
    graph = KnowledgeGraph()
    graph.put("note 1", [edge(note(1), note(2), EdgeKind.LINK, 0.5)])
    graph.put("note 3", [edge(note(2), note(3), EdgeKind.LINK, 0.25)])
    assert [f.node for f in graph.rank({note(1): 1.0}, k=3).found] == [note(1), note(2), note(3)]
    off = tuple(0.0 if kind is EdgeKind.LINK else 1.0 for kind in EdgeKind)
    assert [f.node for f in graph.rank({note(1): 1.0}, k=3, scales=off).found] == [note(1)]
    graph.remove("note 1")
    assert weights(graph) == plain({0: [edge(note(2), note(3), EdgeKind.LINK, 0.25)]}, {})


@pytest.mark.parametrize(
    "wrong",
    [
        Edge(turn(1), entity("x"), EdgeKind.MENTION, 0),
        Edge(turn(1), entity("x"), EdgeKind.MENTION, HEAVIEST + 1),
        Edge(turn(-1), entity("x"), EdgeKind.MENTION, 1),
        Edge(turn(2**55), entity("x"), EdgeKind.MENTION, 1),
    ],
)
def test_a_wrong_edge_is_refused_before_anything_has_changed(wrong: Edge) -> None:
    graph = KnowledgeGraph()
    graph.put(1, [edge(turn(1), entity("Ann"))])
    before = weights(graph)
    with pytest.raises(ValueError, match=r"weighs|must be"):
        graph.put(1, [edge(turn(5), entity("Bo")), wrong])
    assert weights(graph) == before
    assert graph.register.find(turn(5)) is None


def test_the_sources_of_a_node_are_those_that_name_it() -> None:
    graph = KnowledgeGraph()
    for number in range(50):
        graph.put(number, [edge(turn(number), entity(number % 3)), edge(turn(number), entity(9))])
    graph.remove(4)
    graph.put(5, [edge(turn(5), entity(1))])
    expected = {number for number in range(50) if number % 3 == 1} - {4} | {5}
    assert set(graph.sources_of(entity(1))) == expected
    assert graph.sources_of(entity("nobody")) == []


def test_bytes_are_stated_and_grow_with_the_graph() -> None:
    graph = KnowledgeGraph()
    empty = graph.nbytes
    for number in range(2_000):
        graph.put(
            number, [edge(turn(number), entity(number % 40)), edge(turn(number), entity("x"))]
        )
    assert graph.nbytes > empty + 2_000 * 2 * (16 + 12)


def test_what_sources_gave_is_found_after_blank_room_was_taken_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("graph.sources.WORTH_TIDYING", 10)
    graph = KnowledgeGraph()
    said: dict[Id, list[Edge]] = {}
    for number in range(60):
        said[number] = [edge(turn(number), entity(n)) for n in range(number % 5 + 1)]
        graph.put(number, said[number])
        if number % 3:
            graph.remove(number - 1)
            said.pop(number - 1, None)
    for source in list(said)[::2]:
        graph.remove(source)
        del said[source]
    assert weights(graph) == plain(said, {})
    for source in list(said):
        graph.remove(source)
    assert len(graph) == 0

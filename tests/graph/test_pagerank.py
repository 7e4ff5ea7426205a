import math
from collections.abc import Mapping
from typing import TypeAlias

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph import compaction
from graph.degrees import PLAIN, Scales, scales
from graph.knowledge import KnowledgeGraph
from graph.model import UNIT, Edge, EdgeKind, Id, Node, NodeKind
from graph.pagerank import Engine, seeds_of, settle
from graph.power import power, rounds
from graph.walk import OPEN, Gate
from tests.graph.worlds import ENGINES, built, edge, entity, scale_free, turn

Sources: TypeAlias = list[tuple[Id, list[Edge]]]

engines = pytest.mark.parametrize("engine", ENGINES)


def exact(
    graph: KnowledgeGraph,
    seeds: Mapping[Node, float],
    *,
    by: Scales = PLAIN,
    gate: Gate = OPEN,
    damping: float = 0.5,
) -> dict[Node, float]:
    start = np.zeros(graph.matrix.size)
    for number, weight in graph.numbers(seeds).items():
        start[number] = weight
    factors = np.array(by) / UNIT
    mass = power(graph.matrix, start, factors=factors, damping=damping, gate=gate)
    return {
        graph.register.node(number): float(mass[number])
        for number in range(graph.matrix.size)
        if graph.register.keys.values[number] >= 0
    }


def by_networkx(
    graph: KnowledgeGraph, seeds: Mapping[Node, float], *, hidden: frozenset[Node] = frozenset()
) -> dict[Node, float]:
    twin: nx.Graph[Node] = nx.Graph()
    twin.add_nodes_from(seeds)
    for each in graph.edges():
        before = twin.get_edge_data(each.one, each.other, {"weight": 0.0})["weight"]
        twin.add_edge(each.one, each.other, weight=before + each.units / UNIT)
    twin.remove_nodes_from(hidden)
    start = {node: weight for node, weight in seeds.items() if node not in hidden}
    found: dict[Node, float] = nx.pagerank(
        twin, alpha=0.5, personalization=start, weight="weight", tol=1e-14, max_iter=500
    )
    return found


small = st.integers(0, 10_000).map(lambda seed: scale_free(24, 40, seed=seed))
starts = st.dictionaries(
    st.one_of(st.integers(0, 11).map(entity), st.integers(0, 11).map(turn)),
    st.floats(0.01, 1.0),
    min_size=1,
    max_size=5,
)


@given(said=small, seeds=starts)
@settings(max_examples=40, deadline=None)
def test_power_iteration_says_what_networkx_says(said: Sources, seeds: dict[Node, float]) -> None:
    graph = KnowledgeGraph.build(said)
    seeds = {
        node: weight for node, weight in seeds.items() if graph.register.find(node) is not None
    }
    if not seeds:
        return
    ours, theirs = exact(graph, seeds), by_networkx(graph, seeds)
    assert ours.keys() == theirs.keys()
    assert all(math.isclose(ours[node], theirs[node], abs_tol=1e-10) for node in ours)


@engines
@given(said=small, seeds=starts, hidden=st.sets(st.integers(0, 11).map(entity), max_size=4))
@settings(max_examples=60, deadline=None)
def test_a_push_holds_its_bound_on_any_graph(
    engine: Engine, said: Sources, seeds: dict[Node, float], hidden: set[Node]
) -> None:
    """Half of it lies beside the matrix; some nodes are hidden; some seeds have no edges."""
    graph = built(said[: len(said) // 2], engine=engine)
    graph.end_settling(graph.begin_settling().build())
    for source, edges in said[len(said) // 3 :]:
        graph.put(source, edges)
    for source, _ in said[:2]:
        graph.remove(source)
    gate = graph.gate(hidden=hidden) if hidden else OPEN
    known = [n for n in seeds if graph.register.find(n) is not None and n not in hidden]
    answer = graph.rank(seeds, k=100, gate=gate, eps=1e-4)
    if not known:
        assert answer.found == ()
        return
    truth = exact(graph, seeds, gate=gate)
    for found in answer.found:
        assert found.lower - 1e-12 <= truth[found.node] <= found.upper + 1e-12
        assert found.lower <= found.mass <= found.upper
        assert found.node not in hidden
    assert math.fsum(found.lower for found in answer.found) <= 1.0 + 1e-9
    fine = graph.rank(seeds, k=100, gate=gate, eps=1e-12)
    assert all(math.isclose(f.mass, truth[f.node], abs_tol=1e-9) for f in fine.found)
    reached = {node for node, mass in truth.items() if mass > 1e-9}
    assert reached <= {found.node for found in fine.found}


@engines
def test_hidden_nodes_are_as_if_they_were_not_there(engine: Engine) -> None:
    graph = KnowledgeGraph.build(scale_free(400, 2_000, seed=4), engine=engine)
    hidden = frozenset(entity(n) for n in range(0, 60, 7)) | {turn(n) for n in range(0, 99, 5)}
    seeds = {entity(1): 1.0, turn(3): 0.5, entity(7): 3.0}
    gate = graph.gate(hidden=hidden)
    truth = by_networkx(graph, seeds, hidden=hidden)
    for found in graph.rank(seeds, k=300, gate=gate, eps=1e-9).found:
        assert math.isclose(found.mass, truth[found.node], abs_tol=1e-6)


@engines
def test_a_gate_between_zero_and_one_weakens_every_edge_of_a_node(engine: Engine) -> None:
    graph = KnowledgeGraph.build(scale_free(200, 900, seed=8), engine=engine)
    gate = graph.gate()
    gate[:] = np.random.default_rng(1).random(len(gate)) + 0.1
    seeds = {entity(3): 1.0, turn(5): 1.0}
    truth = exact(graph, seeds, gate=gate)
    for found in graph.rank(seeds, k=150, gate=gate, eps=1e-5).found:
        assert found.lower - 1e-12 <= truth[found.node] <= found.upper + 1e-12
    for found in graph.rank(seeds, k=150, gate=gate, eps=1e-11).found:
        assert math.isclose(found.mass, truth[found.node], abs_tol=1e-8)


@engines
def test_kinds_of_edges_weigh_what_the_question_says(engine: Engine) -> None:
    graph = KnowledgeGraph.build(scale_free(200, 900, seed=5), engine=engine)
    by = scales({EdgeKind.ABOUT: 3.0}, others=0.25)
    seeds = {entity(3): 1.0}
    truth = exact(graph, seeds, by=by)
    for found in graph.rank(seeds, k=150, scales=by, eps=1e-10).found:
        assert math.isclose(found.mass, truth[found.node], abs_tol=1e-7)


@engines
@given(changes=st.lists(st.tuples(st.integers(0, 60), st.integers(0, 30)), max_size=25))
@settings(max_examples=25, deadline=None)
def test_degrees_and_their_bound_follow_writes(
    engine: Engine, changes: list[tuple[int, int]]
) -> None:
    """What is proven must stay true when hubs grew after degrees were first computed."""
    graph = KnowledgeGraph.build(scale_free(60, 120, seed=3), engine=engine)
    graph.rank({entity(0): 1.0}, k=3)
    for number, which in changes:
        graph.put(1_000 + number, [edge(turn(1_000 + number), entity(which), weight=5.0)])
        if number % 5 == 0:
            graph.remove(number)
    seeds = {entity(2): 1.0, entity(5): 0.3}
    answer = graph.rank(seeds, k=4, kinds=[NodeKind.ENTITY], eps=1e-3)
    if graph.numbers(seeds):
        truth = {n: m for n, m in exact(graph, seeds).items() if n.kind is NodeKind.ENTITY}
        best = sorted(truth.values(), reverse=True)
        if answer.is_proven:
            assert min(truth[f.node] for f in answer.found) >= best[len(answer.found) - 1] - 1e-12
        if answer.is_close:
            assert all(truth[f.node] >= 0.99 * best[3] - 1e-12 for f in answer.found)


@engines
def test_what_is_proven_is_true_and_refining_proves_more(engine: Engine) -> None:
    graph = KnowledgeGraph.build(scale_free(2_000, 8_000, seed=6), engine=engine)
    rng = np.random.default_rng(2)
    proven = {"coarse": 0, "fine": 0}
    for _ in range(20):
        seeds = {entity(int(n)): 1.0 for n in rng.integers(0, 1_000, 5)}
        truth = exact(graph, seeds)
        best = sorted(truth, key=lambda node: -truth[node])[:10]
        for label, finest in (("coarse", None), ("fine", 1e-8)):
            answer = graph.rank(seeds, k=10, eps=1e-4, finest=finest, tolerance=0.0)
            proven[label] += answer.is_proven
            if answer.is_proven:
                assert {found.node for found in answer.found} == set(best)
    assert proven["coarse"] < proven["fine"] == 20


@engines
def test_the_answer_is_the_same_before_and_after_settling(engine: Engine) -> None:
    graph = built(scale_free(300, 1_500, seed=7), engine=engine)
    seeds = {entity(3): 1.0, turn(8): 0.2}
    before = graph.rank(seeds, k=20, eps=1e-10)
    compaction.compact(graph.matrix)
    after = graph.rank(seeds, k=20, eps=1e-10)
    assert [f.node for f in before.found] == [f.node for f in after.found]
    assert all(
        math.isclose(one.mass, other.mass, abs_tol=1e-8)
        for one, other in zip(before.found, after.found, strict=True)
    )


@pytest.mark.skipif(len(ENGINES) < 2, reason="numba is not installed")
@given(said=small, seeds=starts)
@settings(max_examples=30, deadline=None)
def test_both_engines_agree_within_the_bound(said: Sources, seeds: dict[Node, float]) -> None:
    one, other = (
        KnowledgeGraph.build(said, engine=engine).rank(seeds, k=50, eps=1e-3) for engine in ENGINES
    )
    theirs = {found.node: found for found in other.found}
    for found in one.found:
        if found.node in theirs:
            assert found.lower <= theirs[found.node].upper + 1e-12
            assert theirs[found.node].lower <= found.upper + 1e-12


@engines
def test_a_push_works_on_what_it_touches_and_leaves_nothing_behind(engine: Engine) -> None:
    graph = KnowledgeGraph.build(scale_free(5_000, 20_000, seed=9), engine=engine)
    first = graph.rank({entity(4_000 % 2_500): 1.0}, k=10, eps=1e-3)
    for number in range(20):
        graph.rank({turn(number): 1.0, entity(number): 0.1}, k=10)
    assert graph.rank({entity(4_000 % 2_500): 1.0}, k=10, eps=1e-3) == first
    assert first.touched < 500
    assert first.arcs < 2 / (0.5 * 1e-3)


@engines
def test_a_push_that_outgrows_its_first_arrays_goes_on(engine: Engine) -> None:
    graph = KnowledgeGraph.build(scale_free(30_000, 120_000, seed=10), engine=engine)
    answer = graph.rank({entity(0): 1.0, turn(1): 1.0}, k=20, eps=1e-7)
    truth = exact(graph, {entity(0): 1.0, turn(1): 1.0})
    assert answer.touched > 16_384
    assert all(f.lower - 1e-12 <= truth[f.node] <= f.upper + 1e-12 for f in answer.found)


@engines
def test_a_push_stops_where_it_is_told_and_says_so(engine: Engine) -> None:
    graph = KnowledgeGraph.build(scale_free(3_000, 12_000, seed=11), engine=engine)
    answer = graph.rank({entity(0): 1.0}, k=10, eps=1e-9, most_arcs=3_000)
    truth = exact(graph, {entity(0): 1.0})
    assert answer.eps == math.inf
    assert all(f.lower - 1e-12 <= truth[f.node] <= f.upper + 1e-12 for f in answer.found)


@engines
def test_only_the_kinds_asked_for_answer(engine: Engine) -> None:
    graph = KnowledgeGraph.build(scale_free(300, 900, seed=12), engine=engine)
    answer = graph.rank({entity(0): 1.0}, k=10, kinds=[NodeKind.TURN])
    assert len(answer.found) == 10
    assert {found.node.kind for found in answer.found} == {NodeKind.TURN}
    assert answer.is_close


@engines
def test_nobody_to_start_from_is_an_empty_answer(engine: Engine) -> None:
    graph = KnowledgeGraph(engine=engine)
    assert graph.rank({entity("nobody"): 1.0}, k=5).found == ()
    graph.put(1, [edge(turn(1), entity("Ann"))])
    assert graph.rank({entity("Ann"): 0.0}, k=5).found == ()
    gate = graph.gate(hidden=[entity("Ann")])
    assert graph.rank({entity("Ann"): 1.0}, k=5, gate=gate).found == ()


@engines
def test_a_seed_without_edges_keeps_its_share(engine: Engine) -> None:
    graph = KnowledgeGraph(engine=engine)
    graph.put(1, [edge(turn(1), entity("Ann")), edge(entity("Bo"), entity("B."))])
    graph.merge(entity("Bo"), entity("B."))
    seeds = {entity("B."): 1.0, entity("Ann"): 1.0}
    truth = exact(graph, seeds)
    for found in graph.rank(seeds, k=5, eps=1e-12).found:
        assert math.isclose(found.mass, truth[found.node], abs_tol=1e-9)


def test_a_line_of_three_by_hand() -> None:
    """a - b - c, seed a, damping 1/2: b = (a + c) / 4 + ..., solved on paper."""
    graph = KnowledgeGraph()
    graph.put(1, [edge(entity("a"), entity("b")), edge(entity("b"), entity("c"))])
    found = exact(graph, {entity("a"): 1.0})
    assert found[entity("a")] == pytest.approx(7 / 12)
    assert found[entity("b")] == pytest.approx(4 / 12)
    assert found[entity("c")] == pytest.approx(1 / 12)


def test_rounds_are_those_that_the_error_needs() -> None:
    assert rounds(2 * 0.5**12, damping=0.5) == 12
    assert rounds(1e-3, damping=0.0) == 1


def test_lone_seeds_and_others_start_what_the_fixed_point_says() -> None:
    graph = KnowledgeGraph()
    graph.put(1, [edge(turn(1), entity("Ann")), edge(entity("x"), entity("y"))])
    graph.merge(entity("x"), entity("y"))
    lone, ann = (graph.register.find(node) for node in (entity("y"), entity("Ann")))
    assert lone is not None
    assert ann is not None
    connected, alone = settle(graph.ground(), seeds_of({lone: 1.0, ann: 1.0}), restart=0.5)
    assert connected.weights.tolist() == pytest.approx([2 / 3])
    assert alone.weights.tolist() == pytest.approx([1 / 3])


@engines
@pytest.mark.parametrize("is_new", [False, True])
def test_a_hub_that_was_not_reached_yet_keeps_the_rest_from_being_proven(
    engine: Engine, *, is_new: bool
) -> None:
    """a - five turns - h: a coarse push stops at the turns, and h is truly the second best."""
    graph = KnowledgeGraph(engine=engine)
    if is_new:  # degrees are known before h comes
        graph.rank({entity("a"): 1.0}, k=1)
    for number in range(5):
        lead, follow = edge(entity("a"), turn(number)), edge(turn(number), entity("h"), weight=10.0)
        graph.put(number, [lead, follow])
    graph.put(9, [edge(entity("d"), turn(9))])
    seeds = {entity("a"): 1.0, entity("d"): 0.1}
    truth = exact(graph, seeds)
    assert truth[entity("h")] > truth[turn(0)]
    assert truth[entity("h")] > 2 * truth[entity("d")]

    all_kinds = graph.rank(seeds, k=8, eps=0.1)
    entities = graph.rank(seeds, k=2, kinds=[NodeKind.ENTITY], eps=0.1, tolerance=0.5)

    for answer in (all_kinds, entities):
        assert entity("h") not in {found.node for found in answer.found}
        assert not answer.is_proven
        assert not answer.is_close
    refined = graph.rank(seeds, k=2, kinds=[NodeKind.ENTITY], eps=0.1, finest=1e-6)
    assert refined.is_close
    assert [found.node for found in refined.found] == [entity("a"), entity("h")]

import itertools

import pytest

from graph.degrees import scales
from graph.knowledge import KnowledgeGraph
from graph.model import EdgeKind, Node
from graph.pagerank import Engine
from graph.why import why
from tests.graph.worlds import ENGINES, edge, entity, scale_free, turn

engines = pytest.mark.parametrize("engine", ENGINES)


@engines
def test_a_path_goes_from_a_seed_over_a_bridge_to_the_passage(engine: Engine) -> None:
    """Who directed the film that Ann starred in? turn 1 names both, turn 2 names the film."""
    graph = KnowledgeGraph(engine=engine)
    graph.put(1, [edge(turn(1), entity("Ann")), edge(turn(1), entity("the film"))])
    graph.put(2, [edge(turn(2), entity("the film"), EdgeKind.ABOUT)])
    path = why(graph, {entity("Ann"): 1.0, turn(9): 0.5}, turn(2))
    assert path is not None
    assert path.nodes == (entity("Ann"), turn(1), entity("the film"), turn(2))
    assert [step.kinds for step in path.steps] == [
        (EdgeKind.MENTION,),
        (EdgeKind.MENTION,),
        (EdgeKind.ABOUT,),
    ]
    assert [step.mass for step in path.steps] == pytest.approx([1 / 2, 1 / 8, 1 / 32])
    assert path.mass == 1.0
    assert 0.5 < path.share <= 1.0


@engines
def test_the_path_is_the_best_of_all_paths(engine: Engine) -> None:
    graph = KnowledgeGraph.build(scale_free(16, 26, seed=3), engine=engine)
    seeds = {entity(0): 0.7, turn(1): 0.3}
    weights: dict[Node, dict[Node, float]] = {}
    for each in graph.edges():
        for one, other in itertools.permutations((each.one, each.other)):
            row = weights.setdefault(one, {})
            row[other] = row.get(other, 0.0) + each.units
    known = {n: w for n, w in seeds.items() if n in weights}
    best: dict[Node, float] = {n: w / sum(known.values()) for n, w in known.items()}
    for _ in range(16):  # as many rounds as there are nodes: no best path is longer
        for node, mass in list(best.items()):
            for other, weight in weights[node].items():
                carried = 0.5 * mass * weight / sum(weights[node].values())
                best[other] = max(best.get(other, 0.0), carried)
    checked = 0
    for node, mass in best.items():
        path = why(graph, seeds, node, eps=1e-9)
        assert path is not None
        arrives = path.steps[-1].mass if path.steps else path.mass
        assert arrives == pytest.approx(mass)
        checked += 1
    assert checked > 5


def test_a_hidden_node_is_on_no_path_and_scales_are_heeded() -> None:
    graph = KnowledgeGraph()
    graph.put(1, [edge(entity("a"), entity("b"), EdgeKind.RELATION)])
    graph.put(2, [edge(entity("b"), entity("c"), EdgeKind.RELATION)])
    graph.put(3, [edge(entity("a"), entity("c"), EdgeKind.SYNONYM, 0.01)])
    seeds = {entity("a"): 1.0}
    path = why(graph, seeds, entity("c"))
    assert path is not None
    assert path.nodes == (entity("a"), entity("b"), entity("c"))
    round_about = why(graph, seeds, entity("c"), gate=graph.gate(hidden=[entity("b")]))
    assert round_about is not None
    assert round_about.nodes == (entity("a"), entity("c"))
    plain = scales({EdgeKind.RELATION: 0.0})
    direct = why(graph, seeds, entity("c"), scales=plain)
    assert direct is not None
    assert [step.kinds for step in direct.steps] == [(EdgeKind.SYNONYM,)]


def test_there_is_no_path_to_what_is_unknown_or_apart() -> None:
    graph = KnowledgeGraph()
    graph.put(1, [edge(turn(1), entity("a"))])
    graph.put(2, [edge(turn(2), entity("b"))])
    assert why(graph, {entity("a"): 1.0}, turn(2)) is None
    assert why(graph, {entity("a"): 1.0}, turn(3)) is None
    assert why(graph, {entity("nobody"): 1.0}, turn(1)) is None
    hidden = graph.gate(hidden=[entity("a")])
    assert why(graph, {entity("a"): 1.0}, turn(1), gate=hidden) is None


def test_a_seed_is_found_by_itself() -> None:
    graph = KnowledgeGraph()
    graph.put(1, [edge(turn(1), entity("a"))])
    path = why(graph, {turn(1): 2.0}, turn(1))
    assert path is not None
    assert path.steps == ()
    assert path.nodes == (turn(1),)

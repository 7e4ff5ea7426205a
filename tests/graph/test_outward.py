"""Walks that leave a turn, checked on paths so short that PageRank is a sum on paper."""

import numpy as np
import pytest

from graph.knowledge import KnowledgeGraph
from graph.model import EdgeKind, Node, NodeKind
from graph.outward import DAMPING, leading, outward
from graph.pagerank import Engine
from graph.paths import COMMONEST
from graph.seeds import HALVED
from graph.walk import Gate
from tests.graph.worlds import ENGINES, edge, entity, turn


def film(*, engine: Engine = "numpy") -> KnowledgeGraph:
    """Turn 1 names 10, which turn 2 is about; turns 1 and 3 share 11, turn 4 is on its own."""
    return KnowledgeGraph.build(
        [
            (1, [edge(turn(1), entity(10)), edge(turn(1), entity(11))]),
            (2, [edge(turn(2), entity(10), EdgeKind.ABOUT, 3.0)]),
            (3, [edge(turn(3), entity(11))]),
            (4, [edge(turn(4), entity(12))]),
        ],
        engine=engine,
    )


def open_to(graph: KnowledgeGraph, **factors: float) -> Gate:
    """Return a gate with a factor for some turns, named t1, t2, and so on."""
    gate = graph.gate()
    for name, factor in factors.items():
        number = graph.register.find(turn(int(name[1:])))
        assert number is not None
        gate[number] = factor
    return gate


@pytest.mark.parametrize("engine", ENGINES)
def test_what_comes_back_to_the_seed_is_dropped_and_the_most_is_1(engine: Engine) -> None:
    """Half the walkers go either way; by 10 three of four go on to turn 2, by 11 one of two.

    Those at turns 2 and 3 can only go back and come again: a geometric series.
    """
    graph = film(engine=engine)

    found = outward(graph, [turn(1)], opening=lambda _: graph.gate(), eps=1e-6)

    by_ten, by_eleven = (share / (1 - DAMPING**2 * share) for share in (3 / 4, 1 / 2))
    assert set(found) == {turn(2), turn(3)}
    assert found[turn(2)] == 1.0
    assert found[turn(3)] == pytest.approx(by_eleven / by_ten, rel=1e-3)


def test_each_seed_sends_out_half_of_what_the_one_before_sends() -> None:
    """Turns 1 and 2 are each other's only neighbours, and as many walks go there as back."""
    graph = KnowledgeGraph.build(
        [(1, [edge(turn(1), entity(10))]), (2, [edge(turn(2), entity(10))])]
    )

    found = outward(graph, [turn(2), turn(1)], opening=lambda _: graph.gate())

    assert found == pytest.approx({turn(1): 1.0, turn(2): HALVED}, rel=1e-2)


def test_the_question_opens_the_way_for_each_seed_anew() -> None:
    """What ends on a node counts as far as it is open, and fewer walks go to it besides."""
    graph = film()
    asked: list[Node] = []

    def opening(seed: Node) -> Gate:
        asked.append(seed)
        return open_to(graph, t2=0.5) if seed == turn(1) else graph.gate()

    found = outward(graph, [turn(1), turn(3)], opening=opening)

    wide = outward(graph, [turn(1), turn(3)], opening=lambda _: graph.gate())
    assert asked == [turn(1), turn(3)]
    assert found[turn(2)] / found[turn(3)] < 0.5 * wide[turn(2)] / wide[turn(3)]


def test_what_few_turns_name_leads_on_and_what_one_or_a_crowd_names_does_not() -> None:
    """Entity 10 is named by two turns, by one of them as what it is about too; 11 by one."""
    graph = KnowledgeGraph.build(
        [
            (1, [edge(turn(1), entity(10)), edge(turn(1), entity(10), EdgeKind.ABOUT)]),
            (2, [edge(turn(2), entity(10)), edge(turn(2), entity(11))]),
            (3, [edge(entity(11), entity(10), EdgeKind.RELATION)]),
            *((n, [edge(turn(n), entity(12))]) for n in range(4, 4 + COMMONEST)),
        ]
    )

    graph.put(99, [edge(turn(99), entity(10))])
    graph.remove(99)

    gate = leading(graph)

    found = {
        node: float(gate[graph.register.find(node) or 0])
        for node in (turn(1), entity(10), entity(11), entity(12))
    }
    assert found == pytest.approx(
        {
            turn(1): 1.0,
            entity(10): 1 - np.log(2) / np.log1p(COMMONEST),
            entity(11): 0.0,
            entity(12): 1 - np.log(COMMONEST) / np.log1p(COMMONEST),
        },
        abs=1e-6,
    )


def test_nothing_ends_on_what_is_hidden_and_no_walk_goes_over_it() -> None:
    graph = film()
    gate = graph.gate(hidden=[entity(10)])

    assert set(outward(graph, [turn(1)], opening=lambda _: gate)) == {turn(3)}


def test_seeds_that_lead_nowhere_send_out_nothing() -> None:
    graph = film()
    hidden = graph.gate(hidden=[turn(1)])

    assert outward(graph, [], opening=lambda _: graph.gate()) == {}
    assert outward(graph, [turn(4), turn(99)], opening=lambda _: graph.gate()) == {}
    assert outward(graph, [turn(1)], opening=lambda _: hidden) == {}


def test_only_the_kinds_that_are_asked_for_are_told() -> None:
    graph = film()

    found = outward(
        graph, [turn(1)], opening=lambda _: graph.gate(), kinds=[NodeKind.ENTITY], damping=DAMPING
    )

    assert {node.kind for node in found} == {NodeKind.ENTITY}
    assert max(found.values()) == 1.0
    assert np.isfinite(list(found.values())).all()

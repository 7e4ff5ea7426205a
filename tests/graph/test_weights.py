import math

import numpy as np
import pytest

from graph.degrees import scales
from graph.model import UNIT, EdgeKind, in_units
from graph.weights import (
    about,
    adjacent,
    linked,
    mentions,
    part,
    rarity,
    relations,
    synonyms,
)
from tests.graph.worlds import entity, note, turn


def test_mentions_are_shares_of_all_that_is_named() -> None:
    edges = mentions(turn(1), {entity("Ann"): 3, entity("Bo"): 1})
    assert [(e.other.id, e.units) for e in edges] == [("Ann", 3 * UNIT // 4), ("Bo", UNIT // 4)]
    assert mentions(turn(1), {}) == []


def test_a_fact_about_itself_relates_nothing() -> None:
    ann, bo = entity("Ann"), entity("Bo")
    assert [e.other for e in relations([(ann, ann), (ann, bo)])] == [bo]


def test_synonyms_are_near_few_and_never_oneself() -> None:
    near = [(entity(n), 0.99 - n / 100) for n in range(30)]
    edges = synonyms(entity(0), near, least_cosine=0.9, most=5)
    assert [e.other.id for e in edges] == [1, 2, 3, 4, 5]
    assert len(synonyms(entity(99), near, least_cosine=0.9)) == 10


@pytest.mark.parametrize("weight", [0.0, -1.0, math.nan, math.inf])
def test_what_weighs_nothing_is_no_edge(weight: float) -> None:
    with pytest.raises(ValueError, match="above zero"):
        in_units(weight)


def test_what_weighs_next_to_nothing_still_counts() -> None:
    assert in_units(1e-9) == 1


def test_each_formula_makes_its_kind_of_edge() -> None:
    made = [
        *about(turn(1), [entity("Ann")]),
        adjacent(turn(1), turn(2)),
        linked(note(1), note(2), score=0.5),
        part(turn(1), note(1)),
    ]
    assert [e.kind for e in made] == [
        EdgeKind.ABOUT,
        EdgeKind.ADJACENCY,
        EdgeKind.LINK,
        EdgeKind.PART,
    ]
    assert made[2].units == UNIT // 2


def test_rarity_favours_nodes_with_few_arcs() -> None:
    gate = rarity(np.array([0, 1, 10, 100, 1_000]), of=100)
    assert gate[0] == gate[1] == 1.0
    assert gate[1] > gate[2] > gate[3] >= gate[4] == 0.0


def test_scales_are_in_the_order_of_the_kinds() -> None:
    made = scales({EdgeKind.MENTION: 2.0, EdgeKind.PART: 0.0}, others=0.5)
    assert made == (2.0, 0.5, 0.5, 0.5, 0.5, 0.5, 0.0)
    with pytest.raises(ValueError, match="less than nothing"):
        scales({EdgeKind.LINK: -1.0})

"""Where walks start, over a few facts, names and passages. Entities count from 10 on."""

from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.model import Node, NodeKind
from graph.naming import Names
from graph.seeds import (
    ABOUT,
    HALVED,
    NAMED,
    NOWHERE,
    PASSAGE_SHARE,
    Named,
    Start,
    as_nodes,
    from_best,
    from_facts,
    from_meaning,
    from_names,
    stretched,
    together,
    weighted,
)

SCORES = st.lists(st.floats(-1, 1, width=32), min_size=1, max_size=12)


def numbers(*of: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.array(of, dtype=np.int64)


def by_number(start: Start) -> dict[int, float]:
    return dict(zip(start.numbers.tolist(), start.weights.tolist(), strict=True))


def test_a_fact_gives_its_ends_its_score_over_how_many_passages_name_them() -> None:
    """Stretched, the facts have 1, .5 and 0. Entity 11 has the mean of 1 / 2 and .5 / 2."""
    found = from_facts(
        np.array([0.9, 0.6, 0.3]),
        np.array([[10, 11], [11, 12], [13, 14]]),
        np.array([[1, 2], [2, 5], [1, 1]]),
    )

    assert by_number(found) == pytest.approx({10: 1.0, 11: (1 / 2 + 0.5 / 2) / 2, 12: 0.5 / 5})


def test_only_the_nearest_facts_and_of_their_ends_the_heaviest_count() -> None:
    ends = np.array([[10, 11], [12, 13], [14, 15]])

    found = from_facts(
        np.array([0.9, 0.8, 0.1]), ends, np.array([[1, 4], [2, 9], [1, 1]]), most=2, kept=2
    )

    assert found.numbers.tolist() == [10, 12]


def test_an_end_that_no_passage_is_known_to_name_is_not_damped() -> None:
    found = from_facts(np.array([0.4]), np.array([[10, 11]]), np.array([[0, 2]]))

    assert by_number(found) == {10: 1.0, 11: 0.5}


def test_no_fact_no_seed() -> None:
    none = np.empty((0, 2), dtype=np.int64)

    assert len(from_facts(np.empty(0), none, none).numbers) == 0


def test_a_name_weighs_most_that_a_turn_is_about_and_else_by_how_rare_it_is() -> None:
    """Two turns are about 10; four name 11; nobody has heard of 12."""
    names = Names({turn: [11] for turn in range(4)}, {5: [10], 6: [10]})

    found = from_names([Named(10, 1.0), Named(11, 1.0), Named(12, 1.0)], names)

    assert by_number(found) == pytest.approx({10: ABOUT / 2**0.5, 11: NAMED / 2})


def test_a_name_counts_once_by_the_surest() -> None:
    names = Names({}, {5: [10]})

    found = from_names([Named(10, 0.5), Named(10, 1.0), Named(10, 0.5)], names)

    assert by_number(found) == {10: ABOUT}


def test_passages_weigh_a_twentieth_of_their_stretched_cosine_and_the_farthest_nothing() -> None:
    found = from_meaning(numbers(7, 3, 5), np.array([0.9, 0.1, 0.5]))

    assert by_number(found) == pytest.approx({5: PASSAGE_SHARE / 2, 7: PASSAGE_SHARE})


def test_only_so_many_passages_are_started_from() -> None:
    found = from_meaning(np.arange(9), np.linspace(0, 1, 9), most=3)

    assert found.numbers.tolist() == [6, 7, 8]


def test_the_best_turns_count_half_as_much_each_as_the_one_before() -> None:
    """Of equals the lower number goes first; what is worth nothing is no seed."""
    found = from_best(numbers(1, 2, 3, 4), np.array([0.2, 0.9, 0.2, 0.0]))

    assert by_number(found) == {2: 1.0, 1: HALVED, 3: HALVED**2}


def test_what_comes_from_two_sides_counts_together() -> None:
    one, other = Start(numbers(1, 4), np.array([1.0, 2.0])), Start(numbers(4), np.array([0.5]))

    assert by_number(together(one, other, NOWHERE)) == {1: 1.0, 4: 2.5}
    assert by_number(together()) == {}


def test_a_part_can_be_given_a_weight() -> None:
    start = Start(numbers(1, 4), np.array([1.0, 3.0]))

    assert by_number(weighted(start, 2.0)) == {1: 2.0, 4: 6.0}
    assert by_number(weighted(start, 0.0)) == {}


def test_seeds_become_nodes_of_a_kind() -> None:
    start = Start(numbers(4), np.array([0.5]))

    assert as_nodes(start, NodeKind.TURN) == {Node(NodeKind.TURN, 4): 0.5}


@given(SCORES)
def test_what_is_stretched_lies_from_0_to_1_in_the_same_order(scores: list[float]) -> None:
    found = stretched(np.array(scores))

    assert found.max() == 1.0
    assert found.min() == (0.0 if len(set(scores)) > 1 else 1.0)
    assert (np.diff(found[np.argsort(scores)]) >= 0).all()


@given(SCORES, st.randoms(use_true_random=False))
def test_the_order_in_which_passages_are_given_decides_nothing(
    scores: list[float], random: Random
) -> None:
    order = list(range(len(scores)))
    random.shuffle(order)
    given_scores = np.array(scores)

    straight = from_meaning(np.arange(len(scores)), given_scores, most=3)
    shuffled = from_meaning(np.array(order), given_scores[order], most=3)

    assert by_number(straight) == by_number(shuffled)

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.naming import Names
from graph.paths import (
    COMMONEST,
    DAMPING,
    IN_PASSING,
    MOST,
    MOST_ABOUT,
    NAMING,
    Paths,
    paths_from,
    walked,
)

NAMED = st.dictionaries(st.integers(0, 9), st.lists(st.integers(10, 15), max_size=4), max_size=10)


def numbers(*of: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.array(of, dtype=np.int64)


def test_a_path_leads_over_a_shared_name_to_the_other_turn() -> None:
    paths = paths_from(numbers(1), Names({1: [20], 2: [20]}, {}), without=())

    assert (paths.turns.tolist(), paths.entities.tolist()) == ([2], [20])
    assert paths.worth.tolist() == [pytest.approx(NAMING / 2**0.5)]


def test_the_end_that_is_about_the_name_is_worth_most() -> None:
    paths = paths_from(numbers(1), Names({1: [20], 2: [20]}, {3: [20]}), without=())

    worth = dict(zip(paths.turns.tolist(), paths.worth.tolist(), strict=True))
    assert worth == {2: pytest.approx(NAMING / 3**0.5), 3: 1.0}


def test_a_later_seed_is_worth_half_the_one_before() -> None:
    names = Names({1: [20], 2: [21]}, {3: [20], 4: [21]})

    assert paths_from(numbers(1, 2), names, without=()).worth.tolist() == [1.0, DAMPING]


def test_names_to_leave_out_and_names_of_a_crowd_are_no_bridges() -> None:
    crowd = Names({turn: [20] for turn in range(COMMONEST + 1)} | {90: [21], 91: [21]}, {})

    assert len(paths_from(numbers(0, 90), crowd, without={21})) == 0


def test_only_the_strongest_paths_are_followed() -> None:
    """Twenty names of forty turns each make 780 paths; those of the rare name stay."""
    many = {turn: [20 + turn % 20, *range(20, 40)] for turn in range(COMMONEST)}
    names = Names(many | {0: [*range(20, 40), 50], 99: [50]}, {})

    paths = paths_from(numbers(0), names, without=())

    assert len(paths) == MOST
    assert 99 in paths.turns


@given(NAMED, st.lists(st.integers(0, 9), min_size=1, max_size=5, unique=True))
def test_no_more_walkers_arrive_than_have_left(
    named: dict[int, list[int]], seeds: list[int]
) -> None:
    paths = paths_from(numbers(*seeds), Names(named, {}), without=())

    share = walked(paths, paths.worth) if len(paths) else np.zeros(0)

    left = sum(DAMPING**rank for rank in set(paths.ranks.tolist()))
    assert share.sum() == pytest.approx(left)
    assert (share >= 0).all()


def test_fewer_than_the_limit_stay_all() -> None:
    none = np.zeros(0)
    paths = Paths(numbers(), numbers(), numbers(), none, none, none)

    assert paths.strongest(3) is paths


def test_no_path_leaves_over_what_a_whole_sitting_is_about() -> None:
    """As many turns as may share a subject go by it; with one more, nobody does."""
    few = Names({}, {turn: [20] for turn in range(MOST_ABOUT)})
    many = Names({}, {turn: [20] for turn in range(MOST_ABOUT + 1)})

    told, silent = (paths_from(numbers(0), names, without=()) for names in (few, many))

    assert set(told.worth.tolist()) == {1.0}
    assert set(told.trust.tolist()) == {1.0}
    assert len(silent) == 0


def test_what_a_whole_sitting_is_about_counts_as_named_at_the_end_of_a_path() -> None:
    sitting = range(MOST_ABOUT + 1)
    names = Names({99: [20]}, {turn: [20] for turn in sitting})

    paths = paths_from(numbers(99), names, without=())

    assert paths.turns.tolist() == list(sitting)
    assert paths.worth.tolist() == pytest.approx([NAMING / (MOST_ABOUT + 2) ** 0.5] * len(sitting))
    assert set(paths.trust.tolist()) == {IN_PASSING}

"""Pool: candidates side by side in flat arrays."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from memsvc.ports.vectors import Ranked
from retrieval.pool import Pool, lookup
from tests.retrieval.small import keys, pool_of, scores


def test_keys_are_kept_distinct_and_ascending() -> None:
    pool = Pool().with_keys(keys(5, 3)).with_keys(keys(4, 3))

    assert pool.keys.tolist() == [3, 4, 5]


def test_new_candidates_drop_the_scores_given_before() -> None:
    pool = pool_of({1: 0.5}).with_keys(keys(2))

    assert (dict(pool.arms), dict(pool.shares), len(pool.score)) == ({}, {}, 0)


def test_an_arm_is_recorded_with_its_own_scores_and_adds_its_share() -> None:
    pool = pool_of({1: 0.5, 2: 0.1}).plus("second", scores(9.0, np.nan), scores(0.25, 0.0))

    np.testing.assert_allclose(pool.score, [0.75, 0.1])
    np.testing.assert_array_equal(pool.arms["second"], scores(9.0, np.nan))
    np.testing.assert_array_equal(pool.shares["second"], scores(0.25, 0.0))
    assert list(pool.arms) == list(pool.shares) == ["first", "second"]


def test_an_arm_leaves_the_pool_it_was_given_as_it_was() -> None:
    before = pool_of({1: 0.5})

    before.plus("second", scores(1.0), scores(1.0))

    assert (list(before.arms), before.score.tolist()) == (["first"], [0.5])


def test_a_key_that_is_no_candidate_has_no_place() -> None:
    assert Pool(keys=keys(3, 5, 9)).places_of(keys(9, 4, 3, 10, -1)).tolist() == [2, -1, 0, -1, -1]


def test_nothing_has_a_place_in_an_empty_pool() -> None:
    assert Pool().places_of(keys(3, 5)).tolist() == [-1, -1]


def test_candidates_of_one_score_are_ordered_oldest_first() -> None:
    pool = pool_of({3: 0.5, 5: 0.9, 7: 0.5, 9: 0.9})

    assert pool.keys[pool.best_first()].tolist() == [5, 9, 3, 7]


def test_an_empty_pool_has_no_best() -> None:
    assert Pool().best_first().tolist() == []


def test_what_is_not_ranked_scores_nothing() -> None:
    ranked = Ranked(keys(2, 4), scores(0.5, 0.25))

    assert lookup(ranked, keys(4, 3, 2, -1, 9)).tolist() == [0.25, 0.0, 0.5, 0.0, 0.0]


def test_looking_up_in_nothing_gives_zeros() -> None:
    assert lookup(Ranked(keys(), scores()), keys(1, 2)).tolist() == [0.0, 0.0]


numbers = st.lists(st.integers(0, 30), max_size=12)


@settings(deadline=None)
@given(first=numbers, second=numbers, third=numbers)
def test_gathering_does_not_care_about_order(
    first: list[int], second: list[int], third: list[int]
) -> None:
    forth = Pool().with_keys(keys(*first)).with_keys(keys(*second)).with_keys(keys(*third))
    back = Pool().with_keys(keys(*third)).with_keys(keys(*second)).with_keys(keys(*first))

    assert forth.keys.tolist() == back.keys.tolist() == sorted({*first, *second, *third})


@settings(deadline=None)
@given(held=st.dictionaries(st.integers(0, 30), st.sampled_from([0.0, 0.25, 1.0]), max_size=12))
def test_best_first_is_what_sorting_by_score_and_then_key_gives(held: dict[int, float]) -> None:
    pool = pool_of(dict(sorted(held.items())))

    assert pool.keys[pool.best_first()].tolist() == sorted(held, key=lambda key: (-held[key], key))


@settings(deadline=None)
@given(held=numbers, asked=numbers)
def test_the_place_of_a_candidate_leads_back_to_it(held: list[int], asked: list[int]) -> None:
    pool = Pool().with_keys(keys(*held))

    for key, place in zip(asked, pool.places_of(keys(*asked)).tolist(), strict=True):
        if place < 0:
            assert key not in held
        else:
            assert pool.keys[place] == key

"""A recipe asked of several spaces: their candidates' scores compare."""

from math import nan
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.pool import Pool
from retrieval.recipes import RECIPES
from retrieval.stages import Fuse
from tests.retrieval.small import DoubtedArm, FixedArm, SmallSpace, keys, scores

TEA = SmallSpace((1, "green tea at four"), (1, "black tea"), (2, "a cup of tea"))
SEA = SmallSpace((1, "the blue sea"), (1, "a ship at four"))
ARM = FixedArm("arm")


@pytest.mark.parametrize("recipe", RECIPES)
def test_one_space_is_ranked_as_if_it_were_asked_alone(recipe: str) -> None:
    alone, _ = RECIPES[recipe].run(TEA.ask("green tea"))
    (together,) = RECIPES[recipe].run_together([TEA.ask("green tea")])

    assert together.pool.score.tolist() == alone.score.tolist()
    assert [step.stage for step in together.trace] == RECIPES[recipe].describe()


@pytest.mark.parametrize("recipe", RECIPES)
def test_the_best_of_a_space_that_knows_nothing_is_worth_little(recipe: str) -> None:
    """Alone it would be worth as much as the best of any space: it is the best there is."""
    tea, sea = RECIPES[recipe].run_together([TEA.ask("green tea"), SEA.ask("green tea")])
    worth = float(sea.pool.score.max()) if len(sea.pool) else 0.0

    assert worth < 0.5 * float(tea.pool.score.max())


def test_each_arm_has_one_worst_and_one_best_of_all_spaces() -> None:
    pools = [
        Pool(keys=keys(1, 2)).plus("arm", scores(0.9, 0.5), scores(1, 0)),
        Pool(keys=keys(1)).plus("arm", scores(0.1), scores(1)),
    ]

    near, far = Fuse(((ARM, 1.0),)).level(pools)

    assert near.score.tolist() == pytest.approx([1.0, 0.5])
    assert far.score.tolist() == [0.0]
    assert far.arms["arm"].tolist() == pytest.approx([0.1])


def test_a_space_without_candidates_moves_nobody() -> None:
    fuse = Fuse(((ARM, 1.0),))
    pool = fuse.run(TEA.ask("tea"), Pool(keys=keys(1, 2)))
    empty = fuse.run(SEA.ask("tea"), Pool())

    levelled, nothing = fuse.level([pool, empty])

    assert levelled.score.tolist() == pool.score.tolist()
    assert len(nothing) == 0


Raw = st.lists(st.floats(-1, 1, width=32) | st.just(nan), max_size=5)


@given(st.lists(Raw, min_size=1, max_size=4), st.randoms(use_true_random=False))
def test_levelling_does_not_care_in_which_order_the_spaces_come(
    raw: list[list[float]], chance: Random
) -> None:
    pools = [
        Pool(keys=keys(*range(1, len(one) + 1))).plus("arm", scores(*one), scores(*one))
        for one in raw
    ]
    places = list(range(len(pools)))
    chance.shuffle(places)

    fuse = Fuse(((ARM, 1.0),))
    levelled = fuse.level(pools)
    shuffled = fuse.level([pools[place] for place in places])

    for place, other in zip(places, shuffled, strict=True):
        np.testing.assert_array_equal(levelled[place].score, other.score)


@given(Raw)
def test_levelling_one_space_leaves_it_as_fusing_made_it(raw: list[float]) -> None:
    arm = FixedArm("arm", says=dict(enumerate(raw, start=1)))
    fuse = Fuse(((arm, 1.0),))
    fused = fuse.run(TEA.ask("tea"), Pool(keys=keys(*range(1, len(raw) + 1))))

    (levelled,) = fuse.level([fused])

    assert levelled.score.tolist() == fused.score.tolist()


def test_levelling_keeps_how_far_an_arm_is_trusted() -> None:
    """Turn 1 says as much as turn 2 does, and the arm's word counts half for it in any space."""
    fuse = Fuse(((DoubtedArm("arm", says={1: 4, 2: 4, 3: 2}), 1.0),))
    pools = [fuse.run(TEA.ask("tea"), Pool(keys=keys(1, 2, 3))) for _ in range(2)]

    assert [pool.score.tolist() for pool in fuse.level(pools)] == [[0.5, 1.0, 0.0]] * 2

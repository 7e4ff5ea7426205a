"""Stages one by one, on candidates whose scores are given."""

from math import nan

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from memsvc.ports.vectors import Scores
from retrieval.pool import Pool
from retrieval.stages import Fuse, Gather, Lean, Session, Widen, min_max
from tests.retrieval.small import DoubtedArm, FixedArm, SmallSpace, keys, pool_of, scores

# Stream 1 is 1, 2, 3, 6; stream 2 is 4, 5.
SPACE = SmallSpace((1, "a"), (1, "b"), (1, "c"), (2, "d"), (2, "e"), (1, "f"))
ASK = SPACE.ask("a")


def test_gathering_is_the_union_of_what_the_arms_propose() -> None:
    gather = Gather((FixedArm("one", (3, 1)), FixedArm("two", (4, 3))), limit=10)

    assert gather.run(ASK, Pool()).keys.tolist() == [1, 3, 4]


def test_each_arm_may_propose_up_to_the_limit() -> None:
    gather = Gather((FixedArm("one", (3, 1, 2)), FixedArm("two", (4, 3, 5))), limit=1)

    assert gather.run(ASK, Pool()).keys.tolist() == [3, 4]


def test_a_proposed_turn_that_was_deleted_meanwhile_is_dropped() -> None:
    space = SmallSpace((1, "a"), (1, "b"))
    space.forget(1)

    assert Gather((FixedArm("one", (1, 2, 7)),), limit=10).run(
        space.ask("a"), Pool()
    ).keys.tolist() == [2]


def test_widening_adds_the_turns_beside_each_candidate() -> None:
    assert Widen().run(ASK, Pool(keys=keys(3, 4))).keys.tolist() == [2, 3, 4, 5, 6]


def test_widening_lets_nobody_in_who_may_not_answer() -> None:
    ask = SPACE.ask("a", among=keys(3, 6))

    assert Widen().run(ask, Pool(keys=keys(3))).keys.tolist() == [3, 6]


def test_widening_nothing_gives_nothing() -> None:
    assert len(Widen().run(ASK, Pool())) == 0


@pytest.mark.parametrize(
    ("given_scores", "expected"),
    [
        (scores(2, 4, 3), [0, 1, 0.5]),
        (scores(2, nan, 4), [0, 0, 1]),
        (scores(-1, -0.5), [0, 1]),
        (scores(3, 3, 3), [1, 1, 1]),
        (scores(3), [1]),
        (scores(0, 0), [0, 0]),
        (scores(nan, nan), [0, 0]),
        (scores(nan, 3), [0, 1]),
        (scores(), []),
    ],
)
def test_scores_are_brought_between_0_and_1(given_scores: Scores, expected: list[float]) -> None:
    assert min_max(given_scores).tolist() == expected


@settings(deadline=None)
@given(
    raw=st.lists(st.floats(-1e6, 1e6, width=32) | st.just(nan), max_size=20),
)
def test_any_scores_end_between_0_and_1_in_the_same_order(raw: list[float]) -> None:
    found = min_max(scores(*raw))

    assert np.all((found >= 0) & (found <= 1))
    known = ~np.isnan(scores(*raw))
    order = np.argsort(scores(*raw)[known], kind="stable")
    assert np.all(np.diff(found[known][order]) >= 0)


def test_fusing_is_the_weighted_mean_of_the_arms_opinions() -> None:
    """One says 0, 1, 0.5 of the three, two says 1, 0, 0; their weights are 3 and 1."""
    fuse = Fuse(
        (
            (FixedArm("one", says={1: 2, 2: 4, 3: 3}), 3.0),
            (FixedArm("two", says={1: 9, 2: 8, 3: 8}), 1.0),
        )
    )

    found = fuse.run(ASK, Pool(keys=keys(1, 2, 3)))

    np.testing.assert_allclose(found.score, [0.25, 0.75, 0.375])
    np.testing.assert_allclose(found.shares["one"], [0, 0.75, 0.375])
    np.testing.assert_allclose(found.arms["one"], [2, 4, 3])


def test_an_arm_with_nothing_to_say_leaves_the_ranking_to_the_others() -> None:
    silent = FixedArm("silent")
    words = FixedArm("words", says={1: 1, 2: 7, 3: 4})

    alone = Fuse(((words, 1.0),)).run(ASK, Pool(keys=keys(1, 2, 3)))
    both = Fuse(((silent, 5.0), (words, 1.0))).run(ASK, Pool(keys=keys(1, 2, 3)))

    assert both.best_first().tolist() == alone.best_first().tolist() == [1, 2, 0]


def test_fusing_nothing_gives_nothing() -> None:
    assert len(Fuse(((FixedArm("one"), 1.0),)).run(ASK, Pool())) == 0


def test_a_trace_shows_the_best_score_of_each_arm_that_spoke() -> None:
    fuse = Fuse(((FixedArm("one", says={1: 2, 2: 4}), 1.0), (FixedArm("silent"), 1.0)))

    assert fuse.facts(fuse.run(ASK, Pool(keys=keys(1, 2)))) == {"one": 4.0}


def test_a_candidate_leans_on_the_better_of_its_neighbours() -> None:
    """Stream 1 in order is 1, 2, 3, 6, of which 6 is no candidate; stream 2 is 4, 5."""
    pool = pool_of({1: 0.2, 2: 0.4, 3: 1.0, 4: 0.8, 5: 0.0})

    found = Lean(weight=0.5).run(ASK, pool)

    np.testing.assert_allclose(found.arms["neighbour"], [0.4, 1.0, 0.4, np.nan, 0.8], rtol=1e-6)
    np.testing.assert_allclose(found.score, [0.4, 0.9, 1.2, 0.8, 0.4], rtol=1e-6)


def test_a_long_turn_leans_less() -> None:
    """Turn 2 has twice the short length: half of the weight counts."""
    ask = SmallSpace((1, "red"), (1, " ".join(["blue"] * 200))).ask("red")

    found = Lean(weight=0.5).run(ask, pool_of({1: 1.0, 2: 0.0}))

    assert found.score.tolist() == [1.0, 0.25]


def test_a_long_session_speaks_less() -> None:
    """Stream 1 has 4,000 terms, twice what counts as short: half of the weight counts."""
    ask = SmallSpace((1, " ".join(["red"] * 4_000)), (2, "red")).ask("red")

    found = Session(weight=0.5, best=3).run(ask, pool_of({1: 1.0, 2: 1.0}))

    assert found.score.tolist() == [1.25, 1.5]


def test_fusion_weighs_an_arm_by_how_far_it_is_trusted() -> None:
    doubted = Fuse(((DoubtedArm("one", says={1: 4, 2: 4, 3: 2}), 1.0),))

    assert doubted.run(ASK, Pool(keys=keys(1, 2, 3))).score.tolist() == [0.5, 1.0, 0.0]


def test_a_session_speaks_through_the_mean_of_its_best() -> None:
    """Stream 1: the two best of 0.2, 0.4, 1.0 give 0.7. Stream 2: its only one gives 0.8."""
    pool = pool_of({1: 0.2, 2: 0.4, 3: 1.0, 4: 0.8})

    found = Session(weight=0.5, best=2).run(ASK, pool)

    np.testing.assert_allclose(found.arms["session"], [0.7, 0.7, 0.7, 0.8], rtol=1e-6)
    np.testing.assert_allclose(found.score, [0.55, 0.75, 1.35, 1.2], rtol=1e-6)


@pytest.mark.parametrize("stage", [Lean(weight=0.5), Session(weight=0.5, best=2)])
def test_nobody_leans_and_no_session_speaks_where_there_is_no_candidate(
    stage: Lean | Session,
) -> None:
    assert len(stage.run(ASK, Pool())) == 0


held_scores = st.dictionaries(
    st.integers(1, 6), st.floats(0, 1, width=32), min_size=1, max_size=6
).map(lambda held: dict(sorted(held.items())))


@settings(deadline=None)
@given(held=held_scores, best=st.integers(1, 4))
def test_a_session_says_what_averaging_by_hand_gives(held: dict[int, float], best: int) -> None:
    stream_of = dict(enumerate([1, 1, 1, 2, 2, 1], start=1))
    found = Session(weight=0.5, best=best).run(ASK, pool_of(held))

    for key, said in zip(held, found.arms["session"].tolist(), strict=True):
        of_stream = [score for other, score in held.items() if stream_of[other] == stream_of[key]]
        expected = np.mean(sorted(of_stream, reverse=True)[:best])
        assert np.nan_to_num(said) == pytest.approx(expected, abs=1e-6)


def test_an_arms_silence_counts_as_much_as_it_says() -> None:
    """BM25 has a bottom, so no shared word is the worst score; a missing vector is no score."""
    says = {1: 2.0, 2: 4.0}
    with_bottom = Fuse(((FixedArm("words", says=says, silence=0.0), 1.0),))
    without = Fuse(((FixedArm("meaning", says=says), 1.0),))

    assert with_bottom.run(ASK, Pool(keys=keys(1, 2, 3))).score.tolist() == [0.5, 1.0, 0.0]
    assert without.run(ASK, Pool(keys=keys(1, 2, 3))).score.tolist() == [0.0, 1.0, 0.0]

"""Arms: what each proposes and says, on turns whose cosines and sums are plain to see.

The words used (red, blue, tea) have numbers of their own in the counting embedder, so texts that
share none of them stand at right angles.
"""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from memsvc.ports.vectors import Ranked
from retrieval.arms import (
    CHANCE,
    Arm,
    Dense,
    DenseBefore,
    Lexical,
    LexicalAround,
    LexicalStream,
    around,
    best_of,
)
from retrieval.pool import lookup
from tests.retrieval.small import SmallSpace, keys

HALF = 0.5**0.5  # the cosine of one word with that word and one more

ARMS: tuple[Arm, ...] = (Dense(), DenseBefore(), Lexical(), LexicalAround(), LexicalStream())


def two_streams() -> SmallSpace:
    return SmallSpace((1, "red"), (1, "blue"), (2, "red blue"), (2, "tea"), (1, "tea"))


def test_dense_proposes_the_nearest_first_and_no_more_than_asked_for() -> None:
    ask = two_streams().ask("red")

    assert Dense().propose(ask, 2).tolist() == [1, 3]


def test_dense_says_the_cosine() -> None:
    ask = two_streams().ask("red")

    np.testing.assert_allclose(Dense().score(ask, keys(1, 2, 3)), [1, 0, HALF], atol=1e-6)


def test_dense_has_nothing_to_say_of_a_turn_without_a_vector() -> None:
    ask = SmallSpace((1, "red"), (1, "red"), unembedded=[2]).ask("red")

    assert np.isnan(Dense().score(ask, keys(1, 2))).tolist() == [False, True]


def test_dense_before_reads_a_turn_together_with_the_one_before_it() -> None:
    """Turn 2 says blue after red; turn 5 says tea after blue; turn 1 has nobody before it."""
    ask = two_streams().ask("red")

    np.testing.assert_allclose(DenseBefore().score(ask, keys(1, 2, 5)), [1, HALF, 0], atol=1e-6)


def test_dense_takes_off_what_chance_adds_to_a_long_turn() -> None:
    """Turn 2 says red as well as turn 1 does, but it has twice the short length."""
    ask = SmallSpace((1, "red"), (2, " ".join(["red"] * 200))).ask("red")

    np.testing.assert_allclose(
        Dense().score(ask, keys(1, 2)), [1, 1 - CHANCE * np.log(2)], atol=1e-6
    )


def test_a_long_turn_is_read_with_half_of_the_one_before_it() -> None:
    """Blue at full length, red at half: the pair's cosine with red is 1/2 over the root of 5/4."""
    ask = SmallSpace((1, "red"), (1, " ".join(["blue"] * 200))).ask("red")

    np.testing.assert_allclose(DenseBefore().score(ask, keys(2)), [0.5 / 1.25**0.5], atol=1e-6)


def test_dense_before_does_not_look_into_the_stream_beside() -> None:
    """Turn 3 was written after turn 2, and opens another stream."""
    ask = two_streams().ask("blue")

    np.testing.assert_allclose(DenseBefore().score(ask, keys(3)), [HALF], atol=1e-6)


def test_dense_before_takes_a_turn_alone_when_the_one_before_has_no_vector() -> None:
    ask = SmallSpace((1, "red"), (1, "blue"), unembedded=[1]).ask("blue")

    np.testing.assert_allclose(DenseBefore().score(ask, keys(2)), [1], atol=1e-6)


def test_dense_before_has_nothing_to_say_of_a_turn_without_a_vector() -> None:
    ask = SmallSpace((1, "red"), (1, "red"), unembedded=[2]).ask("red")

    assert np.isnan(DenseBefore().score(ask, keys(2))).all()


def test_lexical_proposes_what_shares_a_word_best_first() -> None:
    ask = two_streams().ask("red")

    assert Lexical().propose(ask, 10).tolist() == [1, 3]
    assert Lexical().propose(ask, 1).tolist() == [1]


def test_lexical_has_nothing_to_say_of_a_turn_that_shares_no_word() -> None:
    assert np.isnan(Lexical().score(two_streams().ask("red"), keys(2, 4))).all()


def test_lexical_around_adds_half_of_each_neighbour() -> None:
    """Stream 1 is 1, 2, 5: red, blue, tea."""
    ask = two_streams().ask("red tea")
    own = lookup(ask.matching, keys(1, 2, 5))

    np.testing.assert_allclose(
        LexicalAround().score(ask, keys(1, 2, 5)),
        [own[0], 0.5 * (own[0] + own[2]), own[2]],
        rtol=1e-6,
    )


def test_lexical_around_adds_less_beside_a_long_turn() -> None:
    """Turn 2 has twice the short length, so half of half of each neighbour's counts."""
    ask = SmallSpace((1, "red"), (1, " ".join(["blue"] * 200)), (1, "red")).ask("red")
    own = lookup(ask.matching, keys(1, 3))

    np.testing.assert_allclose(LexicalAround().score(ask, keys(2)), [0.25 * own.sum()], rtol=1e-6)


def test_a_long_stream_is_trusted_less() -> None:
    """Stream 1 has 4,000 terms, twice what counts as short."""
    ask = SmallSpace((1, " ".join(["red"] * 3_999)), (1, "blue"), (2, "red")).ask("red")

    assert LexicalStream().trust(ask, keys(1, 2, 3)).tolist() == [0.5, 0.5, 1.0]


@pytest.mark.parametrize("arm", [Dense(), DenseBefore(), Lexical(), LexicalAround()])
def test_the_other_arms_are_trusted_about_every_turn(arm: Arm) -> None:
    assert arm.trust(two_streams().ask("red"), keys(1, 2)).tolist() == [1.0, 1.0]


def test_lexical_stream_gives_every_turn_what_its_stream_has() -> None:
    ask = two_streams().ask("red")
    of_one, of_two = ask.matching_streams.scores

    np.testing.assert_allclose(
        LexicalStream().score(ask, keys(1, 2, 3, 4, 5)), [of_one, of_one, of_two, of_two, of_one]
    )


@pytest.mark.parametrize("arm", [DenseBefore(), LexicalAround(), LexicalStream()])
def test_arms_that_speak_for_neighbours_propose_nobody(arm: Arm) -> None:
    assert arm.propose(two_streams().ask("red"), 10).tolist() == []


@pytest.mark.parametrize("arm", [Dense(), DenseBefore()])
def test_without_a_model_meaning_has_nothing_to_say(arm: Arm) -> None:
    ask = two_streams().ask("red", without_model=True)

    assert arm.propose(ask, 10).tolist() == []
    assert np.isnan(arm.score(ask, keys(1, 2))).all()


@pytest.mark.parametrize("arm", ARMS, ids=lambda arm: arm.name)
def test_an_arm_asked_about_nobody_says_nothing(arm: Arm) -> None:
    for space in (two_streams(), SmallSpace()):
        assert arm.score(space.ask("red"), keys()).tolist() == []


@pytest.mark.parametrize("arm", ARMS, ids=lambda arm: arm.name)
def test_no_arm_proposes_a_turn_that_may_not_answer(arm: Arm) -> None:
    ask = two_streams().ask("red blue tea", among=keys(3, 5))

    assert set(arm.propose(ask, 10).tolist()) <= {3, 5}


def test_a_turn_that_may_not_answer_still_counts_as_context() -> None:
    """Turn 2 alone says nothing of red; turn 1 before it does, and may not answer itself."""
    ask = two_streams().ask("red", among=keys(2))

    assert DenseBefore().score(ask, keys(2))[0] == pytest.approx(HALF)
    assert LexicalAround().score(ask, keys(2))[0] > 0


def test_the_best_of_equals_are_the_oldest() -> None:
    ask = SmallSpace((1, "red"), (2, "red"), (3, "red")).ask("red")

    assert best_of(ask.matching, None, 2).tolist() == [1, 2]


def test_around_a_turn_stand_the_turns_beside_it_in_its_stream() -> None:
    """Stream 1 is 1, 2, 5 and stream 2 is 3, 4."""
    ask = two_streams().ask("red")

    assert around(ask, keys(2)).tolist() == [1, 5]
    assert around(ask, keys(3)).tolist() == [4]
    assert around(ask, keys(1, 5)).tolist() == [2]


def test_around_a_deleted_turn_the_neighbours_close_ranks() -> None:
    space = two_streams()
    space.forget(2)

    assert around(space.ask("red"), keys(1)).tolist() == [5]


def test_around_nobody_stands_nobody() -> None:
    assert around(two_streams().ask("red"), keys()).tolist() == []


@settings(deadline=None)
@given(
    streams=st.lists(st.integers(1, 4), min_size=1, max_size=20),
    data=st.data(),
)
def test_neighbours_are_of_the_same_stream_and_may_answer(
    streams: list[int], data: st.DataObject
) -> None:
    space = SmallSpace(*((stream, "red") for stream in streams))
    everybody = range(1, len(streams) + 1)
    asked = data.draw(st.sets(st.sampled_from(everybody)))
    among = data.draw(st.none() | st.sets(st.sampled_from(everybody)))
    ask = space.ask("red", among=None if among is None else keys(*sorted(among)))

    found = around(ask, keys(*sorted(asked))).tolist()

    assert {streams[key - 1] for key in found} <= {streams[key - 1] for key in asked}
    assert among is None or set(found) <= among


@given(st.frozensets(st.integers(0, 12)), st.frozensets(st.integers(0, 12)), st.integers(1, 5))
def test_the_best_among_some_are_the_best_of_those_that_are_both(
    scored: frozenset[int], some: frozenset[int], limit: int
) -> None:
    ranked = Ranked(keys(*sorted(scored)), np.array([k % 3 for k in sorted(scored)], np.float32))

    found = best_of(ranked, keys(*sorted(some)), limit).tolist()

    assert found == sorted(scored & some, key=lambda key: (-(key % 3), key))[:limit]

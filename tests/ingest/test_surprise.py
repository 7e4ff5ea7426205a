"""What parts the sides of a turn, how far that stands out, and from when on it counts."""

from math import isnan, nan, sqrt

import numpy as np
import pytest

from memsvc.ingest.signs import Sign
from memsvc.ingest.surprise import LEANING, NEARER, distance_to, leaning, partings, prominence
from memsvc.ingest.threshold import Usual, threshold

EAST, NORTH, NOWHERE = np.array([[1, 0], [0, 1], [0, 0]], np.float32)


def test_sides_are_weighted_means_cut_off_where_the_stream_ends() -> None:
    found = partings(np.stack([EAST, EAST, NORTH]), context=2)
    assert isnan(found[0])
    # behind the second: east; from it on: east and, farther, north
    assert found[1] == pytest.approx(1 - 1 / sqrt(1 + NEARER**2))
    assert found[2] == pytest.approx(1)


def test_sides_without_direction_part_nothing() -> None:
    assert partings(np.stack([NOWHERE, NOWHERE, EAST]), context=1)[1:] == [0, 0]
    assert partings(np.empty((0, 2), np.float32), context=4) == []


def test_a_peak_stands_over_the_valleys_on_both_sides() -> None:
    parted = [nan, 0.3, 0.2, 0.9, 0.5, 0.4, 0.6]
    assert prominence(parted, 3, reach=4, ended=True) == pytest.approx(0.7 + 0.5)


def test_a_valley_is_looked_for_within_reach_only() -> None:
    parted = [nan, 0.1, 0.2, 0.9, 0.5, 0.4, 0.3]
    assert prominence(parted, 3, reach=1, ended=True) == pytest.approx(0.7 + 0.4)


def test_a_slope_that_goes_on_waits_until_it_is_known_where_it_ends() -> None:
    parted = [nan, 0.2, 0.9, 0.5]
    assert prominence(parted, 2, reach=4, ended=False) is None
    assert prominence(parted, 4, reach=4, ended=False) is None
    assert prominence([*parted, 0.6], 2, reach=4, ended=False) == pytest.approx(0.7 + 0.4)
    assert prominence(parted, 2, reach=4, ended=True) == pytest.approx(0.7 + 0.4)


@pytest.mark.parametrize("unit", [2, 4])
def test_a_slope_has_no_prominence(unit: int) -> None:
    assert prominence([nan, 0.2, 0.5, 0.9, 0.6, 0.3], unit, reach=4, ended=True) == 0


def test_the_first_turn_has_no_prominence() -> None:
    found = prominence([nan, 0.4], 0, reach=4, ended=True)
    assert found is not None
    assert isnan(found)


def test_distance_is_taken_to_the_mean_of_the_event() -> None:
    assert distance_to(EAST[None], np.stack([EAST, NORTH])) == pytest.approx(1 - sqrt(0.5))
    assert distance_to(NOWHERE[None], EAST[None]) == 0


def test_an_answer_leans_on_its_question_and_a_question_on_nothing() -> None:
    reply = Sign.OPENS_AS_A_REPLY | Sign.STANDS_ON_WHAT_WAS_NAMED
    assert leaning(Sign.NONE, after=Sign.ASKS) == LEANING
    assert leaning(Sign.ASKS, after=Sign.NONE) == 0
    assert leaning(reply, after=Sign.ASKS) == pytest.approx(4 * LEANING)
    assert leaning(Sign.NONE, after=reply) == 0


def test_a_threshold_joins_what_was_seen_with_what_is_usual() -> None:
    seen = [1.0, 3.0]
    assert threshold(seen, gamma=0, prior=2, usual=Usual(4, 1)) == 3
    # of 1, 3 and two numbers of mean 4 and deviation 1: the squares are 1, 9, 17, 17
    assert threshold(seen, gamma=2, prior=2, usual=Usual(4, 1)) == pytest.approx(3 + 2 * sqrt(2))


def test_without_anything_usual_a_threshold_waits() -> None:
    assert isnan(threshold([1, 2], gamma=1, prior=3, usual=None))
    assert threshold([1, 2, 3], gamma=0, prior=3, usual=None) == 2
    assert isnan(threshold([], gamma=1, prior=0, usual=None))
    assert isnan(threshold([], gamma=1, prior=0, usual=Usual(1, 1)))


def test_no_one_of_equal_surprises_is_over_their_threshold() -> None:
    seen = [float(np.float32(0.1))] * 63
    assert threshold(seen, gamma=0, prior=0, usual=Usual(0, 0)) == seen[0]

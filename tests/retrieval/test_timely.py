"""What happened when the question says comes before what happened at another time."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from memsvc.domain.asking import TimeAsked
from memsvc.domain.validity import Interval
from retrieval.pool import Ask, Pool
from retrieval.timely import ARM, Then, Timely, nearness
from tests.retrieval.small import SmallSpace, keys, pool_of

MAY = datetime(2023, 5, 1, tzinfo=UTC)
DAY = timedelta(days=1)
THE_WEEK = Interval(MAY, MAY + 7 * DAY)


def ask_of(days: Mapping[int, float], *times: Interval, question: str = "word") -> Ask:
    """Ask turns that happened so many days after the first of May."""
    space = SmallSpace(
        *((1, f"word w{key}") for key in days),
        moments=[MAY + day * DAY for day in days.values()],
    )
    return replace(space.ask(question), times=tuple(TimeAsked(time, "then") for time in times))


def test_a_turn_of_the_time_asked_for_is_raised_and_says_so() -> None:
    ask = ask_of({1: 3, 2: 30}, THE_WEEK)

    after = Timely(weight=0.5).run(ask, pool_of({1: 0.2, 2: 0.4}))

    assert after.keys[after.best_first()].tolist() == [1, 2]
    assert after.shares[ARM][0] == pytest.approx(0.5)


def test_without_a_time_nothing_moves() -> None:
    pool = pool_of({1: 0.2, 2: 0.4})
    ask = ask_of({1: 3, 2: 30})

    assert Timely(weight=0.5).run(ask, pool) is pool
    assert Then(limit=5).run(ask, pool) is pool


def test_what_is_told_soon_after_counts_more_than_what_is_told_before() -> None:
    inside, after, before, later = nearness(
        [THE_WEEK], seconds(MAY + DAY, MAY + 9 * DAY, MAY - 2 * DAY, MAY + 40 * DAY)
    ).tolist()

    assert inside == 1
    assert inside > after > before > later


def test_a_longer_time_reaches_further() -> None:
    month = Interval(MAY - 23 * DAY, MAY + 7 * DAY)
    moment = seconds(MAY + 12 * DAY)

    assert nearness([month], moment)[0] > nearness([THE_WEEK], moment)[0]


def test_a_time_without_an_end_holds_all_that_follows() -> None:
    since = Interval(MAY, None)

    assert nearness([since], seconds(MAY + 4_000 * DAY)).tolist() == [1]
    assert nearness([since], seconds(MAY - 40 * DAY))[0] < 1e-6


def test_turns_of_the_time_are_candidates_though_no_arm_proposed_them() -> None:
    ask = ask_of({1: 3, 2: 30, 3: 4}, THE_WEEK)

    assert Then(limit=5).run(ask, Pool(keys=keys(2))).keys.tolist() == [1, 2, 3]


def test_of_many_turns_of_the_time_the_best_are_candidates() -> None:
    ask = ask_of(dict.fromkeys(range(1, 41), 3.0), THE_WEEK, question="w17")

    found = Then(limit=4).run(ask, Pool()).keys.tolist()

    assert len(found) <= 4
    assert 17 in found


def test_a_turn_that_may_not_answer_is_no_candidate_for_its_time() -> None:
    ask = ask_of({1: 3, 2: 3, 3: 4}, THE_WEEK)

    assert Then(limit=5).run(replace(ask, without=keys(1)), Pool()).keys.tolist() == [2, 3]
    assert Then(limit=5).run(replace(ask, among=keys(1)), Pool()).keys.tolist() == [1]


@given(
    start=st.integers(-400, 400),
    length=st.integers(1, 400),
    moments=st.lists(st.integers(-2_000, 2_000), min_size=1, max_size=8),
)
def test_nearness_is_a_share_and_full_inside_only(
    start: int, length: int, moments: list[int]
) -> None:
    time = Interval(MAY + start * DAY, MAY + (start + length) * DAY)
    found = nearness([time], seconds(*(MAY + moment * DAY for moment in moments)))

    assert np.all((found >= 0) & (found <= 1))
    assert [bool(one == 1) for one in found] == [
        start <= moment <= start + length for moment in moments
    ]


def seconds(*moments: datetime) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return np.array([moment.timestamp() for moment in moments])

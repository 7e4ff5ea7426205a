"""What every clock and every maker of ids does."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from memsvc.ports.world import Clock, Ids
from memsvc.world import CountingIds, RandomIds, StandingClock, SystemClock


@pytest.fixture(params=[SystemClock, StandingClock])
def clock(request: pytest.FixtureRequest) -> Clock:
    made: Clock = request.param()
    return made


@pytest.fixture(params=[RandomIds, CountingIds])
def ids(request: pytest.FixtureRequest) -> Ids:
    made: Ids = request.param()
    return made


def test_a_clock_tells_an_aware_time_in_utc(clock: Clock) -> None:
    assert clock.now().utcoffset() == timedelta(0)
    assert clock.now().tzinfo is UTC


def test_a_clock_that_nobody_touches_does_not_run_backwards(clock: Clock) -> None:
    first = clock.now()
    assert clock.now() >= first


def test_the_latest_time_is_the_present_of_a_clock_that_runs_on(clock: Clock) -> None:
    before = clock.now()
    assert before <= clock.latest() <= clock.now()


def test_the_latest_time_stays_when_a_clock_is_set_back() -> None:
    clock = StandingClock(datetime(2026, 5, 1, tzinfo=UTC))
    latest = clock.latest()

    clock.advance(timedelta(hours=-3))
    assert (clock.latest(), clock.now()) == (latest, latest - timedelta(hours=3))

    clock.advance(timedelta(hours=4))
    assert clock.latest() == clock.now() == latest + timedelta(hours=1)


def test_a_standing_clock_moves_only_when_told_to() -> None:
    clock = StandingClock(datetime(2026, 5, 1, tzinfo=UTC))
    assert clock.now() == clock.now()
    clock.advance(timedelta(minutes=90))
    assert clock.now() == datetime(2026, 5, 1, 1, 30, tzinfo=UTC)
    clock.advance(timedelta(days=-1))
    assert clock.now() == datetime(2026, 4, 30, 1, 30, tzinfo=UTC)


def test_an_id_begins_with_its_kind(ids: Ids) -> None:
    assert ids.new("t").startswith("t_")
    assert ids.new("k").startswith("k_")


def test_ids_of_one_kind_have_one_length_and_fit_a_path(ids: Ids) -> None:
    made = [ids.new("t") for _ in range(100)]
    assert {len(one) for one in made} == {24}
    assert all(one.replace("_", "").isalnum() and one.isascii() for one in made)


def test_no_id_comes_twice_even_from_many_threads(ids: Ids) -> None:
    with ThreadPoolExecutor(4) as threads:
        made = list(threads.map(lambda _: ids.new("t"), range(4_000)))
    assert len(set(made)) == 4_000


def test_ids_sort_by_the_time_they_were_made(ids: Ids) -> None:
    """A random id's first 10 characters are its millisecond; a counting one is in order anyway."""
    made = [ids.new("t")[: len("t_") + 10] for _ in range(2_000)]
    assert made == sorted(made)


def test_a_secret_has_32_bytes_and_comes_once(ids: Ids) -> None:
    secrets = [ids.secret() for _ in range(100)]
    assert {len(secret) for secret in secrets} == {32}
    assert len(set(secrets)) == 100


def test_counting_ids_are_the_same_in_two_runs() -> None:
    first, second = CountingIds(), CountingIds()
    assert [first.new("t"), first.secret()] == [second.new("t"), second.secret()]

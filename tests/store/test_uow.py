"""Units of work: all or nothing, each alone, answered when durable and indexed."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Event

import numpy as np
import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from memsvc.domain.errors import Busy, DimensionMismatch, StoreUnavailable
from memsvc.domain.ids import Position, SpaceName
from memsvc.domain.memory import Fingerprint, Space
from memsvc.ports.keeping import Unit
from store.delta import Delta
from store.shelf import IndexShelf
from store.uow import LARGEST_GROUP, SqlUnit
from tests.store.opened import Store, make_space, open_store, say
from tests.store.shelves import assert_shelf_equals_rows

PATIENCE_S = 30


class Refusal(Exception):
    """What a unit raises to be rolled back."""


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(tmp_path) as opened:
        yield opened


@contextmanager
def writer_held(store: Store) -> Iterator[ThreadPoolExecutor]:
    """Hold the writer inside a unit, so that what is submitted meanwhile becomes one group."""
    begun, go_on = Event(), Event()

    def hold(_unit: Unit) -> None:
        begun.set()
        assert go_on.wait(PATIENCE_S)

    with ThreadPoolExecutor(LARGEST_GROUP) as threads:
        first = threads.submit(store.keeping.write, hold)
        try:
            assert begun.wait(PATIENCE_S)
            yield threads
        finally:
            go_on.set()
        first.result(PATIENCE_S)


def submit(
    store: Store, threads: ThreadPoolExecutor, *works: Callable[[SqlUnit], object]
) -> list[Future[object]]:
    """Queue units in order: each is in the queue before the next is submitted."""
    answers = []
    for work in works:
        answers.append(threads.submit(store.keeping.write, work))
        while store.keeping._queue.qsize() < len(answers):
            assert not answers[-1].done()
    return answers


def names(store: Store) -> list[str]:
    with store.keeping.read() as reading:
        page = reading.spaces.page(among=None, after=None, limit=1_000)
    return [space.name for space in page.items]


def making(store: Store, name: str) -> Callable[[SqlUnit], Space]:
    return lambda unit: make_space(unit, name, store.ids)


def refused_after_making(store: Store, name: str) -> Callable[[SqlUnit], None]:
    def work(unit: SqlUnit) -> None:
        make_space(unit, name, store.ids)
        raise Refusal(name)

    return work


def broken_sql(unit: SqlUnit) -> None:
    unit.rules.put("before", "the failure")
    # Raised by hand: a full disk cannot be had in a test without one.
    raise OperationalError("SELECT", {}, Exception("disk I/O error"))


def test_a_unit_answers_what_its_work_returned(store: Store) -> None:
    assert store.keeping.write(lambda _unit: 42) == 42


def test_a_refused_unit_leaves_nothing_and_its_error_comes_out(store: Store) -> None:
    with pytest.raises(Refusal, match="alice"):
        store.keeping.write(refused_after_making(store, "alice"))
    assert names(store) == []


def test_a_refused_unit_rolls_back_alone_and_the_rest_of_its_group_is_kept(store: Store) -> None:
    with writer_held(store) as threads:
        before, refused, after = submit(
            store,
            threads,
            making(store, "before"),
            refused_after_making(store, "refused"),
            making(store, "after"),
        )
    before.result(PATIENCE_S)
    after.result(PATIENCE_S)
    with pytest.raises(Refusal):
        refused.result(PATIENCE_S)
    assert names(store) == ["after", "before"]


def test_later_units_of_a_group_see_what_earlier_ones_did(store: Store) -> None:
    with writer_held(store) as threads:
        answers = submit(
            store,
            threads,
            making(store, "alice"),
            lambda unit: unit.spaces.find(SpaceName("alice")) is not None,
        )
    assert answers[1].result(PATIENCE_S) is True


def test_a_failing_database_in_one_unit_does_not_fail_the_others(store: Store) -> None:
    with writer_held(store) as threads:
        before, broken, after = submit(
            store, threads, making(store, "before"), broken_sql, making(store, "after")
        )
    before.result(PATIENCE_S)
    after.result(PATIENCE_S)
    with pytest.raises(StoreUnavailable, match="disk I/O error"):
        broken.result(PATIENCE_S)
    assert names(store) == ["after", "before"]
    with store.keeping.read() as reading:
        assert reading.rules.get("before") is None


def test_writing_goes_on_after_a_failing_database(store: Store) -> None:
    with pytest.raises(StoreUnavailable):
        store.keeping.write(broken_sql)
    assert store.space("alice").name == "alice"


def test_a_unit_that_succeeds_first_and_is_refused_when_run_again_reaches_no_index(
    store: Store,
) -> None:
    """A group that broke is run again unit by unit, and a unit may then meet another world."""
    alice = store.space("alice")
    with store.shelf.open(alice.key):
        pass
    runs = []

    def refused_the_second_time(unit: SqlUnit) -> None:
        runs.append(1)
        say(unit, alice, ["ghost"], ids=store.ids)
        if len(runs) > 1:
            raise Refusal

    with writer_held(store) as threads:
        ghost, broken = submit(store, threads, refused_the_second_time, broken_sql)
    with pytest.raises(Refusal):
        ghost.result(PATIENCE_S)
    with pytest.raises(StoreUnavailable):
        broken.result(PATIENCE_S)
    assert len(runs) == 2
    assert_shelf_equals_rows(store, alice)


def test_whoever_got_an_answer_finds_what_they_wrote_in_the_indexes(store: Store) -> None:
    alice = store.space("alice")
    for count in range(1, 6):
        store.say(alice, f"turn {count}")
        with store.shelf.open(alice.key) as indexes:
            assert (len(indexes.vectors), len(indexes.timeline)) == (count, count)
        assert store.texts(alice)[-1] == f"turn {count}"


def test_writers_in_many_threads_each_find_what_they_wrote(store: Store) -> None:
    alice = store.space("alice")

    def write_and_look(number: int) -> bool:
        turns = store.keeping.write(
            lambda unit: say(unit, alice, [f"turn {number}"], ids=store.ids)
        )
        with store.shelf.open(alice.key) as indexes:
            return bool(indexes.timeline.knows(np.array([turns[0].key]))[0])

    with ThreadPoolExecutor(8) as threads:
        assert all(threads.map(write_and_look, range(80)))
    assert_shelf_equals_rows(store, alice)


def test_no_answer_comes_before_the_indexes_have_applied_the_unit(tmp_path: Path) -> None:
    applied: list[int] = []
    held = Event()

    def slow_apply(shelf: IndexShelf, delta: Delta) -> None:
        assert held.wait(PATIENCE_S)
        shelf.apply(delta)
        applied.append(delta.after)

    with (
        open_store(tmp_path, apply_with=slow_apply) as store,
        ThreadPoolExecutor(1) as threads,
    ):
        answer = threads.submit(store.space, "alice")
        while not names(store):  # committed, and not answered
            assert not answer.done()
        assert not answer.done()
        held.set()
        answer.result(PATIENCE_S)
        assert applied == [1]


def test_indexes_that_failed_half_way_are_whole_at_the_next_opening(store: Store) -> None:
    """The turn's row is safe; the index refuses its vector after the timeline took the turn."""
    alice = store.space("alice")
    store.say(alice, "first")
    with store.shelf.open(alice.key):
        pass
    other_model = Fingerprint("other", "fp32", 3)

    def work(unit: SqlUnit) -> None:
        vector = np.ones(3, dtype=np.float32)
        say(unit, alice, ["second"], ids=store.ids, vector=vector, fingerprint=other_model)

    store.keeping.write(work)
    assert_shelf_equals_rows(store, alice)
    store.say(alice, "third")
    assert_shelf_equals_rows(store, alice)
    assert store.texts(alice) == ["first", "second", "third"]


def test_an_answer_comes_even_if_the_indexes_fail(tmp_path: Path) -> None:
    def refuse(_shelf: IndexShelf, _delta: Delta) -> None:
        raise DimensionMismatch(expected=1, got=2)

    with open_store(tmp_path, apply_with=refuse) as store:
        alice = store.space("alice")
        store.say(alice, "kept all the same")
        assert store.texts(alice) == ["kept all the same"]


def test_a_unit_that_the_indexes_never_heard_of_is_made_up_for_by_the_next(tmp_path: Path) -> None:
    lost = [2]

    def lose_some(shelf: IndexShelf, delta: Delta) -> None:
        if delta.after not in lost:
            shelf.apply(delta)

    with open_store(tmp_path, apply_with=lose_some) as store:
        alice = store.space("alice")
        with store.shelf.open(alice.key):
            pass
        store.say(alice, "lost on the way")
        store.say(alice, "brings the other along")
        with store.shelf.open(alice.key) as indexes:
            assert (len(indexes.timeline), indexes.position) == (2, 3)
        assert_shelf_equals_rows(store, alice)


def test_writes_beyond_the_queue_are_refused_as_busy_and_the_waiting_ones_are_kept(
    tmp_path: Path,
) -> None:
    with open_store(tmp_path, waiting_limit=2) as store:
        with writer_held(store) as threads:
            waiting = submit(store, threads, making(store, "alice"), making(store, "bob"))
            with pytest.raises(Busy):
                store.space("carol")
        for answer in waiting:
            answer.result(PATIENCE_S)
        assert names(store) == ["alice", "bob"]


def test_what_was_queued_before_closing_is_answered_and_later_writes_are_refused(
    tmp_path: Path,
) -> None:
    with open_store(tmp_path) as store:
        with writer_held(store) as threads:
            waiting = submit(store, threads, making(store, "alice"), making(store, "bob"))
            closing = threads.submit(store.keeping.close)
            while True:  # until the gate is shut
                try:
                    submit_probe = threads.submit(store.keeping.write, lambda _unit: None)
                    submit_probe.result(0.05)
                except StoreUnavailable:
                    break
                except TimeoutError:
                    continue
        closing.result(PATIENCE_S)
        assert [answer.result(PATIENCE_S) is not None for answer in waiting] == [True, True]
        assert names(store) == ["alice", "bob"]
        with pytest.raises(StoreUnavailable):
            store.space("late")


def test_a_full_group_is_answered_whole(tmp_path: Path) -> None:
    """More units than one commit takes, all waiting at once."""
    with open_store(tmp_path, waiting_limit=2 * LARGEST_GROUP) as store:
        with writer_held(store) as threads:
            answers = submit(
                store, threads, *[making(store, f"space-{n}") for n in range(LARGEST_GROUP - 1)]
            )
        assert {type(answer.result(PATIENCE_S)) for answer in answers} == {Space}
        assert len(names(store)) == LARGEST_GROUP - 1


def test_a_reader_sees_one_view_while_others_write(store: Store) -> None:
    alice = store.space("alice")
    store.say(alice, "first")
    with store.keeping.read() as reading:
        before = reading.spaces.counts(alice.key)
        store.say(alice, "second")
        assert reading.spaces.counts(alice.key) == before
        assert len(reading.ledger.page(alice.key, after=Position(0), limit=10)) == 2
    with store.keeping.read() as reading:
        assert reading.spaces.counts(alice.key).turns == 2


@pytest.mark.sqlite
def test_a_reader_is_told_when_the_database_fails(store: Store) -> None:
    with store.engine.begin() as connection:
        connection.execute(text("DROP TABLE store_facts"))
    with pytest.raises(StoreUnavailable, match="no such table"):
        read_a_fact(store)


def read_a_fact(store: Store) -> str | None:
    with store.keeping.read() as reading:
        return reading.rules.get("anything")

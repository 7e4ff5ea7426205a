"""Ledgers: one chain a space, without gaps, whoever writes and how many."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from memsvc.domain.ids import Position
from memsvc.domain.ledger import GENESIS, Change, Entry, Sought, chain
from memsvc.domain.memory import Space
from memsvc.ports.keeping import Unit
from tests.store.opened import Store, enter, open_store, say

ALL = 10_000


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(tmp_path) as opened:
        yield opened


def entries(store: Store, space: Space) -> list[Entry]:
    with store.keeping.read() as reading:
        return reading.ledger.page(space.key, after=Position(0), limit=ALL)


def assert_chained(found: list[Entry]) -> None:
    assert [entry.position for entry in found] == list(range(1, len(found) + 1))
    head = GENESIS
    for entry in found:
        head = chain(
            head,
            position=entry.position,
            change=entry.change,
            subject=entry.subject,
            digest=entry.digest,
            actor=entry.actor,
            at=entry.at,
        )
        assert entry.hash == head


def test_entries_chain_onto_each_other_within_a_unit_and_from_unit_to_unit(store: Store) -> None:
    alice = store.space("alice")
    store.say(alice, "one", "two")
    store.say(alice, "three")
    found = entries(store, alice)
    assert [entry.change for entry in found] == [Change.SPACE_MADE, *[Change.TURN_ADDED] * 3]
    assert_chained(found)


def test_every_space_counts_from_one(store: Store) -> None:
    alice, bob = store.space("alice"), store.space("bob")
    store.say(alice, "one")
    store.say(bob, "two")
    assert [entry.position for entry in entries(store, alice)] == [1, 2]
    assert [entry.position for entry in entries(store, bob)] == [1, 2]


def test_a_unit_may_write_to_two_ledgers_in_turns(store: Store) -> None:
    alice, bob = store.space("alice"), store.space("bob")

    def work(unit: Unit) -> list[int]:
        return [
            enter(unit, space, Change.TURN_REVISED, ["x"]) for space in (alice, bob, alice, alice)
        ]

    assert store.keeping.write(work) == [2, 2, 3, 4]
    assert_chained(entries(store, alice))
    assert_chained(entries(store, bob))


def test_the_next_position_is_the_one_that_the_next_entry_gets(store: Store) -> None:
    alice = store.space("alice")

    def work(unit: Unit) -> tuple[int, int]:
        promised = unit.ledger.next_position(alice.key)
        return promised, enter(unit, alice, Change.TURN_REVISED, ["x"])

    promised, got = store.keeping.write(work)
    assert promised == got == 2


def test_a_refused_unit_leaves_no_gap(store: Store) -> None:
    alice = store.space("alice")

    def refused(unit: Unit) -> None:
        say(unit, alice, ["never said"], ids=store.ids)
        raise KeyError

    with pytest.raises(KeyError):
        store.keeping.write(refused)
    store.say(alice, "said")
    assert_chained(entries(store, alice))
    assert len(entries(store, alice)) == 2


def test_positions_have_no_gap_under_many_writers_in_many_spaces(store: Store) -> None:
    spaces = [store.space(f"space {n}") for n in range(5)]

    def write(number: int) -> None:
        texts = [f"turn {number}.{n}" for n in range(number % 3 + 1)]
        store.say(spaces[number % len(spaces)], *texts, stream=f"s{number % 2}")

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(write, range(120)))
    for space in spaces:
        found = entries(store, space)
        assert_chained(found)
        with store.keeping.read() as reading:
            held = reading.spaces.find(space.name)
        assert held is not None
        assert held.position == len(found) == len(store.texts(space)) + 1


def test_an_entry_that_was_changed_no_longer_follows_from_the_one_before(store: Store) -> None:
    alice = store.space("alice")
    store.say(alice, "one")
    first, second = entries(store, alice)
    with pytest.raises(AssertionError):
        assert_chained([first, replace(second, subject="t_other")])


def test_a_page_continues_after_a_position(store: Store) -> None:
    alice = store.space("alice")
    store.say(alice, "one", "two", "three")
    with store.keeping.read() as reading:
        page = reading.ledger.page(alice.key, after=Position(2), limit=1)
        assert [entry.position for entry in page] == [3]
        assert reading.ledger.page(alice.key, after=Position(4), limit=9) == []


def test_entries_are_found_by_kind_actor_time_and_position(store: Store) -> None:
    alice, bob = store.space("alice"), store.space("bob")
    store.say(alice, "one", "two", "three")
    store.say(bob, "four")
    all_ = entries(store, alice)
    first, *_, last = all_

    def found(**parts: Any) -> list[int]:
        with store.keeping.read() as reading:
            sought = Sought(**parts)
            return [entry.position for entry in reading.ledger.find(alice.key, sought, limit=ALL)]

    assert found() == [1, 2, 3, 4]
    assert found(newest_first=True) == [4, 3, 2, 1]
    assert found(changes=(Change.SPACE_MADE,)) == [1]
    assert found(changes=(Change.TURN_ADDED,), before=4, newest_first=True) == [3, 2]
    assert found(after=2, before=4) == [3]
    assert found(actors=(first.actor, last.actor)) == [1, 2, 3, 4]
    assert found(actors=("nobody",)) == []
    assert found(since=last.at) == [entry.position for entry in all_ if entry.at >= last.at]
    assert found(until=first.at) == []

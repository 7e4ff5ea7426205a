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
from memsvc.ports.records import EntryDraft
from tests.store.opened import NOW, Store, enter, open_store, say

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
            page = reading.ledger.find(alice.key, sought, limit=ALL)
            assert page.next_cursor is None
            return [entry.position for entry in page.items]

    assert found() == [1, 2, 3, 4]
    assert found(newest_first=True) == [4, 3, 2, 1]
    assert found(changes=(Change.SPACE_MADE,)) == [1]
    assert found(changes=(Change.TURN_ADDED,), before=4, newest_first=True) == [3, 2]
    assert found(after=2, before=4) == [3]
    assert found(actors=(first.actor, last.actor)) == [1, 2, 3, 4]
    assert found(actors=("nobody",)) == []
    assert found(since=last.at) == [entry.position for entry in all_ if entry.at >= last.at]
    assert found(until=first.at) == []


@pytest.mark.parametrize("newest_first", [False, True])
def test_what_no_index_has_in_order_is_looked_for_a_stretch_at_a_time(
    store: Store, *, newest_first: bool
) -> None:
    """A page may be empty, and the cursor goes on all the same; nothing is passed over."""
    alice = store.space("alice")
    for number in range(7):
        store.say(alice, f"one {number}", f"two {number}", f"three {number}")
    store.keeping.write(
        lambda unit: unit.ledger.append(
            alice.key, [EntryDraft(Change.TURN_REVISED, "t", bytes(32))], actor="k_2", at=NOW
        )
    )
    store.say(alice, "four", "five", "six")
    rare = Sought(
        changes=(Change.TURN_REVISED, Change.SPACE_MADE), since=NOW, newest_first=newest_first
    )
    found: list[int] = []
    sizes: list[int] = []
    while True:
        with store.keeping.read() as reading:
            page = reading.ledger.find(alice.key, rare, limit=1, looked_through=5)
        found += [entry.position for entry in page.items]
        sizes.append(len(page.items))
        if page.next_cursor is None:
            break
        here = Position(int(page.next_cursor))
        rare = replace(rare, before=here) if newest_first else replace(rare, after=here)

    assert found == ([23, 1] if newest_first else [1, 23])
    assert 0 in sizes
    assert len(sizes) <= 26 / 5 + 3


def test_what_an_index_has_in_order_is_found_however_far_it_is(store: Store) -> None:
    alice = store.space("alice")
    store.say(alice, *(f"turn {number}" for number in range(30)))
    first = entries(store, alice)[0]
    for parts in ({"changes": (Change.SPACE_MADE,)}, {"actors": (first.actor,), "before": 2}):
        sought = Sought(**parts, newest_first=True)
        with store.keeping.read() as reading:
            page = reading.ledger.find(alice.key, sought, limit=9, looked_through=5)
        assert (list(page.items), page.next_cursor) == ([first], None)


def test_pages_of_the_ledger_hold_every_entry_once(store: Store) -> None:
    alice = store.space("alice")
    store.say(alice, *(f"turn {number}" for number in range(9)))
    for newest_first in (False, True):
        sought, found = Sought(newest_first=newest_first), []
        cursor: str | None = "begin"
        while cursor is not None:
            with store.keeping.read() as reading:
                page = reading.ledger.find(alice.key, sought, limit=3)
            found += [entry.position for entry in page.items]
            cursor = page.next_cursor
            here = None if cursor is None else Position(int(cursor))
            sought = replace(sought, before=here) if newest_first else replace(sought, after=here)
        assert found == sorted(range(1, 11), reverse=newest_first)

"""Inspect and found: what is there, page by page."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import TypeVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from memsvc.domain.access import Role
from memsvc.domain.errors import InvalidField, SpaceNotFound, StreamNotFound, TurnNotFound
from memsvc.domain.ids import Position, SpaceName, StreamName, TurnId
from memsvc.domain.memory import Page
from memsvc.domain.recall import Filter
from memsvc.ports.records import SpaceCounts
from tests.app.small import ALICE, ANYTHING, BOB, CHAT, key_of, remember, said, turns_of
from tests.worlds import World, open_world

T = TypeVar("T")


def walk(page_after: Callable[[str | None], Page[T]]) -> list[T]:
    """Follow the cursors to the end."""
    items: list[T] = []
    cursor: str | None = None
    while True:
        page = page_after(cursor)
        items.extend(page.items)
        cursor = page.next_cursor
        if cursor is None:
            return items


# Spaces ------------------------------------------------------------------------------------------


def test_a_space_is_made_once_however_often_it_is_asked_for(world: World) -> None:
    first, made = world.service.found(world.admin, ALICE)
    second, made_again = world.service.found(world.admin, ALICE)

    assert (made, made_again) == (True, False)
    assert first == second
    assert first.space.position == 1


def test_a_space_tells_what_it_holds(world: World) -> None:
    remember(world, said("tea"), said("grün"))
    remember(world, said("later"), stream="other", embed_later=True)

    summary = world.service.inspect.space(world.admin, ALICE)

    assert summary.counts == SpaceCounts(
        streams=2, turns=3, events=0, vectors=2, text_bytes=3 + 5 + 5
    )
    assert summary.space.position == 6


def test_spaces_are_listed_by_name_to_those_who_may_see_them(world: World) -> None:
    for name in ("carol", "alice", "bob"):
        world.service.found(world.admin, SpaceName(name))

    def names(*bound: str) -> list[str]:
        access = key_of(Role.READER, *bound)
        page_after = world.service.inspect.spaces
        found = walk(lambda cursor: page_after(access, after=cursor, limit=1))
        return [summary.space.name for summary in found]

    assert names() == ["alice", "bob", "carol"]
    assert names("carol", "bob", "nowhere") == ["bob", "carol"]
    assert names("nowhere") == []


# Streams -----------------------------------------------------------------------------------------


def test_streams_are_listed_in_the_order_they_were_made(world: World) -> None:
    for name in ("zoo", "alps", "moor"):
        remember(world, said("one"), stream=name)
    remember(world, said("not mine"), stream="other", space=BOB)

    found = walk(
        lambda cursor: world.service.inspect.streams(world.admin, ALICE, after=cursor, limit=2)
    )

    assert [summary.stream.name for summary in found] == ["zoo", "alps", "moor"]


def test_a_stream_tells_how_much_it_holds_and_when_something_last_happened(world: World) -> None:
    early, late = (datetime(2024, month, 1, tzinfo=UTC) for month in (1, 2))
    remember(world, said("late", at=late), said("early", at=early))

    summary = world.service.inspect.stream(world.admin, ALICE, CHAT)
    (listed,) = world.service.inspect.streams(world.admin, ALICE, after=None, limit=5).items

    assert (summary.turns, summary.last_at) == (2, late)
    assert listed == summary


def test_a_stream_whose_turns_are_gone_is_empty_and_there(world: World) -> None:
    remember(world, said("one"))
    world.service.forget.turn(world.admin, ALICE, turns_of(world)[0].id)

    summary = world.service.inspect.stream(world.admin, ALICE, CHAT)

    assert (summary.turns, summary.last_at) == (0, None)


# Turns and ledger --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def seven(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Seven turns of two streams that take turns; tests only read them."""
    with open_world(tmp_path_factory.mktemp("seven")) as world:
        for number in range(7):
            remember(world, said(f"turn {number}"), stream="odd" if number % 2 else "even")
        yield world


@settings(deadline=None)
@given(limit=st.integers(1, 9))
def test_pages_of_any_size_together_are_the_whole(seven: World, limit: int) -> None:
    found = walk(
        lambda cursor: seven.service.inspect.turns(
            seven.admin, ALICE, ANYTHING, after=cursor, limit=limit
        )
    )

    assert [turn.content for turn in found] == [f"turn {number}" for number in range(7)]


@settings(deadline=None)
@given(limit=st.integers(1, 9))
def test_pages_of_what_a_filter_lets_through(seven: World, limit: int) -> None:
    where = Filter(streams=(StreamName("odd"),))
    found = walk(
        lambda cursor: seven.service.inspect.turns(
            seven.admin, ALICE, where, after=cursor, limit=limit
        )
    )

    assert [turn.content for turn in found] == ["turn 1", "turn 3", "turn 5"]


@pytest.mark.parametrize("cursor", ["x", "-1", "1.5", "9" * 30, ""])
def test_a_cursor_that_is_none_is_refused(seven: World, cursor: str) -> None:
    with pytest.raises(InvalidField) as refused:
        seven.service.inspect.turns(seven.admin, ALICE, ANYTHING, after=cursor, limit=5)

    assert refused.value.field == "cursor"


@settings(deadline=None)
@given(limit=st.integers(1, 12), after=st.integers(0, 12))
def test_the_ledger_is_read_from_any_position(seven: World, limit: int, after: int) -> None:
    """Ten entries: a space, two streams, seven turns."""
    found = seven.service.inspect.ledger(seven.admin, ALICE, after=Position(after), limit=limit)

    assert [entry.position for entry in found] == list(range(1, 11))[after : after + limit]


# What is not there -------------------------------------------------------------------------------


def test_what_is_not_there_is_named_in_the_refusal(world: World) -> None:
    inspect = world.service.inspect
    with pytest.raises(SpaceNotFound, match="alice"):
        inspect.space(world.admin, ALICE)

    world.service.found(world.admin, ALICE)
    with pytest.raises(StreamNotFound, match="chat"):
        inspect.stream(world.admin, ALICE, CHAT)
    with pytest.raises(TurnNotFound, match="t_none"):
        inspect.turn(world.admin, ALICE, TurnId("t_none"))
    with pytest.raises(TurnNotFound, match="t_none"):
        inspect.versions(world.admin, ALICE, TurnId("t_none"))


def test_a_turn_is_not_found_in_another_space(world: World) -> None:
    remember(world, said("one"))
    world.service.found(world.admin, BOB)

    with pytest.raises(TurnNotFound):
        world.service.inspect.turn(world.admin, BOB, turns_of(world)[0].id)


def test_a_list_goes_on_when_the_stream_it_stopped_at_is_forgotten(world: World) -> None:
    for name in ("zoo", "alps", "moor"):
        remember(world, said("one"), stream=name)
    first = world.service.inspect.streams(world.admin, ALICE, after=None, limit=1)

    world.service.forget.stream(world.admin, ALICE, StreamName("zoo"))

    rest = world.service.inspect.streams(world.admin, ALICE, after=first.next_cursor, limit=5)
    assert [summary.stream.name for summary in rest.items] == ["alps", "moor"]

"""Pages: nothing is lost and nothing comes twice, whatever happens between two of them."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from memsvc.domain.access import Role
from memsvc.domain.errors import InvalidField
from memsvc.domain.ids import SpaceName, StreamName
from memsvc.domain.memory import Page
from memsvc.domain.recall import Filter
from tests.worlds import World, open_world

ALICE = SpaceName("alice")
Paged = Callable[[World, str | None, int], Page[str]]


def turns(world: World, after: str | None, limit: int) -> Page[str]:
    page = world.service.inspect.turns(world.admin, ALICE, Filter(), after=after, limit=limit)
    return Page(tuple(turn.content for turn in page.items), page.next_cursor)


def turns_of_a_stream(world: World, after: str | None, limit: int) -> Page[str]:
    where = Filter(streams=(StreamName("s1"),))
    page = world.service.inspect.turns(world.admin, ALICE, where, after=after, limit=limit)
    return Page(tuple(turn.content for turn in page.items), page.next_cursor)


def streams(world: World, after: str | None, limit: int) -> Page[str]:
    page = world.service.inspect.streams(world.admin, ALICE, after=after, limit=limit)
    return Page(tuple(summary.stream.name for summary in page.items), page.next_cursor)


def spaces(world: World, after: str | None, limit: int) -> Page[str]:
    page = world.service.inspect.spaces(world.admin, after=after, limit=limit)
    return Page(tuple(summary.space.name for summary in page.items), page.next_cursor)


def keys(world: World, after: str | None, limit: int) -> Page[str]:
    page = world.service.admit.keys(world.admin, after=after, limit=limit)
    return Page(tuple(key.name for key in page.items), page.next_cursor)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """Seven of everything."""
    with open_world(tmp_path) as opened:
        for n in range(7):
            opened.write("alice", f"s{n}", f"turn {n}")
            if n:
                opened.write(f"space {n}", "s", "elsewhere")
                opened.service.admit.make(
                    opened.admin, name=f"key {n}", role=Role.READER, spaces=["alice"]
                )
        opened.write("alice", "s1", *[f"more {n}" for n in range(6)])
        yield opened


def walk(
    world: World, paged: Paged, limit: int, between: Callable[[], object] = lambda: None
) -> list[str]:
    found: list[str] = []
    cursor: str | None = None
    while True:
        page = paged(world, cursor, limit)
        assert len(page.items) <= limit
        found.extend(page.items)
        if page.next_cursor is None:
            return found
        assert len(page.items) == limit
        cursor = page.next_cursor
        between()


every_list = pytest.mark.parametrize(
    "paged", [turns, turns_of_a_stream, streams, spaces, keys], ids=lambda paged: paged.__name__
)


@every_list
@pytest.mark.parametrize("limit", [1, 2, 3, 6, 7, 8, 13])
def test_pages_of_any_size_give_the_whole_list_once(world: World, paged: Paged, limit: int) -> None:
    whole = paged(world, None, 1_000)
    assert whole.next_cursor is None
    assert len(whole.items) >= 7
    assert walk(world, paged, limit) == list(whole.items)


@every_list
def test_a_cursor_of_nobodys_is_refused_or_answered_without_harm(
    world: World, paged: Paged
) -> None:
    for cursor in ("", "no such", "-1", "1.5", "²", "9" * 40, "'; --", "\x00"):
        try:
            page = paged(world, cursor, 3)
        except InvalidField as refused:
            assert refused.field == "cursor"  # noqa: PT017  either answer is right
        else:
            assert set(page.items) <= set(paged(world, None, 1_000).items)


def test_turns_that_arrive_between_pages_come_at_the_end(world: World) -> None:
    before = list(turns(world, None, 1_000).items)
    arriving = iter(range(5))

    def one_arrives() -> None:
        if (n := next(arriving, None)) is not None:
            world.write("alice", f"s{n}", f"late {n}")

    found = walk(world, turns, 2, one_arrives)
    assert found[: len(before)] == before
    assert found[len(before) :] == [f"late {n}" for n in range(5)]


def test_deleting_the_turn_that_ended_a_page_loses_no_other(world: World) -> None:
    whole = list(turns(world, None, 1_000).items)
    page = world.service.inspect.turns(world.admin, ALICE, Filter(), after=None, limit=3)
    world.service.forget.turn(world.admin, ALICE, page.items[-1].id)
    assert list(turns(world, page.next_cursor, 1_000).items) == whole[3:]


def test_deleting_the_stream_that_ended_a_page_loses_no_other(world: World) -> None:
    whole = list(streams(world, None, 1_000).items)
    page = streams(world, None, 3)
    world.service.forget.stream(world.admin, ALICE, StreamName(page.items[-1]))
    assert list(streams(world, page.next_cursor, 1_000).items) == whole[3:]


def test_deleting_the_space_that_ended_a_page_loses_no_other(world: World) -> None:
    whole = list(spaces(world, None, 1_000).items)
    page = spaces(world, None, 3)
    world.service.forget.space(world.admin, SpaceName(page.items[-1]))
    assert list(spaces(world, page.next_cursor, 1_000).items) == whole[3:]


def test_revoking_the_key_that_ended_a_page_loses_no_other(world: World) -> None:
    whole = list(keys(world, None, 1_000).items)
    page = world.service.admit.keys(world.admin, after=None, limit=3)
    world.service.admit.revoke(world.admin, page.items[-1].id)
    assert list(keys(world, page.next_cursor, 1_000).items) == whole[3:]

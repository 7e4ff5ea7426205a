"""Filters on rows let through exactly the turns that a plain predicate lets through."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from memsvc.app.remember import Batch
from memsvc.domain.ids import SpaceName, StreamName
from memsvc.domain.memory import NewTurn, Source, Turn
from memsvc.domain.recall import Filter
from tests.store.opened import NOW
from tests.worlds import World, open_world

ALICE = SpaceName("alice")
STREAMS = [StreamName("one"), StreamName("two")]
SPEAKERS = ["Ann", "Ben", None]
PLACES = ["hall", None, "kitchen"]
ROLES = ["user", "assistant"]
USERS = ["u1", None]
NAMES = ["a", "a.b", "a b", "$", "$.a", "a[0]", 'say "a"', "é", "0", "'", "\\"]
VALUES: list[Any] = ["x", "1", "true", "", "null", 1, 0, -7, 2**53, 1.5, 1.0, True, False]


def a_turn(n: int) -> NewTurn:
    return NewTurn(
        role=ROLES[n % 2],
        content=f"turn {n}",
        speaker=SPEAKERS[n % 3],
        place=PLACES[n % 7 % 3],
        at=NOW + timedelta(hours=n % 5),
        source=list(Source)[n % 4],
        metadata={
            NAMES[n % len(NAMES)]: VALUES[n % len(VALUES)],
            NAMES[(n * 5 + 1) % len(NAMES)]: VALUES[(n * 3 + 2) % len(VALUES)],
            "nested": {"a": "x"},
            "listed": ["x"],
            "empty": None,
        },
    )


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with open_world(tmp_path_factory.mktemp("filters")) as opened:
        for space, count in (("alice", 160), ("bob", 20)):
            for n in range(0, count, 10):
                batch = Batch(
                    STREAMS[n // 10 % 2],
                    tuple(a_turn(n + i) for i in range(10)),
                    user_id=USERS[n // 20 % 2],
                    agent_id=USERS[n // 40 % 2],
                )
                opened.service.remember(opened.admin, SpaceName(space), batch)
        yield opened


@pytest.fixture(scope="module")
def everything(world: World) -> list[Turn]:
    return filtered(world, Filter())


def filtered(world: World, where: Filter) -> list[Turn]:
    page = world.service.inspect.turns(world.admin, ALICE, where, after=None, limit=1_000)
    return list(page.items)


def is_same_json(left: object, right: object) -> bool:
    """Equal as JSON: a number is a number however it is written, and true is not 1."""
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, int | float) and isinstance(right, int | float):
        return left == right
    return type(left) is type(right) and left == right


def passes(turn: Turn, where: Filter) -> bool:
    return (
        (not where.streams or turn.stream in where.streams)
        and (not where.speakers or turn.speaker in where.speakers)
        and (not where.places or turn.place in where.places)
        and (not where.roles or turn.role in where.roles)
        and (not where.sources or turn.source in where.sources)
        and (where.user_id is None or turn.user_id == where.user_id)
        and (where.agent_id is None or turn.agent_id == where.agent_id)
        and (where.since is None or turn.at >= where.since)
        and (where.until is None or turn.at < where.until)
        and all(
            name in turn.metadata and is_same_json(turn.metadata[name], value)
            for name, value in where.metadata.items()
        )
    )


def ids(turns: list[Turn]) -> list[str]:
    return [turn.id for turn in turns]


@pytest.mark.parametrize(
    "where",
    [
        Filter(streams=(STREAMS[0],)),
        Filter(streams=(StreamName("one"), StreamName("none"))),
        Filter(speakers=("Ann",)),
        Filter(speakers=("Ann", "Ben")),
        Filter(places=("hall", "nowhere")),
        Filter(places=("hall", "kitchen")),
        Filter(roles=("assistant",)),
        Filter(sources=(Source.TOOL, Source.USER)),
        Filter(user_id="u1"),
        Filter(agent_id="u1"),
        Filter(since=NOW + timedelta(hours=2)),
        Filter(until=NOW + timedelta(hours=2)),
        Filter(since=NOW + timedelta(hours=1), until=NOW + timedelta(hours=4)),
        Filter(since=NOW + timedelta(microseconds=1)),
    ],
    ids=repr,
)
def test_each_kind_of_filter_lets_some_turns_through_and_the_right_ones(
    world: World, everything: list[Turn], where: Filter
) -> None:
    right = [turn for turn in everything if passes(turn, where)]
    assert 0 < len(right) < len(everything)
    assert ids(filtered(world, where)) == ids(right)


@pytest.mark.parametrize("name", NAMES)
def test_metadata_is_compared_by_name_type_and_value(
    world: World, everything: list[Turn], name: str
) -> None:
    for value in VALUES:
        where = Filter(metadata={name: value})
        right = [turn for turn in everything if passes(turn, where)]
        assert ids(filtered(world, where)) == ids(right), value


@pytest.mark.parametrize("name", ["nested", "listed", "empty", "absent"])
@pytest.mark.parametrize("value", ["x", '{"a":"x"}', "", False, 0])
def test_only_top_level_scalars_are_compared(world: World, name: str, value: Any) -> None:
    assert filtered(world, Filter(metadata={name: value})) == []


def some(values: list[Any]) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(st.sampled_from(values), max_size=2).map(tuple)


moments = st.none() | st.integers(0, 5).map(lambda hours: NOW + timedelta(hours=hours))
filters = st.builds(
    Filter,
    streams=some(STREAMS),
    speakers=some(["Ann", "Ben", "Zoe"]),
    places=some(["hall", "kitchen", "nowhere"]),
    roles=some(ROLES),
    sources=some(list(Source)),
    user_id=st.sampled_from([None, "u1", "u2"]),
    agent_id=st.sampled_from([None, "u1"]),
    since=moments,
    until=moments,
    metadata=st.dictionaries(st.sampled_from(NAMES), st.sampled_from(VALUES), max_size=1),
)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(where=filters)
def test_filters_combine_as_the_plain_predicate_does(
    world: World, everything: list[Turn], where: Filter
) -> None:
    right = [turn for turn in everything if passes(turn, where)]
    assert ids(filtered(world, where)) == ids(right)
    space = world.service.inspect.space(world.admin, ALICE).space
    with world.service.inspect.keeping.read() as reading:
        assert reading.turns.keys_where(space.key, where).tolist() == [turn.key for turn in right]


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(where=filters)
def test_traits_in_memory_let_through_what_rows_let_through(
    world: World, everything: list[Turn], where: Filter
) -> None:
    """All but what only rows know: streams and metadata."""
    of_traits = replace(where, streams=(), metadata={})
    right = [turn.key for turn in everything if passes(turn, of_traits)]
    space = world.service.inspect.space(world.admin, ALICE).space
    with world.service.shelf.open(space.key) as indexes:
        places = np.flatnonzero(indexes.traits.matching(where))
        assert indexes.timeline.keys_at(places).tolist() == right
        assert where.beyond_traits == Filter(streams=where.streams, metadata=where.metadata)

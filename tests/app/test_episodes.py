"""Events: closed as turns settle them, the same however the turns arrive, mended when one goes."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from memsvc.app import episodes
from memsvc.domain.episode import Boundary, Edge, Event
from memsvc.domain.ids import DocumentName, Position, SpaceName, StreamName
from memsvc.domain.ledger import Change
from memsvc.domain.memory import NewTurn
from memsvc.ingest.portray import portray
from memsvc.ports.records import StreamUnit
from store.directory import DATABASE
from store.event_reading import EventReading
from tests.app.small import ALICE, CHAT, remember, said, turns_of
from tests.postgres import past_the_service
from tests.worlds import World, open_world

TOPICS = (
    "herons wade in shallow water",
    "the oven bakes bread and cake",
    "our train to Lisbon leaves late",
    "tax forms are due in spring",
)


def about(*topics: int) -> list[NewTurn]:
    """Return four turns about each of these topics, no two alike."""
    return [
        said(f"{TOPICS[topic]} number {number} {'again ' * place}", client_id=f"{number}-{place}")
        for number, topic in enumerate(topics)
        for place in range(4)
    ]


CONVERSATION = about(0, 1, 2, 3, 0, 2, 1, 3, 0, 1)


def events_of(world: World, space: SpaceName = ALICE, stream: str = CHAT) -> list[Event]:
    with world.service.recall.keeping.read() as reading:
        held = reading.spaces.find(space)
        assert held is not None
        found = reading.streams.find(held.key, StreamName(stream))
        assert found is not None
        page = reading.events.page(
            held.key, stream=found.key, since=None, until=None, after=None, limit=1_000
        )
    return list(page.items)


def units_of(world: World) -> list[StreamUnit]:
    with world.service.recall.keeping.read() as reading:
        space = reading.spaces.find(ALICE)
        assert space is not None
        stream = reading.streams.find(space.key, CHAT)
        assert stream is not None
        return reading.events.units(
            space.key,
            stream.key,
            since=Edge(0, 0),
            limit=1_000,
            fingerprint=world.service.embedder.fingerprint,
        )


def forget_events(folder: Path) -> None:
    """Leave the database as a memsvc without events left it."""
    with past_the_service(folder / DATABASE) as connection:
        connection.execute("DELETE FROM events")
        connection.execute("DELETE FROM open_tails")


def shape(events: Sequence[Event]) -> list[tuple[object, ...]]:
    """Return all that cutting decides about events; their ids are given."""
    return [
        (
            event.number,
            event.start,
            event.end,
            event.boundary,
            event.units,
            event.curve,
            event.thresholds,
            event.representatives,
        )
        for event in events
    ]


def test_a_conversation_is_cut_where_its_matter_changes(tmp_path: Path) -> None:
    with open_world(tmp_path) as world:
        remember(world, *CONVERSATION)
        ends = {event.end.seq for event in events_of(world)}
    assert ends, "nothing was cut"
    assert len([end for end in ends if end % 4 == 0]) >= len(ends) / 2


def test_events_tile_their_stream(tmp_path: Path) -> None:
    with open_world(tmp_path) as world:
        remember(world, *CONVERSATION)
        events = events_of(world)
        units = [unit.edge for unit in units_of(world)]
    assert [event.number for event in events] == list(range(len(events)))
    assert events[0].start == Edge(0, 0)
    assert [event.start for event in events[1:]] == [event.end for event in events[:-1]]
    inside = [edge for event in events for edge in event.units]
    assert inside == units[: len(inside)]


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(splits=st.lists(st.integers(1, len(CONVERSATION) - 1), max_size=20))
def test_turns_one_at_a_time_give_the_events_of_all_at_once(
    tmp_path_factory: pytest.TempPathFactory, splits: list[int]
) -> None:
    with open_world(tmp_path_factory.mktemp("whole")) as world:
        remember(world, *CONVERSATION)
        whole = shape(events_of(world))
        bounds = [0, *sorted(set(splits)), len(CONVERSATION)]
        for begin, end in pairwise(bounds):
            remember(world, *CONVERSATION[begin:end], space=SpaceName("bob"))
        parts = shape(events_of(world, SpaceName("bob")))
    assert parts == whole


def test_a_write_says_which_events_it_closed(tmp_path: Path) -> None:
    with open_world(tmp_path) as world:
        closed = [event for turn in CONVERSATION for event in remember(world, turn).events]
        assert closed == [event.id for event in events_of(world)]


def test_what_a_restart_interrupts_goes_on_as_if_nothing_had_been(tmp_path: Path) -> None:
    with open_world(tmp_path / "whole") as world:
        remember(world, *CONVERSATION)
        whole = shape(events_of(world))
    with open_world(tmp_path / "parts") as world:
        remember(world, *CONVERSATION[:17])
        ids = world.service.forget.episodes.ids
    with open_world(tmp_path / "parts", ids=ids) as world:
        remember(world, *CONVERSATION[17:])
        assert shape(events_of(world)) == whole


def test_turns_that_wait_for_vectors_hold_cutting_up_and_change_nothing(tmp_path: Path) -> None:
    with open_world(tmp_path) as world:
        remember(world, *CONVERSATION, space=SpaceName("bob"))
        remember(world, *CONVERSATION[:10])
        remember(world, *CONVERSATION[10:14], embed_later=True)
        before = len(events_of(world))
        remember(world, *CONVERSATION[14:])
        assert len(events_of(world)) == before
        while world.service.enrich.work_once():
            pass
        assert shape(events_of(world)) == shape(events_of(world, SpaceName("bob")))


def test_turns_that_wait_for_vectors_are_not_read_with_every_write(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[int] = []
    units = EventReading.units

    def counted(self: EventReading, *args: Any, **kwargs: Any) -> list[StreamUnit]:
        found = units(self, *args, **kwargs)
        read.append(len(found))
        return found

    monkeypatch.setattr(EventReading, "units", counted)
    with open_world(tmp_path) as world:
        waiting = [said(f"{TOPICS[number % 4]} number {number}") for number in range(900)]
        remember(world, *waiting, embed_later=True)
        assert read == []
        remember(world, *CONVERSATION)
        assert read == [episodes.A_LOOK]


def test_a_pause_ends_an_event_whatever_is_said(tmp_path: Path) -> None:
    with open_world(tmp_path) as world:
        now = world.clock.now()
        later = now + timedelta(hours=2)
        remember(
            world,
            *[said("herons", client_id=str(n), at=now) for n in range(3)],
            *[said("herons", client_id=str(n), at=later) for n in range(3, 9)],
        )
        first, *_ = events_of(world)
    assert (first.end, first.boundary) == (Edge(3, 0), Boundary.GAP)
    assert (first.first_at, first.last_at) == (now, now)


def test_a_place_left_ends_an_event(tmp_path: Path) -> None:
    with open_world(tmp_path) as world:
        remember(
            world,
            *[said("herons", client_id=str(n), place="pond") for n in range(3)],
            *[said("herons", client_id=str(n), place="river") for n in range(3, 9)],
        )
        first, *_ = events_of(world)
    assert (first.end, first.boundary) == (Edge(3, 0), Boundary.PLACE)


def test_forgetting_inside_an_event_leaves_an_empty_slot(tmp_path: Path) -> None:
    """Id and extent stay; what was computed from the text is computed from what is left."""
    with open_world(tmp_path) as world:
        remember(world, *CONVERSATION)
        before = events_of(world)
        event = next(event for event in before if len(event.units) > 2)
        gone = event.units[1]
        turn = next(turn for turn in turns_of(world) if turn.seq == gone.seq)
        world.service.forget.turn(world.admin, ALICE, turn.id)
        after = {each.id: each for each in events_of(world)}
        left = [unit for unit in units_of(world) if event.start <= unit.edge < event.end]
        vectors = np.stack([unit.vector for unit in left if unit.vector is not None])
    mended = after[event.id]
    assert (mended.start, mended.end, mended.number) == (event.start, event.end, event.number)
    assert list(mended.units) == [unit.edge for unit in left]
    assert gone not in mended.units
    assert len(mended.curve) == len(mended.thresholds) == len(left)
    assert tuple(mended.representatives) == portray(vectors).representatives
    assert mended.version > event.version
    assert [each.id for each in before] == list(after)


def test_forgetting_all_of_an_event_keeps_its_id_and_extent(tmp_path: Path) -> None:
    with open_world(tmp_path) as world:
        remember(world, *CONVERSATION)
        event = events_of(world)[1]
        for turn in turns_of(world):
            if event.start.seq <= turn.seq < event.end.seq:
                world.service.forget.turn(world.admin, ALICE, turn.id)
        emptied = events_of(world)[1]
    assert (emptied.id, emptied.start, emptied.end) == (event.id, event.start, event.end)
    assert (emptied.units, emptied.curve, emptied.first_at) == ((), (), None)


def test_mending_an_event_that_lost_nothing_changes_nothing(tmp_path: Path) -> None:
    with open_world(tmp_path) as world:
        remember(world, *CONVERSATION)
        before = shape(events_of(world))
        last = turns_of(world)[-1]
        mending = world.service.forget.episodes
        keeping = world.service.forget.keeping
        with keeping.read() as reading:
            space = reading.spaces.find(ALICE)
            assert space is not None
            keys = [turn.key for turn in turns_of(world)]
            extents = reading.events.around(space.key, keys)
        assert len(extents) == len(before)
        now = world.clock.now()
        keeping.write(
            lambda unit: mending.mend(unit, space, extents, version=last.position, at=now)
        )
        assert shape(events_of(world)) == before


def test_events_go_with_their_stream_and_the_ledger_knows(tmp_path: Path) -> None:
    with open_world(tmp_path) as world:
        remember(world, *CONVERSATION)
        ids = [event.id for event in events_of(world)]
        assert world.service.verify(world.admin, ALICE).is_whole
        world.service.forget.stream(world.admin, ALICE, CHAT)
        assert world.service.verify(world.admin, ALICE).is_whole
        entries = world.service.inspect.ledger(world.admin, ALICE, after=Position(0), limit=1_000)
    subjects = {
        change: [entry.subject for entry in entries if entry.change is change]
        for change in (Change.EVENT_CLOSED, Change.EVENT_DELETED)
    }
    assert subjects == {Change.EVENT_CLOSED: ids, Change.EVENT_DELETED: ids}


def test_a_document_is_cut_part_by_part(tmp_path: Path) -> None:
    text = "\n\n".join(f"{turn.content} " * 8 for turn in CONVERSATION)
    with open_world(tmp_path) as world:
        world.document("alice", "guide", text)
        document = world.service.documents.get(world.admin, ALICE, DocumentName("guide"))
        stream = document.parts[0].part.stream.name
        assert events_of(world, stream=stream)
        world.document("alice", "guide", text + "\n\nAnd another paragraph about herons.")
        world.service.forget.document(world.admin, ALICE, DocumentName("guide"))
        assert world.service.verify(world.admin, ALICE).is_whole


def test_a_stream_written_before_there_were_events_is_cut_by_and_by(tmp_path: Path) -> None:
    with open_world(tmp_path) as world:
        remember(world, *CONVERSATION, *[replace(each, client_id=None) for each in CONVERSATION])
        whole = shape(events_of(world))
        forget_events(tmp_path)
        assert events_of(world) == []
        assert world.service.settle() == len(whole)
        assert world.service.settle() == 0
        assert shape(events_of(world)) == whole


def test_what_is_longer_than_is_read_at_once_is_cut_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(episodes, "AT_ONCE", 64)
    with open_world(tmp_path) as world:
        long = " ".join(f"{topic} number {n}." for n in range(1_000) for topic in TOPICS)
        remember(world, said(long), *CONVERSATION)
        found = events_of(world)
        edges = [unit.edge for unit in units_of(world)]
    inside = [edge for event in found for edge in event.units]
    assert max(edge.piece for edge in edges) > 64
    assert found
    assert inside == edges[: len(inside)]
    assert len(edges) - len(inside) < 60


NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
ODD: dict[str, list[NewTurn]] = {
    "one word each": [
        said(word) for word in ["yes", "no", "tea", "heron", "Lisbon", "42", "ok", "why"] * 6
    ],
    "white space and marks": [said(text) for text in (" ", "...", "?", "\n\n", "-") * 8],
    "all the same": [said("the same again")] * 50,
    "a turn of 100,000 characters": [said("herons wade. " * 7_700), *CONVERSATION],
    "one word of 100,000 characters": [said("x" * 100_000), *CONVERSATION],
    "scripts of every kind": [
        said(text)
        for text in (
            "白鷺が浅瀬に立つ。パンを焼く。",
            "цапля стоит в воде",
            "مالك الحزين يقف في الماء؟",
            "ÅÄÖ ﬁne — naïve café",
            "🦩🦩🦩",
            "हिन्दी में एक वाक्य",
        )
        * 8
    ],
    "time that runs backwards": [
        replace(turn, at=NOON - timedelta(seconds=place)) for place, turn in enumerate(CONVERSATION)
    ],
    "all at one moment": [replace(turn, at=NOON) for turn in CONVERSATION],
    "a day between any two": [
        replace(turn, at=NOON + timedelta(days=place)) for place, turn in enumerate(CONVERSATION)
    ],
}


@pytest.mark.parametrize("kind", ODD)
def test_odd_turns_are_cut_all_the_same(tmp_path: Path, kind: str) -> None:
    """Events tile the stream, none is larger than it may be, and one at a time gives the same."""
    with open_world(tmp_path) as world:
        remember(world, *ODD[kind])
        whole = events_of(world)
        units = [unit.edge for unit in units_of(world)]
        for turn in ODD[kind]:
            remember(world, turn, space=SpaceName("bob"))
        assert shape(events_of(world, SpaceName("bob"))) == shape(whole)
        assert world.service.verify(world.admin, ALICE).is_whole
    inside = [edge for event in whole for edge in event.units]
    assert inside == units[: len(inside)]
    assert len(units) - len(inside) <= 48
    assert all(1 <= len(event.units) <= 32 for event in whole)


def test_turns_a_day_apart_are_events_of_their_own(tmp_path: Path) -> None:
    with open_world(tmp_path) as world:
        remember(world, *ODD["a day between any two"])
        found = events_of(world)
    assert {event.boundary for event in found} == {Boundary.GAP}
    assert [len(event.units) for event in found] == [1] * (len(CONVERSATION) - 1)

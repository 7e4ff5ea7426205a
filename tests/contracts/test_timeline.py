"""The timeline in arrays beside a plain list of rows."""

from dataclasses import dataclass, field
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from memsvc.domain.ids import StreamKey
from memsvc.ports.indexes import NOBODY, Timeline
from store.room import FIRST_ROOM
from store.timeline import ArrayTimeline

MOMENTS = [datetime(2026, 1, day, tzinfo=UTC) for day in (1, 2, 3)]


@dataclass(slots=True)
class Row:
    key: int
    stream: int
    length: int
    until: datetime | None = None


@dataclass(slots=True)
class RowTimeline:
    """The plain twin: a list, walked from end to end for every answer."""

    rows: list[Row] = field(default_factory=list)

    def neighbour(self, of: Row, step: int) -> int:
        mates = [row.key for row in self.rows if row.stream == of.stream]
        place = mates.index(of.key) + step
        return mates[place] if 0 <= place < len(mates) else NOBODY

    def stream_lengths(self) -> dict[int, int]:
        lengths: dict[int, int] = {}
        for row in self.rows:
            lengths[row.stream] = lengths.get(row.stream, 0) + row.length
        return lengths

    def mean(self, lengths: list[int]) -> float:
        return sum(lengths) / len(lengths) if lengths else 0.0

    def loaded(self) -> ArrayTimeline:
        """Make an array timeline of what stands now, as a start does from rows."""
        anew = ArrayTimeline()
        for row in self.rows:
            anew.append(row.key, stream=row.stream, length=row.length, until=row.until)
        return anew

    def expired(self, now: datetime) -> list[int]:
        return [row.key for row in self.rows if row.until is not None and row.until <= now]


def partition(names: list[int]) -> list[int]:
    """Name each stream by the first turn in it, so that two ways of numbering compare."""
    return [names.index(name) for name in names]


def assert_agrees(timeline: Timeline, twin: RowTimeline) -> None:
    keys = np.array([row.key for row in twin.rows], dtype=np.int64)
    lengths = twin.stream_lengths()
    neighbours = timeline.neighbours(keys)
    assert len(timeline) == len(twin.rows)
    assert timeline.mean_length == twin.mean([row.length for row in twin.rows])
    assert timeline.stream_count == len(lengths)
    assert timeline.mean_stream_length == twin.mean(list(lengths.values()))
    assert timeline.knows(keys).all()
    numbers = timeline.streams(keys).tolist()
    assert partition(numbers) == partition([row.stream for row in twin.rows])
    assert timeline.lengths(keys).tolist() == [row.length for row in twin.rows]
    by_number = dict(zip(numbers, [row.stream for row in twin.rows], strict=True))
    assert {by_number[n]: timeline.stream_lengths[n] for n in by_number} == lengths
    for stream, number in {
        row.stream: by for row, by in zip(twin.rows, numbers, strict=True)
    }.items():
        assert timeline.numbers_of([StreamKey(stream), StreamKey(99)]).tolist() == [number]
    assert timeline.stream_lengths.sum() == sum(lengths.values())
    places = timeline.places(keys)
    assert timeline.stands_at(places).all()
    assert timeline.keys_at(places).tolist() == keys.tolist()
    assert places.max(initial=-1) < timeline.size
    assert neighbours.before.tolist() == [twin.neighbour(row, -1) for row in twin.rows]
    assert neighbours.after.tolist() == [twin.neighbour(row, +1) for row in twin.rows]
    for now in MOMENTS:
        assert timeline.expired(now).tolist() == twin.expired(now)


class ArrayTimelineBesideItsTwin(RuleBasedStateMachine):
    """Whatever is appended and removed, the arrays say what the rows say."""

    def __init__(self) -> None:
        super().__init__()
        self.timeline = ArrayTimeline()
        self.twin = RowTimeline()
        self.last_key = 0

    @rule(
        stream=st.integers(1, 3),
        length=st.integers(0, 9),
        gap=st.integers(1, 3),
        until=st.none() | st.sampled_from(MOMENTS),
    )
    def append(self, stream: int, length: int, gap: int, until: datetime | None) -> None:
        self.last_key += gap
        self.timeline.append(self.last_key, stream=stream, length=length, until=until)
        self.twin.rows.append(Row(self.last_key, stream, length, until))

    @rule(key=st.integers(0, 40))
    def remove(self, key: int) -> None:
        self.timeline.remove(key)
        self.twin.rows = [row for row in self.twin.rows if row.key != key]

    @rule(place=st.integers(0, 1_000))
    def remove_one_that_stands(self, place: int) -> None:
        if self.twin.rows:
            self.remove(self.twin.rows[place % len(self.twin.rows)].key)

    @rule(key=st.integers(-1, 60))
    def ask_for_anyone(self, key: int) -> None:
        known = self.timeline.knows(np.array([key], dtype=np.int64))
        assert known.tolist() == [key in [row.key for row in self.twin.rows]]

    @invariant()
    def say_the_same(self) -> None:
        assert_agrees(self.timeline, self.twin)
        assert self.timeline.keys().tolist() == [row.key for row in self.twin.rows]

    @invariant()
    def are_as_if_loaded_anew(self) -> None:
        assert_agrees(self.twin.loaded(), self.twin)


ArrayTimelineBesideItsTwin.TestCase.settings = settings(
    max_examples=60, stateful_step_count=40, deadline=None
)
TestArrayTimelineBesideItsTwin = ArrayTimelineBesideItsTwin.TestCase


def test_an_empty_timeline_knows_nobody() -> None:
    timeline = ArrayTimeline()
    assert len(timeline) == 0
    assert timeline.keys().tolist() == []
    assert timeline.knows(np.array([1, 2])).tolist() == [False, False]
    assert (timeline.mean_length, timeline.mean_stream_length) == (0.0, 0.0)
    timeline.remove(1)


@pytest.mark.parametrize("turns", [FIRST_ROOM - 1, FIRST_ROOM, FIRST_ROOM + 1, 3 * FIRST_ROOM])
def test_a_timeline_makes_room_as_it_grows(turns: int) -> None:
    timeline, twin = ArrayTimeline(), RowTimeline()
    for key in range(turns):
        timeline.append(key, stream=key % 2, length=key)
        twin.rows.append(Row(key, key % 2, key))
    assert_agrees(timeline, twin)


def test_a_stream_that_was_emptied_begins_again_without_a_neighbour() -> None:
    timeline = ArrayTimeline()
    timeline.append(1, stream=5, length=2)
    timeline.remove(1)
    timeline.append(2, stream=5, length=3)
    beside = timeline.neighbours(np.array([2]))
    assert (beside.before.tolist(), beside.after.tolist()) == ([NOBODY], [NOBODY])

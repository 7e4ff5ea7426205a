"""Recounting: events with their turns, the open tail, and nothing that is gone."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from memsvc.domain.access import Role
from memsvc.domain.episode import (
    Boundary,
    CurvePoint,
    Edge,
    Provisional,
    Recounted,
    Segmentation,
    StreamCurve,
    thinned,
)
from memsvc.domain.errors import EventNotFound, InvalidField, SpaceNotFound, StreamNotFound
from memsvc.domain.ids import EventId, SpaceName, StreamName, TurnId
from memsvc.domain.memory import WHOLE, NewTurn, Page, SpaceSettings, Stretch
from tests.app.small import ALICE, BOB, CHAT, key_of, remember, said, turns_of
from tests.worlds import World, open_world

NOON = datetime.fromisoformat("2026-01-01T12:00:00+00:00")


def page_of(
    world: World,
    *,
    space: SpaceName = ALICE,
    stream: str | None = CHAT,
    since: datetime | None = None,
    until: datetime | None = None,
    stretch: Stretch = WHOLE,
    after: str | None = None,
    limit: int = 500,
    texts: bool = True,
) -> Page[Recounted]:
    return world.service.recount.events(
        world.admin,
        space,
        stream=None if stream is None else StreamName(stream),
        since=since,
        until=until,
        stretch=stretch,
        after=after,
        limit=limit,
        texts=texts,
    )


def events_of(world: World, *, space: SpaceName = ALICE) -> Sequence[Recounted]:
    return page_of(world, space=space).items


def tail_of(world: World, stream: str = CHAT) -> Provisional:
    return world.service.recount.tail(world.admin, ALICE, StreamName(stream))


def curve_of(world: World, *, stream: str = CHAT, most: int = 1_000) -> StreamCurve:
    return world.service.recount.curve(world.admin, ALICE, StreamName(stream), most=most)


def visits(*sizes: int, at: datetime = NOON) -> list[NewTurn]:
    """Return so many turns a visit; between visits lie two hours, so that each is an event."""
    return [
        said(f"visit {visit} turn {turn}", at=at + timedelta(hours=2 * visit, minutes=turn))
        for visit, size in enumerate(sizes)
        for turn in range(size)
    ]


def heard(told: Recounted | Provisional) -> list[str | None]:
    return [turn.text for turn in told.turns]


def test_an_event_is_told_with_its_turns_and_why_it_ended(world: World) -> None:
    ids = [turn.id for turn in remember(world, *visits(3, 2)).turns]

    (told,) = events_of(world)

    assert (told.event.start, told.event.end, told.event.boundary) == (
        Edge(0, 0),
        Edge(3, 0),
        Boundary.GAP,
    )
    assert [turn.id for turn in told.turns] == ids[:3]
    assert heard(told) == [f"visit 0 turn {turn}" for turn in range(3)]
    assert [(turn.start, turn.end) for turn in told.turns] == [(0, 14)] * 3
    assert world.service.recount.event(world.admin, ALICE, told.event.id) == told


def test_a_list_comes_without_texts_unless_they_are_asked_for(world: World) -> None:
    remember(world, *visits(2, 1))

    (told,) = page_of(world, texts=False).items

    assert heard(told) == [None, None]
    assert [turn.end for turn in told.turns] == [14, 14]


def test_events_are_paged_in_the_order_in_which_they_closed(world: World) -> None:
    for stream in ("one", "two"):
        remember(world, *visits(2, 2, 2, 2), stream=stream)
    ids = [told.event.id for told in page_of(world, stream=None).items]

    walked, cursor = [], None
    for _ in range(3):
        page = page_of(world, stream=None, after=cursor, limit=2)
        walked += [told.event.id for told in page.items]
        cursor = page.next_cursor

    assert len(ids) == 6
    assert (walked, cursor) == (ids, None)
    assert [told.event.stream for told in page_of(world, stream="two").items] == ["two"] * 3


def test_only_events_that_reach_into_the_time_are_listed(world: World) -> None:
    remember(world, *visits(2, 2, 2, 1))
    second = NOON + timedelta(hours=2)

    def numbers(**time: datetime) -> list[int]:
        return [told.event.number for told in page_of(world, **time).items]  # type: ignore[arg-type]

    assert numbers(since=second) == [1, 2]
    assert numbers(until=second) == [0]
    assert numbers(since=second, until=second + timedelta(minutes=1)) == [1]


@pytest.mark.parametrize(
    ("stretch", "numbers"),
    [
        (Stretch(), [0, 1, 2]),
        (Stretch(3, 5), [1]),
        (Stretch(2, 4), [0, 1]),
        (Stretch(4), [1, 2]),
        (Stretch(5), [2]),
        (Stretch(0, 3), [0]),
        (Stretch(7), []),
        (Stretch(end=0), []),
    ],
)
def test_only_events_that_reach_into_a_stretch_of_their_stream_are_listed(
    world: World, stretch: Stretch, numbers: list[int]
) -> None:
    """Events of turns 0 to 2, 3 to 4 and 5 to 6; turn 7 is open."""
    remember(world, *visits(3, 2, 2, 1))

    assert [told.event.number for told in page_of(world, stretch=stretch).items] == numbers


def test_an_event_that_ends_inside_a_turn_reaches_into_it(world: World) -> None:
    short = SpaceSettings(segmentation=Segmentation(gamma=10, max_units=8))
    remember(world, said("hello"), stream="other")
    world.service.govern(world.admin, ALICE, short, version=0)
    content = " ".join(f"Sentence {n} tells of herons and of owls at night." for n in range(700))
    remember(world, said("before"), said(content), said("behind"))

    assert len(page_of(world, stretch=Stretch(1, 2)).items) == len(events_of(world)) > 1
    assert [told.event.number for told in page_of(world, stretch=Stretch(0, 1)).items] == [0]


def test_the_curve_of_a_stream_is_that_of_its_events_and_its_tail(world: World) -> None:
    ids = [turn.id for turn in remember(world, *visits(3, 2, 2)).turns]

    curve = curve_of(world)

    parts = [told.event for told in events_of(world)] + [tail_of(world)]
    assert [point.turn for point in curve.points] == ids
    assert [point.unit for point in curve.points] == [unit for part in parts for unit in part.units]
    assert [point.surprise for point in curve.points] == [
        one for part in parts for one in part.curve
    ]
    assert [point.threshold for point in curve.points] == [
        one for part in parts for one in part.thresholds
    ]
    gap = Boundary.GAP
    assert [point.began for point in curve.points] == [None, None, None, gap, None, gap, None]
    assert curve.units == len(ids)


def test_a_curve_tells_nothing_of_what_is_gone(world: World) -> None:
    ids = [turn.id for turn in remember(world, *visits(3, 3)).turns]

    world.service.forget.turn(world.admin, ALICE, ids[3])

    curve = curve_of(world)
    assert [point.turn for point in curve.points] == [*ids[:3], *ids[4:]]
    assert curve.points[3].began is Boundary.GAP
    with pytest.raises(StreamNotFound):
        curve_of(world, stream="nowhere")
    with pytest.raises(SpaceNotFound):
        world.service.recount.curve(key_of(Role.READER, BOB), ALICE, StreamName(CHAT), most=9)


def test_a_curve_tells_nothing_of_what_has_expired(world: World) -> None:
    soon = world.clock.now() + timedelta(minutes=5)
    remember(world, said("stays", at=NOON), said("goes", at=NOON, expires_at=soon))
    assert curve_of(world).units == 2

    world.clock.advance(timedelta(minutes=6))

    assert [point.unit.seq for point in curve_of(world).points] == [0]


def point_of(seq: int, surprise: float | None, began: Boundary | None = None) -> CurvePoint:
    return CurvePoint(TurnId(f"t_{seq}"), Edge(seq, 0), surprise, 1.0, began)


def test_of_a_long_curve_the_peaks_stay_and_say_where_events_began() -> None:
    points = [
        point_of(0, None),
        point_of(1, 0.2),
        point_of(2, 0.9, Boundary.SURPRISE),
        point_of(3, 0.1, Boundary.GAP),
        point_of(4, 0.4),
        point_of(5, None),
        point_of(6, -0.5),
    ]

    assert thinned(points, 7) == points
    assert thinned(points, 4) == [points[1], points[2], points[4], points[6]]
    assert thinned(points, 3) == [
        points[2],
        points[4]._replace(began=Boundary.GAP),
        points[6],
    ]
    assert thinned(points, 1) == [points[2]]
    assert thinned([], 1) == []


def test_a_cursor_that_is_none_of_ours_is_refused(world: World) -> None:
    remember(world, *visits(1, 1))

    with pytest.raises(InvalidField):
        page_of(world, after="first")


def test_what_is_not_there_is_named(world: World) -> None:
    remember(world, *visits(1, 1))
    recount = world.service.recount

    with pytest.raises(EventNotFound) as missing:
        recount.event(world.admin, ALICE, EventId("e_none"))
    assert missing.value.event == "e_none"
    with pytest.raises(StreamNotFound):
        page_of(world, stream="nowhere")
    with pytest.raises(StreamNotFound):
        tail_of(world, "nowhere")


def test_no_event_is_told_in_another_space(world: World) -> None:
    remember(world, *visits(1, 1))
    remember(world, said("mine"), space=BOB)
    (told,) = events_of(world)
    bob = key_of(Role.READER, BOB)

    with pytest.raises(EventNotFound):
        world.service.recount.event(bob, BOB, told.event.id)
    with pytest.raises(SpaceNotFound):
        world.service.recount.event(bob, ALICE, told.event.id)
    assert page_of(world, space=BOB, stream=None).items == ()


def test_a_turn_names_the_events_that_it_is_in(world: World) -> None:
    remember(world, *visits(2, 1))
    (told,) = events_of(world)
    first, _, last = turns_of(world)

    recount = world.service.recount
    assert recount.of_turn(world.admin, ALICE, first) == [told.event.id]
    assert recount.of_turn(world.admin, ALICE, last) == []


def test_a_forgotten_turn_leaves_an_empty_slot(world: World) -> None:
    ids = [turn.id for turn in remember(world, *visits(3, 1)).turns]
    (before,) = events_of(world)

    world.service.forget.turn(world.admin, ALICE, ids[1])

    (told,) = events_of(world)
    assert (told.event.id, told.event.start, told.event.end) == (
        before.event.id,
        before.event.start,
        before.event.end,
    )
    assert told.event.units == (Edge(0, 0), Edge(2, 0))
    assert heard(told) == ["visit 0 turn 0", "visit 0 turn 2"]


def test_an_expired_turn_shows_no_more_though_its_row_is_still_there(world: World) -> None:
    now = world.clock.now()
    soon = now + timedelta(minutes=5)
    turns = [
        said("stays", at=now),
        said("goes", at=now + timedelta(minutes=1), expires_at=soon),
        said("later", at=now + timedelta(hours=2)),
        said("goes as well", at=now + timedelta(hours=2), expires_at=soon),
    ]
    remember(world, *turns)
    (before,) = events_of(world)
    assert heard(before) == ["stays", "goes"]

    world.clock.advance(timedelta(minutes=6))

    (told,) = events_of(world)
    assert heard(told) == ["stays"]
    assert told.event.units == [Edge(0, 0)]
    assert len(told.event.curve) == len(told.event.thresholds) == 1
    assert told.event.representatives == [0]
    assert told.event.last_at == now
    assert heard(tail_of(world)) == ["later"]
    assert len(tail_of(world).curve) == 1


def test_retention_ends_what_an_event_tells(world: World) -> None:
    remember(world, *visits(2, 1))
    month = SpaceSettings(retention_days=30)
    world.service.govern(world.admin, ALICE, month, version=0)

    world.clock.advance(timedelta(days=31))

    (told,) = events_of(world)
    assert (told.event.units, told.turns, told.event.first_at) == ([], [], None)
    assert tail_of(world).units == []


def test_a_long_turn_is_told_by_the_part_that_is_in_each_event(world: World) -> None:
    short = SpaceSettings(segmentation=Segmentation(gamma=10, max_units=8))
    remember(world, said("hello"), stream="other")
    world.service.govern(world.admin, ALICE, short, version=0)
    content = " ".join(f"Sentence {n} tells of herons and of owls at night." for n in range(700))
    remember(world, said("before"), said(content), said("behind"))
    turn = turns_of(world)[2]

    told_of = [told.turns for told in events_of(world)] + [tail_of(world).turns]
    parts = [part for turns in told_of for part in turns if part.seq == turn.seq]

    assert len(parts) > 2
    assert parts[0].start == 0
    assert parts[-1].end == len(content)
    assert [part.text for part in parts] == [content[part.start : part.end] for part in parts]
    assert all(one.end <= other.start for one, other in pairwise(parts))
    assert " ".join(part.text or "" for part in parts).split() == content.split()
    ids = world.service.recount.of_turn(world.admin, ALICE, turn)
    assert ids == [told.event.id for told in events_of(world) if turn.id in _ids(told)]


def _ids(told: Recounted) -> set[str]:
    return {turn.id for turn in told.turns}


def test_the_open_tail_goes_on_where_the_last_event_ended(world: World) -> None:
    remember(world, *visits(2, 3))

    tail = tail_of(world)

    assert (tail.number, tail.start) == (1, Edge(2, 0))
    assert tail.units == [Edge(seq, 0) for seq in (2, 3, 4)]
    assert heard(tail) == [f"visit 1 turn {turn}" for turn in range(3)]
    assert len(tail.curve) == len(tail.thresholds) == 3
    assert tail.waiting == 0


def test_what_the_tail_says_of_surprise_the_closed_event_says_too(world: World) -> None:
    topics = ["herons wade in water", "the oven bakes bread", "the train leaves late"]
    one_visit = [said(f"{topics[n % 3]} {n}", at=NOON + timedelta(minutes=n)) for n in range(14)]
    how = SpaceSettings(segmentation=Segmentation(gamma=10))
    remember(world, said("hello"), stream="other")
    world.service.govern(world.admin, ALICE, how, version=0)
    remember(world, *one_visit)
    tail = tail_of(world)

    remember(world, said("another day", at=NOON + timedelta(days=1)))

    (told,) = events_of(world)
    known = [place for place, surprise in enumerate(tail.curve) if surprise is not None]
    assert known
    assert tail.curve[-1] is None, "the last surprise hangs on what comes"
    assert [told.event.curve[place] for place in known] == [tail.curve[place] for place in known]
    assert told.event.units == tuple(tail.units)


def test_turns_that_wait_for_vectors_are_counted_behind_the_tail(world: World) -> None:
    remember(world, *visits(2))
    remember(world, said("later", at=NOON), said("later still", at=NOON), embed_later=True)

    assert (len(tail_of(world).units), tail_of(world).waiting) == (2, 2)
    while world.service.enrich.work_once():
        pass
    assert (len(tail_of(world).units), tail_of(world).waiting) == (4, 0)


def test_a_stream_whose_turns_are_all_gone_has_an_empty_tail(world: World) -> None:
    (turn,) = remember(world, said("tea")).turns
    world.service.forget.turn(world.admin, ALICE, turn.id)

    tail = tail_of(world)

    assert (tail.number, tail.start, tail.units, tail.turns) == (0, Edge(0, 0), [], [])


def test_a_restart_tells_the_same(tmp_path: Path) -> None:
    with open_world(tmp_path) as world:
        remember(world, *visits(3, 2, 4))
        before = (events_of(world), tail_of(world))
    with open_world(tmp_path) as world:
        assert (events_of(world), tail_of(world)) == before


def test_a_space_counts_its_events(world: World) -> None:
    remember(world, *visits(1, 1, 1))

    assert world.service.inspect.space(world.admin, ALICE).counts.events == 2

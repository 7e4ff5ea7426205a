"""Where and when: places, where something was last, and what happened between two times."""

from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from memsvc.domain.access import Role
from memsvc.domain.errors import InvalidField, SpaceNotFound
from memsvc.domain.ids import SpaceName
from memsvc.domain.memory import Page, SpaceSettings
from memsvc.domain.recall import Filter
from memsvc.domain.whereabouts import Happening, Naming, Whereabouts
from tests.app.small import ALICE, ANYTHING, BOB, ask, key_of, remember, said, texts, turns_of
from tests.worlds import World, open_world

NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
PLACE_NAMES = ("garden", "hall", "kitchen")


def places(world: World) -> list[tuple[str, int, datetime]]:
    page = world.service.find_places.places(world.admin, ALICE, after=None, limit=100)
    return [(place.name, place.turns, place.last_at) for place in page.items]


def whereabouts(world: World, of: str, where: Filter = ANYTHING, *, limit: int = 10) -> Whereabouts:
    return world.service.find_places.whereabouts(world.admin, ALICE, of, where=where, limit=limit)


def seen(found: Whereabouts) -> list[str]:
    return [one.place for one in (found.last, *found.earlier) if one is not None]


def move(world: World, number: int, place: str) -> None:
    """Put the turn of that number of the space somewhere else."""
    turn = turns_of(world)[number]
    world.service.revise(
        world.admin, ALICE, turn.id, version=turn.version, metadata=None, place=place
    )


def happened(
    world: World, where: Filter = ANYTHING, *, after: str | None = None, limit: int = 100
) -> Page[Happening]:
    return world.service.happened(world.admin, ALICE, where, after=after, limit=limit)


def told(page: Page[Happening]) -> list[str]:
    return [one.turn.content for one in page.items]


# Places ------------------------------------------------------------------------------------------


def test_places_are_listed_by_name_with_their_turns_and_last_time(world: World) -> None:
    remember(
        world,
        said("a", place="kitchen", at=NOON + HOUR),
        said("b", place="kitchen", at=NOON),
        said("c", place="hall", at=NOON),
        said("d"),
    )

    assert places(world) == [("hall", 1, NOON), ("kitchen", 2, NOON + HOUR)]


def test_places_come_page_by_page(world: World) -> None:
    remember(world, *(said("x", place=name) for name in ("c", "a", "b")))

    first = world.service.find_places.places(world.admin, ALICE, after=None, limit=2)
    second = world.service.find_places.places(world.admin, ALICE, after=first.next_cursor, limit=2)

    assert [place.name for place in first.items] == ["a", "b"]
    assert ([place.name for place in second.items], second.next_cursor) == (["c"], None)


def test_a_turn_that_was_moved_counts_where_it_is_now(world: World) -> None:
    remember(world, said("a", place="hall", at=NOON))
    places(world)  # the indexes are in memory from here on

    move(world, 0, "kitchen")

    assert places(world) == [("kitchen", 1, NOON)]
    assert texts(ask(world, "a", where=Filter(places=("kitchen",)))) == ["a"]
    assert texts(ask(world, "a", where=Filter(places=("hall",)))) == []


def test_deleted_and_expired_turns_are_at_no_place(world: World) -> None:
    remember(
        world,
        said("a", place="hall", at=NOON),
        said("b", place="kitchen", expires_at=world.clock.now() + HOUR),
        said("c", place="garden"),
    )
    world.service.forget.turn(world.admin, ALICE, turns_of(world)[2].id)
    world.clock.advance(2 * HOUR)

    assert places(world) == [("hall", 1, NOON)]


def test_a_rare_place_is_recalled_however_much_happens_elsewhere(world: World) -> None:
    """Nine turns of ten are in one place, and all say much the same."""
    chance = Random(7)
    for begin in range(0, 300, 100):
        remember(
            world,
            *(
                said(
                    f"number {n}: the kettle and the cup are here",
                    place="kitchen" if n % 10 else chance.choice(["garden", "hall"]),
                    at=NOON + n * HOUR,
                )
                for n in range(begin, begin + 100)
            ),
        )
    expected = {turn.id: turn.place for turn in turns_of(world)}

    for place in PLACE_NAMES:
        hits = ask(world, "kettle and cup", where=Filter(places=(place,)), k=10).hits
        of_place = sum(held == place for held in expected.values())
        assert len(hits) == min(10, of_place)
        assert {expected[hit.turn.id] for hit in hits} == {place}
    assert texts(ask(world, "kettle", where=Filter(places=("cellar",)))) == []


# Whereabouts -------------------------------------------------------------------------------------


def test_a_thing_is_where_the_latest_turn_that_names_it_happened(world: World) -> None:
    remember(
        world,
        said("The red bag is on the table.", place="kitchen", at=NOON + HOUR),
        said("I carry the red bags upstairs.", place="hall", at=NOON + 3 * HOUR),
        said("Where did I put the red bag?", at=NOON + 4 * HOUR),
        said("A blue bag.", place="garden", at=NOON + 5 * HOUR),
        said("The red bag once more", place="cellar", at=NOON),
    )

    found = whereabouts(world, "my red bag")

    assert seen(found) == ["hall", "kitchen", "cellar"]
    assert found.last is not None
    assert (found.last.turn.at, found.last.naming) == (NOON + 3 * HOUR, Naming.PHRASE)


def test_at_the_same_time_what_was_written_last_counts(world: World) -> None:
    remember(world, *(said("the bag", place=place, at=NOON) for place in PLACE_NAMES))

    assert seen(whereabouts(world, "bag")) == ["kitchen", "hall", "garden"]


def test_a_name_as_a_phrase_counts_before_its_scattered_words(world: World) -> None:
    remember(
        world,
        said("Ann Lee waters the roses.", place="garden", at=NOON),
        said("Ann met Bruce Lee.", place="hall", at=NOON + HOUR),
    )

    assert seen(whereabouts(world, "Ann Lee")) == ["garden"]
    found = whereabouts(world, "Ann Bruce")
    assert found.last is not None
    assert (found.last.place, found.last.naming) == ("hall", Naming.WORDS)


def test_whoever_speaks_is_where_they_speak(world: World) -> None:
    remember(world, said("Good morning.", speaker="Ann Lee", place="kitchen"))

    assert seen(whereabouts(world, "Ann Lee")) == ["kitchen"]


def test_staying_somewhere_is_one_sighting(world: World) -> None:
    where = ["hall", "kitchen", "kitchen", "hall", "hall"]
    remember(
        world,
        *(said("the bag", place=place, at=NOON + n * HOUR) for n, place in enumerate(where)),
    )

    assert seen(whereabouts(world, "bag")) == ["hall", "kitchen", "hall"]
    assert seen(whereabouts(world, "bag", limit=1)) == ["hall", "kitchen"]
    assert seen(whereabouts(world, "bag", limit=0)) == ["hall"]


def test_what_was_never_seen_is_nowhere(world: World) -> None:
    remember(world, said("the red bag"), said("the box", place="hall"))

    assert whereabouts(world, "red bag") == Whereabouts(None, ())
    assert whereabouts(world, "red box") == Whereabouts(None, ())
    assert whereabouts(world, "...") == Whereabouts(None, ())


def test_the_filter_says_until_when_and_by_whom(world: World) -> None:
    remember(
        world,
        said("the bag", place="hall", at=NOON),
        said("the bag", place="kitchen", at=NOON + HOUR, speaker="Bob"),
    )

    assert seen(whereabouts(world, "bag", Filter(until=NOON + HOUR))) == ["hall"]
    assert seen(whereabouts(world, "bag", Filter(speakers=("Bob",)))) == ["kitchen"]


def test_deleted_expired_and_moved_turns_are_no_sightings(world: World) -> None:
    remember(
        world,
        said("the bag", place="hall", at=NOON),
        said("the bag", place="kitchen", at=NOON + HOUR),
        said("the bag", place="garden", at=NOON + 2 * HOUR, expires_at=world.clock.now() + HOUR),
    )
    world.service.forget.turn(world.admin, ALICE, turns_of(world)[1].id)
    assert seen(whereabouts(world, "bag")) == ["garden", "hall"]

    world.clock.advance(HOUR)
    move(world, 0, "cellar")

    assert seen(whereabouts(world, "bag")) == ["cellar"]


def test_last_seen_is_right_in_a_long_stream_of_which_most_is_in_one_place(
    world: World,
) -> None:
    chance = Random(3)
    things = ["anchor", "basket", "candle", "drum", "easel"]
    truth: dict[str, str] = {}
    turns = []
    for n in range(400):
        thing = chance.choice(things)
        place = "kitchen" if chance.random() < 0.9 else chance.choice(["garden", "hall"])
        truth[thing] = place
        turns.append(
            said(f"Somebody uses the {thing}, number {n}.", place=place, at=NOON + n * HOUR)
        )
    remember(world, *turns)

    assert {thing: seen(whereabouts(world, thing, limit=0))[0] for thing in things} == truth


# Between two times -------------------------------------------------------------------------------


def test_what_happened_comes_in_order_of_time_across_streams(world: World) -> None:
    remember(world, said("second", at=NOON + HOUR), said("first", at=NOON), stream="one")
    remember(world, said("third", at=NOON + 2 * HOUR), said("also first", at=NOON), stream="two")

    assert told(happened(world)) == ["first", "also first", "second", "third"]
    between = Filter(since=NOON + HOUR, until=NOON + 2 * HOUR)
    assert told(happened(world, between)) == ["second"]


def test_a_timeline_is_narrowed_like_every_list(world: World) -> None:
    remember(world, said("a", at=NOON, place="hall"), stream="one")
    remember(world, said("b", at=NOON, metadata={"mood": "calm"}), stream="two")

    assert told(happened(world, Filter(streams=("two",)))) == ["b"]  # type: ignore[arg-type]
    assert told(happened(world, Filter(places=("hall",)))) == ["a"]
    assert told(happened(world, Filter(metadata={"mood": "calm"}))) == ["b"]


@pytest.mark.parametrize("limit", [1, 2, 3, 7])
def test_pages_hold_everything_once_whatever_is_deleted_between_them(
    world: World, limit: int
) -> None:
    """Many turns happen at one time, and the turn that a page ended with is deleted."""
    for n in range(12):
        remember(world, said(f"{n}", at=NOON + (n % 3) * HOUR), stream=f"s{n % 2}")
    expected = told(happened(world))
    found: list[str] = []
    cursor = None
    while True:
        page = happened(world, after=cursor, limit=limit)
        found += told(page)
        cursor = page.next_cursor
        if cursor is None:
            break
        world.service.forget.turn(world.admin, ALICE, page.items[-1].turn.id)

    assert found == expected


def test_what_is_written_behind_the_cursor_is_listed_and_before_it_is_not(world: World) -> None:
    remember(world, said("a", at=NOON), said("b", at=NOON), said("c", at=NOON + HOUR))
    cursor = happened(world, limit=2).next_cursor
    remember(world, said("late", at=NOON), said("early", at=NOON - HOUR))

    assert told(happened(world, after=cursor)) == ["late", "c"]


def test_expired_turns_are_not_on_the_timeline(world: World) -> None:
    remember(world, said("a", at=NOON), said("b", expires_at=world.clock.now() + HOUR))
    world.clock.advance(HOUR)

    assert told(happened(world)) == ["a"]


def test_retention_ends_what_happened_however_old_its_date(world: World) -> None:
    remember(world, said("a", at=NOON))
    world.service.govern(world.admin, ALICE, SpaceSettings(retention_days=1), version=0)
    world.clock.advance(25 * HOUR)

    assert told(happened(world)) == []
    assert places(world) == []


@pytest.mark.parametrize("cursor", ["x", "1", "1.", ".1", "1.x", "9" * 30 + ".1", "1.2.3"])
def test_a_cursor_that_no_page_gave_is_refused(world: World, cursor: str) -> None:
    remember(world, said("a"))

    with pytest.raises(InvalidField, match="cursor"):
        happened(world, after=cursor)


def test_times_before_1970_have_cursors_too(world: World) -> None:
    old = datetime(1, 1, 1, tzinfo=UTC)
    remember(world, said("a", at=old), said("b", at=old), said("c"))

    first = happened(world, limit=1)

    assert told(happened(world, after=first.next_cursor)) == ["b", "c"]


# Who may ask -------------------------------------------------------------------------------------


def test_only_who_may_read_the_space_is_answered(world: World) -> None:
    remember(world, said("the bag", place="hall"))
    stranger = key_of(Role.READER, BOB)
    for access, space in ((stranger, ALICE), (world.admin, SpaceName("nowhere"))):
        with pytest.raises(SpaceNotFound):
            world.service.happened(access, space, ANYTHING, after=None, limit=1)
        with pytest.raises(SpaceNotFound):
            world.service.find_places.places(access, space, after=None, limit=1)
        with pytest.raises(SpaceNotFound):
            world.service.find_places.whereabouts(access, space, "bag", where=ANYTHING, limit=1)


def test_places_outlive_a_restart(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("again")
    with open_world(folder) as world:
        remember(world, said("a", place="hall", at=NOON), said("b", place="hall", at=NOON))
        move(world, 1, "kitchen")
        before = places(world)
    with open_world(folder) as world:
        assert places(world) == before == [("hall", 1, NOON), ("kitchen", 1, NOON)]

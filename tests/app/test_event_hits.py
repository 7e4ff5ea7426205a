"""Events as hits: as good as their best turn, shown as far as the question may see them.

A place that is left ends an event, so a test says by places how its stream is cut.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from memsvc.app.event_hits import EVENT_TOKENS, REACH
from memsvc.domain.episode import Boundary, Event
from memsvc.domain.memory import NewTurn
from memsvc.domain.recall import Episode, Filter, Hit, Kind, Recalled
from tests.app.small import ALICE, ask, remember, said, texts, turns_of
from tests.app.test_episodes import events_of
from tests.worlds import World

NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def at_places(*rooms: tuple[str, ...]) -> list[NewTurn]:
    """Return turns of which each group is said in a room of its own, a minute apart."""
    return [
        said(content, place=f"room {number}", at=NOON + (number * 10 + place) * MINUTE)
        for number, room in enumerate(rooms)
        for place, content in enumerate(room)
    ]


ROOMS = (
    ("we met at the pond", "herons wade there"),
    ("the oven is hot", "she bakes bread", "the bread is dark"),
    ("our train is late", "it leaves at nine"),
)


def ask_events(world: World, text: str, **facts: Any) -> Recalled:
    return ask(world, text, kind=Kind.EVENT, recipe="lexical", **facts)


def event_of(hit: Hit) -> Episode:
    assert hit.event is not None
    return hit.event


def named(world: World, recalled: Recalled) -> list[tuple[str, bool]]:
    content = {turn.id: turn.content for turn in turns_of(world)}
    return [(content[turn.id], turn.is_hit) for turn in recalled.context_turns]


def closed(world: World) -> list[Event]:
    return events_of(world)


def test_a_hit_is_the_event_that_the_best_turn_begins_in(world: World) -> None:
    remember(world, *at_places(*ROOMS))

    (hit,) = ask_events(world, "dark bread").hits

    event = event_of(hit)
    assert event.text == "user: the oven is hot\nuser: she bakes bread\nuser: the bread is dark"
    assert (event.id, event.boundary) == (closed(world)[1].id, Boundary.PLACE)
    assert (event.first_at, event.is_cut) == (NOON + 10 * MINUTE, False)
    assert hit.turn.content == "the bread is dark"
    assert hit.turns == tuple(turn.id for turn in turns_of(world)[2:5])


def test_an_event_is_as_good_as_its_best_turn(world: World) -> None:
    """Two turns of the middle event speak of bread; only the better of them counts."""
    remember(world, *at_places(*ROOMS))
    by_turn = ask(world, "bread train", recipe="lexical")

    by_event = ask_events(world, "bread train")

    assert len(by_turn.hits) == 3
    assert len(by_event.hits) == 2
    best = by_turn.hits[0]
    assert (by_event.hits[0].score, by_event.hits[0].why) == (best.score, best.why)
    assert by_event.hits[1].score < by_event.hits[0].score


def test_of_k_events_none_comes_twice(world: World) -> None:
    remember(world, *at_places(*(("tea one", "tea two", "tea three"),) * 5))

    hits = ask_events(world, "tea", k=3).hits

    assert len({event_of(hit).id for hit in hits}) == len(hits) == 3


def test_the_open_tail_answers_under_a_name_that_no_closed_event_has(world: World) -> None:
    remember(world, *at_places(*ROOMS))

    (hit,) = ask_events(world, "train").hits

    event = event_of(hit)
    assert (event.id, event.boundary) == ("open:chat", None)
    assert event.text == "user: our train is late\nuser: it leaves at nine"
    assert event.id not in {each.id for each in closed(world)}


def test_turns_that_wait_for_vectors_answer_as_a_tail(world: World) -> None:
    remember(world, *at_places(*ROOMS), embed_later=True)

    (hit,) = ask_events(world, "bread").hits

    assert event_of(hit).id == "open:chat"
    assert len(hit.turns) == 7


def test_what_the_filter_hides_is_no_part_of_an_event(world: World) -> None:
    one, two = at_places(("green tea", "ours"))
    secret = said("a secret", role="system", place="room 0", at=NOON - MINUTE)
    remember(world, secret, one, two, *at_places(("elsewhere", "later")))

    (hit,) = ask_events(world, "tea", where=Filter(roles=("user",))).hits

    assert event_of(hit).text.startswith("user: green tea")
    assert "secret" not in event_of(hit).text
    assert event_of(hit).first_at == NOON
    assert turns_of(world)[0].id not in hit.turns


def test_what_has_expired_is_no_part_of_an_event(world: World) -> None:
    soon = world.clock.now() + MINUTE
    remember(world, said("green tea"), said("the code is 4711", expires_at=soon))
    world.clock.advance(MINUTE)

    recalled = ask_events(world, "tea")

    assert texts(recalled) == ["green tea"]
    assert event_of(recalled.hits[0]).text == "user: green tea"


def test_what_was_forgotten_is_no_part_of_an_event(world: World) -> None:
    written = remember(world, *at_places(*ROOMS))
    world.service.forget.turn(world.admin, ALICE, written.turns[3].id)

    (hit,) = ask_events(world, "bread").hits

    assert event_of(hit).text == "user: the oven is hot\nuser: the bread is dark"


def test_a_long_event_is_shown_as_the_turns_around_its_best(world: World) -> None:
    talk = tuple(f"{'milk ' * 99}{number}" for number in range(12))
    remember(world, *at_places((*talk[:6], "green tea", *talk[6:])))

    (hit,) = ask_events(world, "tea", budget_tokens=4_000).hits

    event = event_of(hit)
    assert event.is_cut
    assert [turn.seq for turn in event.turns] == [4, 5, 6, 7, 8, 9]
    assert sum(turn.tokens for turn in event.turns) <= EVENT_TOKENS
    assert len(hit.turns) == 13


def test_the_best_turn_is_shown_however_long_it_is(world: World) -> None:
    remember(world, *at_places(("before", "tea " * (EVENT_TOKENS + 1), "after")))

    (hit,) = ask_events(world, "tea", k=1).hits

    assert [turn.seq for turn in event_of(hit).turns] == [1]


def test_of_an_endless_tail_a_part_is_read(world: World) -> None:
    turns = [said(f"milk {number}") for number in range(3 * REACH)]
    turns[0] = said("green tea")
    remember(world, *turns, embed_later=True)

    (hit,) = ask_events(world, "tea").hits

    assert len(hit.turns) == REACH + 1
    assert event_of(hit).is_cut


def test_a_turn_of_several_pieces_is_recalled_with_the_event_it_begins_in(world: World) -> None:
    """An event ends at 32 pieces, and this turn has 80; it comes once all the same."""
    long = " ".join(f"{'heron ' * 250}oven." for _ in range(80))
    remember(world, said("green tea"), said(f"{long} sail"), *at_places(("on", "and on")))
    whole = turns_of(world)[1]
    cut = [event for event in closed(world) if any(unit.seq == 1 for unit in event.units)]

    hits = ask_events(world, "sail oven", k=10).hits

    assert len(cut) > 1, "the long turn was not cut"
    assert [hit.turn.id for hit in hits] == [whole.id]
    assert event_of(hits[0]).id == cut[0].id


# Beside ------------------------------------------------------------------------------------------


def test_the_next_event_stands_beside_a_hit_and_then_the_previous(world: World) -> None:
    remember(world, *at_places(*ROOMS))

    recalled = ask_events(world, "dark bread", k=1)

    assert named(world, recalled) == [
        ("we met at the pond", False),
        ("herons wade there", False),
        ("the oven is hot", True),
        ("she bakes bread", True),
        ("the bread is dark", True),
        ("our train is late", False),
        ("it leaves at nine", False),
    ]


def test_the_next_event_comes_first_when_there_is_room_for_one(world: World) -> None:
    remember(world, *at_places(*ROOMS))
    all_of_it = ask_events(world, "dark bread", k=1).context_tokens

    recalled = ask_events(world, "dark bread", k=1, budget_tokens=all_of_it - 1, contiguity=0.5)

    assert named(world, recalled)[0] == ("herons wade there", False)
    assert ("it leaves at nine", False) in named(world, recalled)


def test_of_an_event_too_long_for_a_context_as_much_as_fits_stands_there(world: World) -> None:
    remember(world, *at_places(*ROOMS))

    recalled = ask_events(world, "oven", k=1, budget_tokens=80)

    assert named(world, recalled) == [("the oven is hot", True), ("she bakes bread", True)]

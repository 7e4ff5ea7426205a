"""Order: which of two passages came first, by where they stand."""

from datetime import UTC, datetime, timedelta

import pytest

from memsvc.app.order import compared
from memsvc.domain.access import Role
from memsvc.domain.errors import SpaceNotFound
from memsvc.domain.ids import SpaceName
from memsvc.domain.memory import SpaceSettings
from memsvc.domain.order import DecidedBy, Location, Match, Ordered
from memsvc.domain.recall import Filter
from retrieval.passages import MOST_EXACT
from tests.app.small import ALICE, ANYTHING, BOB, MoodyEmbedder, key_of, remember, said
from tests.worlds import World, open_world

NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def order(world: World, a: str, b: str, where: Filter = ANYTHING) -> Ordered:
    return world.service.order(world.admin, ALICE, a, b, where=where)


def located(world: World, passage: str, where: Filter = ANYTHING) -> Location | None:
    return order(world, passage, "\u00b7", where).a


def covers(location: Location | None) -> str:
    assert location is not None
    first, *rest = [turn.content for turn in location.turns]
    if not rest:
        return first[location.start : location.end]
    *between, last = rest
    return "|".join([first[location.start :], *between, last[: location.end]])


# What decides ------------------------------------------------------------------------------------


def test_the_offset_decides_inside_one_turn(world: World) -> None:
    world.write("alice", "chat", "First we ate the soup, then we washed the big pot.")

    found = order(world, "we washed the big pot", "WE ATE  the soup")

    assert (found.first, found.decided_by) == ("b", DecidedBy.OFFSET)
    assert covers(found.a) == "we washed the big pot"
    assert covers(found.b) == "we ate the soup"


def test_the_number_decides_inside_one_stream_whatever_the_dates_say(world: World) -> None:
    remember(world, said("We ate the soup.", at=NOON + HOUR), said("We washed the pot.", at=NOON))

    found = order(world, "We ate the soup", "We washed the pot")

    assert (found.first, found.decided_by) == ("a", DecidedBy.SEQ)


def test_the_date_decides_between_streams(world: World) -> None:
    remember(world, said("We ate the soup.", at=NOON + HOUR), stream="one")
    remember(world, said("We washed the pot.", at=NOON), stream="two")

    found = order(world, "We ate the soup", "We washed the pot")

    assert (found.first, found.decided_by) == ("b", DecidedBy.AT)


def test_what_was_written_first_decides_at_the_same_time(world: World) -> None:
    remember(world, said("We washed the pot.", at=NOON), stream="two")
    remember(world, said("We ate the soup.", at=NOON), stream="one")

    found = order(world, "We ate the soup", "We washed the pot")

    assert (found.first, found.decided_by) == ("b", DecidedBy.POSITION)


def test_the_order_of_parts_decides_inside_a_document(world: World) -> None:
    """The first part is written anew, after the second one: the ledger would say otherwise."""
    world.document("alice", "guide", "Old beginning.", "Then open the green valve.")
    world.document("alice", "guide", "Close the red valve.", "Then open the green valve.")

    found = order(world, "open the green valve", "close the red valve")

    assert (found.first, found.decided_by) == ("b", DecidedBy.PART)


def test_two_documents_are_ordered_by_when_they_happened(world: World) -> None:
    world.document("alice", "one", "Close the red valve.")
    world.document("alice", "two", "Open the green valve.")

    found = order(world, "open the green valve", "close the red valve")

    assert (found.first, found.decided_by) == ("b", DecidedBy.POSITION)


def test_the_same_passage_twice_is_the_same(world: World) -> None:
    world.write("alice", "chat", "We ate the soup.")

    assert order(world, "we ate", "We ate").first == "same"


# Where a passage stands --------------------------------------------------------------------------


def test_a_passage_may_reach_over_several_turns(world: World) -> None:
    world.write("alice", "chat", "Hello.", "I went to the", "old", "harbour today, and back.")

    found = located(world, "to the old harbour today")

    assert covers(found) == "to the|old|harbour today"
    assert found is not None
    assert (found.turn.seq, found.match, found.score) == (1, Match.VERBATIM, 1.0)


def test_a_passage_does_not_reach_from_one_stream_into_another(world: World) -> None:
    world.write("alice", "one", "I went to the")
    world.write("alice", "two", "old harbour today.")

    found = located(world, "I went to the old harbour today")

    assert found is None or found.match is not Match.VERBATIM


def test_of_several_places_the_first_is_told_and_how_many_there_are(world: World) -> None:
    remember(world, said("Tea is ready, tea is ready!", at=NOON), stream="late")
    remember(world, said("Now tea is ready.", at=NOON - HOUR), stream="early")

    found = located(world, "tea is ready")

    assert found is not None
    assert (found.stream, found.start, found.occurrences) == ("early", 4, 3)


def test_the_first_of_very_many_places_is_found(world: World) -> None:
    for _ in range(3):
        remember(world, *(said(f"thank you {n}", at=NOON) for n in range(400)))
    remember(world, said("oh thank you", at=NOON - HOUR), stream="early")

    found = located(world, "thank you")

    assert found is not None
    assert (found.stream, found.start) == ("early", 3)
    assert found.occurrences >= MOST_EXACT


def test_a_passage_that_lost_half_of_its_words_is_found_by_the_others(world: World) -> None:
    world.write("alice", "chat", "Herons stand in the reeds.", "Swans swim past the mill.")

    found = located(world, "swans past mill")

    assert found is not None
    assert (covers(found), found.match) == ("Swans swim past the mill", Match.WORDS)
    assert 0.6 <= found.score <= 1


def test_what_nobody_said_is_not_found_and_decides_nothing(world: World) -> None:
    world.write("alice", "chat", "Herons stand in the reeds.")

    found = order(world, "Herons stand", "quarterly revenue of the company")

    assert (found.first, found.b, found.decided_by) == (None, None, None)
    assert found.reason.startswith("b is not found")
    assert order(world, "quarterly", "revenue").reason.startswith("Neither")


def test_a_paraphrase_is_found_by_meaning_and_only_as_a_turn(world: World) -> None:
    """The counting embedder takes turns for alike that share most of their words."""
    text = "the mill by the river grinds rye for bread in autumn"
    world.write("alice", "chat", "Swans swim.", text)
    passage = "the mill by the river the mill by the river was sold"

    found = order(world, passage, "swans swim")

    assert found.a is not None
    assert found.a.match in {Match.MEANING, Match.WORDS}
    assert found.first == "b"
    assert found.a.turn.content == text


def test_inside_one_turn_a_meaning_decides_nothing(world: World) -> None:
    world.write("alice", "chat", "Swans swim past the mill.")
    whole = located(world, "swans swim")
    assert whole is not None
    vague = Location(whole.turns, 0, 25, Match.MEANING, 0.7)

    found = compared(whole, vague)

    assert (found.first, found.decided_by) == (None, None)


def test_without_a_model_words_still_tell(tmp_path_factory: pytest.TempPathFactory) -> None:
    embedder = MoodyEmbedder()
    with open_world(tmp_path_factory.mktemp("down"), embedder=embedder) as world:
        world.write("alice", "chat", "We ate the soup.", "We washed the pot.")
        embedder.is_down = True

        assert order(world, "washed the pot", "ate the soup").first == "b"
        assert located(world, "quarterly revenue") is None


# Who may be found --------------------------------------------------------------------------------


@pytest.fixture
def two_spaces(world: World) -> World:
    world.write("alice", "chat", "Herons stand in the reeds.")
    world.write("bob", "chat", "Swans swim past the mill.")
    return world


def test_another_spaces_text_is_never_found(two_spaces: World) -> None:
    assert located(two_spaces, "Swans swim past the mill") is None


def test_a_space_that_is_not_there_is_not_found(two_spaces: World) -> None:
    with pytest.raises(SpaceNotFound):
        two_spaces.service.order(two_spaces.admin, SpaceName("nobody"), "a", "b", where=ANYTHING)
    with pytest.raises(SpaceNotFound):
        two_spaces.service.order(key_of(Role.READER, BOB), ALICE, "a", "b", where=ANYTHING)


def test_a_deleted_turn_is_not_found_and_its_neighbours_meet(world: World) -> None:
    written = world.write("alice", "chat", "I went to", "the dark forest", "and came home.")
    world.service.forget.turn(world.admin, ALICE, written.turns[1].id)

    gone = located(world, "the dark forest")
    assert gone is None or gone.match is not Match.VERBATIM
    assert covers(located(world, "went to and came")) == "went to|and came"


def test_an_expired_turn_is_not_found(world: World) -> None:
    remember(world, said("Herons stand in the reeds.", expires_at=world.clock.now() + HOUR))
    assert located(world, "Herons stand") is not None

    world.clock.advance(2 * HOUR)

    assert located(world, "Herons stand") is None


def test_what_retention_ended_is_not_found(world: World) -> None:
    world.write("alice", "chat", "Herons stand in the reeds.")
    version = world.service.inspect.space(world.admin, ALICE).space.version
    world.service.govern(world.admin, ALICE, SpaceSettings(retention_days=1), version=version)

    world.clock.advance(48 * HOUR)

    assert located(world, "Herons stand") is None


@pytest.mark.parametrize(
    ("where", "stream"),
    [
        (Filter(), "one"),
        (Filter(streams=("two",)), "two"),  # type: ignore[arg-type]
        (Filter(speakers=("Ada",)), "two"),
        (Filter(since=NOON + HOUR), "two"),
        (Filter(metadata={"mood": "calm"}), "two"),
        (Filter(speakers=("Bob",)), None),
    ],
)
def test_filters_hold(world: World, where: Filter, stream: str | None) -> None:
    remember(world, said("Tea is ready.", at=NOON), stream="one")
    calm = said("Tea is ready.", at=NOON + HOUR, speaker="Ada", metadata={"mood": "calm"})
    remember(world, calm, stream="two")

    found = located(world, "tea is ready", where)

    assert (found.stream if found else None) == stream

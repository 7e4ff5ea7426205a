"""Echoes: what an agent writes back of what it recalled is marked, and feeds no recall."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from memsvc.domain.errors import InvalidField, TurnNotFound
from memsvc.domain.ids import TurnId
from memsvc.domain.memory import NewTurn, Source, Turn
from memsvc.domain.recall import Filter, Recalled
from memsvc.ports.records import MovedTurn
from memsvc.world import CountingIds
from tests.app.small import ALICE, BOB, ask, remember, said, texts, turns_of
from tests.worlds import World, open_world

NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)
HERONS = (
    "On the first morning we saw four grey herons in the reeds by the old mill, and Ann drew them"
)
SWANS = "Bea told me that the white swans of the castle lake had all left before the winter came."
ROUNDS = 50


def agent(content: str, source: Source = Source.AGENT, **facts: object) -> NewTurn:
    return said(content, role="assistant", source=source, **facts)


def written(world: World, turn: NewTurn, *, stream: str = "chat") -> Turn:
    """Write one turn and read it again."""
    (only,) = remember(world, turn, stream=stream).turns
    return world.service.inspect.turn(world.admin, ALICE, only.id)


@pytest.fixture
def herons(world: World) -> tuple[World, TurnId]:
    """A memory of two turns of a user, and the id of the first."""
    found = remember(world, said(HERONS, at=NOON), said(SWANS, at=NOON))
    return world, found.turns[0].id


@pytest.mark.parametrize("source", [Source.AGENT, Source.TOOL])
def test_what_an_agent_or_a_tool_repeats_is_an_echo_of_the_first_who_said_it(
    herons: tuple[World, TurnId], source: Source
) -> None:
    world, first = herons

    assert written(world, agent(HERONS, source)).echo_of == first
    assert written(world, agent(f"As you said: {HERONS}", source)).echo_of == first


def test_a_part_of_a_turn_and_two_turns_put_together_are_echoes(
    herons: tuple[World, TurnId],
) -> None:
    world, first = herons

    part = HERONS.removesuffix(", and Ann drew them")
    assert written(world, agent(part)).echo_of == first
    assert written(world, agent(f"{HERONS}. {SWANS}")).echo_of == first


def test_a_users_own_words_are_never_an_echo(herons: tuple[World, TurnId]) -> None:
    world, _ = herons

    assert written(world, said(HERONS)).echo_of is None


@pytest.mark.parametrize("text", ["Thanks!", "You are welcome, Ann.", "four grey herons in reeds"])
def test_a_short_text_is_never_an_echo(herons: tuple[World, TurnId], text: str) -> None:
    world, _ = herons
    remember(world, said(text), stream="before")

    assert written(world, agent(text)).echo_of is None


def test_what_an_agent_adds_in_its_own_words_is_no_echo(herons: tuple[World, TurnId]) -> None:
    world, _ = herons
    text = (
        "Those four grey herons in the reeds sound lovely; shall I look up when the bird reserve "
        "opens this week, and book a guided tour for you and your sister?"
    )

    assert written(world, agent(text)).echo_of is None


def test_the_same_words_in_another_order_are_no_echo(herons: tuple[World, TurnId]) -> None:
    world, _ = herons

    assert written(world, agent(" ".join(reversed(HERONS.split())))).echo_of is None


def test_a_packed_context_is_an_echo_and_one_that_an_agent_only_mentions_is_not(
    herons: tuple[World, TurnId],
) -> None:
    world, first = herons
    context = ask(world, "herons near the mill").context

    assert written(world, agent(f"Here is what I know. {context}")).echo_of == first
    answer = f"{context} " + " ".join(f"My answer {n} has many words of my own." for n in range(20))
    assert written(world, agent(answer)).echo_of is None


def test_a_long_text_that_adds_enough_is_no_echo_however_much_it_repeats(world: World) -> None:
    """An agent that answers with its code once more, mended: what is new in it must be found."""
    code = " ".join(f"def step{n}(value): return value + {n}" for n in range(100))
    first = written(world, agent(code))
    new = " ".join(f"def mended{n}(other): return other - {n * 7}" for n in range(10))

    assert written(world, agent(f"{code} {new}")).echo_of is None
    assert written(world, agent(f"{code} And so on.")).echo_of == first.id


def test_an_echo_of_an_echo_is_one_of_the_original(herons: tuple[World, TurnId]) -> None:
    world, first = herons
    once = written(world, agent(f"As you said: {HERONS}"))

    again = written(world, agent(f"As you said: {HERONS} As you said."), stream="other")

    assert (once.echo_of, again.echo_of) == (first, first)


def test_another_spaces_words_make_no_echo(world: World) -> None:
    remember(world, said(HERONS), space=BOB)
    remember(world, said("Hello there."))

    assert written(world, agent(HERONS)).echo_of is None


def test_a_first_write_that_makes_the_space_is_no_echo(world: World) -> None:
    assert written(world, agent(HERONS)).echo_of is None


# What marking does -------------------------------------------------------------------------------


def test_an_echo_is_listed_and_a_recall_has_its_original(herons: tuple[World, TurnId]) -> None:
    world, first = herons
    echo = written(world, agent(f"As you said: {HERONS}"))

    hits = ask(world, "four grey herons").hits

    assert echo.id in {turn.id for turn in turns_of(world)}
    assert [hit.turn.id for hit in hits if "herons" in hit.turn.content] == [first]


def test_where_a_filter_lets_both_through_they_meet_in_the_hit_of_the_original(
    herons: tuple[World, TurnId],
) -> None:
    world, first = herons
    echo = written(world, agent(f"As you said: {HERONS}"))

    (hit, *_) = ask(world, "four grey herons", where=Filter(streams=(echo.stream,))).hits

    assert (hit.turn.id, set(hit.turns)) == (first, {first, echo.id})


def test_where_a_filter_keeps_the_original_back_the_echo_speaks_for_itself(
    herons: tuple[World, TurnId],
) -> None:
    world, first = herons
    echo = written(world, agent(HERONS))

    (hit,) = ask(world, "four grey herons", where=Filter(sources=(Source.AGENT,))).hits

    assert (hit.turn.id, hit.turn.echo_of) == (echo.id, first)


def test_an_echo_does_not_stand_beside_a_hit(herons: tuple[World, TurnId]) -> None:
    world, _ = herons
    written(world, agent(f"As you said: {HERONS}"))

    recalled = ask(world, "white swans of the castle lake", k=1)

    assert "As you said" not in recalled.context


def test_echoes_are_still_known_after_a_start_and_from_a_snapshot(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder: Path = tmp_path_factory.mktemp("again")
    ids = CountingIds()
    with open_world(folder, ids=ids) as world:
        remember(world, said(HERONS, at=NOON), said(SWANS, at=NOON))
        written(world, agent(f"As you said: {HERONS}"))
        before = texts(ask(world, "four grey herons"))
    with open_world(folder, ids=ids) as world:
        assert texts(ask(world, "four grey herons")) == before
        assert not any("As you said" in text for text in before)


WANTED = "Which grey heron did Ann see near the mill?"


def looped(world: World, *, is_marked: bool) -> list[Recalled]:
    """Let an agent write back what it recalls, 50 times; return what it recalled each time."""
    birds = ("heron", "swan", "wren", "finch", "owl")
    seen = [f"Ann saw a grey {bird} near the mill and drew it." for bird in birds]
    other = [f"The train number {n} to Porto was late again by {n % 7} minutes." for n in range(90)]
    remember(world, *(said(text, at=NOON) for text in [*seen, *other]))
    found = [ask(world, WANTED, k=3, contiguity=0.0)]
    for number in range(ROUNDS):
        world.clock.advance(timedelta(minutes=1))
        # As a user's, whose words are never marked, the same text shows what marking is for.
        told = f"Memory {number} about the grey heron near the mill. {found[-1].context}"
        turn = agent(told) if is_marked else said(told)
        remember(world, turn, stream=f"loop-{number % 5}")
        found.append(ask(world, WANTED, k=3, contiguity=0.0))
    return found


def test_a_loop_of_recall_and_write_changes_no_hit_and_fills_no_context(world: World) -> None:
    first, *later = looped(world, is_marked=True)

    assert sum(turn.echo_of is not None for turn in turns_of(world)) == ROUNDS
    assert all(texts(recalled) == texts(first) for recalled in later)
    assert all(recalled.context == first.context for recalled in later)


def test_the_same_loop_without_marking_fills_the_context_with_copies(world: World) -> None:
    first, *later = looped(world, is_marked=False)

    assert texts(later[-1]) != texts(first)
    assert later[-1].context.count("Memory") > 0
    assert len(later[-1].context) > 2 * len(first.context)


def test_an_export_keeps_what_repeats_what(herons: tuple[World, TurnId]) -> None:
    world, first = herons
    echo = written(world, agent(HERONS))
    exported = world.service.export(world.admin, ALICE, vectors=False)
    moved = [one for page in exported.pages for one in page if isinstance(one, MovedTurn)]

    assert {one.id: one.echo_of for one in moved if one.echo_of} == {echo.id: first}


def test_an_agent_that_says_what_it_repeats_is_believed_however_short_it_is(
    herons: tuple[World, TurnId],
) -> None:
    world, first = herons
    short = written(world, agent("Four herons.", echo_of=first))

    again = written(world, agent("As I said: four.", echo_of=short.id), stream="other")

    assert (short.echo_of, again.echo_of) == (first, first)
    assert texts(ask(world, "How many herons? Four herons?"))[0] == HERONS
    assert "Four herons." not in texts(ask(world, "How many herons? Four herons?"))


def test_without_its_word_a_short_answer_comes_before_what_it_repeats(
    herons: tuple[World, TurnId],
) -> None:
    """What the mark is for."""
    world, _ = herons
    written(world, agent("Four herons."))

    assert texts(ask(world, "How many herons? Four herons?"))[0] == "Four herons."


def test_only_an_agent_or_a_tool_says_of_itself_that_it_repeats(
    herons: tuple[World, TurnId],
) -> None:
    world, first = herons

    with pytest.raises(InvalidField, match="only what an agent or a tool says is an echo") as wrong:
        remember(world, said(SWANS), said("Four herons.", echo_of=first))

    assert wrong.value.field == "turns.1.echo_of"
    assert len(turns_of(world)) == 2


def test_what_is_repeated_must_be_there_and_in_the_same_space(
    herons: tuple[World, TurnId],
) -> None:
    world, first = herons

    with pytest.raises(TurnNotFound):
        remember(world, agent("Four herons.", echo_of=TurnId("t_none")))
    with pytest.raises(TurnNotFound):
        remember(world, agent("Four herons.", echo_of=first), space=BOB)

"""What a context holds beside hits: their neighbours, from what the hits leave, and in which order.

How its items look, and which hits fit, is asked in `test_recall`.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from memsvc.domain.ids import StreamName
from memsvc.domain.recall import ContextOrder, Filter, Kind, Question, Recalled
from tests.app.small import ALICE, BOB, ask, remember, said, turns_of
from tests.worlds import World, open_world

NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def shown(world: World, recalled: Recalled) -> list[tuple[str, bool]]:
    """Return the texts in the context in its order, each with whether it is a hit."""
    content = {turn.id: turn.content for turn in turns_of(world)}
    return [(content[turn.id], turn.is_hit) for turn in recalled.context_turns]


def chat(world: World, *contents: str, stream: str = "chat") -> None:
    """Write turns a minute apart."""
    remember(
        world,
        *(said(each, at=NOON + number * MINUTE) for number, each in enumerate(contents)),
        stream=stream,
    )


def test_the_turns_right_after_and_right_before_a_hit_stand_beside_it(world: World) -> None:
    chat(world, "far off", "before", "green tea", "after", "further on")

    recalled = ask(world, "green tea", k=1)

    assert shown(world, recalled) == [("before", False), ("green tea", True), ("after", False)]
    assert [hit.turn.content for hit in recalled.hits] == ["green tea"]


def test_without_contiguity_only_hits_stand_there(world: World) -> None:
    chat(world, "before", "green tea", "after")

    assert shown(world, ask(world, "green tea", k=1, contiguity=0.0)) == [("green tea", True)]


def test_a_neighbour_is_of_the_same_stream(world: World) -> None:
    chat(world, "green tea", stream="one")
    chat(world, "the sea", stream="two")

    assert shown(world, ask(world, "green tea", k=1)) == [("green tea", True)]


def test_the_next_comes_before_the_previous_when_there_is_room_for_one(world: World) -> None:
    """The frame and two of these lines take 60 tokens and more; three do not fit into 80."""
    chat(world, "before it", "green tea", "after it")

    recalled = ask(world, "green tea", k=1, budget_tokens=80)

    assert shown(world, recalled) == [("green tea", True), ("after it", False)]


def test_neighbours_of_the_better_hit_come_first(world: World) -> None:
    chat(world, "green tea green tea", "beside the best", stream="one")
    chat(world, "tea and a boat", "beside the second", stream="two")
    recalled = ask(world, "green tea", k=2, recipe="lexical")
    both = {text for text, is_hit in shown(world, recalled) if not is_hit}

    tight = recalled.context_tokens - 1
    alone = ask(world, "green tea", k=2, recipe="lexical", budget_tokens=tight, contiguity=0.5)

    assert both == {"beside the best", "beside the second"}
    assert {text for text, is_hit in shown(world, alone) if not is_hit} == {"beside the best"}


def test_a_neighbour_that_says_the_same_as_a_hit_is_no_news(world: World) -> None:
    chat(world, "green tea", "Green  tea", "after")

    assert ("Green  tea", False) not in shown(world, ask(world, "green tea", k=1))


def test_what_the_filter_hides_never_stands_beside(world: World) -> None:
    remember(
        world,
        said("a secret", role="system"),
        said("green tea"),
        said("after"),
    )

    recalled = ask(world, "green tea", k=1, where=Filter(roles=("user",)))

    assert shown(world, recalled) == [("green tea", True), ("after", False)]
    assert "secret" not in recalled.context


def test_what_has_expired_never_stands_beside(world: World) -> None:
    soon = world.clock.now() + MINUTE
    remember(world, said("green tea"), said("the code is 4711", expires_at=soon))
    assert "4711" in ask(world, "green tea", k=1).context

    world.clock.advance(MINUTE)

    assert "4711" not in ask(world, "green tea", k=1).context


def test_what_was_forgotten_never_stands_beside_and_its_neighbours_meet(world: World) -> None:
    written = remember(world, said("green tea"), said("gone"), said("after"))
    world.service.forget.turn(world.admin, ALICE, written.turns[1].id)

    assert shown(world, ask(world, "green tea", k=1)) == [("green tea", True), ("after", False)]


# Order -------------------------------------------------------------------------------------------


def test_the_best_first_when_that_is_asked_for_each_with_what_is_beside_it(world: World) -> None:
    chat(world, "tea and a boat", "beside the second", stream="one")
    chat(world, "before the best", "green tea green tea", "beside the best", stream="two")

    recalled = ask(world, "green tea", k=2, recipe="lexical", order=ContextOrder.SCORE)

    assert shown(world, recalled) == [
        ("green tea green tea", True),
        ("before the best", False),
        ("beside the best", False),
        ("tea and a boat", True),
        ("beside the second", False),
    ]
    assert recalled.context.splitlines()[1].startswith("Recalled data, best first.")


def test_order_changes_no_hit_and_not_what_is_shown(world: World) -> None:
    chat(world, "tea one", "between", "tea two", "tea three")
    by_time, by_score = (ask(world, "tea three", k=2, order=order) for order in ContextOrder)

    assert by_time.hits == by_score.hits
    assert set(by_time.context_turns) == set(by_score.context_turns)
    assert by_time.context_turns != by_score.context_turns


# Whatever is asked -------------------------------------------------------------------------------

WORDS = ("tea", "sea", "boat", "tea and sea", "a long way to the boat by the sea", "milk " * 30)


@pytest.fixture(scope="module")
def peopled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Streams of turns of two roles, some of which have expired and some were forgotten."""
    with open_world(tmp_path_factory.mktemp("context")) as world:
        soon = world.clock.now() + MINUTE
        for number in range(4):
            written = remember(
                world,
                *(
                    said(
                        f"{WORDS[(number * 7 + place * 5) % len(WORDS)]} {number} {place}",
                        role=("user", "assistant")[(place // 2) % 2],
                        at=NOON + (place * 4 + number) * MINUTE,
                        place=f"room {place // 3}",
                        expires_at=soon if place % 5 == 4 else None,
                    )
                    for place in range(14)
                ),
                stream=f"s{number}",
            )
            world.service.forget.turn(world.admin, ALICE, written.turns[6].id)
        remember(world, *(said(f"tea of Bob's {n}") for n in range(5)), space=BOB)
        world.clock.advance(2 * MINUTE)
        yield world


questions = st.builds(
    Question,
    text=st.sampled_from(["tea", "sea boat", "milk"]),
    k=st.integers(1, 12),
    budget_tokens=st.integers(1, 700),
    where=st.sampled_from(
        [Filter(), Filter(roles=("user",)), Filter(streams=(StreamName("s1"), StreamName("s2")))]
    ),
    kind=st.sampled_from(Kind),
    contiguity=st.sampled_from([0.0, 0.1, 0.3, 0.5]),
    order=st.sampled_from(ContextOrder),
)


@settings(deadline=None, max_examples=60)
@given(question=questions)
def test_a_context_keeps_its_promises(peopled: World, question: Question) -> None:
    """No neighbour displaces a hit, passes budget or share, or shows what may not be seen."""
    world = peopled
    recalled = world.service.recall(world.admin, ALICE, question)
    alone = world.service.recall(world.admin, ALICE, replace(question, contiguity=0.0))
    may_be_seen = {turn.id for turn in turns_of(world, where=question.where)}

    tokens = len(world.service.embedder.tokens(recalled.context))
    assert tokens == recalled.context_tokens <= question.budget_tokens
    assert recalled.hits == alone.hits
    assert [turn for turn in recalled.context_turns if turn.is_hit] == list(alone.context_turns)
    share = int(question.contiguity * question.budget_tokens)
    assert recalled.context_tokens - alone.context_tokens <= share
    assert {turn.id for turn in recalled.context_turns} <= may_be_seen
    assert len(set(recalled.context_turns)) == len(recalled.context_turns)
    assert recalled.context.count("\n[") == len(recalled.context_turns)

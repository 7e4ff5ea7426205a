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


def test_the_best_at_both_ends_when_that_is_asked_for_nearest_to_the_ends(world: World) -> None:
    """Five hits by rank: 1, 3 and 5 from the front, 2 and 4 from the end."""
    for number in range(1, 6):
        words = " ".join(["tea"] * (6 - number))
        chat(world, f"{words} of rank {number}", f"beside {number}", stream=f"s{number}")

    recalled = ask(world, "tea", k=5, recipe="lexical", order=ContextOrder.ENDS)

    ranks = [int(text[-1]) for text, is_hit in shown(world, recalled) if is_hit]
    found = [int(hit.turn.content[-1]) for hit in recalled.hits]
    assert ranks == [found[rank] for rank in (0, 2, 4, 3, 1)]
    assert [text[-1] for text, _ in shown(world, recalled)] == [
        str(number) for number in ranks for _ in range(2)
    ]
    assert [is_hit for _, is_hit in shown(world, recalled)] == [True, False] * 3 + [False, True] * 2
    assert recalled.context.splitlines()[1].startswith("Recalled data, best first and last.")


@pytest.mark.parametrize(
    ("question", "first"),
    [
        ("When did I drink tea?", "oldest first"),
        ("In which order did I drink tea and coffee?", "oldest first"),
        ("How many kinds of tea do I drink?", "oldest first"),
        ("Give me a summary of my tea", "oldest first"),
        ("What tea was it in May 2024?", "oldest first"),
        ("Which tea does Anna like?", "best first and last"),
    ],
)
def test_the_question_says_which_order_it_needs(world: World, question: str, first: str) -> None:
    chat(world, "Anna likes green tea", "tea again")

    recalled = ask(world, question, order=ContextOrder.AUTO)

    assert recalled.context.splitlines()[1].startswith(f"Recalled data, {first}.")


def test_order_changes_no_hit_and_not_what_is_shown(world: World) -> None:
    chat(world, "tea one", "between", "tea two", "tea three")
    by_time, by_score, *others = (
        ask(world, "tea three", k=2, order=order) for order in ContextOrder
    )

    for other in (by_score, *others):
        assert by_time.hits == other.hits
        assert set(by_time.context_turns) == set(other.context_turns)
    assert by_time.context_turns != by_score.context_turns


# Twice -------------------------------------------------------------------------------------------


def test_a_context_may_be_said_twice_the_second_time_marked(world: World) -> None:
    chat(world, "before", "green tea", "after")

    once = ask(world, "green tea", k=1)
    twice = ask(world, "green tea", k=1, repeat=True)

    lines = once.context.splitlines()
    again = ["The same data once more.", *lines[2:-1]]
    assert twice.context.splitlines() == [*lines[:-1], *again, lines[-1]]
    assert twice.context_turns == once.context_turns


def test_what_is_said_twice_stays_within_the_budget(world: World) -> None:
    chat(world, "green tea green tea", "far", "off", "tea and a boat")
    both = ask(world, "green tea", k=2, recipe="lexical", contiguity=0.0, repeat=True)

    tight = ask(
        world,
        "green tea",
        k=2,
        recipe="lexical",
        contiguity=0.0,
        repeat=True,
        budget_tokens=both.context_tokens - 1,
    )

    assert [text for text, _ in shown(world, tight)] == ["green tea green tea"]
    assert tight.context.count("green tea green tea") == 2


# What a hit leans on -----------------------------------------------------------------------------


@pytest.mark.parametrize("hit", ["She loved the herons", "Yes, of herons, herons"])
def test_the_turn_that_a_hit_leans_on_comes_before_what_stands_beside_better_ones(
    world: World, hit: str
) -> None:
    chat(world, "nothing", "herons herons herons", "beside the best", stream="one")
    chat(world, "Did Ann paint?", hit, "after it", stream="two")
    hits = ask(world, "herons", k=2, recipe="lexical", contiguity=0.0)

    tight = hits.context_tokens + 35
    recalled = ask(world, "herons", k=2, recipe="lexical", budget_tokens=tight, contiguity=0.5)

    assert hits.hits[0].turn.content == "herons herons herons"
    assert [text for text, is_hit in shown(world, recalled) if not is_hit] == ["Did Ann paint?"]


def test_the_answer_to_a_question_that_is_found_comes_before_what_is_beside_better_ones(
    world: World,
) -> None:
    chat(world, "herons herons herons", "a few more words beside the best", stream="one")
    chat(world, "before it", "Do herons fly?", "They do.", stream="two")
    hits = ask(world, "herons", k=2, recipe="lexical", contiguity=0.0)

    tight = hits.context_tokens + 35
    recalled = ask(world, "herons", k=2, recipe="lexical", budget_tokens=tight, contiguity=0.5)

    assert [text for text, is_hit in shown(world, recalled) if not is_hit] == ["They do."]


# As many as are relevant -------------------------------------------------------------------------


def test_the_service_may_say_how_many_hits_are_relevant(world: World) -> None:
    """Thirty turns that hardly answer are the floor; two stand out from it."""
    for number in range(40):
        chat(
            world, f"some tea and much else, number {number}, " + "x " * number, stream=f"s{number}"
        )
    chat(world, "green tea green tea", stream="best")
    chat(world, "green tea", stream="good")

    found = ask(world, "green tea", k=None)
    ten = ask(world, "green tea", k=10)

    assert {"green tea green tea", "green tea"} <= {hit.turn.content for hit in found.hits}
    assert len(found.hits) < len(ten.hits)
    assert found.hits == ten.hits[: len(found.hits)]
    [trace] = [stage for stage in found.trace if stage.stage.startswith("relevant(")]
    assert trace.facts["left_out"] == 30 - len(found.hits)


def test_of_a_few_turns_those_far_below_the_best_are_not_relevant(world: World) -> None:
    for number, text in enumerate(("green tea", "the sea", "a boat")):
        chat(world, text, stream=f"s{number}")

    assert [hit.turn.content for hit in ask(world, "green tea", k=None).hits] == ["green tea"]


def test_where_nothing_is_found_nothing_is_relevant(world: World) -> None:
    chat(world, "the sea")

    assert ask(world, "tea", k=None, where=Filter(speakers=("nobody",))).hits == ()


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
    k=st.none() | st.integers(1, 12),
    budget_tokens=st.integers(1, 700),
    where=st.sampled_from(
        [Filter(), Filter(roles=("user",)), Filter(streams=(StreamName("s1"), StreamName("s2")))]
    ),
    kind=st.sampled_from(Kind),
    contiguity=st.sampled_from([0.0, 0.1, 0.3, 0.5]),
    order=st.sampled_from(ContextOrder),
    repeat=st.booleans(),
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
    hits = [turn for turn in recalled.context_turns if turn.is_hit]
    assert hits == list(alone.context_turns)
    share = int(question.contiguity * question.budget_tokens)
    assert recalled.context_tokens - alone.context_tokens <= share
    assert {turn.id for turn in recalled.context_turns} <= may_be_seen
    assert len(set(recalled.context_turns)) == len(recalled.context_turns)
    times = 2 if question.repeat else 1
    assert recalled.context.count("\n[") == times * len(recalled.context_turns)
    items = times * sum(turn.tokens for turn in recalled.context_turns)
    assert items < recalled.context_tokens or recalled.context_tokens == 0

"""Stages of a recall that say which hit holds, or whom to trust less, take nobody away."""

from collections.abc import Sequence
from datetime import timedelta
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from memsvc.domain.ids import SpaceName, TurnId
from memsvc.domain.memory import NewTurn, Source
from tests.app.small import ask, remember, said, turns_of
from tests.worlds import World

SPACES = count()

PLACES = ("Porto", "Lisbon", "Ghent", "Oslo", "Turin")
HOMES = st.builds(
    "{} {}{}.".format,
    st.sampled_from(["I live in", "I moved to", "I now work at", "We have"]),
    st.sampled_from(PLACES),
    st.sampled_from(["", " now", " with 3 cats", " with 4 cats"]),
)
REPORT = "The heron nests beside the northern river in April and leaves it again in late autumn"
REPORTS = st.sampled_from([REPORT, f"{REPORT}, they say", f"As you told me: {REPORT}"])

TURNS = st.lists(
    st.tuples(
        st.one_of(HOMES, HOMES, REPORTS),
        st.sampled_from([Source.USER, Source.USER, Source.AGENT, Source.UNTRUSTED]),
        st.sampled_from([None, "Ann"]),
        st.sampled_from(["chat", "other"]),
    ),
    min_size=1,
    max_size=24,
)
QUESTIONS = st.sampled_from(
    [
        "Where do I live now?",
        "Which city did I live in?",
        "How many cats do we have?",
        "I moved to Lisbon now",
        "where does the heron nest",
    ]
)


def written(world: World, turns: Sequence[tuple[str, Source, str | None, str]]) -> SpaceName:
    """Write these, an hour apart and each by itself, so that later ones may repeat earlier ones."""
    space = SpaceName(f"space{next(SPACES)}")
    for text, source, speaker, stream in turns:
        world.clock.advance(timedelta(hours=1))
        turn: NewTurn = said(text, source=source, speaker=speaker, at=world.clock.now())
        remember(world, turn, space=space, stream=stream)
    return space


@given(turns=TURNS, question=QUESTIONS, k=st.integers(1, 12))
@settings(
    deadline=None,
    max_examples=40,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_whoever_is_superseded_or_untrusted_or_repeated_is_still_found(
    world: World, turns: list[tuple[str, Source, str | None, str]], question: str, k: int
) -> None:
    """Every turn but echoes stands in one hit, and a page is full as long as there are hits."""
    space = written(world, turns)
    kept = turns_of(world, space)

    every = ask(world, question, space=space, k=50).hits
    page = ask(world, question, space=space, k=k).hits

    stand_in = [turn for hit in every for turn in hit.turns]
    assert sorted(stand_in) == sorted(turn.id for turn in kept if turn.echo_of is None)
    assert len(page) == min(k, len(every))
    assert len({turn for hit in page for turn in hit.turns}) == sum(len(hit.turns) for hit in page)
    for hit in every:
        assert sum(arm.share for arm in hit.why.values()) == pytest.approx(hit.score, abs=1e-4)


def test_a_page_of_nothing_but_superseded_and_untrusted_turns_is_a_full_page(world: World) -> None:
    older = [(f"I live in {place}.", Source.USER, None, "chat") for place in PLACES]
    strange = [(f"You live in {place}.", Source.UNTRUSTED, None, "web") for place in PLACES]
    space = written(world, [*older, ("I moved to Bergen.", Source.USER, None, "chat"), *strange])

    hits = ask(world, "I live in Porto", space=space, k=4).hits
    every: list[TurnId] = [
        turn for hit in ask(world, "I live in Porto", space=space, k=50).hits for turn in hit.turns
    ]

    assert len(hits) == 4
    assert len(every) == len(set(every)) == 11

"""A question for the latest is answered by what was said last; others keep their order."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from memsvc.app.latest import ARM
from memsvc.domain.memory import Source
from memsvc.domain.recall import Hit
from tests.app.small import ask, remember, said
from tests.worlds import World

MARCH = datetime(2026, 3, 1, 9, tzinfo=UTC)
FIRST = "How many commits are merged: I have merged 150 commits"
LATER = "Our branch grew, with 165 commits by the end of the day"
QUESTION = "How many commits have I merged?"
"""Nearer to the older statement, and no rule joins the two: neither says of a change."""


def counted(world: World, *later: str, **facts: Any) -> None:
    """Say a number in March, and later ones a month apart; `facts` are of the later ones."""
    remember(world, said(FIRST, at=MARCH), said("the sea is grey", at=MARCH))
    for month, text in enumerate(later, 1):
        at = MARCH + timedelta(days=30 * month)
        remember(world, said(text, at=at, **facts), stream=f"later-{month}")


def texts(hits: tuple[Hit, ...]) -> list[str]:
    return [hit.turn.content for hit in hits]


def test_what_was_said_later_comes_before_what_is_nearer_and_nothing_is_labelled(
    world: World,
) -> None:
    counted(world, LATER)

    hits = ask(world, QUESTION).hits

    assert texts(hits)[:2] == [LATER, FIRST]
    assert hits[0].score == hits[1].score
    assert hits[0].why[ARM].share > 0
    assert all(hit.superseded_by is None for hit in hits)


@pytest.mark.parametrize(
    "question",
    ["How many commits did I merge in March 2026?", "How many commits had I merged before?"],
)
def test_a_question_for_the_past_keeps_the_order(world: World, question: str) -> None:
    counted(world, LATER)

    assert texts(ask(world, question).hits)[0] == FIRST


def test_shares_still_sum_to_the_score(world: World) -> None:
    counted(world, LATER)

    for hit in ask(world, QUESTION).hits:
        assert sum(arm.share for arm in hit.why.values()) == pytest.approx(hit.score, abs=1e-4)


def test_two_later_ones_go_up_by_their_own_order_and_a_third_stays(world: World) -> None:
    more = [f"{LATER}, {word}" for word in ("merged and tagged", "tagged", "red blue tagged")]
    counted(world, *more)
    found = texts(ask(world, QUESTION).hits)

    assert found[2] == FIRST
    assert {*found[:2], *found[3:]} == {*more, "the sea is grey"}


@pytest.mark.parametrize("facts", [{"speaker": "Bo"}, {"source": Source.TOOL}])
def test_what_another_or_a_tool_said_later_stays_below(
    world: World, facts: dict[str, object]
) -> None:
    counted(world, LATER, **facts)

    assert texts(ask(world, QUESTION).hits)[0] == FIRST


def test_what_names_no_number_is_no_answer_to_how_many(world: World) -> None:
    counted(world, "How many commits I merged nobody knows")

    assert texts(ask(world, QUESTION).hits)[0] == FIRST


def test_fewer_hits_are_the_first_of_more(world: World) -> None:
    counted(world, LATER, "I merged nothing, commits are at 170")

    many = texts(ask(world, QUESTION, k=10).hits)

    assert texts(ask(world, QUESTION, k=2).hits) == many[:2]


def test_without_the_part_the_order_is_that_of_the_scores(world: World) -> None:
    counted(world, LATER)

    assert texts(ask(world, QUESTION, recipe="lexical").hits)[0] == FIRST

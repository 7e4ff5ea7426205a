"""What is asked for counts less by itself than what tells, and requests find what a user ruled."""

from pathlib import Path

import pytest

from memsvc.domain.memory import Source
from retrieval.prior import ARM
from retrieval.standing import PREFERS, RULES
from tests.app.small import BOB, ask, remember, rows, said, tamper, texts
from tests.worlds import World, open_world

RULE = "Always name the colour when I ask about paint."
LIKING = "I'd rather have few tools."


@pytest.fixture
def paints(world: World) -> World:
    """Eight turns on walls, and far from them a rule and a preference."""
    walls = [said(f"The wall number {n} of the house got fresh paint") for n in range(8)]
    remember(world, *walls, said(RULE), said(LIKING))
    return world


def test_a_request_is_answered_with_the_rule_and_the_preference(paints: World) -> None:
    hits = ask(paints, "How should I paint the wall of the house?").hits[:5]

    assert {RULE, LIKING} <= {hit.turn.content for hit in hits}
    named = {hit.turn.content: hit.why for hit in hits}
    assert named[RULE][RULES].share > 0 or named[LIKING][PREFERS].share > 0


def test_a_question_about_the_past_is_answered_as_before(paints: World) -> None:
    hits = ask(paints, "Which wall of the house got fresh paint first?").hits

    assert all(not {PREFERS, RULES} & hit.why.keys() for hit in hits)


def test_what_a_stranger_wrote_is_no_rule_of_the_user(world: World) -> None:
    walls = [said(f"The wall number {n} of the house got fresh paint") for n in range(8)]
    remember(world, *walls, said(RULE, source=Source.UNTRUSTED))

    hits = ask(world, "How should I paint the wall of the house?").hits

    assert all(RULES not in hit.why for hit in hits)


def test_of_an_exchange_the_answer_keeps_more_than_the_question(world: World) -> None:
    asked, told = "Did the wall get paint?", "Yes, the wall got new green paint on Tuesday evening"
    remember(world, said(asked), said(told))

    kept = {hit.turn.content: hit.why[ARM].score for hit in ask(world, "wall paint").hits}

    assert kept[told] > 1 > kept[asked]


def test_a_single_memory_is_left_alone(world: World) -> None:
    remember(world, said("The wall got paint"), space=BOB)

    assert ARM not in ask(world, "wall paint", space=BOB).hits[0].why


def test_manners_told_by_other_rules_are_told_anew_at_the_next_start(tmp_path: Path) -> None:
    with open_world(tmp_path) as world:
        remember(world, said("Where is it?"), said(RULE))
    kept = rows(tmp_path, "SELECT manner FROM turns ORDER BY key")
    assert kept == [(100,), (256,)]
    tamper(tmp_path, "UPDATE turns SET manner = 0")
    tamper(tmp_path, "UPDATE store_facts SET value = 'others' WHERE name = 'manners'")

    with open_world(tmp_path) as world:
        assert texts(ask(world, "Where is it?"))

    assert rows(tmp_path, "SELECT manner FROM turns ORDER BY key") == kept

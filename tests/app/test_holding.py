"""Every recall says how probable it is that the memory holds the answer, and leaves nothing out."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from memsvc.domain.recall import Filter, Kind, Question
from tests.app.small import ALICE, BOB, MoodyEmbedder, ask, remember, said
from tests.worlds import World, open_world

HERON = "The heron nests by the old pond."
QUESTION = "Where does the heron nest? By the pond?"
WEATHER = [said(f"The weather of day {day} was mild.") for day in range(12)]


@pytest.fixture(scope="module")
def peopled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Alice has seen a heron, Bob the weather alone; tests only read them."""
    with open_world(tmp_path_factory.mktemp("peopled")) as world:
        remember(world, said(HERON, metadata={"bird": True}), *WEATHER, space=ALICE)
        remember(world, *WEATHER, space=BOB)
        yield world


def test_a_memory_that_holds_the_answer_says_so_and_another_does_not(peopled: World) -> None:
    held, missing = (ask(peopled, QUESTION, space=space).holds for space in (ALICE, BOB))

    assert held.probability > 0.5
    assert not held.abstains
    assert missing.abstains
    assert missing.probability < held.probability


def test_nothing_is_left_out_where_the_memory_may_not_hold_the_answer(peopled: World) -> None:
    recalled = ask(peopled, QUESTION, space=BOB)

    assert recalled.holds.abstains
    assert len(recalled.hits) == 10
    assert recalled.context


def test_how_many_hits_and_of_which_kind_changes_nothing(peopled: World) -> None:
    plain = ask(peopled, QUESTION).holds

    assert ask(peopled, QUESTION, k=1, budget_tokens=0).holds == plain
    assert ask(peopled, QUESTION, kind=Kind.EVENT).holds == plain


def test_a_filter_that_leaves_the_answer_out_takes_its_probability_away(peopled: World) -> None:
    without = ask(peopled, QUESTION, where=Filter(metadata={"bird": False}))
    with_it = ask(peopled, QUESTION, where=Filter(metadata={"bird": True}))

    assert without.holds.probability == 0.0
    assert with_it.holds.probability > 0.3


def test_of_several_spaces_that_counts_which_holds_it(peopled: World) -> None:
    together = peopled.service.recall_together(
        peopled.admin, [BOB, ALICE], Question(QUESTION), recipe="default"
    )

    assert together.holds == ask(peopled, QUESTION, space=ALICE).holds


def test_without_a_model_the_words_tell(tmp_path: Path) -> None:
    with open_world(tmp_path, embedder=MoodyEmbedder(is_down=True)) as world:
        remember(world, said(HERON), *WEATHER)

        held, missing = ask(world, QUESTION).holds, ask(world, "Who plays the violin?").holds

    assert held.nearness is None
    assert held.probability > 0.5
    assert missing.abstains


def test_it_is_told_of_the_memory_as_it_was_at_a_position(tmp_path: Path) -> None:
    with open_world(tmp_path) as world:
        before = remember(world, *WEATHER).position
        remember(world, said(HERON))
        past = world.service.look_back(world.admin, [ALICE], before)

        then = world.service.at(past).recall(
            world.admin, ALICE, Question(QUESTION), recipe="default"
        )

        assert then.holds.abstains
        assert not ask(world, QUESTION).holds.abstains


def test_a_space_whose_only_turn_was_deleted_holds_nothing(tmp_path: Path) -> None:
    with open_world(tmp_path) as world:
        written = remember(world, said(HERON))
        world.service.forget.turn(world.admin, ALICE, written.turns[0].id)

        assert ask(world, QUESTION).holds.probability == 0.0

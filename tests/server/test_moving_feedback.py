"""Feedback leaves with an export and comes in again once, as whoever said it."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from memsvc.domain.access import Access
from memsvc.domain.feedback import Feedback, Judgement, NewFeedback
from memsvc.domain.ids import KeyId, SpaceName, TurnId
from memsvc.domain.memory import NewTurn
from memsvc.domain.receipt import Wanted
from memsvc.world import RandomIds
from tests.server.test_lines import bring_in, export, inside, new_space, opened, sealed, write
from tests.worlds import World, open_world


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One world for all; each test takes spaces of its own."""
    with open_world(tmp_path_factory.mktemp("world"), ids=RandomIds()) as opened:
        yield opened


def as_(world: World, name: str) -> Access:
    return replace(world.admin, id=KeyId(f"k_{name}"))


def judge(
    world: World, space: SpaceName, turn: TurnId, judgement: Judgement, *, who: str = "ann"
) -> Feedback:
    said = NewFeedback(turn, judgement, f"What of {who}?")
    return world.service.feedback.give(as_(world, who), space, said)[0]


def said_in(world: World, space: SpaceName) -> list[tuple[TurnId, Judgement, str, str | None]]:
    page = world.service.feedback.page(world.admin, space, turn=None, after=None, limit=99)
    return [(one.turn, one.judgement, one.actor, one.question) for one in page.items]


def a_turn(content: str, client_id: str | None = None) -> NewTurn:
    return NewTurn(role="user", content=content, client_id=client_id)


def test_feedback_goes_along_as_whoever_said_it_and_a_second_time_changes_nothing(
    world: World,
) -> None:
    here, there = new_space(), new_space()
    one, other = write(world, here, a_turn("the heron"), a_turn("the kestrel"))
    judge(world, here, one, Judgement.HELPED)
    judge(world, here, one, Judgement.WRONG, who="bo")
    judge(world, here, other, Judgement.OUTDATED)
    judge(world, here, other, Judgement.HELPED)  # has changed their mind
    lines = export(world, here)

    done = bring_in(world, there, lines)

    assert done.feedback == 3
    assert said_in(world, there) == [
        (one, Judgement.HELPED, "k_ann", "What of ann?"),
        (one, Judgement.WRONG, "k_bo", "What of bo?"),
        (other, Judgement.HELPED, "k_ann", "What of ann?"),
    ]
    assert inside(export(world, there)) == inside(lines)
    again = bring_in(world, there, lines)
    assert (again.feedback, again.position) == (0, done.position)
    assert world.service.verify(world.admin, there).is_whole


def test_feedback_that_came_moves_hits_where_it_comes(world: World) -> None:
    here, there = new_space(), new_space()
    one, other = write(world, here, a_turn("a grey heron"), a_turn("a grey kestrel"))
    judge(world, here, other, Judgement.HELPED)
    judge(world, here, one, Judgement.WRONG)

    bring_in(world, there, export(world, here))

    key = world.service.inspect.space(world.admin, there).space.key
    with world.service.shelf.open(key) as indexes:
        assert sorted(each.net for each in indexes.knowledge.opinions().values()) == [-0.5, 0.5]


def test_what_an_actor_says_here_stands_against_what_comes(world: World) -> None:
    here, there = new_space(), new_space()
    (one,) = write(world, here, a_turn("the heron"))
    lines = export(world, here)
    judge(world, here, one, Judgement.HELPED)
    bring_in(world, there, lines)
    judge(world, there, one, Judgement.WRONG)

    assert bring_in(world, there, export(world, here)).feedback == 0
    assert [judgement for _, judgement, *_ in said_in(world, there)] == [Judgement.WRONG]


@pytest.mark.parametrize("was_changed", [False, True])
def test_what_was_taken_back_here_stays_so_unless_it_is_asked_for(
    world: World, *, was_changed: bool
) -> None:
    here, there = new_space(), new_space()
    (one,) = write(world, here, a_turn("the heron"))
    first = judge(world, here, one, Judgement.HELPED)
    lines = export(world, here)
    bring_in(world, there, lines)
    last = judge(world, there, one, Judgement.WRONG) if was_changed else first
    world.service.feedback.take_back(world.admin, there, last.id)

    assert bring_in(world, there, lines).feedback == 0
    assert said_in(world, there) == []
    assert bring_in(world, there, lines, restore_forgotten=True).feedback == 1
    assert said_in(world, there) == [(one, Judgement.HELPED, "k_ann", "What of ann?")]
    assert bring_in(world, there, lines, restore_forgotten=True).feedback == 0


def test_feedback_finds_turns_that_are_here_under_another_id(world: World) -> None:
    here, there = new_space(), new_space()
    (one,) = write(world, here, a_turn("the heron", "c1"))
    (same,) = write(world, there, a_turn("the heron", "c1"))
    judge(world, here, one, Judgement.HELPED)
    bring_in(world, there, export(world, here))

    assert [turn for turn, *_ in said_in(world, there)] == [same]


def test_feedback_on_a_turn_that_is_not_here_is_passed_over(world: World) -> None:
    here, there = new_space(), new_space()
    (one,) = write(world, here, a_turn("the heron"))
    judge(world, here, one, Judgement.HELPED)
    lines = export(world, here)
    bring_in(world, there, lines)
    world.service.forget.turn(world.admin, there, one)

    assert bring_in(world, there, lines).feedback == 0
    assert bring_in(world, there, lines, restore_forgotten=True).feedback == 1


def test_a_question_stays_out_of_a_space_that_forgot_something_on_request(world: World) -> None:
    here, there = new_space(), new_space()
    (one, _) = write(world, here, a_turn("the heron"), a_turn("Ann lives here"))
    judge(world, here, one, Judgement.HELPED)
    lines = export(world, here)
    write(world, there, a_turn("What of Ann"))
    wanted = Wanted(text="ann")
    world.service.forget_wanted(world.admin, there, wanted, dry_run=False)

    assert bring_in(world, there, lines).feedback == 1
    assert [question for *_, question in said_in(world, there)] == [None]


def test_an_export_tells_no_feedback_that_came_after_it_began(world: World) -> None:
    here = new_space()
    (one,) = write(world, here, a_turn("the heron"))
    exported = world.service.export(world.admin, here, vectors=False)
    judge(world, here, one, Judgement.HELPED)

    assert not [moved for page in exported.pages for moved in page if "Feedback" in repr(moved)]


def test_lines_of_version_7_are_still_read(world: World) -> None:
    here, there = new_space(), new_space()
    write(world, here, a_turn("the heron"))
    header, *rest = opened(export(world, here))[:-1]

    assert header["version"] > 7
    assert bring_in(world, there, sealed({**header, "version": 7}, *rest)).turns == 1

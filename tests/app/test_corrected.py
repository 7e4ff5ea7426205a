"""What was corrected comes right behind what somebody said in its place, and why."""

from typing import Any

import pytest

from memsvc.domain.correction import CORRECTED_BY, CORRECTS, WHY
from memsvc.domain.ids import TurnId
from memsvc.domain.memory import Source
from memsvc.domain.recall import Certainty, Filter, Question, Recalled
from memsvc.domain.rollback import Goal
from tests.app.small import ALICE, ask, remember, said, texts, turns_of
from tests.worlds import World

OLD = "my kitchen window in Porto looks on the river"
NEW = "the tram in Lisbon stops under the roof terrace"
OTHER = "my kitchen window needs paint and a new frame"
QUESTION = "my kitchen window in Porto"


def write(world: World, text: str, **facts: Any) -> TurnId:
    return remember(world, said(text, **facts)).turns[0].id


def correct(world: World, old: TurnId, by: TurnId) -> None:
    """Do what `memsvc.sdk.corrections` does to the old turn."""
    version = world.service.inspect.turn(world.admin, ALICE, old).version
    metadata = {CORRECTED_BY: by}
    world.service.revise(world.admin, ALICE, old, version=version, metadata=metadata, place=None)


def corrected(world: World, text: str = NEW, **facts: Any) -> tuple[TurnId, TurnId]:
    old = write(world, OLD)
    write(world, OTHER)
    new = write(world, text, **{"metadata": {CORRECTS: old, WHY: "we  moved"}, **facts})
    correct(world, old, new)
    return old, new


def marks(recalled: Recalled) -> dict[TurnId, TurnId]:
    found = {hit.turn.id: hit.superseded_by for hit in recalled.hits}
    return {id_: by.id for id_, by in found.items() if by is not None}


def test_what_is_so_takes_the_place_of_what_was_corrected_which_follows_with_the_reason(
    world: World,
) -> None:
    old, new = corrected(world)

    recalled = ask(world, QUESTION, k=3)

    assert texts(recalled) == [NEW, OLD, OTHER]
    first, second = recalled.hits[:2]
    assert first.superseded_by is None
    assert second.superseded_by is not None
    assert second.superseded_by.id == new
    assert second.superseded_by.certainty is Certainty.CORRECTED
    assert second.superseded_by.reason == "we moved"
    assert "UTC: we moved] my kitchen window in Porto" in recalled.context
    assert first.score == second.score
    assert abs(sum(each.share for each in first.why.values()) - first.score) < 1e-5
    assert [stage.facts for stage in recalled.trace if stage.stage.startswith("corrected")] == [
        {"corrected": 1}
    ]
    assert old in marks(recalled)


def test_only_the_best_is_what_is_so(world: World) -> None:
    corrected(world)

    recalled = ask(world, QUESTION, k=1)

    assert texts(recalled) == [NEW]
    assert OLD not in recalled.context, "beside a hit nothing would say that it was corrected"


def test_a_correction_of_a_correction_stands_in_the_place_of_both(world: World) -> None:
    old, new = corrected(world)
    last = write(world, "the cellar in Faro has no view at all")
    correct(world, new, last)

    assert marks(ask(world, QUESTION, k=9)) == {old: last, new: last}


def test_once_it_is_forgotten_what_it_corrected_holds_again(world: World) -> None:
    old, new = corrected(world)
    world.service.forget.turn(world.admin, ALICE, new)

    assert marks(ask(world, QUESTION, k=9)) == {}
    assert turns_of(world)[0].id == old


def test_what_a_filter_leaves_out_takes_nobodys_place(world: World) -> None:
    corrected(world, speaker="Eve")
    remember(world, said(OLD, speaker="Ada"), stream="other")

    recalled = ask(world, QUESTION, k=9, where=Filter(speakers=("Ada",)))

    assert texts(recalled) == [OLD]
    assert marks(recalled) == {}


@pytest.mark.parametrize(
    ("source", "corrected_turns"),
    [(Source.USER, 1), (Source.AGENT, 1), (Source.TOOL, 0), (Source.UNTRUSTED, 0)],
)
def test_what_a_user_said_is_corrected_by_users_and_agents_alone(
    world: World, source: Source, corrected_turns: int
) -> None:
    corrected(world, source=source)
    assert len(marks(ask(world, QUESTION, k=9))) == corrected_turns


def test_two_that_correct_each_other_and_ids_that_are_none_change_nothing_else(
    world: World,
) -> None:
    old, new = corrected(world)
    correct(world, new, old)
    clean = "my kitchen window is clean"
    write(world, clean, metadata={CORRECTED_BY: ["x"], WHY: 3})

    recalled = ask(world, QUESTION, k=9)

    assert sorted(texts(recalled)) == sorted((OLD, NEW, OTHER, clean))
    assert set(marks(recalled)) == {old, new}


def test_a_correction_is_undone_by_a_rollback_and_not_there_before_it(world: World) -> None:
    old = write(world, OLD)
    written = remember(world, said(NEW))
    new, before = written.turns[0].id, written.position
    correct(world, old, new)
    assert marks(ask(world, QUESTION)) == {old: new}

    past = world.service.at(world.service.look_back(world.admin, [ALICE], before))
    asked = Question(QUESTION)
    then = past.recall(world.admin, ALICE, asked, recipe="default", min_position=None)
    assert marks(then) == {}
    world.service.roll_back(world.admin, ALICE, Goal(to=before), dry_run=False)

    assert marks(ask(world, QUESTION)) == {}


def test_what_corrects_a_turn_is_no_echo_of_it_however_much_it_says_again(world: World) -> None:
    long = "Ann meets Bob and Cleo by the old mill on Monday to plan the summer fair in the park"
    old = write(world, long)
    again = long.replace("Monday", "Friday")

    write(world, again, role="assistant", source=Source.AGENT)
    write(world, again, role="assistant", source=Source.AGENT, metadata={CORRECTS: old})

    assert [turn.echo_of for turn in turns_of(world)] == [None, old, None]

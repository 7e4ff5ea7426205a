"""Experiences with tools: kept as turns, found by intent, and of use to whoever reads them."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from memsvc.app.experiences import RecalledExperience, RecalledExperiences
from memsvc.app.remember import Written
from memsvc.domain.access import Role
from memsvc.domain.errors import RoleTooWeak, SpaceNotFound, TooLarge, TurnConflict
from memsvc.domain.experience import ExperienceOutcome, NewExperience, Trial
from memsvc.domain.ids import SpaceName, StreamName, TurnId
from memsvc.domain.memory import Source
from memsvc.domain.recall import Filter
from tests.app.small import ALICE, BOB, ask, key_of, remember, said, turns_of
from tests.worlds import World, open_world

TOOLS = StreamName("tools")


def failed(intent: str, call: str, error: str | None = None, **more: Any) -> NewExperience:
    tool, fix = more.pop("tool", "book"), more.pop("fix", None)
    trial = Trial(intent, call, ExperienceOutcome.FAILURE, error, fix)
    return NewExperience(tool, trial, **more)


def worked(intent: str, call: str, *, tool: str = "book", **more: Any) -> NewExperience:
    return NewExperience(tool, Trial(intent, call, ExperienceOutcome.SUCCESS), **more)


def keep(world: World, *tried: NewExperience, space: SpaceName = ALICE) -> Written:
    return world.service.experiences.keep(world.admin, space, tried, stream=TOOLS)


def recalled(world: World, intent: str, **more: Any) -> RecalledExperiences:
    given: dict[str, Any] = {"tool": None, "k": 5, **more}
    return world.service.experiences.recall(world.admin, ALICE, intent, **given)


def calls(found: RecalledExperiences) -> list[str]:
    return [one.trial.call for one in found.experiences]


def test_an_experience_is_a_turn_of_the_tool_and_is_read_back_whole(world: World) -> None:
    one = failed("Book a table.", "book(day='Friday')", "no date", fix="Send a date.")

    written = keep(world, one)

    (turn,) = turns_of(world)
    (found,) = recalled(world, "Book a table").experiences
    assert (turn.role, turn.source, turn.speaker, turn.stream) == (
        "experience",
        Source.TOOL,
        "book",
        "tools",
    )
    assert turn.content.startswith("Book a table.\n")
    assert (found.turn, found.trial) == (turn, one.trial)
    assert found.turns == (written.turns[0].id,)
    assert sum(said.share for said in found.why.values()) == pytest.approx(found.score, abs=1e-6)


def test_what_worked_comes_before_what_did_not(world: World) -> None:
    keep(
        world,
        failed("Book a table for two.", "a", "full"),
        worked("Book a room.", "b"),
        worked("Book a table for two.", "c"),
    )

    assert calls(recalled(world, "Book a table for two")) == ["c", "b", "a"]


def test_failures_whose_errors_differ_come_before_the_same_error_again(world: World) -> None:
    keep(
        world,
        failed("Book a table for two on Friday.", "a", "day must be a date"),
        failed("Book a table for two on Sunday.", "b", "day must be a date"),
        failed("Book a table for two on Monday.", "c", "day must be a date"),
        failed("Book seats.", "d", "currency code missing"),
    )

    first, second, *rest = recalled(world, "Book a table for two on Friday").experiences

    assert (first.trial.call, second.trial.call) == ("a", "d")
    assert {one.trial.call for one in rest} == {"b", "c"}
    assert first.why["other_errors"].score == 1
    assert rest[0].why["other_errors"].score == pytest.approx(0)
    assert all(one.why["other_errors"].share == 0 for one in (first, second, *rest))


def test_successes_leave_room_for_failures_and_the_other_way_round(world: World) -> None:
    keep(world, *(worked(f"Book table {n}.", f"w{n}") for n in range(9)))
    alone = recalled(world, "Book table").experiences
    keep(world, *(failed(f"Book table {n}.", f"f{n}", f"error {n}") for n in range(9)))
    both = recalled(world, "Book table").experiences

    assert len(alone) == len(both) == 5
    assert [one.trial.outcome.value for one in both] == ["success"] * 3 + ["failure"] * 2
    assert len(recalled(world, "Book table", k=1).experiences) == 1


def test_the_very_same_again_is_one_experience_that_was_seen_twice(world: World) -> None:
    keep(world, worked("Book.", "a"), worked("Book.", "a"), worked("Book.", "a", tool="other"))

    found = recalled(world, "Book").experiences

    assert sorted((one.turn.speaker, len(one.turns)) for one in found) == [
        ("book", 2),
        ("other", 1),
    ]


def test_only_the_tool_that_is_named_and_only_experiences_answer(world: World) -> None:
    keep(world, worked("Book a table.", "a"), worked("Book a table.", "b", tool="other"))
    remember(world, said("Book a table."), said("Book a table.", speaker="book", role="tool"))
    remember(world, said("Book a table.", role="experience", source=Source.TOOL, speaker="book"))

    assert calls(recalled(world, "Book a table", tool="book")) == ["a"]
    assert calls(recalled(world, "Book a table", tool="nobody's")) == []
    assert sorted(calls(recalled(world, "Book a table"))) == ["a", "b"]


def test_an_edit_of_metadata_does_not_touch_what_was_tried(world: World) -> None:
    written = keep(world, worked("Book.", "a"))

    world.service.revise(
        world.admin,
        ALICE,
        written.turns[0].id,
        version=written.turns[0].position,
        metadata={"outcome": "failure"},
        place=None,
    )

    assert recalled(world, "Book").experiences[0].trial.outcome is ExperienceOutcome.SUCCESS


def test_the_same_id_again_changes_nothing_and_with_other_content_is_refused(world: World) -> None:
    keep(world, worked("Book.", "a", client_id="1"))

    again = keep(world, worked("Book.", "a", client_id="1"))

    assert again.replayed
    assert len(turns_of(world)) == 1
    with pytest.raises(TurnConflict):
        keep(world, worked("Book.", "b", client_id="1"))


def test_what_is_forgotten_is_no_experience_any_more(world: World) -> None:
    written = keep(world, worked("Book.", "a"), worked("Book.", "b"))

    world.service.forget.turn(world.admin, ALICE, TurnId(written.turns[0].id))

    assert calls(recalled(world, "Book")) == ["b"]


def test_experiences_are_written_by_writers_and_read_by_readers(world: World) -> None:
    keep(world, worked("Book.", "a"))
    reader, stranger = key_of(Role.READER), key_of(Role.ADMIN, BOB)
    experiences = world.service.experiences

    with pytest.raises(RoleTooWeak):
        experiences.keep(reader, ALICE, [worked("Book.", "b")], stream=TOOLS)
    assert experiences.recall(reader, ALICE, "Book", tool=None, k=5).experiences
    with pytest.raises(SpaceNotFound):
        experiences.recall(stranger, ALICE, "Book", tool=None, k=5)


def test_an_experience_over_the_limit_of_a_turn_is_refused(tmp_path: Any) -> None:
    with open_world(tmp_path, max_turn_chars=40) as world:
        with pytest.raises(TooLarge) as refused:
            keep(world, worked("Book.", "a"), worked("Book.", "a" * 40))

        assert refused.value.field == "experiences.1.call"


def test_other_recalls_find_experiences_like_any_turn(world: World) -> None:
    keep(world, worked("Book a table.", "a"))

    assert [hit.turn.role for hit in ask(world, "Who booked a table?").hits] == ["experience"]
    assert not ask(world, "Who booked a table?", where=Filter(roles=("user",))).hits


FRIDAY = "Book a table for two people by the window of the old mill on Friday evening."
CALL = '{"day": "2026-05-01", "seats": 2, "place": "window", "name": "Ada Lovelace"}'


def test_a_second_try_is_no_echo_of_the_first_however_alike_their_words(world: World) -> None:
    """Of all its words one is new, and that one says that it worked."""
    keep(world, failed(FRIDAY, CALL))
    keep(world, worked(FRIDAY, CALL))
    keep(world, failed(FRIDAY, CALL.replace("01", "02")))

    assert [turn.echo_of for turn in turns_of(world)] == [None, None, None]
    assert len(ask(world, "a table by the window on Friday").hits) == 3


def test_an_experience_that_repeats_what_a_recall_showed_is_none_either(world: World) -> None:
    remember(world, said(f"{FRIDAY} They had only one left."))
    context = ask(world, "table by the window").context
    keep(world, failed(context, "book()", "full"))

    assert [turn.echo_of for turn in turns_of(world)] == [None, None]


def test_the_very_same_trial_again_is_an_echo_and_a_default_recall_has_the_first(
    world: World,
) -> None:
    first = keep(world, failed(FRIDAY, CALL, "no table is left")).turns[0].id
    for _ in range(3):
        keep(world, failed(FRIDAY, CALL, "no table is left"))
    other = keep(world, failed(FRIDAY, CALL, "no table is left", tool="phone")).turns[0].id

    assert [turn.echo_of for turn in turns_of(world)] == [None, first, first, first, None]
    hits = ask(world, "a table by the window on Friday").hits
    assert {hit.turn.id for hit in hits} == {first, other}
    found = recalled(world, FRIDAY, tool="book").experiences
    assert [(one.turn.id, len(one.turns)) for one in found] == [(first, 4)]


# A tool with rules that nobody tells, and an agent that has to find them -------------------------


def convert(call: dict[str, str]) -> str | None:
    """Change money; return what is wrong, one thing at a time, or None."""
    if re.fullmatch(r"\d{4}-\d\d-\d\d", call["day"]) is None:
        return f"day {call['day']} is not of the form YYYY-MM-DD"
    if re.fullmatch(r"[A-Z]{3}", call["into"]) is None:
        return f"into {call['into']} is no currency code of three letters"
    if "account" not in call:
        return "no account was named"
    return None


FIXES: list[tuple[str, Callable[[dict[str, str]], None]]] = [
    ("YYYY-MM-DD", lambda call: call.update(day="2026-05-03")),
    ("currency code", lambda call: call.update(into="EUR")),
    ("no account", lambda call: call.update(account="main")),
]
"""What this agent knows to do about an error, if only it has seen it."""


def attempt(world: World | None, intent: str, space: SpaceName) -> bool:
    """Let the agent read what it knows, call once, and keep what came of it."""
    call = {"day": "3 May", "into": "euros"}
    if world is not None:
        known = world.service.experiences.recall(world.admin, space, intent, tool="convert", k=5)
        follow(known.experiences, call)
    error = convert(call)
    if world is not None:
        outcome = ExperienceOutcome.FAILURE if error else ExperienceOutcome.SUCCESS
        trial = Trial(intent, json.dumps(call), outcome, error)
        world.service.experiences.keep(
            world.admin, space, [NewExperience("convert", trial)], stream=TOOLS
        )
    return error is None


def follow(known: tuple[RecalledExperience, ...], call: dict[str, str]) -> None:
    """Do what worked before; else heed every error that was seen."""
    for one in known:
        if one.trial.outcome is ExperienceOutcome.SUCCESS:
            call.update(json.loads(one.trial.call))
            return
    for one in known:
        for sign, fix in FIXES:
            if sign in (one.trial.error or ""):
                fix(call)


def test_an_agent_that_reads_its_experiences_learns_the_hidden_rules_of_a_tool(
    world: World,
) -> None:
    intents = [f"Change {amount} dollars into euros on 3 May." for amount in range(100, 107)]
    for n in range(40):  # what else it did meanwhile, with this tool and others
        keep(world, failed(f"Send {n} letters.", f"send({n})", "no stamp", tool="post"))

    without = [attempt(None, intent, ALICE) for intent in intents]
    with_memory = [attempt(world, intent, ALICE) for intent in intents]

    assert without == [False] * 7
    assert with_memory == [False] * 3 + [True] * 4  # one rule is met at each of the first three

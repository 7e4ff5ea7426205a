"""Runs of enrichment: listed with what of each stands, and asked anew once they were taken back."""

import json
import re
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path

import pytest
from typing_extensions import override

from memsvc.app.inspect import ShownRun
from memsvc.domain.errors import RunNotFound
from memsvc.domain.ids import RunId
from memsvc.domain.improving import Improving
from memsvc.domain.memory import SpaceSettings
from memsvc.domain.note_making import NoteMaking
from memsvc.domain.past import Past
from memsvc.domain.rollback import Goal, Thing
from memsvc.domain.work import Step
from memsvc.ports.language import Ask
from memsvc.world import RandomIds
from tests.app.small import ALICE, remember, said, set_to
from tests.scripted import ScriptedModel, is_for
from tests.worlds import World, open_world

WHOLE = SpaceSettings(notes=NoteMaking(least_tokens=1), improving=Improving())
LISBON = f"Ana lives in Lisbon. {'She likes it there, and walks by the river every morning. ' * 3}"
PORTO = f"Bo lives in Porto. {'He likes it there, and walks by the sea every single evening. ' * 3}"
BY_MODEL = {
    Step.READ_FACTS: {Thing.FACT: 1},
    Step.READ_PROFILE: {Thing.FACT: 1},
    Step.WRITE_NOTES: {Thing.NOTE: 1},
    Step.TITLE_EVENTS: {Thing.TITLE: 1},
}
"""What each step makes of one event."""


class Renamed(ScriptedModel):
    """A model of another name."""

    @property
    @override
    def name(self) -> str:
        return "another"


def answer(ask: Ask) -> str:
    """Answer each prompt out of how what is asked begins: who lives where."""
    who, where = re.findall(r"(Ana|Bo) lives in (\w+)", ask.messages[1].content)[0]
    triple = {"subject": who, "relation": "lives in", "object": where}
    said_to: dict[str, object] = {
        "entities": {"entities": [who]},
        "triples": {"triples": [triple]},
        "profile": {"lines": [{"relation": "walks", "object": "a lot"}]},
        "judgement": {"ended": []},
        "evolution": {"links": [], "changes": []},
        "title": {"title": f"Where {who} lives"},
        "note": {"content": f"{who} lives in {where}.", "keywords": [], "context": "", "tags": []},
    }
    return json.dumps(next(found for name, found in said_to.items() if is_for(ask, name)))


@pytest.fixture
def model() -> ScriptedModel:
    return ScriptedModel(answer)


@pytest.fixture
def world(tmp_path: Path, model: ScriptedModel) -> Iterator[World]:
    with open_world(tmp_path, language_model=model) as world:
        world.service.found(world.admin, ALICE)
        set_to(world, WHOLE)
        yield world


def tell(world: World, text: str) -> None:
    """Write one event, and close it by what nobody reads: an agent's own words again."""
    stream = f"stream {world.clock.now():%Y-%m-%d}"
    remember(world, said(text, speaker="Ana", at=world.clock.now()), stream=stream)
    world.clock.advance(timedelta(days=1))
    remember(world, said(" ", role="note", at=world.clock.now()), stream=stream)
    world.clock.advance(timedelta(days=1))


def improve(world: World) -> None:
    while world.service.enrich.work_once() or world.service.improve.work_once():
        pass


def runs_of(world: World) -> list[ShownRun]:
    return list(world.service.inspect.runs(world.admin, ALICE, after=None, limit=100).items)


def standing(world: World) -> dict[str, Mapping[Thing, int]]:
    """Return what stands of the runs that were not taken back, by step."""
    return {shown.run.step: shown.made for shown in runs_of(world) if shown.run.undone is None}


def roll_back(world: World, *steps: Step) -> None:
    for shown in runs_of(world):
        if shown.run.step in steps:
            world.service.roll_back(world.admin, ALICE, Goal(run=shown.run.id), dry_run=False)


def retry(world: World) -> int:
    return world.service.enrich.retry(world.admin, ALICE)


def test_each_run_says_what_of_it_stands(world: World) -> None:
    tell(world, LISBON)

    improve(world)

    assert standing(world) == BY_MODEL
    assert all(shown.run.ended_at is not None for shown in runs_of(world))


def test_runs_are_listed_newest_first_and_page_by_page(world: World) -> None:
    tell(world, LISBON)
    improve(world)
    tell(world, PORTO)
    improve(world)
    every = [shown.run for shown in runs_of(world)]

    found, cursor = [], None
    while True:
        page = world.service.inspect.runs(world.admin, ALICE, after=cursor, limit=3)
        found += [shown.run for shown in page.items]
        cursor = page.next_cursor
        if cursor is None:
            break

    assert len(every) == 2 * len(BY_MODEL)
    assert found == every
    assert [run.first for run in every] == sorted((run.first for run in every), reverse=True)


def test_a_run_that_was_taken_back_says_so_and_nothing_of_it_stands(world: World) -> None:
    tell(world, LISBON)
    improve(world)
    (shown, *_) = [one for one in runs_of(world) if one.run.step == Step.TITLE_EVENTS]

    done = world.service.roll_back(world.admin, ALICE, Goal(run=shown.run.id), dry_run=False)

    after = world.service.inspect.run(world.admin, ALICE, shown.run.id)
    assert after.run.undone == done.position
    assert after.made == {}
    assert after.run.changes == 1


def test_a_run_that_is_not_there_is_named(world: World) -> None:
    with pytest.raises(RunNotFound):
        world.service.inspect.run(world.admin, ALICE, RunId("run_none"))


@pytest.mark.parametrize("step", BY_MODEL)
def test_what_was_taken_back_is_not_made_again_by_itself(
    world: World, model: ScriptedModel, step: Step
) -> None:
    """Neither when the space leaves off asking for it and asks again."""
    tell(world, LISBON)
    improve(world)
    roll_back(world, step)
    asked = len(model.calls)

    set_to(world, SpaceSettings(notes=WHOLE.notes))
    set_to(world, WHOLE)
    improve(world)

    assert len(model.calls) == asked
    assert step not in standing(world)


@pytest.mark.parametrize("step", BY_MODEL)
def test_a_retry_has_what_was_taken_back_made_again_once(
    world: World, model: ScriptedModel, step: Step
) -> None:
    tell(world, LISBON)
    improve(world)
    roll_back(world, step)

    assert retry(world) == 1
    improve(world)
    assert standing(world) == BY_MODEL
    asked = len(model.calls)

    assert retry(world) == 0
    improve(world)
    assert len(model.calls) == asked


def test_a_retry_does_not_make_what_nobody_asks_for_any_more(world: World) -> None:
    tell(world, LISBON)
    improve(world)
    roll_back(world, *BY_MODEL)
    set_to(world, SpaceSettings(improving=Improving(facts=False, profile=False, titles=False)))

    assert retry(world) == 1  # its note alone

    set_to(world, WHOLE)
    assert retry(world) == 3


def test_what_comes_after_a_rollback_is_another_run(world: World) -> None:
    tell(world, LISBON)
    improve(world)
    roll_back(world, Step.TITLE_EVENTS)
    tell(world, PORTO)
    improve(world)

    titling = [shown for shown in runs_of(world) if shown.run.step == Step.TITLE_EVENTS]

    assert [shown.run.undone is None for shown in titling] == [True, False]
    assert [shown.made for shown in titling] == [{Thing.TITLE: 1}, {}]


def test_a_rollback_to_a_position_takes_back_the_runs_that_began_later(world: World) -> None:
    tell(world, LISBON)
    improve(world)
    position = world.service.inspect.space(world.admin, ALICE).space.position
    tell(world, PORTO)
    improve(world)

    done = world.service.roll_back(world.admin, ALICE, Goal(to=position), dry_run=False)
    undone = [shown.run.undone for shown in runs_of(world)]
    assert undone == [done.position] * len(BY_MODEL) + [None] * len(BY_MODEL)

    world.service.roll_back(world.admin, ALICE, Goal(to=done.before), dry_run=False)
    assert [shown.run.undone for shown in runs_of(world)] == [None] * 2 * len(BY_MODEL)
    assert retry(world) == 0


def test_as_of_an_earlier_position_a_run_was_not_taken_back_yet(world: World) -> None:
    tell(world, LISBON)
    improve(world)
    before = world.service.inspect.space(world.admin, ALICE).space
    roll_back(world, *BY_MODEL)

    with world.service.remember.keeping.read(
        Past({before.key: before.position}, world.clock.now())
    ) as then:
        found = then.runs.page(before.key, after=None, limit=10).items

    assert len(found) == len(BY_MODEL)
    assert [run.undone for run in found] == [None] * len(BY_MODEL)


def test_another_model_makes_what_was_taken_back_at_its_first_start(tmp_path: Path) -> None:
    with open_world(tmp_path, language_model=ScriptedModel(answer), ids=RandomIds()) as world:
        world.service.found(world.admin, ALICE)
        set_to(world, WHOLE)
        tell(world, LISBON)
        improve(world)
        roll_back(world, Step.READ_FACTS, Step.TITLE_EVENTS)

    with open_world(tmp_path, language_model=ScriptedModel(answer), ids=RandomIds()) as world:
        assert world.service.inspect.enrichment(world.admin, ALICE).waiting == {}

    with open_world(tmp_path, language_model=Renamed(answer), ids=RandomIds()) as world:
        waiting = world.service.inspect.enrichment(world.admin, ALICE).waiting
        assert waiting == {Step.READ_FACTS: 1, Step.TITLE_EVENTS: 1}
        improve(world)

        assert standing(world) == BY_MODEL
        (one,) = [shown.run for shown in runs_of(world) if shown.run.maker.startswith("another/t")]
        assert one.step == Step.TITLE_EVENTS

"""Titles of events leave with an export, and come in where the same turns are an event."""

import json
from collections.abc import Iterator
from datetime import timedelta

import pytest

from memsvc.domain.errors import InvalidLine
from memsvc.domain.ids import SpaceName
from memsvc.domain.improving import Improving
from memsvc.domain.memory import NewTurn, SpaceSettings
from memsvc.domain.rollback import Goal
from memsvc.llm.fakes import ScriptedModel
from memsvc.ports.language import Ask
from memsvc.world import RandomIds
from tests.scripted import marked
from tests.server.test_lines import bring_in, export, inside, new_space, opened, sealed, write
from tests.worlds import World, open_world

TITLED = SpaceSettings(improving=Improving(facts=False, judging=False, notes=False, profile=False))
MORE = "stood in the water for an hour, and then it flew away over the trees and the roofs. " * 2


def first_words(ask: Ask) -> str:
    return json.dumps({"title": " ".join(marked(ask, "text").split()[1:4])})


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One world for all; each test takes spaces of its own."""
    model = ScriptedModel(first_words, context_tokens=8_192)
    folder = tmp_path_factory.mktemp("world")
    with open_world(folder, ids=RandomIds(), language_model=model) as opened_:
        yield opened_


def titled_space(world: World) -> SpaceName:
    """Return a space with three events, two of which have titles."""
    space = new_space()
    world.service.found(world.admin, space)
    world.service.govern(world.admin, space, TITLED, version=0)
    for text in (f"The grey heron {MORE}", f"A small kestrel {MORE}", "Rain.", "The end."):
        write(world, space, NewTurn("user", text, at=world.clock.now()))
        world.clock.advance(timedelta(hours=1))
    while world.service.improve.work_once():
        pass
    assert titles_of(world, space) == ["The grey heron", "A small kestrel", None]
    return space


def titles_of(world: World, space: SpaceName) -> list[str | None]:
    page = world.service.recount.events(
        world.admin, space, stream=None, since=None, until=None, after=None, limit=99, texts=False
    )
    found = [one.event.title for one in page.items]
    return [None if title is None else title.text for title in found]


def test_titles_go_along_and_a_second_time_changes_nothing(world: World) -> None:
    here, there = titled_space(world), new_space()
    lines = export(world, here, vectors=True)

    done = bring_in(world, there, lines)

    assert done.titles == 2
    assert titles_of(world, there) == titles_of(world, here)
    assert world.service.verify(world.admin, there).is_whole
    again = bring_in(world, there, lines)
    assert (again.titles, again.position) == (0, done.position)


def test_an_event_that_came_with_its_title_is_not_asked_about(world: World) -> None:
    here, there = titled_space(world), new_space()
    bring_in(world, there, export(world, here, vectors=True))
    while world.service.improve.work_once():
        pass

    assert titles_of(world, there) == ["The grey heron", "A small kestrel", None]
    assert world.service.inspect.enrichment(world.admin, there).spent == {}


def test_a_title_comes_in_only_where_the_same_turns_are_an_event(world: World) -> None:
    here, there = titled_space(world), new_space()
    header, *lines = opened(export(world, here, vectors=True))[:-1]
    turns = [line for line in lines if line["kind"] == "turn"]
    heron, kestrel = [line for line in lines if line["kind"] == "title"]
    rest = [line for line in lines if line["kind"] != "title"]
    both = {**heron, "turns": [turns[0]["id"], turns[1]["id"]]}
    unknown = {**kestrel, "turns": [turns[1]["id"], "t_unknown"]}
    within = {**kestrel, "piece": 3}

    done = bring_in(world, there, sealed(header, *rest, both, unknown, within))

    assert done.titles == 0
    assert titles_of(world, there) == [None, None, None]


def test_what_was_taken_back_here_comes_again_only_if_it_is_to_be_restored(world: World) -> None:
    here = titled_space(world)
    lines = export(world, here, vectors=True)
    (run,) = world.service.inspect.runs(world.admin, here, after=None, limit=9).items
    world.service.roll_back(world.admin, here, Goal(run=run.run.id), dry_run=False)

    assert bring_in(world, here, lines).titles == 0
    assert bring_in(world, here, lines, restore_forgotten=True).titles == 2
    assert titles_of(world, here) == ["The grey heron", "A small kestrel", None]


def test_without_vectors_events_close_later_and_are_titled_anew(world: World) -> None:
    """Whatever is to be called is not there yet when its title comes."""
    here, there = titled_space(world), new_space()

    done = bring_in(world, there, export(world, here))
    while world.service.enrich.work_once() or world.service.improve.work_once():
        pass

    assert done.titles == 0
    assert titles_of(world, there) == titles_of(world, here)


def test_a_title_of_what_was_forgotten_here_does_not_come_back(world: World) -> None:
    here, there = titled_space(world), new_space()
    lines = export(world, here, vectors=True)
    bring_in(world, there, lines)
    page = world.service.recount.events(
        world.admin, there, stream=None, since=None, until=None, after=None, limit=1, texts=False
    )
    world.service.forget.turn(world.admin, there, page.items[0].turns[0].id)

    assert bring_in(world, there, lines).titles == 0
    assert titles_of(world, there) == [None, "A small kestrel", None]


def test_titles_of_an_earlier_position_alone_are_told(world: World) -> None:
    here = titled_space(world)
    exported = world.service.export(world.admin, here, vectors=False)
    (run,) = world.service.inspect.runs(world.admin, here, after=None, limit=9).items
    world.service.roll_back(world.admin, here, Goal(run=run.run.id), dry_run=False)
    world.service.enrich.retry(world.admin, here)
    while world.service.improve.work_once():
        pass

    told = [each for page in exported.pages for each in page]

    assert not [each for each in told if type(each).__name__ == "MovedTitle"]


def test_lines_of_version_8_are_still_read(world: World) -> None:
    here, there = titled_space(world), new_space()
    lines = export(world, here, vectors=True)
    header = opened(lines)[0]
    old = [line for line in inside(lines) if b'"kind":"title"' not in line]

    assert bring_in(world, there, sealed({**header, "version": 8}, *old)).turns == 4


def test_a_title_that_names_nothing_is_refused(world: World) -> None:
    here, there = titled_space(world), new_space()
    header, *lines = opened(export(world, here, vectors=True))[:-1]
    lines[-1]["text"] = '"."'

    with pytest.raises(InvalidLine) as refused:
        bring_in(world, there, sealed(header, *lines))

    assert refused.value.field == "text"

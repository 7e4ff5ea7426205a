"""Notes that a language model writes, links and refines; and what users say of themselves."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest

from memsvc.app.notes import ShownNote, WhichNotes
from memsvc.domain.improving import Improving
from memsvc.domain.memory import Source, SpaceSettings
from memsvc.domain.note import LinkKind
from memsvc.domain.note_making import NoteMaking
from memsvc.domain.profile import LineKind, ProfileWanted
from memsvc.domain.rollback import Goal
from memsvc.domain.work import Step
from memsvc.ingest.notes.sketch import RULES
from memsvc.ports.language import Ask
from tests.app.small import ALICE, remember, said, set_to
from tests.scripted import ScriptedModel, is_for, marked
from tests.worlds import World, open_world

NOTES = NoteMaking(least_tokens=1)
NOTING = SpaceSettings(notes=NOTES, improving=Improving(facts=False, judging=False, profile=False))
BY_RULE = SpaceSettings(notes=NOTES)
PROFILING = SpaceSettings(improving=Improving(facts=False, judging=False, notes=False))
END = "Nothing more."
VET = "Oscar the guinea pig went to the vet."
VET_AGAIN = "Oscar the guinea pig went to the vet again."


@dataclass
class Writer:
    """Writes notes in capitals, and answers for neighbours what it is told to."""

    links: Sequence[dict[str, object]] = ()
    changes: Sequence[dict[str, object]] = ()
    spoilt: bool = False
    shown: list[str] = field(default_factory=list)

    def __call__(self, ask: Ask) -> str:
        if self.spoilt:
            return "{"
        if is_for(ask, "note"):
            content = marked(ask, "text").upper()
            return json.dumps(
                {"content": content, "keywords": ["pig"], "context": "A visit.", "tags": ["pets"]}
            )
        if is_for(ask, "profile"):
            return json.dumps({"lines": [{"relation": "works as", "object": "a nurse"}]})
        self.shown.append(ask.messages[1].content)
        return json.dumps({"links": list(self.links), "changes": list(self.changes)})


@pytest.fixture
def writer() -> Writer:
    return Writer()


@pytest.fixture
def model(writer: Writer) -> ScriptedModel:
    return ScriptedModel(writer)


@pytest.fixture
def world(tmp_path: Path, model: ScriptedModel) -> Iterator[World]:
    with open_world(tmp_path, language_model=model) as world:
        world.service.found(world.admin, ALICE)
        set_to(world, NOTING)
        yield world


def tell(world: World, *texts: str) -> None:
    """Write texts a day apart, each in a stream of its own, and close its event."""
    for text in texts:
        stream = f"stream {world.clock.now():%Y-%m-%d}"
        remember(world, said(text, speaker="Ana", at=world.clock.now()), stream=stream)
        world.clock.advance(timedelta(hours=1))
        remember(world, said(END, at=world.clock.now()), stream=stream)
        world.clock.advance(timedelta(hours=23))


def improve(world: World) -> None:
    while world.service.enrich.work_once() or world.service.improve.work_once():
        pass


def notes_of(world: World) -> list[ShownNote]:
    page = world.service.notes.page(world.admin, ALICE, WhichNotes(), after=None, limit=100)
    return list(page.items)


def waiting(world: World) -> dict[Step, int]:
    return dict(world.service.inspect.enrichment(world.admin, ALICE).waiting)


def test_a_model_writes_the_note_of_an_event(world: World) -> None:
    tell(world, VET)

    improve(world)

    (shown,) = notes_of(world)
    assert shown.note.content == f"ANA: {VET.upper()}"
    assert shown.note.facets.keywords == ("pig",)
    assert shown.note.facets.context == "A visit."
    assert shown.note.making.maker.startswith("scripted/note-1@")


def test_the_rule_makes_no_second_one(world: World) -> None:
    tell(world, VET)

    assert waiting(world)[Step.WRITE_NOTES] == 1
    assert Step.NOTES not in waiting(world)


def test_links_and_changes_are_the_models(world: World, writer: Writer) -> None:
    writer.links = [{"handle": "n1", "kind": "supersedes", "score": 0.9, "reason": "later"}]
    writer.changes = [{"handle": "n1", "context": "The first visit.", "reason": "there was more"}]
    tell(world, VET, VET_AGAIN)

    improve(world)

    earlier, later = notes_of(world)
    (link,) = later.links
    assert (link.kind, link.end) == (LinkKind.SUPERSEDES, earlier.note.id)
    assert link.making.maker.startswith("scripted/evolution-1@")
    assert earlier.note.facets.context == "The first visit."
    assert earlier.note.content == f"ANA: {VET.upper()}"
    assert '<note handle="n1">' in writer.shown[0]


def test_handles_that_were_not_shown_change_nothing(world: World, writer: Writer) -> None:
    writer.links = [{"handle": "n7", "kind": "related", "score": 1.0, "reason": "x"}]
    writer.changes = [{"handle": "0", "tags": ["x"], "reason": "x"}]
    tell(world, VET, VET_AGAIN)

    improve(world)

    earlier, later = notes_of(world)
    assert later.links == ()
    assert earlier.note.facets.tags == ("pets",)


def test_a_note_that_cannot_be_read_is_parked_at_once_with_the_text(
    world: World, writer: Writer, model: ScriptedModel
) -> None:
    writer.spoilt = True
    tell(world, VET)

    improve(world)

    (parked,) = world.service.inspect.enrichment(world.admin, ALICE).parked
    assert parked.step is Step.WRITE_NOTES
    assert "It said: '{'" in parked.reason
    assert len(model.calls) == 2  # and its repair

    writer.spoilt = False
    world.service.enrich.retry(world.admin, ALICE)
    improve(world)
    assert len(notes_of(world)) == 1


def test_what_was_parked_is_forgotten_with_any_turn_that_it_may_tell_of(
    world: World, writer: Writer
) -> None:
    """The job hangs on the last turn of the event, and the text may be of any."""
    writer.spoilt = True
    day = world.clock.now()
    turns = [said(text, speaker="Ana", at=day) for text in (VET, "And home.")]
    written = remember(world, *turns, stream="one")
    remember(world, said(END, at=day + timedelta(hours=1)), stream="one")
    improve(world)
    assert "It said" in world.service.inspect.enrichment(world.admin, ALICE).parked[0].reason

    world.service.forget.turn(world.admin, ALICE, written.turns[0].id)

    (parked,) = world.service.inspect.enrichment(world.admin, ALICE).parked
    assert "It said" not in parked.reason


def test_a_model_that_is_down_parks_nothing(world: World, model: ScriptedModel) -> None:
    model.is_down = True
    tell(world, VET)
    for _ in range(12):
        world.service.improve.work_once()
        world.clock.advance(timedelta(minutes=2))

    assert world.service.inspect.enrichment(world.admin, ALICE).parked == ()
    model.is_down = False
    improve(world)
    assert len(notes_of(world)) == 1


def test_rules_take_over_when_the_model_is_not_asked_for_any_more(world: World) -> None:
    tell(world, VET)
    set_to(world, BY_RULE)

    improve(world)

    (shown,) = notes_of(world)
    assert shown.note.making.maker == RULES


def test_a_run_of_notes_by_a_model_is_taken_back_whole(world: World, writer: Writer) -> None:
    writer.links = [{"handle": "n1", "kind": "related", "score": 0.9, "reason": "both"}]
    tell(world, VET, VET_AGAIN)
    improve(world)
    (run,) = {shown.note.making.run for shown in notes_of(world)}
    assert run is not None

    world.service.roll_back(world.admin, ALICE, Goal(run=run), dry_run=False)

    assert notes_of(world) == []


def test_what_users_say_of_themselves_is_in_their_profile(world: World) -> None:
    set_to(world, PROFILING)
    remember(world, said("Night shifts at the hospital again, nursing never ends."))

    improve(world)

    profile = world.service.profile(world.admin, ALICE, ProfileWanted())
    (line,) = [one for one in profile.lines if one.kind is LineKind.FACT]
    assert line.text == "user works as a nurse"


def test_of_two_who_speak_each_has_a_profile_of_their_own(world: World) -> None:
    set_to(world, PROFILING)
    remember(world, said("I work nights.", speaker="Ana"), said("Me too.", speaker="Bo"))

    improve(world)

    profile = world.service.profile(world.admin, ALICE, ProfileWanted(speaker="Bo"))
    (line,) = [one for one in profile.lines if one.kind is LineKind.FACT]
    assert line.text == "Bo works as a nurse"


def test_what_others_write_is_in_nobodys_profile(world: World, model: ScriptedModel) -> None:
    set_to(world, PROFILING)
    remember(world, said("I am a nurse.", source=Source.DOCUMENT))

    improve(world)

    assert model.calls == []

"""Titles of events, which a language model gives: one each, and gone with what they may be of."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from memsvc.domain.episode import MAX_TITLE_CHARS, Event, Title, titled
from memsvc.domain.improving import Improving
from memsvc.domain.ledger import Change
from memsvc.domain.memory import NewTurn, Source
from memsvc.domain.past import Past
from memsvc.domain.recall import Filter, Kind
from memsvc.domain.rollback import Goal, Thing, Undoing
from memsvc.domain.work import Step
from memsvc.ports.language import Ask, Unanswered
from store.directory import DATABASE
from tests.app.small import ALICE, ask, ask_for, remember, rows, said, turns_of
from tests.scripted import ScriptedModel, is_for, marked
from tests.worlds import World, open_world

ALONE = Improving(facts=False, judging=False, notes=False, profile=False)
MORE = "We waited for an hour, and then the vet came and looked at his teeth and his claws. " * 2
VET = f"Oscar went to the vet. {MORE}"
ZOO = f"Zelda went to the zoo. {MORE}"
END = "Nothing more."


def first_words(ask: Ask) -> str:
    """Call an event by the first words of what is said in it."""
    assert is_for(ask, "title")
    words = marked(ask, "text").split(": ", 1)[1].split(".")[0]
    return json.dumps({"title": f"“{words}.”"})


@pytest.fixture
def model() -> ScriptedModel:
    return ScriptedModel(first_words)


@pytest.fixture
def world(tmp_path: Path, model: ScriptedModel) -> Iterator[World]:
    with open_world(tmp_path, language_model=model) as world:
        world.service.found(world.admin, ALICE)
        ask_for(world, ALONE)
        yield world


def tell(world: World, *told: str | NewTurn) -> None:
    """Write the turns of one event, and close it."""
    stream = f"stream {world.clock.now():%Y-%m-%d}"
    for each in told:
        turn = said(each) if isinstance(each, str) else each
        remember(world, replace(turn, at=world.clock.now()), stream=stream)
    world.clock.advance(timedelta(hours=1))
    remember(world, said(END, at=world.clock.now()), stream=stream)
    world.clock.advance(timedelta(hours=23))


def improve(world: World) -> None:
    while world.service.enrich.work_once() or world.service.improve.work_once():
        pass


def events_of(world: World, *, past: Past | None = None) -> list[Event]:
    recount = world.service.recount
    if past is not None:
        key = world.service.inspect.space(world.admin, ALICE).space.key
        with world.service.remember.keeping.read(past) as reading:
            return list(
                reading.events.page(
                    key, stream=None, since=None, until=None, after=None, limit=100
                ).items
            )
    page = recount.events(
        world.admin, ALICE, stream=None, since=None, until=None, after=None, limit=100, texts=False
    )
    return [one.event for one in page.items]


def titles_of(world: World) -> list[str | None]:
    return [None if one.title is None else one.title.text for one in events_of(world)]


def the_title(world: World) -> Title:
    (event,) = events_of(world)
    assert event.title is not None
    return event.title


def run_of(world: World) -> Goal:
    return Goal(run=the_title(world).run)


def waiting(world: World) -> dict[Step, int]:
    return dict(world.service.inspect.enrichment(world.admin, ALICE).waiting)


def changes(world: World) -> list[Change]:
    entries = world.service.inspect.ledger(world.admin, ALICE, after=0, limit=1_000)  # type: ignore[arg-type]
    return [entry.change for entry in entries]


def owe_again(world: World) -> None:
    """Owe every turn its title, as a retry or the like would."""
    key = world.service.inspect.space(world.admin, ALICE).space.key
    turns = [turn.key for turn in turns_of(world)]
    world.service.remember.keeping.write(
        lambda unit: unit.outbox.put(key, Step.TITLE_EVENTS, turns, now=world.clock.now())
    )


def test_an_event_that_closed_is_called_what_a_model_says(world: World) -> None:
    tell(world, VET)
    assert titles_of(world) == [None]

    improve(world)

    title = the_title(world)
    assert title.text == "Oscar went to the vet"
    assert title.maker.startswith("scripted/title-1@")
    assert changes(world).count(Change.EVENT_TITLED) == 1
    assert world.service.verify(world.admin, ALICE).is_whole


def test_several_events_are_asked_about_in_one_call(world: World, model: ScriptedModel) -> None:
    tell(world, VET)
    tell(world, ZOO)

    improve(world)

    (asks,) = model.calls
    assert len(asks) == 2
    assert titles_of(world) == ["Oscar went to the vet", "Zelda went to the zoo"]


def test_a_model_is_shown_who_says_what(world: World, model: ScriptedModel) -> None:
    tell(world, said(VET, speaker="Ana"), said("How is he?", role="assistant"))

    improve(world)

    ((asked,),) = model.calls
    shown = marked(asked, "text")
    assert shown.startswith("Ana: Oscar went to the vet.")
    assert shown.endswith("assistant: How is he?")


def test_what_an_agent_wrote_back_is_not_shown(world: World, model: ScriptedModel) -> None:
    tell(world, VET)
    tell(world, ZOO, NewTurn("assistant", VET, source=Source.AGENT))

    improve(world)

    shown = [marked(one, "text") for asks in model.calls for one in asks]
    assert ["Oscar" in text for text in shown] == [True, False]


def test_an_event_of_one_short_turn_is_not_asked_about(world: World, model: ScriptedModel) -> None:
    tell(world, "Tea is fine.")

    improve(world)

    assert model.calls == []
    assert titles_of(world) == [None]
    assert waiting(world) == {}


def test_an_event_is_titled_once_however_often_it_is_owed(
    world: World, model: ScriptedModel
) -> None:
    tell(world, VET)
    improve(world)

    owe_again(world)
    improve(world)

    assert len(model.calls) == 1
    assert waiting(world) == {}


def test_what_a_model_does_not_want_to_name_is_asked_about_once(
    world: World, model: ScriptedModel
) -> None:
    model.script = lambda _ask: '{"title": ""}'
    tell(world, VET)
    improve(world)

    owe_again(world)
    improve(world)

    assert titles_of(world) == [None]
    assert len(model.calls) == 1


def test_events_that_closed_before_a_space_asks_are_titled_too(
    world: World, model: ScriptedModel
) -> None:
    ask_for(world, None)
    tell(world, VET)
    tell(world, ZOO)
    improve(world)
    assert titles_of(world) == [None, None]

    ask_for(world, ALONE)
    improve(world)

    assert titles_of(world) == ["Oscar went to the vet", "Zelda went to the zoo"]


def test_a_space_that_wants_none_gets_none(world: World, model: ScriptedModel) -> None:
    ask_for(world, replace(ALONE, titles=False))
    tell(world, VET)

    improve(world)

    assert model.calls == []
    assert waiting(world) == {}


def test_an_answer_that_is_no_title_is_parked_and_can_be_tried_again(
    world: World, model: ScriptedModel
) -> None:
    model.script = lambda _ask: json.dumps({"title": "x" * (MAX_TITLE_CHARS + 1)})
    tell(world, VET)
    improve(world)
    (parked,) = world.service.inspect.enrichment(world.admin, ALICE).parked
    assert parked.step is Step.TITLE_EVENTS

    model.script = first_words
    world.service.enrich.retry(world.admin, ALICE)
    improve(world)

    assert titles_of(world) == ["Oscar went to the vet"]


def test_what_there_was_no_time_for_is_asked_about_again(
    world: World, model: ScriptedModel
) -> None:
    model.script = lambda _ask: Unanswered("time ran out", is_late=True)
    tell(world, VET)
    world.service.enrich.work_once()
    world.service.improve.work_once()
    assert waiting(world)[Step.TITLE_EVENTS] == 1

    model.script = first_words
    world.clock.advance(timedelta(minutes=1))
    improve(world)

    assert titles_of(world) == ["Oscar went to the vet"]


# What is forgotten --------------------------------------------------------------------------------


def test_a_title_goes_with_the_first_turn_that_is_forgotten_and_is_given_anew(
    world: World,
) -> None:
    tell(world, VET, ZOO)
    improve(world)
    assert titles_of(world) == ["Oscar went to the vet"]

    world.service.forget.turn(world.admin, ALICE, turns_of(world)[0].id)
    assert titles_of(world) == [None]
    assert waiting(world)[Step.TITLE_EVENTS] == 1
    improve(world)

    assert titles_of(world) == ["Zelda went to the zoo"]


def test_a_title_that_was_taken_back_goes_too(world: World, tmp_path: Path) -> None:
    tell(world, VET, ZOO)
    improve(world)
    world.service.roll_back(world.admin, ALICE, run_of(world), dry_run=False)
    world.service.enrich.retry(world.admin, ALICE)
    improve(world)
    assert len(rows(tmp_path, "SELECT * FROM titles")) == 2  # one that stands, and one taken back

    world.service.forget.turn(world.admin, ALICE, turns_of(world)[0].id)

    assert rows(tmp_path, "SELECT * FROM titles") == []
    assert world.service.verify(world.admin, ALICE).is_whole


@pytest.mark.sqlite
def test_no_word_of_a_forgotten_title_is_left_in_any_file(tmp_path: Path) -> None:
    model = ScriptedModel(lambda _ask: json.dumps({"title": "Wombats abroad"}))
    with open_world(tmp_path, language_model=model) as world:
        world.service.found(world.admin, ALICE)
        ask_for(world, ALONE)
        tell(world, VET, ZOO)
        improve(world)
        assert titles_of(world) == ["Wombats abroad"]
        ask_for(world, None)
        world.service.forget.turn(world.admin, ALICE, turns_of(world)[0].id)

    # Closed, so that the write-ahead log has gone into the database.
    assert [one.name for one in tmp_path.rglob("*") if holds(one, b"Wombats")] == []
    assert holds(tmp_path / DATABASE, b"Zelda")


def holds(path: Path, word: bytes) -> bool:
    return path.is_file() and word in path.read_bytes()


def test_a_neighbours_title_stays(world: World) -> None:
    stream = "diary"
    for text in (VET, ZOO, END):
        remember(world, said(text, at=world.clock.now()), stream=stream)
        world.clock.advance(timedelta(hours=1))
    improve(world)
    assert titles_of(world) == ["Oscar went to the vet", "Zelda went to the zoo"]

    world.service.forget.turn(world.admin, ALICE, turns_of(world)[0].id)

    assert titles_of(world) == [None, "Zelda went to the zoo"]


def test_titles_go_with_their_stream(world: World, tmp_path: Path) -> None:
    tell(world, VET)
    improve(world)
    (event,) = events_of(world)

    world.service.forget.stream(world.admin, ALICE, event.stream)

    assert rows(tmp_path, "SELECT * FROM titles") == []


def test_a_title_is_not_told_once_a_turn_of_it_has_expired(world: World) -> None:
    until = world.clock.now() + timedelta(days=2)
    tell(world, VET, said(ZOO, expires_at=until))
    improve(world)
    before = world.service.take_digest(world.admin, ALICE).parts[Thing.TITLE].count

    world.clock.advance(timedelta(days=3))

    assert before == 1
    assert titles_of(world) == [None]
    assert world.service.take_digest(world.admin, ALICE).parts[Thing.TITLE].count == 0


def test_a_turn_that_is_forgotten_meanwhile_is_in_no_title(
    world: World, model: ScriptedModel
) -> None:
    tell(world, VET, ZOO)
    turn = turns_of(world)[0].id

    def forgetting(asked: Ask) -> str:
        answer = first_words(asked)
        if "Oscar" in answer:
            world.service.forget.turn(world.admin, ALICE, turn)
        return answer

    model.script = forgetting
    improve(world)
    assert titles_of(world) == [None]
    world.clock.advance(timedelta(minutes=1))
    improve(world)

    assert titles_of(world) == ["Zelda went to the zoo"]


# What is rolled back ------------------------------------------------------------------------------


def test_a_run_of_titles_is_taken_back_whole(world: World) -> None:
    tell(world, VET)
    before = world.service.take_digest(world.admin, ALICE).digest
    improve(world)
    assert world.service.take_digest(world.admin, ALICE).digest != before

    done = world.service.roll_back(world.admin, ALICE, run_of(world), dry_run=False)

    (undone,) = done.undone
    assert (undone.thing, undone.undoing) == (Thing.TITLE, Undoing.RETIRED)
    assert titles_of(world) == [None]
    assert world.service.take_digest(world.admin, ALICE).digest == before


def test_a_title_that_was_taken_back_does_not_come_again_for_a_turn_that_is_forgotten(
    world: World, model: ScriptedModel
) -> None:
    tell(world, ZOO, VET, VET)
    improve(world)
    world.service.roll_back(world.admin, ALICE, run_of(world), dry_run=False)

    world.service.forget.turn(world.admin, ALICE, turns_of(world)[0].id)
    improve(world)

    assert titles_of(world) == [None]
    assert len(model.calls) == 1


def test_a_dry_run_takes_no_title_back(world: World) -> None:
    tell(world, VET)
    improve(world)
    goal = run_of(world)

    done = world.service.roll_back(world.admin, ALICE, goal, dry_run=True)

    assert len(done.undone) == 1
    assert titles_of(world) == ["Oscar went to the vet"]
    assert goal.run is not None
    assert world.service.inspect.run(world.admin, ALICE, goal.run).run.undone is None


def test_rolling_back_to_a_position_takes_titles_back_and_undoing_it_gives_them_again(
    world: World,
) -> None:
    tell(world, VET)
    position = world.service.inspect.space(world.admin, ALICE).space.position
    improve(world)
    title = the_title(world)
    digest = world.service.take_digest(world.admin, ALICE).digest

    done = world.service.roll_back(world.admin, ALICE, Goal(to=position), dry_run=False)
    assert titles_of(world) == [None]
    again = world.service.roll_back(world.admin, ALICE, Goal(to=done.before), dry_run=False)

    assert [one.undoing for one in again.undone] == [Undoing.RESTORED]
    assert replace(the_title(world), position=title.position) == title
    assert world.service.take_digest(world.admin, ALICE).digest == digest
    assert world.service.verify(world.admin, ALICE).is_whole


def test_events_are_read_with_the_titles_that_they_had(world: World) -> None:
    tell(world, VET)
    before = world.service.inspect.space(world.admin, ALICE).space
    improve(world)
    between = world.service.inspect.space(world.admin, ALICE).space
    world.service.roll_back(world.admin, ALICE, run_of(world), dry_run=False)

    now = world.clock.now()
    (untitled,) = events_of(world, past=Past({before.key: before.position}, now))
    (event,) = events_of(world, past=Past({before.key: between.position}, now))

    assert untitled.title is None
    assert event.title is not None
    assert event.title.text == "Oscar went to the vet"
    assert titles_of(world) == [None]


# What a recall tells ------------------------------------------------------------------------------


def test_a_hit_that_is_an_event_has_its_title(world: World) -> None:
    tell(world, VET)
    improve(world)

    (hit, *_) = ask(world, "vet", kind=Kind.EVENT).hits

    assert hit.event is not None
    assert hit.event.title == "Oscar went to the vet"


def test_a_hit_of_which_a_turn_may_not_be_seen_has_no_title(world: World) -> None:
    tell(world, said(VET, role="user"), said(ZOO, role="tool"))
    improve(world)
    assert titles_of(world) != [None]

    where = Filter(roles=("tool",))
    (hit, *_) = ask(world, "zoo", kind=Kind.EVENT, where=where).hits

    assert hit.event is not None
    assert hit.event.title is None


# Words --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said_", "kept"),
    [
        ("Oscar's visit", "Oscar's visit"),
        ('"Oscar\'s visit."', "Oscar's visit"),
        ("  **Oscar**\n at the vet ", "Oscar** at the vet"),
        ("…", "…"),
        ('""', ""),
        ("x" * 100, "x" * MAX_TITLE_CHARS),
    ],
)
def test_a_title_is_one_line_without_what_stands_around_it(said_: str, kept: str) -> None:
    assert titled(said_) == kept

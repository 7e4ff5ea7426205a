"""Facts that a language model reads in turns: kept as said by them, once, and within a budget."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from memsvc.app.answered import TRIES
from memsvc.app.enrich import BATCH
from memsvc.domain.errors import NoLanguageModel
from memsvc.domain.improving import Improving
from memsvc.domain.knowledge import NewFact
from memsvc.domain.memory import Source
from memsvc.domain.rollback import Goal, Thing
from memsvc.domain.work import Backlog, Step
from memsvc.ports.language import Ask, Unanswered
from tests.app.small import ALICE, CHAT, ask_for, remember, said, turns_of
from tests.scripted import ScriptedModel, is_for, marked
from tests.worlds import World, open_world

FACTS_ALONE = Improving(judging=False, notes=False, profile=False)
LISBON = "Ana lives in Lisbon."
TRIPLE = ("Ana", "lives in", "Lisbon")


def read_words(ask: Ask) -> str:
    """Name every capitalised word, and read "A verb B." as the triple that it is."""
    if is_for(ask, "entities"):
        words = marked(ask, "passage").replace(".", "").split()
        return json.dumps({"entities": [word for word in words if word[0].isupper()]})
    first, *middle, last = marked(ask, "passage").rstrip(".").split()
    triple = {"subject": first, "relation": " ".join(middle), "object": last}
    return json.dumps({"triples": [triple]})


@pytest.fixture
def model() -> ScriptedModel:
    return ScriptedModel(read_words)


@pytest.fixture
def world(tmp_path: Path, model: ScriptedModel) -> Iterator[World]:
    with open_world(tmp_path, language_model=model) as world:
        world.service.found(world.admin, ALICE)
        ask_for(world, FACTS_ALONE)
        yield world


def improve(world: World) -> None:
    while world.service.enrich.work_once() or world.service.improve.work_once():
        pass


def facts_of(world: World) -> dict[tuple[str, str, str], list[str]]:
    """Return which texts say each triple."""
    by_id = {turn.id: turn.content for turn in turns_of(world)}
    page = world.service.facts.page(world.admin, ALICE, after=None, limit=100)
    return {
        (one.fact.subject, one.fact.predicate, one.fact.object): [
            by_id[turn] for turn in one.fact.turns
        ]
        for one in page.items
    }


def backlog(world: World) -> Backlog:
    return world.service.inspect.enrichment(world.admin, ALICE)


def test_what_a_model_reads_in_a_turn_is_a_fact_that_the_turn_says(world: World) -> None:
    remember(world, said(LISBON))

    assert facts_of(world) == {}
    improve(world)

    assert facts_of(world) == {TRIPLE: [LISBON]}


def test_triples_are_asked_for_by_the_entities_that_were_named(
    world: World, model: ScriptedModel
) -> None:
    remember(world, said(LISBON, speaker="Ana"))

    improve(world)

    (named,), (told,) = model.calls
    assert is_for(named, "entities")
    assert is_for(told, "triples")
    assert marked(told, "entities") == "Ana\nLisbon"


def test_a_fact_is_trusted_as_little_as_the_turn_it_was_read_in(world: World) -> None:
    remember(world, said(LISBON, source=Source.DOCUMENT))

    improve(world)

    (one,) = world.service.facts.page(world.admin, ALICE, after=None, limit=10).items
    assert [each.source for each in one.fact.sayings] == [Source.DOCUMENT]


def test_turns_are_read_together_in_two_calls(world: World, model: ScriptedModel) -> None:
    remember(world, *(said(f"Ana visited Town{n}.") for n in range(BATCH)))

    improve(world)

    assert [len(asks) for asks in model.calls] == [BATCH, BATCH]
    assert len(facts_of(world)) == BATCH


def test_a_turn_is_read_once_however_often_it_is_owed(world: World, model: ScriptedModel) -> None:
    remember(world, said(LISBON))
    improve(world)
    key = world.service.inspect.space(world.admin, ALICE).space.key
    turns = [turn.key for turn in turns_of(world)]

    world.service.remember.keeping.write(
        lambda unit: unit.outbox.put(key, Step.READ_FACTS, turns, now=world.clock.now())
    )
    improve(world)

    assert len(model.calls) == 2
    assert backlog(world).waiting == {}


def test_the_same_words_again_say_the_same_facts_and_cost_nothing(
    world: World, model: ScriptedModel
) -> None:
    remember(world, said(LISBON))
    improve(world)
    remember(world, said("ana lives  in Lisbon."))

    improve(world)

    assert len(model.calls) == 2
    assert facts_of(world) == {TRIPLE: [LISBON, "ana lives  in Lisbon."]}


def test_words_that_differ_by_a_name_are_read(world: World, model: ScriptedModel) -> None:
    remember(world, said(LISBON))
    improve(world)
    remember(world, said("Ana lives in Porto."))

    improve(world)

    assert len(model.calls) == 4


def test_what_was_there_before_a_space_asks_for_it_is_read_too(
    world: World, model: ScriptedModel
) -> None:
    ask_for(world, None)
    remember(world, said(LISBON))
    improve(world)
    assert facts_of(world) == {}

    ask_for(world, FACTS_ALONE)
    improve(world)

    assert facts_of(world) == {TRIPLE: [LISBON]}


def test_a_space_that_does_not_ask_is_never_read(world: World, model: ScriptedModel) -> None:
    ask_for(world, None)
    remember(world, said(LISBON))

    improve(world)

    assert model.calls == []
    assert backlog(world).waiting == {}


def test_without_a_model_nothing_is_promised(tmp_path: Path) -> None:
    with open_world(tmp_path) as world:
        world.service.found(world.admin, ALICE)
        with pytest.raises(NoLanguageModel) as refused:
            ask_for(world, FACTS_ALONE)
    assert refused.value.field == "improving"


def test_a_model_that_is_down_costs_nobody_a_job(world: World, model: ScriptedModel) -> None:
    remember(world, said(LISBON))
    model.is_down = True
    for _ in range(20):
        world.service.improve.work_once()
        world.clock.advance(timedelta(minutes=1))

    assert backlog(world).parked == ()
    model.is_down = False
    world.clock.advance(timedelta(minutes=1))
    improve(world)

    assert facts_of(world) == {TRIPLE: [LISBON]}


def test_while_the_model_is_down_no_other_job_is_tried(world: World, model: ScriptedModel) -> None:
    remember(world, *(said(f"Ana visited Town{n}.") for n in range(3 * BATCH)))
    model.is_down = True

    assert world.service.improve.work_once() == BATCH
    assert world.service.improve.work_once() == 0


def test_an_answer_that_fits_nothing_is_repaired_once(world: World, model: ScriptedModel) -> None:
    def wrong_at_first(ask: Ask) -> str:
        return read_words(ask) if len(ask.messages) > 2 else "Sure! Here is the JSON:"

    model.script = wrong_at_first
    remember(world, said(LISBON))

    improve(world)

    assert facts_of(world) == {TRIPLE: [LISBON]}
    assert "does not fit" in model.calls[1][0].messages[-1].content


def test_what_does_not_fit_then_either_is_parked_with_the_text(
    world: World, model: ScriptedModel
) -> None:
    def wrong_for_porto(ask: Ask) -> str:
        return "I cannot." if "Porto" in ask.messages[1].content else read_words(ask)

    model.script = wrong_for_porto
    remember(world, said(LISBON), said("Bo lives in Porto."), said("Cleo lives in Faro."))

    improve(world)

    assert sorted(facts_of(world)) == [TRIPLE, ("Cleo", "lives in", "Faro")]
    (parked,) = backlog(world).parked
    assert "I cannot." in parked.reason
    assert len(parked.reason) < 1_000


def test_what_there_was_no_time_for_is_asked_again(world: World, model: ScriptedModel) -> None:
    model.script = lambda _ask: Unanswered("time ran out", is_late=True)
    remember(world, said(LISBON))
    world.service.improve.work_once()
    assert backlog(world).waiting[Step.READ_FACTS] == 1

    model.script = read_words
    world.clock.advance(timedelta(minutes=1))
    improve(world)

    assert facts_of(world) == {TRIPLE: [LISBON]}


def test_what_a_server_breaks_over_each_time_is_parked_with_its_words_and_others_are_read(
    world: World, model: ScriptedModel
) -> None:
    def breaks(ask: Ask) -> str | Unanswered:
        if "Rome" in ask.messages[-1].content:
            return Unanswered("it answered 500 (CUDA error: device-side assert)")
        return read_words(ask)

    model.script = breaks
    remember(world, said("Bea lives in Rome."), said(LISBON))
    for _ in range(TRIES + 1):
        improve(world)
        world.clock.advance(timedelta(minutes=1))

    (parked,) = backlog(world).parked
    assert (parked.attempts, parked.reason) == (
        TRIES,
        "it answered 500 (CUDA error: device-side assert)",
    )
    assert Step.READ_FACTS not in backlog(world).waiting
    assert facts_of(world) == {TRIPLE: [LISBON]}


def test_unusable_triples_are_left_out(world: World, model: ScriptedModel) -> None:
    def odd(ask: Ask) -> str:
        if is_for(ask, "entities"):
            return read_words(ask)
        good = {"subject": "Ana", "relation": "lives in", "object": "Lisbon"}
        return json.dumps({"triples": [{**good, "subject": "…"}, good, {**good, "relation": " "}]})

    model.script = odd
    remember(world, said(LISBON))

    improve(world)

    assert facts_of(world) == {TRIPLE: [LISBON]}


def test_a_run_takes_back_what_it_read_and_nothing_else(world: World) -> None:
    remember(world, said(LISBON), said("Bo lives in Porto."))
    by_hand = NewFact(*TRIPLE, turns=(turns_of(world)[0].id,))
    world.service.facts.state(world.admin, ALICE, [by_hand])
    before = world.service.take_digest(world.admin, ALICE).digest
    improve(world)
    key = world.service.inspect.space(world.admin, ALICE).space.key
    with world.service.remember.keeping.read() as reading:
        (run,) = reading.runs.page(key, after=None, limit=10).items
    assert run.step == Step.READ_FACTS
    assert run.maker.startswith("scripted/entities-1@")
    assert run.ended_at is not None

    done = world.service.roll_back(world.admin, ALICE, Goal(run=run.id), dry_run=False)

    assert facts_of(world) == {TRIPLE: [LISBON]}
    assert [one.thing for one in done.undone] == [Thing.FACT]
    assert world.service.take_digest(world.admin, ALICE).digest == before


def test_a_turn_that_is_forgotten_meanwhile_says_nothing(
    world: World, model: ScriptedModel
) -> None:
    remember(world, said(LISBON))
    (turn,) = turns_of(world)

    def forgetting(ask: Ask) -> str:
        if is_for(ask, "triples"):
            world.service.forget.turn(world.admin, ALICE, turn.id)
        return read_words(ask)

    model.script = forgetting
    improve(world)

    assert facts_of(world) == {}
    assert backlog(world).waiting == {}


def test_a_budget_lets_the_rest_wait_and_says_so(world: World, model: ScriptedModel) -> None:
    ask_for(world, Improving(judging=False, notes=False, profile=False, tokens_an_hour=300))
    for n in range(2 * BATCH):
        remember(world, said(f"Ana visited Town{n}."), stream=f"{CHAT}{n}")

    improve(world)

    told = backlog(world)
    assert len(facts_of(world)) == BATCH
    assert told.waiting[Step.READ_FACTS] == BATCH
    assert told.resting_until is not None
    assert told.spent[Step.READ_FACTS].asks == 2 * BATCH
    assert told.spent[Step.READ_FACTS].all > 300

    world.clock.advance(told.resting_until - world.clock.now() + timedelta(seconds=1))
    improve(world)

    assert len(facts_of(world)) == 2 * BATCH
    assert backlog(world).parked == ()

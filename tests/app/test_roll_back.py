"""Rolling back: what is edited or derived stands again as it stood, and the rollback goes too."""

import tempfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from memsvc.app.keep_notes import NoteWork
from memsvc.app.links import NewLink
from memsvc.app.notes import Edit
from memsvc.domain.errors import (
    InvalidField,
    NoteNotFound,
    RoleTooWeak,
    RulingConflict,
    RunNotFound,
)
from memsvc.domain.feedback import Judgement, NewFeedback
from memsvc.domain.ids import LinkId, NoteId, Position, RunId
from memsvc.domain.knowledge import DatedFact, NewFact
from memsvc.domain.ledger import Change
from memsvc.domain.memory import SpaceSettings
from memsvc.domain.note import Facets, LinkKind, Making, NewNote, Run
from memsvc.domain.recall import Filter
from memsvc.domain.receipt import Wanted
from memsvc.domain.rollback import Goal, RolledBack, StateDigest, Thing, Undoing
from memsvc.domain.validity import Verdict
from memsvc.ports.keeping import Unit
from memsvc.ports.notes import LinkDraft, NoteDraft, Revision
from memsvc.wiring import Service
from tests.app import test_make_notes as making
from tests.app.test_as_of import (
    ALICE,
    GIVEN,
    QUESTIONS,
    WHO,
    answers,
    links_of,
    notes_of,
    position_of,
    recalled,
    said,
    step,
    then,
    turns_of,
    whoever,
)
from tests.postgres import on_either
from tests.worlds import World, open_world


def back(world: World, to: int, **how: Any) -> RolledBack:
    dry_run = how.pop("dry_run", False)
    return world.service.roll_back(world.admin, ALICE, Goal(to=to, **how), dry_run=dry_run)


def digest(world: World, service: Service | None = None) -> StateDigest:
    return (service or world.service).take_digest(world.admin, ALICE)


def different(one: StateDigest, other: StateDigest) -> set[Thing]:
    return {thing for thing, part in one.parts.items() if part != other.parts[thing]}


def work_off(world: World) -> None:
    while world.service.enrich.work_once():
        pass


def found(world: World, service: Service) -> Any:
    """Ask the pinned questions: ids and scores, in their order."""
    return [
        [(hit.turn.id, hit.score) for hit in recalled(service, world.admin, question).hits]
        for question in QUESTIONS
    ]


# Any history -------------------------------------------------------------------------------------

dated = st.sampled_from(["dated", "undated"])
edits = st.one_of(
    st.tuples(st.just("revise"), st.integers(0, 99), st.sampled_from([None, "home", "work"])),
    st.tuples(st.just("merge"), whoever, whoever),
    st.tuples(st.just("rename"), whoever, st.sampled_from([*WHO, *GIVEN])),
    st.tuples(st.just("unmerge"), st.integers(0, 9)),
    st.tuples(st.just("unname"), st.integers(0, 99), whoever),
    st.tuples(st.just("name again"), st.integers(0, 9)),
    st.tuples(st.just("set"), st.sampled_from([None, 30, 60]), st.sampled_from([None, 2, 8])),
    st.tuples(st.just("edit"), st.integers(0, 99), st.sampled_from(["stone", "bird"])),
    st.tuples(st.just("link"), st.integers(0, 99), st.integers(0, 99)),
    st.tuples(st.just("unlink"), st.integers(0, 99)),
    st.tuples(st.just("state"), st.integers(0, 3), whoever, whoever, dated),
    st.tuples(st.just("rule"), st.integers(0, 3), st.sampled_from(Verdict)),
    st.tuples(st.just("judge"), st.integers(0, 3), st.sampled_from(Judgement)),
    st.tuples(st.just("unjudge"), st.integers(0, 3)),
    st.tuples(st.just("unrule"), st.integers(0, 3)),
    st.tuples(st.just("wait"), st.integers(1, 600)),
)
additions = st.one_of(
    st.tuples(st.just("say"), st.just("chat"), st.lists(said, min_size=1, max_size=2)),
    st.tuples(st.just("note"), said, st.sampled_from(["bird", "tree"])),
)


def take(world: World, what: str, *how: Any) -> None:
    others: Mapping[str, Callable[..., None]] = {
        "unmerge": unmerge,
        "state": state,
        "rule": rule,
        "unrule": unrule,
        "judge": judge,
        "unjudge": unjudge,
    }
    if what in others:
        others[what](world, *how)
    else:
        step(world, what, *how)


def unmerge(world: World, which: int) -> None:
    every = world.service.merging.merges(world.admin, ALICE, after=Position(0), limit=99).items
    for merge in every[which % 3 :][:1]:
        world.service.merging.undo(world.admin, ALICE, merge.id)


def facts_of(world: World) -> list[DatedFact]:
    return list(world.service.facts.page(world.admin, ALICE, after=None, limit=99).items)


def state(world: World, which: int, subject: str, what: str, when: str) -> None:
    turns = turns_of(world)
    said_by = (turns[which % len(turns)].id,)
    is_dated = when == "dated"
    begins = world.clock.now() if is_dated else None
    fact = NewFact(subject, "lives in", what, said_by, valid_from=begins, replaces=is_dated)
    world.service.facts.state(world.admin, ALICE, [fact])


def rule(world: World, which: int, verdict: Verdict) -> None:
    for held in facts_of(world)[which:][:1]:
        fact, version = held.fact.id, held.fact.version
        decide = world.service.decide_facts
        if verdict is Verdict.SUPERSEDED:
            by = facts_of(world)[-1].fact.id
            with suppress(RulingConflict):
                decide.supersede(
                    world.admin, ALICE, fact, by=by, at=None, reason="moved", version=version
                )
        else:
            decide.decide(world.admin, ALICE, fact, verdict=verdict, reason="seen", version=version)


def unrule(world: World, which: int) -> None:
    ruled = [(one.fact.id, each.id) for one in facts_of(world) for each in one.rulings]
    for fact, ruling in ruled[which:][:1]:
        world.service.decide_facts.undo(world.admin, ALICE, fact, ruling)


def judge(world: World, which: int, judgement: Judgement) -> None:
    turns = turns_of(world)
    said_of = NewFeedback(turns[which % len(turns)].id, judgement, None)
    world.service.feedback.give(world.admin, ALICE, said_of)


def unjudge(world: World, which: int) -> None:
    every = world.service.feedback.page(world.admin, ALICE, turn=None, after=None, limit=99).items
    for one in every[which:][:1]:
        world.service.feedback.take_back(world.admin, ALICE, one.id)


def begin(world: World) -> None:
    world.write(ALICE, "chat", "Ada Lovelace went to Kyoto.", "Grace Hopper met Alan Turing.")
    for text, tag in (("Ada Lovelace counts the engines.", "bird"), ("Kyoto is far.", "tree")):
        world.service.notes.write(world.admin, ALICE, NewNote(text, Facets(tags=(tag,))))
    work_off(world)


@given(st.lists(st.one_of(edits, additions), max_size=6), st.lists(edits, max_size=8))
@example(
    [("state", 0, "Ada Lovelace", "Kyoto", "undated")],
    [
        ("state", 1, "Ada Lovelace", "Kyoto", "undated"),
        ("state", 1, "Ada Lovelace", "Lisbon", "dated"),
        ("rule", 0, Verdict.SUPERSEDED),
        ("merge", "Ada Lovelace", "Grace Hopper"),
    ],
)
@example([], [("state", 0, "Ada Lovelace", "Mount Fuji", "undated"), ("merge", *WHO[4:])])
@example(
    [("judge", 0, Judgement.WRONG), ("judge", 1, Judgement.HELPED)],
    [("judge", 0, Judgement.HELPED), ("unjudge", 1), ("judge", 2, Judgement.WRONG)],
)
@example(
    [("unname", 1, "Alan Turing"), ("unname", 0, "Kyoto")],
    [("name again", 1), ("merge", "Alan Turing", "Grace Hopper"), ("unname", 0, "Ada Lovelace")],
)
@example([], [("edit", 0, "stone"), ("link", 0, 1), ("revise", 0, "home"), ("set", 30, None)])
@settings(
    max_examples=6,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # a history takes a second or two
)
def test_any_edits_are_rolled_back_and_the_rollback_too(
    before: list[Any], since: list[Any]
) -> None:
    with tempfile.TemporaryDirectory() as folder, open_world(Path(folder)) as world:
        begin(world)
        for one in before:
            take(world, *one)
        target, stood, told = position_of(world), digest(world), found(world, world.service)
        for one in since:
            take(world, *one)
        work_off(world)
        later, stands = position_of(world), digest(world)
        dry = back(world, target, dry_run=True)
        assert (position_of(world), digest(world)) == (later, stands)

        done = back(world, target)
        assert done.undone == dry.undone
        work_off(world)
        assert different(digest(world), stood) == set(), (before, since, done.undone)
        assert digest(world).parts == digest(world, then(world, target)).parts
        assert digest(world).digest == stood.digest
        if not any(one[0] == "wait" for one in since):
            assert found(world, world.service) == told
        assert world.service.verify(world.admin, ALICE).is_whole
        assert back(world, target).undone == []

        if done.undone:
            back(world, done.before)
            work_off(world)
            assert different(digest(world), stands) == set(), (before, since, done.undone)
            assert digest(world).digest == stands.digest


@given(st.lists(st.one_of(edits, additions), max_size=10), st.integers(0, 9))
@settings(
    max_examples=5,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)
def test_with_the_turns_all_that_was_asked_before_is_answered_again(
    since: list[Any], wait: int
) -> None:
    with tempfile.TemporaryDirectory() as folder, open_world(Path(folder)) as world:
        begin(world)
        target, stood = position_of(world), digest(world)
        for one in since:
            take(world, *one)
        world.clock.advance(timedelta(minutes=wait))
        back(world, target, with_turns=True)
        work_off(world)
        after = digest(world)
        assert {k: v for k, v in after.parts.items() if k is not Thing.EVENT} == {
            k: v for k, v in stood.parts.items() if k is not Thing.EVENT
        }


# What goes back ----------------------------------------------------------------------------------


@pytest.fixture
def world(world: World) -> World:
    begin(world)
    return world


def test_each_change_is_an_ordinary_entry_before_that_of_the_rollback(world: World) -> None:
    target = position_of(world)
    (one, other) = [shown.note for shown in notes_of(world, world.service)]
    take(world, "revise", 0, "home")
    take(world, "set", 30, None)
    take(world, "merge", "Ada Lovelace", "Grace Hopper")
    given_ = Edit(context="what nobody may read in the ledger", reason="because")
    world.service.notes.edit(world.admin, ALICE, one.id, given_, version=one.version)
    new = NewLink(one.id, other.id, LinkKind.RELATED)
    link = world.service.links.make(world.admin, ALICE, new).link
    before = position_of(world)

    done = back(world, target, reason="it was wrong")
    assert [(each.thing, each.undoing) for each in done.undone] == [
        (Thing.TURN, Undoing.REVISED),
        (Thing.SETTINGS, Undoing.REVISED),
        (Thing.MERGE, Undoing.RETIRED),
        (Thing.LINK, Undoing.RETIRED),
        (Thing.NOTE, Undoing.REVISED),
    ]
    assert (done.before, done.to) == (before, target)
    entries = world.service.inspect.ledger(world.admin, ALICE, after=before, limit=99)
    assert [entry.change for entry in entries] == [
        Change.TURN_REVISED,
        Change.SPACE_REVISED,
        Change.ENTITIES_UNMERGED,
        Change.LINK_RETIRED,
        Change.NOTE_REVISED,
        Change.SPACE_ROLLED_BACK,
    ]
    assert entries[-1].position == done.position
    assert entries[-1].actor == world.admin.id
    assert entries[-3].subject == link.id
    last = world.service.notes.versions(world.admin, ALICE, one.id)[-1]
    assert (last.facets, last.making.reason) == (one.facets, "it was wrong")


def test_a_note_made_since_is_retired_and_its_turn_stays(world: World) -> None:
    target, turns = position_of(world), len(turns_of(world))
    new = world.service.notes.write(world.admin, ALICE, NewNote("The heron stands."))
    done = back(world, target)

    assert [(one.thing, one.id, one.undoing) for one in done.undone] == [
        (Thing.NOTE, new.id, Undoing.RETIRED)
    ]
    with pytest.raises(NoteNotFound):
        world.service.notes.get(world.admin, ALICE, new.id)
    assert len(turns_of(world)) == turns + 1
    back(world, done.before)
    assert world.service.notes.get(world.admin, ALICE, new.id).note.content == "The heron stands."


def test_a_note_has_its_vector_again_without_the_model(world: World) -> None:
    note = notes_of(world, world.service)[0].note
    target = position_of(world)
    world.service.notes.edit(
        world.admin, ALICE, note.id, Edit(context="far away"), version=note.version
    )
    work_off(world)
    back(world, target)
    assert not world.service.enrich.work_once()


def test_what_was_forgotten_since_stays_forgotten(world: World) -> None:
    target = position_of(world)
    kept = notes_of(world, world.service)[1].note
    take(world, "edit", 0, "stone")
    take(world, "revise", 0, "home")
    world.service.forget_wanted(world.admin, ALICE, Wanted(text="Ada Lovelace"), dry_run=False)
    done = back(world, target)

    assert done.undone == []
    assert [shown.note.id for shown in notes_of(world, world.service)] == [kept.id]
    assert digest(world).parts == digest(world, then(world, target)).parts


def test_turns_that_came_since_are_deleted_only_where_they_are_included(world: World) -> None:
    target, stood = position_of(world), digest(world)
    world.write(ALICE, "chat", "The heron stands.")
    world.document(ALICE, "guide", "The kestrel hovers.", "The owl sleeps.")
    assert back(world, target).undone == []
    assert len(turns_of(world)) == 7

    done = back(world, target, with_turns=True)
    assert [(one.thing, one.undoing) for one in done.undone] == [
        (Thing.DOCUMENT, Undoing.DELETED),
        (Thing.TURN, Undoing.DELETED),
    ]
    assert digest(world).digest == stood.digest
    page = world.service.documents.page(world.admin, ALICE, after=None, limit=9)
    assert not page.items


def test_the_parts_of_a_document_that_was_there_stay(world: World) -> None:
    world.document(ALICE, "guide", "The kestrel hovers.")
    target = position_of(world)
    world.document(ALICE, "guide", "The owl sleeps.")
    done = back(world, target, with_turns=True)

    assert [(one.thing, one.undoing) for one in done.undone] == [(Thing.TURN, Undoing.KEPT)]
    assert "The owl sleeps." in [turn.content for turn in turns_of(world)]


def test_a_fact_that_no_turn_says_any_more_is_hidden_and_comes_back(world: World) -> None:
    target = position_of(world)
    state(world, 0, "Ada Lovelace", "Kyoto", "undated")
    work_off(world)
    [held], told = facts_of(world), found(world, world.service)
    done = back(world, target)

    assert [(one.thing, one.id, one.undoing) for one in done.undone] == [
        (Thing.FACT, held.fact.id, Undoing.RETIRED)
    ]
    assert facts_of(world) == []
    back(world, done.before)
    assert [one.fact.id for one in facts_of(world)] == [held.fact.id]
    assert found(world, world.service) == told


def test_a_fact_that_is_stated_again_after_it_was_hidden_is_the_same(world: World) -> None:
    target = position_of(world)
    state(world, 0, "Ada Lovelace", "Kyoto", "undated")
    work_off(world)
    [held] = facts_of(world)
    back(world, target)
    state(world, 1, "Ada Lovelace", "Kyoto", "undated")
    [again] = facts_of(world)
    assert again.fact.id == held.fact.id
    assert again.fact.turns == (turns_of(world)[1].id,)


def test_a_time_means_the_position_that_stood_then(world: World) -> None:
    moment, stood = world.clock.now(), digest(world)
    world.clock.advance(timedelta(hours=1))
    take(world, "revise", 0, "home")
    world.service.roll_back(world.admin, ALICE, Goal(to=moment), dry_run=False)
    assert digest(world).digest == stood.digest


@on_either
def test_reads_answer_as_they_did(world: World) -> None:
    target = position_of(world)
    told = answers(world, world.service)
    take(world, "edit", 0, "stone")
    take(world, "edit", 1, "stone")
    take(world, "revise", 1, "home")
    take(world, "merge", "Ada Lovelace", "Grace Hopper")
    back(world, target)
    world.service.shelf.drop(world.service.inspect.space(world.admin, ALICE).space.key)
    again = answers(world, world.service)
    for what in ("entities", "merges", "graph", "stats", "streams", "places", "walked"):
        assert again[what] == told[what], what
    for before, after in zip(told["recalled"], again["recalled"], strict=True):
        assert [(hit.turn.id, hit.score) for hit in before.hits] == [
            (hit.turn.id, hit.score) for hit in after.hits
        ]


@on_either
def test_what_others_write_meanwhile_is_never_half_seen(world: World) -> None:
    target = position_of(world)
    take(world, "revise", 0, "home")

    def write_on() -> None:
        for number in range(30):
            world.write(ALICE, "log", f"The heron stands {number}.")

    writers = [Thread(target=write_on) for _ in range(3)]
    for writer in writers:
        writer.start()
    for _ in range(10):
        done = back(world, target)
        if done.undone:
            back(world, done.before)
    for writer in writers:
        writer.join()
    assert len(turns_of(world)) == 4 + 90
    assert world.service.verify(world.admin, ALICE).is_whole


# Refusals ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "goal",
    [
        Goal(),
        Goal(to=1, run=RunId("u_1")),
        Goal(run=RunId("u_1"), with_turns=True),
        Goal(to=0),
        Goal(to=999),
    ],
)
def test_what_cannot_be_meant_is_refused(world: World, goal: Goal) -> None:
    with pytest.raises(InvalidField):
        world.service.roll_back(world.admin, ALICE, goal, dry_run=False)


def test_a_run_that_is_not_there_is_refused(world: World) -> None:
    with pytest.raises(RunNotFound):
        world.service.roll_back(world.admin, ALICE, Goal(run=RunId("u_1")), dry_run=False)


def test_a_position_needs_an_admin(world: World) -> None:
    writer = replace(world.admin, role=type(world.admin.role).WRITER)
    with pytest.raises(RoleTooWeak):
        world.service.roll_back(writer, ALICE, Goal(to=1), dry_run=True)


# Runs --------------------------------------------------------------------------------------------

RUN = RunId("u_test")


def run_once(world: World, run: RunId = RUN) -> tuple[NoteId, LinkId]:
    """Do what a run of enrichment does: a note, a link, and other facets for the first note."""
    made = Making("rules/1", "seen", run=run)
    ids = iter([f"n_{run}", f"l_{run}"])

    def work(unit: Unit) -> tuple[NoteId, LinkId]:
        space = unit.spaces.find(ALICE)
        assert space is not None
        now = world.clock.now()
        doing = NoteWork(unit, space, world.service.embedder.fingerprint, "worker", now)
        old = unit.notes.of_ids(space.key, [s.note.id for s in notes_of(world, world.service)])
        first = next(iter(old.values()))
        [turn] = unit.turns.page(space.key, Filter(), after=None, limit=1).items
        draft = NoteDraft(
            NoteId(next(ids)), "Made.", Facets(), [turn.key], None, turn.source, now, made
        )
        [note] = doing.add([draft])
        because = replace(made, because=note.id)
        doing.revise({first.id: Revision(first.key, Facets(tags=("made",)), because)})
        [link] = doing.link(
            [LinkDraft(LinkId(next(ids)), note.key, first.key, LinkKind.RELATED, 0.5, made)]
        )
        position = Position(unit.ledger.next_position(space.key) - 1)
        unit.runs.keep(
            space.key, Run(run, "notes", "rules/1", now, now, space.position, position, 3)
        )
        return note.id, link.id

    done = world.service.notes.keeping.write(work)
    work_off(world)
    return done


def undo(world: World, run: RunId = RUN, **how: Any) -> RolledBack:
    return world.service.roll_back(world.admin, ALICE, Goal(run=run), dry_run=False, **how)


def test_all_that_a_run_made_goes_and_what_it_replaced_stands_again(world: World) -> None:
    stood = digest(world)
    first = notes_of(world, world.service)[0].note
    note, link = run_once(world)
    made = digest(world)
    assert made.digest != stood.digest
    take(world, "revise", 0, "home")
    done = undo(world)

    assert [(one.thing, one.id, one.undoing) for one in done.undone] == [
        (Thing.LINK, link, Undoing.RETIRED),
        (Thing.NOTE, note, Undoing.RETIRED),
        (Thing.NOTE, first.id, Undoing.REVISED),
    ]
    assert turns_of(world)[0].place == "home"
    for part in (Thing.NOTE, Thing.LINK):
        assert digest(world).parts[part] == stood.parts[part]
    assert undo(world).undone == [one for one in undo(world).undone if one.undoing is Undoing.KEPT]
    back(world, done.before)
    for part in (Thing.NOTE, Thing.LINK):
        assert digest(world).parts[part] == made.parts[part]


def test_what_a_person_changed_since_is_kept_and_told(world: World) -> None:
    first = notes_of(world, world.service)[0].note
    note, link = run_once(world)
    for one in (note, first.id):
        held = world.service.notes.get(world.admin, ALICE, one).note
        world.service.notes.edit(
            world.admin, ALICE, one, Edit(tags=("mine",)), version=held.version
        )
    before = position_of(world)
    done = undo(world)

    assert [(one.thing, one.id, one.undoing) for one in done.undone] == [
        (Thing.LINK, link, Undoing.RETIRED),
        (Thing.NOTE, first.id, Undoing.KEPT),
        (Thing.NOTE, note, Undoing.KEPT),
    ]
    assert position_of(world) == before + 2
    assert not links_of(world, world.service)
    tags = [shown.note.facets.tags for shown in notes_of(world, world.service)]
    assert tags.count(("mine",)) == 2


def test_another_run_is_left_alone(world: World) -> None:
    note, link = run_once(world)
    run_once(world, RunId("u_other"))
    done = undo(world, RunId("u_other"))

    assert {one.id for one in done.undone} >= {"n_u_other", "l_u_other"}
    assert world.service.notes.get(world.admin, ALICE, note).note.content == "Made."
    assert link in [one.id for one in links_of(world, world.service)]


def test_what_the_maker_of_notes_made_in_a_run_is_taken_back(tmp_path: Path) -> None:
    with open_world(tmp_path) as world:
        making.ask_for_notes(world)
        making.tell(world, making.VET)
        work_off(world)
        [first] = notes_of(world, world.service)
        stood = digest(world)
        making.tell(world, making.VET_AGAIN)
        work_off(world)
        made = digest(world)
        assert links_of(world, world.service)
        done = undo(world, making.runs_of(world)[0].id)

        assert not links_of(world, world.service)
        assert notes_of(world, world.service)[0].note.facets == first.note.facets
        assert {one.undoing for one in done.undone} == {Undoing.RETIRED, Undoing.REVISED}
        assert digest(world).parts[Thing.NOTE] == stood.parts[Thing.NOTE]
        back(world, done.before)
        assert different(digest(world), made) == set()


def test_the_digest_says_what_stands_and_where(world: World) -> None:
    taken = digest(world)
    assert taken.position == position_of(world)
    assert {thing: part.count for thing, part in taken.parts.items()} == {
        Thing.TURN: 4,
        Thing.SETTINGS: 1,
        Thing.MERGE: 0,
        Thing.UNLINKING: 0,
        Thing.FACT: 0,
        Thing.RULING: 0,
        Thing.FEEDBACK: 0,
        Thing.NOTE: 2,
        Thing.LINK: 0,
        Thing.TITLE: 0,
        Thing.EVENT: 0,
    }
    held = world.service.inspect.space(world.admin, ALICE).space
    world.service.govern(world.admin, ALICE, SpaceSettings(retention_days=3), version=held.version)
    other = digest(world)
    changed = {thing for thing, part in other.parts.items() if part != taken.parts[thing]}
    assert changed == {Thing.SETTINGS}

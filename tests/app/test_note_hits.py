"""Recall with the kind note: what is found, why, what is shown, and what may not be."""

from datetime import timedelta
from typing import Any

import pytest

from memsvc.app.recall import Recall
from memsvc.domain.ids import NoteId, StreamName
from memsvc.domain.memory import Source
from memsvc.domain.note import Facets, NewNote
from memsvc.domain.recall import Filter, Hit, Kind, Question
from tests.app.small import ALICE, BOB, ask, remember, said, turns_of
from tests.app.test_notes import edit, link, made_of, write
from tests.worlds import World

PEANUTS = "Allergic to peanuts"


def hits(world: World, text: str, **asked: Any) -> tuple[Hit, ...]:
    question = Question(text, kind=Kind.NOTE, **asked)
    return world.service.recall(world.admin, ALICE, question).hits


def found(world: World, text: str, **asked: Any) -> list[str]:
    return [hit.note.note.content for hit in hits(world, text, **asked) if hit.note is not None]


def test_a_note_is_found_and_shown_with_turns_facets_links_and_reasons(world: World) -> None:
    peanuts, bread = write(world, PEANUTS, "health"), write(world, "Bakes bread at home")
    made = link(world, bread.id, peanuts.id)

    best = hits(world, "allergic to peanuts?")[0]

    assert best.note is not None
    assert (best.note.note.id, best.note.note.facets.tags) == (peanuts.id, ("health",))
    assert best.note.links == (made,)
    assert (best.turn.content, best.turns) == (PEANUTS, (peanuts.turn,))
    assert best.score == pytest.approx(sum(arm.share for arm in best.why.values()), abs=1e-5)
    assert best.why["note"].rank == 1
    assert best.why["note"].share == pytest.approx(0.5 * best.why["note"].score)


def test_facets_find_a_note_whose_turns_do_not_say_it(world: World) -> None:
    """What nothing in the content says, the note's own vector does."""
    for number in range(5):
        write(world, f"Something else number {number}")
    write(world, PEANUTS)
    note = NewNote("Never again", Facets(("zanzibar", "spices"), ("zanzibar",), "zanzibar spices"))
    world.service.notes.write(world.admin, ALICE, note)

    assert found(world, "zanzibar spices")[0] == "Never again"


def test_an_edit_changes_what_a_note_is_found_by_at_once(world: World) -> None:
    one, other = write(world, PEANUTS, "health"), write(world, "Bakes bread", "kitchen")
    before = {
        hit.note.note.id: hit.why["note"].score for hit in hits(world, "zanzibar") if hit.note
    }
    edit(world, one.id, "zanzibar")
    after = {hit.note.note.id: hit.why["note"].score for hit in hits(world, "zanzibar") if hit.note}
    assert after[one.id] > before[one.id]
    assert after[other.id] == pytest.approx(before[other.id])


def test_an_events_note_stands_for_its_turns_and_needs_all_of_them(world: World) -> None:
    remember(world, said("Owls hunt at night."), said("Mice hide from owls."))
    remember(world, said("Owls sleep by day."), stream="other")
    first, second, third = (turn.id for turn in turns_of(world))
    made_of(world, [first, second], "Owls hunt mice", id_="n_1")
    made_of(world, [second, third], "Owls in two places", id_="n_2")

    assert set(found(world, "owls")) == {"Owls hunt mice", "Owls in two places"}
    where = Filter(streams=(StreamName("chat"),))
    assert found(world, "owls", where=where) == ["Owls hunt mice"]
    (hit,) = hits(world, "owls", where=where)
    assert hit.turns == (first, second)


def test_links_to_notes_that_the_question_may_not_see_are_not_told(world: World) -> None:
    remember(world, said("Owls hunt at night."))
    remember(world, said("Owls sleep by day."), stream="other")
    first, second = (turn.id for turn in turns_of(world))
    made_of(world, [first], "Owls hunt", id_="n_1")
    made_of(world, [second], "Owls sleep", id_="n_2")
    link(world, NoteId("n_1"), NoteId("n_2"))

    assert [len(hit.note.links) for hit in hits(world, "owls") if hit.note] == [1, 1]
    (hit,) = hits(world, "owls", where=Filter(streams=(StreamName("chat"),)))
    assert hit.note is not None
    assert hit.note.links == ()


def test_the_context_shows_the_note_dated_and_attributed(world: World) -> None:
    at = world.clock.now() - timedelta(days=400)
    world.service.notes.write(world.admin, ALICE, NewNote(PEANUTS, at=at, source=Source.DOCUMENT))
    recalled = world.service.recall(world.admin, ALICE, Question("peanuts", kind=Kind.NOTE))
    assert f"[{at:%Y-%m-%d %H:%M} UTC | notes | note (document)] {PEANUTS}\n" in recalled.context


def test_a_note_that_goes_is_found_no_more(world: World) -> None:
    kept, gone = write(world, PEANUTS), write(world, "Peanuts again")
    world.service.notes.delete(world.admin, ALICE, gone.id)
    assert [hit.note.note.id for hit in hits(world, "peanuts") if hit.note] == [kept.id]


def test_without_notes_there_is_nothing_and_spaces_stay_apart(world: World) -> None:
    remember(world, said("Owls hunt at night."))
    world.write(BOB, "chat", "Owls too")
    world.service.notes.write(world.admin, BOB, NewNote("Owls of Bob"))
    assert hits(world, "owls") == ()


def test_recall_over_turns_is_the_same_with_and_without_notes(world: World) -> None:
    """Notes on turns that are there change no hit, no score and no context of turns or events."""
    turns = ("Owls hunt at night.", "Mice hide from owls.", "The barn is red.")
    remember(world, *map(said, turns))
    recall: Recall = world.service.recall
    questions = [Question("where do owls hunt?", kind=kind) for kind in (Kind.TURN, Kind.EVENT)]
    before = [recall(world.admin, ALICE, question) for question in questions]
    ids = [turn.id for turn in turns_of(world)]
    made_of(world, ids[:2], "Owls hunt mice", id_="n_1")
    made_of(world, ids[2:], "A barn", id_="n_2")
    link(world, NoteId("n_1"), NoteId("n_2"))
    after = [recall(world.admin, ALICE, question) for question in questions]
    for one, other in zip(before, after, strict=True):
        assert (one.hits, one.context) == (other.hits, other.context)
    assert len(ask(world, "owls").hits) > 0

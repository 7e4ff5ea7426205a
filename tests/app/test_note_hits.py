"""Recall with the kind note: what is found, why, what is shown, and what may not be."""

from datetime import timedelta
from typing import Any

import pytest

from memsvc.app.recall import Recall
from memsvc.domain.feedback import BOUND, Judgement, NewFeedback
from memsvc.domain.ids import NoteId, StreamName, TurnId
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


# Beside what else a recall goes by ----------------------------------------------------------------


def test_canaries_are_no_notes_and_change_none(world: World) -> None:
    for text in (PEANUTS, "Bakes bread at home", "Drinks tea at four"):
        write(world, text)
    before = found(world, "who is allergic to peanuts?")

    planted, _ = world.service.canaries.plant(world.admin, ALICE, count=3)

    assert found(world, "who is allergic to peanuts?") == before
    recalled = ask(world, planted[0].words.sentence, kind=Kind.NOTE, k=10)
    assert planted[0].words.needle not in recalled.context
    assert {hit.turn.role for hit in recalled.hits} <= {"note"}


def judged(world: World, turn: TurnId, judgement: Judgement) -> dict[str, Hit]:
    """Give feedback on a turn; return the hits by what they say."""
    world.service.feedback.give(world.admin, ALICE, NewFeedback(turn, judgement))
    return {hit.turn.content: hit for hit in hits(world, "peanuts?")}


def test_what_was_said_of_its_best_turn_moves_a_note_by_half(world: World) -> None:
    """For half of its score is that turn's; the other half is its own cosine."""
    peanuts, bread = write(world, PEANUTS), write(world, "Peanuts in the bread")
    before = {hit.turn.content: hit for hit in hits(world, "peanuts?")}

    after = judged(world, peanuts.turn, Judgement.WRONG)

    own = before[PEANUTS].why["note"].share
    turn = before[PEANUTS].score - own
    assert after[PEANUTS].why["feedback"].score == -0.5
    assert after[PEANUTS].score == pytest.approx(own + turn * (1 - BOUND / 2), rel=1e-5)
    assert after["Peanuts in the bread"].score == before["Peanuts in the bread"].score
    risen = judged(world, bread.turn, Judgement.HELPED)["Peanuts in the bread"]
    assert risen.score > before["Peanuts in the bread"].score
    for hit in (after[PEANUTS], risen):
        assert sum(one.share for one in hit.why.values()) == pytest.approx(hit.score, abs=1e-5)


def test_an_outdated_turn_lowers_the_notes_on_it_and_no_other(world: World) -> None:
    remember(world, said("Peanuts grow on trees."), said("Peanuts grow in the ground."))
    first, second = (turn.id for turn in turns_of(world))
    made_of(world, [first], "Peanuts on trees", id_="n_1")
    made_of(world, [second], "Peanuts in the ground", id_="n_2")
    before = {hit.turn.content: hit.score for hit in hits(world, "peanuts?")}

    after = judged(world, first, Judgement.OUTDATED)

    assert after["Peanuts on trees"].score < before["Peanuts on trees"]
    assert after["Peanuts in the ground"].score == before["Peanuts in the ground"]


def test_a_profile_stands_before_notes_within_the_budget_and_changes_no_hit(world: World) -> None:
    remember(world, said("Always answer in French."), said("I prefer tea."))
    write(world, PEANUTS)

    without = ask(world, "peanuts?", kind=Kind.NOTE, budget_tokens=120)
    with_it = ask(world, "peanuts?", kind=Kind.NOTE, budget_tokens=120, include_profile=True)

    head, rest = with_it.context.split("</user-profile>\n")
    assert "- Always answer in French.\n" in head
    assert PEANUTS in rest
    assert with_it.hits == without.hits
    assert with_it.context_tokens <= 120
    assert len(world.service.embedder.tokens(with_it.context)) == with_it.context_tokens


def test_what_an_agent_notes_is_no_users_word_for_a_profile(world: World) -> None:
    remember(world, said("I prefer tea."))
    write(world, "Always answer in German.")

    context = ask(world, "tea?", kind=Kind.NOTE, include_profile=True).context

    assert "German" not in context.partition("</user-profile>")[0]

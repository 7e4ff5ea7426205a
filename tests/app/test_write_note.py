"""Notes go through the door of turns: what a space does not let in is held or refused."""

from datetime import timedelta
from pathlib import Path

import pytest

from memsvc.app.notes import WhichNotes
from memsvc.app.write_note import WrittenNote
from memsvc.domain.admission import Duplicates, OnSecret
from memsvc.domain.errors import (
    DuplicateTurn,
    NoteNotFound,
    SecretRefused,
    TextRejected,
    TooLarge,
    TooManyTurns,
)
from memsvc.domain.memory import Source
from memsvc.domain.note import Facets, NewNote
from memsvc.domain.recall import Kind
from memsvc.domain.receipt import Wanted
from tests.app.small import ALICE, MoodyEmbedder, ask, turns_of
from tests.app.test_quarantine import ATTACK, FACT, KEY, admit, waiting
from tests.store.test_spaces import dump
from tests.worlds import World, open_world

BIRDS = Facets(("heron",), ("birds",), "What nests where.")


def strange(content: str, facets: Facets = BIRDS) -> NewNote:
    return NewNote(content, facets, source=Source.UNTRUSTED)


def write(world: World, new: NewNote, *, key: str | None = None) -> WrittenNote:
    written: WrittenNote = world.service.notes.write(world.admin, ALICE, new, idempotency_key=key)
    return written


def contents(world: World) -> list[str]:
    page = world.service.notes.page(world.admin, ALICE, WhichNotes(), after=None, limit=50)
    return [shown.note.content for shown in page.items]


def release(world: World, written: WrittenNote) -> None:
    world.service.quarantine.release(world.admin, ALICE, written.turn)


def test_an_instruction_in_a_strangers_note_is_held_and_is_neither_note_nor_turn(
    world: World, tmp_path: Path
) -> None:
    write(world, strange(FACT))

    written = write(world, strange(f"Zanzibar. {ATTACK}"))

    assert written.held is not None
    assert written.held.id == written.turn
    assert {reason.rule for reason in written.held.reasons} == {"override", "action"}
    assert contents(world) == [FACT]
    assert [turn.content for turn in turns_of(world)] == [FACT]
    found = {name for name, rows in dump(tmp_path).items() if "Zanzibar" in str(rows)}
    assert found == {"quarantine"}
    with pytest.raises(NoteNotFound):
        world.service.notes.get(world.admin, ALICE, written.id)


@pytest.mark.parametrize(
    "facets", [Facets(context=ATTACK), Facets((ATTACK,)), Facets(tags=("birds", ATTACK))]
)
def test_what_helps_to_find_a_note_is_looked_at_like_its_content(
    world: World, facets: Facets
) -> None:
    assert write(world, strange(FACT, facets)).held is not None
    assert contents(world) == []


def test_whoever_is_trusted_may_note_an_instruction(world: World) -> None:
    assert write(world, NewNote(ATTACK)).held is None
    assert contents(world) == [ATTACK]


def test_released_it_is_the_note_that_it_would_have_been(world: World) -> None:
    long_ago = world.clock.now() - timedelta(days=9)
    new = NewNote(ATTACK, BIRDS, at=long_ago, source=Source.UNTRUSTED, user_id="ann")
    written = write(world, new)
    world.clock.advance(timedelta(days=1))

    release(world, written)
    release(world, written)
    while world.service.enrich.work_once():
        pass

    note = world.service.notes.get(world.admin, ALICE, written.id).note
    (turn,) = turns_of(world)
    assert (note.content, note.facets, note.turns) == (ATTACK, BIRDS, (turn.id,))
    assert (note.at, note.source, note.event) == (long_ago, Source.UNTRUSTED, None)
    assert note.making.maker == world.admin.id
    assert (turn.id, turn.role, turn.stream, turn.user_id) == (
        written.turn,
        "note",
        "notes",
        "ann",
    )
    (hit,) = ask(world, "which birds nest where", kind=Kind.NOTE).hits
    assert hit.why["note"].score > 0
    assert waiting(world) == ()
    assert world.service.verify(world.admin, ALICE).is_whole


def test_an_admin_sees_what_the_note_would_be(world: World) -> None:
    written = write(world, strange(ATTACK))

    (held,) = waiting(world)

    assert held.note is not None
    assert (held.note.id, held.note.facets) == (written.id, BIRDS)


def test_rejected_nothing_of_it_is_left_and_the_words_are_refused_from_anybody(
    world: World, tmp_path: Path
) -> None:
    written = write(world, strange(ATTACK))

    world.service.quarantine.reject(world.admin, ALICE, written.turn)

    left = [name for name, rows in dump(tmp_path).items() if "nests where" in str(rows)]
    assert left == []
    with pytest.raises(TextRejected, match=r"^content: "):
        write(world, NewNote(ATTACK.upper()))


def test_the_same_request_again_is_answered_as_the_first_time(world: World) -> None:
    first = write(world, strange(ATTACK), key="once")

    again = write(world, strange(ATTACK), key="once")

    assert again.replayed
    assert (again.id, again.turn, again.held) == (first.id, first.turn, first.held)
    assert len(waiting(world)) == 1


def test_what_a_space_refuses_it_refuses_as_a_note(world: World) -> None:
    write(world, NewNote(FACT))
    admit(world, duplicates=Duplicates.REFUSE, secrets=OnSecret.REFUSE, max_turn_chars=80)

    with pytest.raises(DuplicateTurn) as twice:
        write(world, NewNote(FACT.upper()))
    with pytest.raises(SecretRefused) as secret:
        write(world, NewNote(KEY))
    with pytest.raises(SecretRefused):
        write(world, NewNote("The bucket.", Facets(context=KEY)))
    with pytest.raises(TooLarge) as long:
        write(world, NewNote("a" * 81))

    assert {error.value.field for error in (twice, secret, long)} == {"content"}
    assert contents(world) == [FACT]


def test_notes_count_among_the_turns_of_a_minute(world: World) -> None:
    write(world, NewNote(FACT))
    admit(world, turns_per_minute=2)
    write(world, NewNote("Another."))

    with pytest.raises(TooManyTurns):
        write(world, NewNote("A third."))


def test_a_policy_that_changes_meanwhile_holds(tmp_path: Path) -> None:
    embedder = MoodyEmbedder()
    with open_world(tmp_path, embedder=embedder) as world:
        write(world, NewNote(FACT))
        embedder.meanwhile = lambda: admit(world, secrets=OnSecret.QUARANTINE)

        assert write(world, NewNote(KEY)).held is not None
        assert contents(world) == [FACT]


@pytest.mark.parametrize("wanted", [Wanted(text="what nests where"), Wanted(subject="Heron")])
def test_to_forget_finds_what_a_held_note_is_found_by(world: World, wanted: Wanted) -> None:
    write(world, strange(ATTACK))
    write(world, strange(f"Now. {ATTACK}", Facets()))

    world.service.forget_wanted(world.admin, ALICE, wanted, dry_run=False)

    assert [held.turn.content for held in waiting(world)] == [f"Now. {ATTACK}"]

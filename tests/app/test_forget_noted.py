"""Forgetting on request finds words in notes and links too, in every version of them."""

from pathlib import Path
from typing import Any

import pytest

from memsvc.app.notes import Edit
from memsvc.domain.ids import NoteId
from memsvc.domain.ledger import Change
from memsvc.domain.note import Facets, NewNote
from memsvc.domain.receipt import Tally
from tests.app.small import ALICE, remember, said, tamper, turns_of
from tests.app.test_forget_wanted import contents, forget, verify
from tests.app.test_notes import by_worker, bytes_left, evolve, get, link, listed, made_of, write
from tests.worlds import World, open_world


def note(world: World, content: str, **facets: Any) -> NoteId:
    new = NewNote(content, Facets(**facets))
    return world.service.notes.write(world.admin, ALICE, new).id


@pytest.mark.parametrize(
    "facets",
    [
        {"keywords": ("trams of LISBON",)},
        {"tags": ("Lisbon",)},
        {"context": "About the  lisbon trip."},
    ],
)
def test_a_note_goes_with_its_turn_whose_facets_hold_the_text(
    world: World, facets: dict[str, Any]
) -> None:
    note(world, "Trams are yellow", **facets)
    write(world, "Bread is brown")

    done = forget(world, text="lisbon")

    assert listed(world) == ["Bread is brown"]
    assert contents(world) == {"Bread is brown"}
    assert (done.receipt.tally.turns, done.receipt.tally.notes) == (1, 1)
    assert verify(world, done.receipt).is_gone
    assert world.service.verify(world.admin, ALICE).is_whole


def test_a_word_of_an_earlier_version_or_of_its_reason_is_enough(world: World) -> None:
    first, second = note(world, "Trams", tags=("Lisbon",)), note(world, "Trains")
    for each, change in (
        (first, Edit(tags=())),
        (second, Edit(tags=("rail",), reason="as in Lisbon")),
    ):
        version = get(world, each).note.version
        world.service.notes.edit(world.admin, ALICE, each, change, version=version)

    assert forget(world, text="lisbon").receipt.tally.notes == 2
    assert listed(world) == []


def test_a_note_that_was_taken_back_is_found_as_well(world: World) -> None:
    id_ = note(world, "Trams", tags=("Lisbon",))
    found = get(world, id_).note
    by_worker(world, lambda work: work.retire([found]))

    assert forget(world, text="lisbon").receipt.tally.notes == 1


def test_of_an_events_note_the_turns_stay_and_what_it_brought_goes(world: World) -> None:
    remember(world, said("The trams are yellow."))
    (turn,) = (turn.id for turn in turns_of(world))
    made = made_of(world, [turn], "Trams of Lisbon", id_="n_event")
    other = write(world, "Bread is brown").id
    evolve(world, other, Facets(tags=("yellow",)), because=made.id)

    done = forget(world, subject="Lisbon")

    assert listed(world) == ["Bread is brown"]
    assert get(world, other).note.facets == Facets()
    assert contents(world) == {"The trams are yellow.", "Bread is brown"}
    tally = done.receipt.tally
    assert (tally.turns, tally.notes, tally.versions, tally.links) == (0, 1, 2, 0)
    checked = verify(world, done.receipt)
    assert checked.is_gone
    assert checked.left["notes"] == 0


def test_a_check_finds_a_note_that_somebody_put_back_behind_the_service(
    world: World, tmp_path: Path
) -> None:
    remember(world, said("The trams are yellow."))
    (turn,) = (turn.id for turn in turns_of(world))
    made = made_of(world, [turn], "Trams of Lisbon", id_="n_event")
    done = forget(world, subject="Lisbon")
    tamper(
        tmp_path,
        "INSERT INTO notes (space, id, content, event, source, at, position)"
        " SELECT key, ?, 'Lisbon', 'e_1', 'user', 0, ? FROM spaces LIMIT 1",
        made.id,
        made.position,
    )
    assert verify(world, done.receipt).left["notes"] > 0


def test_of_a_link_only_the_link_goes_whose_reason_holds_the_text(world: World) -> None:
    one, other = write(world, "Trams").id, write(world, "Trains").id
    link(world, one, other, reason="both in Lisbon")

    done = forget(world, text="lisbon")

    assert done.receipt.tally == Tally(links=1)
    assert get(world, one).links == ()
    assert listed(world) == ["Trams", "Trains"]
    assert verify(world, done.receipt).is_gone
    entries = world.service.inspect.ledger(world.admin, ALICE, after=done.receipt.first, limit=9)
    assert [entry.change for entry in entries] == [Change.LINK_RETIRED, Change.TURNS_FORGOTTEN]


def test_a_subject_is_a_name_in_texts_and_a_whole_word_in_tags(world: World) -> None:
    note(world, "Trams", tags=("lisbon trip",))
    note(world, "We moved to Lisbon")
    note(world, "Wines", tags=("lisbonite",))

    forget(world, subject="Lisbon")

    assert listed(world) == ["Wines"]


def test_a_filter_narrows_it_to_notes_on_the_turns_that_pass(world: World) -> None:
    note(world, "Trams", tags=("Lisbon",))
    made_on = write(world, "Trains", "Lisbon")

    forget(world, text="lisbon", turns=(made_on.turn,))

    assert listed(world) == ["Trams"]


def test_a_dry_run_counts_the_same_and_changes_nothing(world: World) -> None:
    one = note(world, "Trams", tags=("Lisbon",))
    link(world, one, write(world, "Trains").id)

    dry = forget(world, text="lisbon", dry_run=True)

    assert listed(world) == ["Trams", "Trains"]
    assert forget(world, text="lisbon").receipt.tally == dry.receipt.tally
    assert (dry.receipt.tally.notes, dry.receipt.tally.links) == (1, 1)


def test_no_word_of_it_is_left_on_disk(tmp_path: Path) -> None:
    with open_world(tmp_path) as world:
        one = note(world, "Trams", tags=("Zanzibar",))
        link(world, one, write(world, "Trains").id, reason="zanzibar again")
        forget(world, text="zanzibar")
    assert bytes_left(tmp_path, "anzibar") == []

"""Notes: linked cards, versions as what differs, and edits that do not run over each other."""

import time
from typing import NamedTuple

import pytest
from playwright.sync_api import expect

from memsvc.spawned import Spawned
from tests.admin.desk import Desk, fill, hostile

pytestmark = pytest.mark.browser


class Plumbing(NamedTuple):
    """Two notes, by their ids: the second elaborates the first."""

    plumber: str
    drawings: str


@pytest.fixture
def plumbing(service: Spawned, space: str) -> Plumbing:
    room = service.client.space(space)
    plumber = room.notes.create(
        "Duarte is the plumber of the new kitchen.",
        tags=["craftsmen", "kitchen"],
        keywords=["plumber", "Duarte"],
        context="Who does what in the kitchen.",
    )
    drawings = room.notes.create("Duarte wants the drawings a week before.", tags=["craftsmen"])
    room.links.create(
        drawings.id, plumber.id, kind="elaborates", score=0.8, reason="says what he needs"
    )
    return Plumbing(plumber.id, drawings.id)


@pytest.mark.usefixtures("plumbing")
def test_notes_are_cards_with_words_and_links_that_lead_to_each_other(
    desk: Desk, space: str
) -> None:
    desk.open("spaces", space, "notes")
    desk.heading("Notes")
    card = desk.page.get_by_role("article").first
    expect(card).to_contain_text("elaborated by")
    expect(card.get_by_role("link", name="craftsmen")).to_be_visible()
    desk.check_accessible()
    desk.picture("notes")

    card.get_by_role("link", name="Duarte wants the drawings").click()

    desk.heading("Note")
    expect(desk.page.get_by_label("What it says")).to_contain_text("a week before")
    links = desk.page.get_by_label("Links", exact=True)
    expect(links).to_contain_text("It leads to")
    expect(links).to_contain_text("says what he needs")
    expect(links).to_contain_text("by you")


@pytest.mark.usefixtures("plumbing")
def test_notes_are_searched_and_what_was_asked_stands_in_the_address(
    desk: Desk, space: str
) -> None:
    desk.open("spaces", space, "notes")
    cards = desk.page.get_by_role("article")
    expect(cards).to_have_count(2)

    desk.page.get_by_label("Holds the words").fill("DRAWINGS")
    expect(cards).to_have_count(1)
    desk.page.reload()
    expect(cards).to_have_count(1)
    expect(desk.page.get_by_label("Holds the words")).to_have_value("DRAWINGS")

    desk.page.get_by_label("Tag", exact=True).fill("garden")
    expect(desk.page.get_by_text("No note answers to that")).to_be_visible()
    desk.check_accessible()
    desk.page.get_by_role("button", name="Show all notes").click()
    expect(cards).to_have_count(2)
    cards.first.get_by_role("link", name="plumber", exact=True).click()
    expect(cards).to_have_count(1)


def test_a_space_without_notes_says_how_one_comes(desk: Desk, space: str) -> None:
    desk.open("spaces", space, "notes")

    expect(desk.page.get_by_text("No notes yet")).to_be_visible()
    expect(desk.page.get_by_role("button", name="New note").last).to_be_visible()
    desk.check_accessible()


def test_a_note_is_written_and_shown_with_the_turn_that_it_is(desk: Desk, space: str) -> None:
    desk.open("spaces", space, "notes")
    desk.page.get_by_role("button", name="New note").first.click()
    dialog = desk.page.get_by_role("dialog")
    dialog.get_by_label("The idea").fill("Leonor swims on Thursdays.")
    dialog.get_by_label("Tags").fill("family\nsport\n")
    dialog.get_by_label("Context").fill("When nobody is at home.")
    desk.check_accessible()
    dialog.get_by_role("button", name="Write it").click()

    desk.heading("Note")
    expect(desk.page.get_by_label("What it says")).to_contain_text("Leonor swims on Thursdays.")
    [note] = desk.client.space(space).notes.list()
    assert (note.tags, note.context) == (["family", "sport"], "When nobody is at home.")
    desk.page.get_by_role("link", name="in notes, turn").click()
    expect(desk.page.get_by_text("Leonor swims on Thursdays.").first).to_be_in_viewport()


def test_an_edit_is_a_version_that_shows_what_differs_and_who_did_it(
    desk: Desk, space: str, plumbing: Plumbing
) -> None:
    desk.open("spaces", space, "notes", plumbing.plumber)
    desk.page.get_by_role("button", name="Edit").click()
    dialog = desk.page.get_by_role("dialog")
    dialog.get_by_label("Tags").fill("craftsmen\nhouse")
    dialog.get_by_label("Context").fill("Who does what in the old house.")
    dialog.get_by_label("Reason").fill("it is about the house")
    dialog.get_by_role("button", name="Save").click()

    newest = desk.page.locator(".version-row").first
    expect(newest).to_contain_text("it is about the house")
    expect(newest).to_contain_text("by you")
    assert newest.locator("ins").all_inner_texts() == ["house", "old house."]
    assert newest.locator("del").all_inner_texts() == ["kitchen", "kitchen."]
    desk.check_accessible()
    desk.picture("note")


def test_of_two_edits_at_once_both_are_shown_and_the_person_decides(
    desk: Desk, space: str, plumbing: Plumbing
) -> None:
    desk.expects("412")
    desk.open("spaces", space, "notes", plumbing.plumber)
    desk.page.get_by_role("button", name="Edit").click()
    dialog = desk.page.get_by_role("dialog")
    dialog.get_by_label("Tags").fill("craftsmen\nmine")
    dialog.get_by_label("Keywords").fill("tap")
    notes = desk.client.space(space).notes
    version = notes.get(plumbing.plumber).version
    notes.edit(
        plumbing.plumber,
        version=version,
        tags=["craftsmen", "theirs"],
        context="Theirs.",
        reason="sorted",
    )
    dialog.get_by_role("button", name="Save").click()

    expect(dialog.get_by_role("heading", name="Two changes at once")).to_be_visible()
    expect(dialog.get_by_role("alert")).to_contain_text("Decide above what is to stand")
    sides = dialog.locator(".clash-sides")
    expect(sides).to_contain_text("sorted")
    expect(sides.locator("ins", has_text="theirs").first).to_be_visible()
    expect(sides.locator("ins", has_text="mine")).to_be_visible()
    save = dialog.get_by_role("button", name="Save over version")
    expect(save).to_be_disabled()
    desk.check_accessible()
    desk.picture("note-clash")
    assert notes.get(plumbing.plumber).tags == ["craftsmen", "theirs"]

    dialog.get_by_role("radio", name="Both").check()
    save.click()

    expect(dialog).to_be_hidden()
    stands = notes.get(plumbing.plumber)
    assert (stands.tags, stands.keywords, stands.context) == (
        ["craftsmen", "theirs", "mine"],
        ["tap"],
        "Theirs.",
    )


def test_taking_theirs_leaves_the_note_as_it_is(desk: Desk, space: str, plumbing: Plumbing) -> None:
    desk.expects("412")
    desk.open("spaces", space, "notes", plumbing.plumber)
    desk.page.get_by_role("button", name="Edit").click()
    dialog = desk.page.get_by_role("dialog")
    dialog.get_by_label("Context").fill("Mine.")
    notes = desk.client.space(space).notes
    theirs = notes.edit(
        plumbing.plumber, version=notes.get(plumbing.plumber).version, context="Theirs."
    )
    dialog.get_by_role("button", name="Save").click()
    dialog.get_by_role("radio", name="Theirs").check()
    dialog.get_by_role("button", name="Save over version").click()

    expect(dialog).to_be_hidden()
    assert notes.get(plumbing.plumber).version == theirs.version


def test_an_earlier_version_is_restored_as_one_more(
    desk: Desk, space: str, plumbing: Plumbing
) -> None:
    notes = desk.client.space(space).notes
    before = notes.get(plumbing.plumber)
    notes.edit(plumbing.plumber, version=before.version, tags=[], keywords=[], reason="wiped")
    desk.open("spaces", space, "notes", plumbing.plumber)
    desk.page.get_by_role("button", name=f"Restore version {before.version}").click()
    desk.page.get_by_role("dialog").get_by_role("button", name="Restore it").click()

    expect(desk.page.locator(".version-row")).to_have_count(3)
    now = notes.get(plumbing.plumber)
    assert (now.tags, now.keywords) == (before.tags, before.keywords)
    assert now.reason == f"as it stood at version {before.version}"


def test_notes_are_linked_and_unlinked_from_either_end(desk: Desk, space: str) -> None:
    room = desk.client.space(space)
    tiles = room.notes.create("The tiles came in the wrong green.").id
    back = room.notes.create("Rui sends the tiles back.").id
    desk.open("spaces", space, "notes", tiles)
    desk.page.get_by_role("button", name="Link to…").click()
    dialog = desk.page.get_by_role("dialog")
    dialog.get_by_label("This note").select_option(label="is elaborated by")
    dialog.get_by_label("the note that holds").fill("sends")
    dialog.get_by_role("radio", name="Rui sends").check()
    dialog.get_by_label("Strength").fill("0.6")
    dialog.get_by_label("Reason").fill("what follows")
    desk.check_accessible()
    desk.picture("note-link")
    dialog.get_by_role("button", name="Link", exact=True).click()

    side = desk.page.get_by_label("Links", exact=True)
    expect(side).to_contain_text("Leads here")
    [link] = room.links.list()
    assert (link.start, link.end, link.kind, link.score) == (back, tiles, "elaborates", 0.6)

    side.get_by_role("button", name="Unlink").click()

    expect(side).to_contain_text("No note is linked with this one.")
    assert list(room.links.list()) == []


def test_a_note_is_deleted_once_that_is_typed(desk: Desk, space: str, plumbing: Plumbing) -> None:
    desk.open("spaces", space, "notes", plumbing.plumber)
    desk.page.get_by_role("button", name="Delete…").click()
    dialog = desk.page.get_by_role("dialog")
    expect(dialog.get_by_role("button", name="Delete for good")).to_be_disabled()
    dialog.get_by_label("Type delete to confirm").fill("delete")
    desk.check_accessible()
    dialog.get_by_role("button", name="Delete for good").click()

    desk.heading("Notes")
    assert [each.id for each in desk.client.space(space).notes.list()] == [plumbing.drawings]


def test_as_of_then_a_note_stands_as_it_did_and_nothing_can_be_changed(
    desk: Desk, space: str, plumbing: Plumbing
) -> None:
    notes = desk.client.space(space).notes
    then = desk.client.space(space).info().position
    notes.edit(plumbing.plumber, version=notes.get(plumbing.plumber).version, tags=["later"])
    desk.open("spaces", space, "notes", as_of=str(then))

    expect(desk.page.get_by_text("What memsvc knew")).to_be_visible()
    expect(desk.page.get_by_role("button", name="New note")).to_have_count(0)
    desk.page.get_by_role("link", name="Duarte is the plumber").first.click()
    expect(desk.page.get_by_label("What it says")).to_contain_text("craftsmen")
    expect(desk.page.get_by_role("button", name="Edit")).to_have_count(0)
    desk.page.get_by_role("button", name="Back to now").click()
    expect(desk.page.get_by_label("What it says")).to_contain_text("later")


def test_a_reader_sees_notes_and_changes_none(
    reader_desk: Desk, space: str, plumbing: Plumbing
) -> None:
    reader_desk.open("spaces", space, "notes", plumbing.plumber)

    expect(reader_desk.page.get_by_label("What it says")).to_be_visible()
    for action in ("Edit", "Link to…", "Delete…", "Unlink"):
        expect(reader_desk.page.get_by_role("button", name=action)).to_have_count(0)


def test_on_a_narrow_screen_in_the_dark_all_of_a_note_can_be_read(
    phone: Desk, space: str, plumbing: Plumbing
) -> None:
    phone.open("spaces", space, "notes", plumbing.plumber)

    expect(phone.page.get_by_text("says what he needs")).to_be_visible()
    phone.check_width()
    phone.check_accessible()
    phone.picture("note-narrow")


def test_hostile_notes_are_text_wherever_they_stand(desk: Desk, space: str) -> None:
    room = desk.client.space(space)
    texts = hostile()
    ids = [
        room.notes.create(text, tags=[text[:60]], keywords=[text[:50]], context=text).id
        for text in texts
    ]
    for start, end, text in zip(ids, ids[1:], texts, strict=False):
        room.links.create(start, end, reason=text)
    for note, text in zip(ids, texts, strict=True):
        version = room.notes.get(note).version
        room.notes.edit(note, version=version, context=text[::-1], reason=text)
    desk.open("spaces", space, "notes")
    expect(desk.page.get_by_text(texts[0]).first).to_be_visible()

    for kept in room.notes.list():
        desk.open("spaces", space, "notes", kept.id)
        expect(desk.page.locator(".note-main .note-text")).to_have_text(kept.content)
        expect(desk.page.locator(".version-row").first.locator(".version-why")).to_have_text(
            kept.reason
        )

    desk.check_nothing_ran()


def test_a_note_that_enrichment_made_says_of_what_by_what_and_in_which_run(
    desk: Desk, service: Spawned
) -> None:
    name = "kitchen-of-notes"
    room = desk.client.space(name)
    room.write("before", [{"content": "The space is there."}])
    room.configure(version=0, notes={"least_tokens": 1})
    fill(desk.client, name)
    until = time.monotonic() + 30
    while not (made := [note for note in room.notes.list() if note.event and note.links]):
        assert time.monotonic() < until, "no note was made"
        time.sleep(0.2)
    note = max(made, key=lambda each: len(each.links))

    desk.open("spaces", name, "notes", note.id)

    expect(desk.page.get_by_text("Made of the event e_")).to_be_visible()
    expect(desk.page.locator(".said-by-text")).to_have_count(len(note.turns))
    oldest = desk.page.locator(".version-row").last
    expect(oldest).to_contain_text("in run run_")
    oldest.get_by_role("button", name="run run_").click()
    expect(oldest).to_contain_text("changes")
    desk.check_accessible()
    desk.page.set_viewport_size({"width": 1280, "height": 1330})
    desk.page.evaluate("window.scrollTo(0, 0)")
    desk.picture("note-made")
    desk.page.get_by_label("Links", exact=True).get_by_role("link").first.click()
    expect(desk.page.locator(".note-main .note-text")).not_to_have_text(note.content)


@pytest.mark.parametrize(
    ("before", "after", "gone", "new"),
    [
        ("", "", "", ""),
        ("the red tiles came", "the green tiles came", "red", "green"),
        ("one two three four", "zero one three four five", "two ", "zero  five"),
        ("cut by rain and wind", "cut by sun or wind", "rain and", "sun or"),
        ("all of it", "", "all of it", ""),
        (" ".join(map(str, range(900))), "0 899", None, None),
    ],
)
def test_a_difference_puts_both_texts_together_again(
    desk: Desk, before: str, after: str, gone: str | None, new: str | None
) -> None:
    pieces = desk.page.evaluate(
        "async ([a, b]) => (await import('./lib/words.js')).wordDiff(a, b)", [before, after]
    )

    def texts(*kinds: str) -> str:
        return "".join(piece["text"] for piece in pieces if piece["kind"] in kinds)

    assert (texts("same", "gone"), texts("same", "new")) == (before, after)
    if gone is not None:
        assert texts("gone") == gone
        assert texts("new") == new

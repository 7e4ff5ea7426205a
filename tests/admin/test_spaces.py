"""Spaces: the list, what may be done with one, and a single space's overview."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

from memsvc.domain.errors import SpaceNotFound
from tests.admin.desk import Desk, conversation

pytestmark = pytest.mark.browser


def test_the_list_says_what_each_space_holds_and_how_it_is(desk: Desk, space: str) -> None:
    desk.page.reload()
    told = desk.client.space(space).info()

    row = desk.page.get_by_role("row").filter(has_text=space)

    for cell in (told.turns, told.streams, told.events, told.position):
        expect(row.get_by_role("cell", name=str(cell), exact=True).first).to_be_visible()
    expect(row).to_contain_text("up to date")
    desk.check_accessible()
    desk.picture("spaces")


def test_a_space_is_made_and_opened(desk: Desk) -> None:
    desk.page.get_by_role("button", name="New space").first.click()
    desk.check_accessible()
    desk.page.get_by_role("textbox", name="Name").fill("fresh air")
    desk.page.get_by_role("button", name="Make space").click()

    desk.heading("fresh air")
    expect(desk.page.get_by_text("Nothing is remembered here yet")).to_be_visible()
    desk.check_accessible()
    assert desk.client.space("fresh air").info().turns == 0


def test_a_name_that_is_refused_is_told_and_what_was_typed_stays(desk: Desk) -> None:
    desk.expects("422")
    desk.page.get_by_role("button", name="New space").first.click()
    desk.page.get_by_role("textbox", name="Name").fill("?what")
    desk.page.get_by_role("button", name="Make space").click()

    expect(desk.page.get_by_role("alert")).to_be_visible()
    expect(desk.page.get_by_role("textbox", name="Name")).to_have_value("?what")
    desk.page.keyboard.press("Escape")
    expect(desk.page.get_by_role("dialog")).to_have_count(0)
    expect(desk.page.get_by_role("button", name="New space").first).to_be_focused()


def test_an_export_is_downloaded_and_imported_as_another_space(
    desk: Desk, space: str, tmp_path: Path
) -> None:
    desk.open("spaces", space)
    with desk.page.expect_download() as download:
        desk.page.get_by_role("link", name="Export").click()
    file = tmp_path / "space.ndjson"
    download.value.save_as(file)

    desk.open()
    desk.page.get_by_role("button", name="Import").click()
    desk.page.get_by_label("Into the space").fill(f"{space}-again")
    desk.page.get_by_label("File").set_input_files(file)
    desk.check_accessible()
    desk.page.get_by_role("dialog").get_by_role("button", name="Import").click()

    desk.heading(f"{space}-again")
    turns = len(conversation()["turns"])
    expect(desk.page.get_by_text(f"{turns} turns added")).to_be_visible()
    assert desk.client.space(f"{space}-again").info().turns == turns


def test_a_file_that_is_no_export_is_refused_in_the_services_words(
    desk: Desk, tmp_path: Path
) -> None:
    desk.expects("400")
    desk.expects("422")
    file = tmp_path / "notes.txt"
    file.write_text("not an export\n")
    desk.page.get_by_role("button", name="Import").click()
    desk.page.get_by_label("Into the space").fill("never")
    desk.page.get_by_label("File").set_input_files(file)
    desk.page.get_by_role("dialog").get_by_role("button", name="Import").click()

    expect(desk.page.get_by_role("alert")).to_be_visible()


def test_an_overview_has_numbers_ledger_enrichment_and_settings(desk: Desk, space: str) -> None:
    desk.open("spaces", space)
    desk.heading(space)

    desk.page.get_by_role("button", name="Check the chain").click()

    expect(desk.page.get_by_text("the chain and what it tells of fit")).to_be_visible()
    for card in ("Ledger", "Enrichment", "Growth", "Settings in force"):
        expect(desk.page.get_by_role("heading", name=card)).to_be_visible()
    expect(desk.page.locator(".chart svg")).to_be_visible()
    desk.check_accessible()
    desk.picture("space")


def test_forgetting_shows_what_would_go_and_waits_for_the_name(desk: Desk, space: str) -> None:
    desk.open("spaces", space)
    before = desk.client.space(space).info().turns
    desk.page.get_by_role("button", name="Forget…").click()
    dialog = desk.page.get_by_role("dialog")
    dialog.get_by_label("What is to go").select_option("text")
    dialog.get_by_label("Words").fill("goggles")
    dialog.get_by_role("button", name="See what would go").click()

    expect(dialog.get_by_text("hers broke last summer")).to_be_visible()
    assert desk.client.space(space).info().turns == before
    desk.check_accessible()
    desk.picture("forgetting")
    forget = dialog.get_by_role("button", name="Forget 2 turns")
    expect(forget).to_be_disabled()
    dialog.get_by_label(f"Type {space} to confirm").fill(space)
    forget.click()

    expect(desk.page.get_by_text("2 turns forgotten")).to_be_visible()
    assert desk.client.space(space).info().turns == before - 2


def test_a_space_is_deleted_only_once_its_name_is_typed(desk: Desk, space: str) -> None:
    desk.open("spaces", space)
    desk.page.get_by_role("button", name=f"Delete {space}…").click()
    dialog = desk.page.get_by_role("dialog")
    gone = dialog.get_by_role("button", name="Delete for good")
    dialog.get_by_label(f"Type {space} to confirm").fill(space[:-1])
    expect(gone).to_be_disabled()
    dialog.get_by_label(f"Type {space} to confirm").fill(space)
    gone.click()

    desk.heading("Spaces")
    with pytest.raises(SpaceNotFound):
        desk.client.space(space).info()


def test_a_reader_of_one_space_sees_that_one_and_nothing_to_change_it(
    desks: Callable[..., Desk], space: str
) -> None:
    desk = desks()
    desk.expects("404")
    desk.sign_in(desk.client.keys.create("looks", role="reader", spaces=[space]).secret)

    expect(desk.page.get_by_role("row")).to_have_count(2)
    expect(desk.page.get_by_role("button", name="New space")).to_have_count(0)
    desk.open("spaces", space)
    desk.heading(space)
    expect(desk.page.get_by_role("link", name="Export")).to_be_visible()
    for name in ("Forget…", "Import", f"Delete {space}…"):
        expect(desk.page.get_by_role("button", name=name)).to_have_count(0)
    desk.open("spaces", "demo")
    expect(desk.page.get_by_role("alert")).to_contain_text("demo")

"""Operation: enrichment over all spaces, keys, where the time goes, and the service itself."""

import re
import tarfile
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Locator, expect

from tests.admin.desk import Desk

pytestmark = pytest.mark.browser


def test_enrichment_of_all_spaces_is_shown_live(desk: Desk, space: str) -> None:
    desk.open("operation")
    desk.heading("Operation")
    row = desk.page.get_by_role("row").filter(has_text=space)

    expect(row).to_contain_text("up to date", timeout=20_000)
    desk.check_accessible()
    desk.picture("operation-work")
    before = int(row.get_by_role("cell").last.inner_text().replace(",", ""))
    desk.client.space(space).write("chat", [{"content": "The tap drips again."}], embed="later")
    expect(row.get_by_role("cell").last).not_to_have_text(str(before), timeout=20_000)
    desk.page.get_by_label("Only those with work to do").check()
    expect(desk.page).to_have_url(re.compile("show=open"))


def test_a_key_is_made_shown_once_copied_and_revoked(desk: Desk, space: str) -> None:
    desk.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    desk.open("operation", part="keys")
    name = f"looks at {space}"
    desk.page.get_by_role("button", name="New key").click()
    dialog = desk.page.get_by_role("dialog")
    make = dialog.get_by_role("button", name="Make key")
    dialog.get_by_label("Name").fill(name)
    expect(make).to_be_disabled()
    dialog.get_by_label("Role").select_option("reader")
    dialog.get_by_label("Spaces", exact=True).fill(f"{space}, elsewhere")
    desk.check_accessible()
    make.click()

    secret = dialog.get_by_label("Secret").input_value()
    desk.check_accessible()
    desk.picture("operation-key")
    dialog.get_by_role("button", name="Copy").click()
    expect(desk.page.get_by_text("Copied.")).to_be_visible()
    assert desk.page.evaluate("navigator.clipboard.readText()") == secret
    dialog.get_by_role("button", name="I have kept it").click()
    assert secret not in desk.page.content()
    with_it = {"Authorization": f"Bearer {secret}"}
    mine = f"{desk.service.address}/v1/keys/mine"
    told = httpx.get(mine, headers=with_it).json()
    assert (told["role"], set(told["spaces"])) == ("reader", {"elsewhere", space})

    desk.page.get_by_role("button", name=f"Revoke {name}…").click()
    revoke = dialog.get_by_role("button", name="Revoke")
    expect(revoke).to_be_disabled()
    dialog.get_by_label(f"Type {name} to confirm").fill(name)
    revoke.click()
    expect(desk.page.get_by_text("is refused from now on")).to_be_visible()
    assert httpx.get(mine, headers=with_it).status_code == 401
    desk.check_accessible()
    desk.picture("operation-keys")


def test_the_time_of_recalls_is_drawn_with_parts_and_stages(desk: Desk, space: str) -> None:
    desk.open("operation", part="speed")
    expect(desk.page.get_by_text("No recall came while this page was open.")).to_be_visible()
    for _ in range(3):
        for question in ("Who wants goggles?", "When is the delivery?"):
            desk.client.space(space).recall(question)
        desk.page.wait_for_timeout(2_200)

    expect(desk.page.get_by_role("img", name=re.compile("on average"))).to_be_visible()
    for part in ("embed", "stages", "rows"):
        row = desk.page.get_by_role("table", name="Parts of a recall").get_by_role("row")
        expect(row.filter(has=desk.page.get_by_role("rowheader", name=part))).to_have_count(1)
    expect(desk.page.get_by_role("table", name="Stages")).to_contain_text("ms")
    desk.check_accessible()
    desk.picture("operation-speed")


def test_the_service_says_what_it_stands_on_and_how_it_is_set(desk: Desk) -> None:
    desk.open("operation", part="service")
    expect(desk.page.get_by_text("request body", exact=True)).to_be_visible()
    expect(desk.page.get_by_text("SQLite, a file in the data directory")).to_be_visible()
    expect(desk.page.get_by_text("in the memory of the process")).to_be_visible()
    settings = desk.page.get_by_role("table", name="Settings in force")

    def row(variable: str) -> Locator:
        name = desk.page.get_by_role("rowheader", name=variable, exact=True)
        return settings.get_by_role("row").filter(has=name)

    expect(row("MEMSVC_EMBEDDER")).to_contain_text("hashing")
    expect(row("MEMSVC_LLM_KEY")).to_have_count(0)
    desk.check_accessible()
    desk.picture("operation-service")

    desk.page.get_by_label("Also those that stand as they are by default").check()

    expect(row("MEMSVC_LLM_KEY")).to_contain_text("not set")
    desk.check_accessible()


def test_a_backup_goes_straight_to_the_disk(desk: Desk, tmp_path: Path) -> None:
    desk.open("operation", part="service")
    with desk.page.expect_download() as download:
        desk.page.get_by_role("link", name="Download a backup").click()
    file = tmp_path / "backup.tar"
    download.value.save_as(file)

    assert download.value.url == f"{desk.service.address}/v1/backup"
    assert re.fullmatch(r"memsvc-\d+T\d+Z\.tar", download.value.suggested_filename)
    with tarfile.open(file) as held:
        assert "manifest.json" in held.getnames()


def test_an_admin_of_one_space_is_neither_led_there_nor_shown_anything(
    desks: Callable[..., Desk], space: str
) -> None:
    desk = desks()
    desk.sign_in(desk.client.keys.create("owns", role="admin", spaces=[space]).secret)

    expect(desk.page.get_by_role("link", name="Operation")).to_have_count(0)
    desk.open("operation", part="keys")
    expect(desk.page.get_by_text("This is for admins of all spaces")).to_be_visible()

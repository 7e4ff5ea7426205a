"""Signing in and out, and the frame around every view."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.admin.desk import Desk

pytestmark = pytest.mark.browser


def test_a_key_lets_in_and_a_page_that_is_loaded_again_still_knows_it(
    desks: Callable[..., Desk],
) -> None:
    desk = desks()
    desk.page.goto(desk.address)
    expect(desk.page.get_by_label("Key", exact=True)).to_be_focused()
    desk.check_accessible()
    desk.picture("sign-in")

    desk.sign_in()
    expect(desk.heading("Spaces")).to_be_focused()
    desk.page.reload()

    desk.heading("Spaces")


def test_no_script_can_read_the_cookie_and_the_key_is_kept_nowhere(desk: Desk) -> None:
    [cookie] = desk.page.context.cookies()

    kept = desk.page.evaluate(
        "JSON.stringify([document.cookie, {...localStorage}, {...sessionStorage}, location.href])"
    )

    assert (cookie.get("httpOnly"), cookie.get("sameSite")) == (True, "Strict")
    assert desk.service.key not in cookie.get("value", "")
    assert desk.service.key not in kept
    assert cookie.get("value", "none") not in kept


def test_an_unknown_key_is_told_in_words(desks: Callable[..., Desk]) -> None:
    desk = desks()
    desk.expects("401")
    desk.page.goto(desk.address)
    desk.page.get_by_label("Key", exact=True).fill("msk_nobody")
    desk.page.get_by_role("button", name="Sign in").click()

    expect(desk.page.get_by_role("alert")).to_contain_text("This key is not known")
    desk.check_accessible()


def test_signing_out_ends_the_session_for_good(desk: Desk) -> None:
    [cookie] = desk.page.context.cookies()
    desk.page.wait_for_load_state("networkidle")
    desk.page.get_by_role("button", name="Sign out").click()
    expect(desk.page.get_by_role("heading", name="Sign in with a key")).to_be_visible()

    desk.page.context.add_cookies([cookie])  # type: ignore[list-item]  # as it came
    desk.page.reload()

    expect(desk.page.get_by_role("heading", name="Sign in with a key")).to_be_visible()


def test_a_key_that_is_revoked_leads_back_to_the_door(desks: Callable[..., Desk]) -> None:
    desk = desks()
    desk.expects("401")
    made = desk.client.keys.create("for an hour", role="reader", spaces=["*"])
    desk.sign_in(made.secret)
    desk.client.keys.revoke(made.id)

    desk.open("spaces", "nowhere")

    expect(desk.page.get_by_role("heading", name="Sign in with a key")).to_be_visible()


def test_the_theme_is_the_systems_until_it_is_chosen_and_then_stays(
    desks: Callable[..., Desk],
) -> None:
    desk = desks(color_scheme="dark")
    desk.sign_in()
    ground = "getComputedStyle(document.body).backgroundColor"
    dark = desk.page.evaluate(ground)
    desk.check_accessible()

    desk.page.get_by_role("button", name="Colours: as the system has it").click()
    desk.page.reload()
    desk.heading("Spaces")

    assert desk.page.evaluate(ground) != dark
    expect(desk.page.get_by_role("button", name="Colours: light")).to_be_visible()


def test_the_keyboard_reaches_the_content_at_once_and_a_new_view_takes_the_focus(
    desk: Desk, space: str
) -> None:
    desk.page.reload()
    desk.heading("Spaces")
    desk.page.keyboard.press("Tab")
    expect(desk.page.get_by_role("link", name="Skip to content")).to_be_focused()
    desk.page.keyboard.press("Enter")
    expect(desk.page.locator("#main")).to_be_focused()

    desk.page.get_by_role("link", name=space, exact=True).press("Enter")

    expect(desk.heading(space)).to_be_focused()


def test_an_address_that_leads_nowhere_says_where_to_go(desk: Desk) -> None:
    desk.open("spaces", "a", "nothing-like-this")

    desk.heading("No such page")
    expect(desk.page.get_by_role("main").get_by_role("link", name="All spaces")).to_be_visible()


def test_on_a_narrow_screen_nothing_is_wider_than_it(
    desks: Callable[..., Desk], space: str
) -> None:
    desk = desks(viewport={"width": 360, "height": 740})
    desk.sign_in()
    for parts in ([], ["spaces", space], ["spaces", space, "streams"]):
        desk.open(*parts)
        expect(desk.page.locator(".page-head")).to_be_visible()
        desk.page.wait_for_load_state("networkidle")
        assert desk.page.evaluate("document.documentElement.scrollWidth") <= 360

    desk.page.get_by_role("button", name="Open menu").click()
    desk.page.get_by_role("link", name="Overview").click()

    desk.heading(space)
    desk.check_accessible()
    desk.picture("space-narrow")
    desk.page.go_back()
    desk.heading("Streams")
    expect(desk.page.get_by_role("button", name="Open menu")).to_be_visible()

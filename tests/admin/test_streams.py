"""Streams: the conversation as it was, under the curve that cut it into events."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Request, expect

from tests.admin.desk import Desk, conversation

pytestmark = pytest.mark.browser


def test_streams_are_listed_and_lead_to_what_was_said(desk: Desk, space: str) -> None:
    desk.open("spaces", space, "streams")
    desk.heading("Streams")
    desk.check_accessible()

    desk.page.get_by_role("link", name="The new kitchen").click()

    desk.heading("The new kitchen")
    expect(desk.page.get_by_text("Duarte does the plumbing")).to_be_visible()


def test_a_stream_shows_its_events_why_they_began_and_the_surprise_of_each_turn(
    desk: Desk, space: str
) -> None:
    events = list(desk.client.space(space).events(stream="kitchen"))
    desk.open("spaces", space, "streams", "kitchen")

    heads = desk.page.locator(".event-head")
    expect(heads.first).to_contain_text("Event 1")
    expect(heads.nth(1)).to_contain_text("began by")
    curve = desk.page.get_by_role("slider")
    expect(curve).to_be_visible()
    assert desk.page.locator(".began").count() == len(events) > 0
    expect(desk.page.get_by_text("surprise 0.").first).to_be_visible()
    desk.check_accessible()
    desk.picture("stream")


def test_the_curve_leads_to_a_turn_and_the_address_names_it(desk: Desk, space: str) -> None:
    desk.open("spaces", space, "streams", "kitchen")
    curve = desk.page.get_by_role("slider")
    for _ in conversation()["turns"]:
        curve.press("ArrowRight")
    curve.press("Enter")

    expect(desk.page.get_by_text("The tap drips a little")).to_be_in_viewport()
    assert "?turn=t_" in desk.page.url
    desk.page.reload()
    expect(desk.page.get_by_text("The tap drips a little")).to_be_in_viewport()


def test_from_a_turn_one_sees_what_came_of_it(desk: Desk, space: str) -> None:
    room = desk.client.space(space)
    turn = next(turn for turn in room.turns(stream="kitchen") if "Duarte does" in turn.content)
    said = {"subject": "Duarte", "predicate": "does", "object": "the plumbing"}
    room.facts.state([{**said, "turns": [turn.id]}])

    desk.open("spaces", space, "streams", "kitchen", turn=turn.id)

    shown = desk.page.locator(f"[id='{turn.id}']")
    expect(shown).to_be_focused()
    expect(shown.locator(".fact")).to_have_text("Duarte does the plumbing")
    expect(shown.get_by_text("ledger position")).to_be_visible()
    desk.check_accessible()
    desk.picture("turn")


def test_notes_that_hang_on_a_turn_stand_with_it(desk: Desk, space: str) -> None:
    room = desk.client.space(space)
    note = room.notes.create("Duarte is the plumber.", tags=["craftsmen"])
    turn = room.turn(note.turn)

    desk.open("spaces", space, "streams", turn.stream, turn=turn.id)

    shown = desk.page.locator(f"[id='{turn.id}'] .came")
    expect(shown.get_by_text("Duarte is the plumber.")).to_be_visible()
    expect(shown.get_by_text("craftsmen")).to_be_visible()


def test_times_are_in_the_readers_zone_and_exact_on_hover(desk: Desk, space: str) -> None:
    desk.open("spaces", space, "streams", "kitchen")

    first = desk.page.locator(".turn time").first

    expect(first).to_have_text("3 Feb 2026, 19:00")
    expect(first).to_have_attribute(
        "title", "Tuesday, 3 February 2026 at 19:00:00 WET (2026-02-03T19:00:00Z)"
    )


def long_story(desk: Desk, space: str) -> list[str]:
    """Write a stream of a thousand turns; return their ids."""
    lines = [{"content": f"Line {n} of a long story."} for n in range(1_000)]
    return [turn.id for turn in desk.client.space(space).write("long", lines).turns]


def stretches(desk: Desk) -> list[int]:
    """Listen from now on which parts of a stream are read, by their first turn."""
    read: list[int] = []

    def hear(request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.path.endswith("/turns"):
            read.append(int(parse_qs(parts.query)["from_seq"][0]))

    desk.page.on("request", hear)
    return read


def test_of_a_long_stream_only_what_is_near_is_read_and_drawn(desk: Desk, space: str) -> None:
    long_story(desk, space)
    read = stretches(desk)
    desk.open("spaces", space, "streams", "long")
    expect(desk.page.get_by_text("Line 0 of")).to_be_visible()

    assert desk.page.locator(".turn").count() < 60
    assert read == [0]
    desk.page.keyboard.press("End")

    expect(desk.page.get_by_text("Line 999 of")).to_be_in_viewport()
    assert desk.page.locator(".turn").count() < 60
    assert 900 in read
    assert len(read) < 5
    desk.check_accessible()

    desk.page.keyboard.press("Home")

    expect(desk.page.get_by_text("Line 0 of")).to_be_in_viewport()


def test_a_turn_far_down_is_landed_on_and_stays_while_its_neighbours_are_read(
    desk: Desk, space: str
) -> None:
    turn = long_story(desk, space)[602]
    read = stretches(desk)
    desk.open("spaces", space, "streams", "long", turn=turn)

    shown = desk.page.locator(f"[id='{turn}']")
    expect(shown).to_be_focused()
    expect(desk.page.get_by_text("Line 599 of")).to_be_attached()
    desk.page.wait_for_timeout(500)
    expect(shown).to_be_in_viewport()
    assert read[0] == 600
    assert 500 in read
    assert len(read) < 5

    desk.page.get_by_text("Line 595 of").scroll_into_view_if_needed()

    expect(desk.page.get_by_text("Line 595 of")).to_be_in_viewport()


def test_an_event_that_a_turn_is_in_leads_to_its_place(desk: Desk, space: str) -> None:
    room = desk.client.space(space)
    event = list(room.events(stream="kitchen"))[-1]
    last = event.turns[-1].id
    desk.open("spaces", space, "streams", "kitchen", turn=last)

    words = desk.page.locator(f"[id='{last}'] .came").get_by_role("link").first
    expect(words).to_have_text(re.compile(r"^\w.*\w"))
    words.click()

    head = desk.page.locator(f"[id='{event.id}']")
    expect(head).to_be_in_viewport()
    expect(head).to_be_focused()
    expect(head).to_have_text(re.compile(f"Event {event.number + 1}"))
    assert f"event={event.id}" in desk.page.url


def test_a_turn_that_is_gone_is_told_above_the_stream(desk: Desk, space: str) -> None:
    desk.expects("404")
    desk.open("spaces", space, "streams", "kitchen", turn="t_gone")

    expect(desk.page.get_by_role("alert")).to_contain_text("t_gone")
    expect(desk.page.get_by_text("Duarte does the plumbing")).to_be_visible()


def test_a_stream_that_is_not_there_is_told_with_the_way_back(desk: Desk, space: str) -> None:
    desk.expects("404")
    desk.open("spaces", space, "streams", "gone")

    expect(desk.page.get_by_role("alert")).to_contain_text("gone")
    expect(desk.page.get_by_role("button", name="Try again")).to_be_visible()

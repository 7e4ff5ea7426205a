"""Pinned questions on the page: pinned in the lab, run, and unpinned."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from memsvc.sdk.wire import Recalled
from tests.admin.desk import Desk

pytestmark = pytest.mark.browser

QUESTION = "Who does the plumbing?"


def asked(desk: Desk, space: str) -> Recalled:
    """Ask as a pin does that was made here."""
    return desk.client.space(space).recall(QUESTION, k=5)


def test_a_question_is_pinned_with_the_turns_that_are_marked(desk: Desk, space: str) -> None:
    hits = asked(desk, space).hits
    desk.open("spaces", space, "recall", q=QUESTION, k="5")
    desk.page.get_by_role("button", name="Pin this question").click()
    dialog = desk.page.get_by_role("dialog")
    expect(dialog.get_by_role("checkbox", checked=True)).to_have_count(3)
    desk.check_accessible()
    desk.picture("recall-pin")
    dialog.get_by_role("checkbox").nth(1).uncheck()
    dialog.get_by_role("button", name="Pin", exact=True).click()
    expect(desk.page.get_by_text("Pinned. It can be run")).to_be_visible()

    (pin,) = desk.client.space(space).pinned.list()
    assert (pin.question, pin.k, pin.recipe) == (QUESTION, 5, None)
    assert pin.expected == [hits[0].id, hits[2].id]
    desk.page.get_by_role("link", name="Pinned questions").click()
    desk.heading("Pinned questions")
    expect(desk.page.get_by_role("article", name=QUESTION)).to_contain_text("2 turns expected")


def test_a_question_is_pinned_with_its_filters_and_run_with_them(desk: Desk, space: str) -> None:
    room = desk.client.space(space)
    desk.open("spaces", space, "recall", q=QUESTION, k="5", streams="kitchen", roles="user, agent")
    desk.page.get_by_role("button", name="Pin this question").click()
    dialog = desk.page.get_by_role("dialog")
    expect(dialog).to_contain_text("stream kitchen, role user or agent")
    desk.check_accessible()
    dialog.get_by_role("button", name="Pin", exact=True).click()
    expect(desk.page.get_by_text("Pinned. It can be run")).to_be_visible()

    (pin,) = room.pinned.list()
    assert (pin.filters.streams, pin.filters.roles) == (["kitchen"], ["user", "agent"])
    room.pinned.unpin(pin.id)
    kitchen = room.recall(QUESTION, k=1, filters={"streams": ["kitchen"]}).hits[0].id
    nowhere = {"user_id": "u7", "speakers": ["Ann, of all"], "metadata": {"topic": "taps"}}
    room.pinned.pin(QUESTION, [kitchen], k=1, filters={"streams": ["kitchen"]})
    room.pinned.pin(QUESTION, [kitchen], k=1, filters=nowhere)
    desk.open("spaces", space, "recall", "pinned", run="1")

    summary = desk.page.locator(".pin-summary")
    for told in ("2 questions asked", "1 holds", "1 lost"):
        expect(summary).to_contain_text(told)
    narrowed = desk.page.get_by_role("article", name=QUESTION).nth(1)
    expect(narrowed).to_contain_text("speaker Ann, of all, user u7, topic taps")
    desk.check_accessible()
    narrowed.get_by_role("link", name=QUESTION).click()
    expect(desk.page.get_by_label("User")).to_have_value("u7")
    expect(desk.page.get_by_label("Speakers")).to_have_value('["Ann, of all"]')
    expect(desk.page.get_by_label("Metadata")).to_have_value('{"topic":"taps"}')
    expect(desk.page.get_by_role("button", name="Pin this question")).to_have_count(0)


def test_run_all_tells_what_holds_what_is_lost_and_what_is_gone(desk: Desk, space: str) -> None:
    room = desk.client.space(space)
    best, second, *_ = asked(desk, space).hits
    drips = next(turn for turn in room.turns(stream="kitchen") if "tap drips" in turn.content)
    swims = next(turn for turn in room.turns(stream="kitchen") if "swimming" in turn.content)
    room.pinned.pin(QUESTION, [best.id], k=5)
    room.pinned.pin(QUESTION, [second.id, best.id], recipe="default", k=5)
    room.pinned.pin("What drips?", [swims.id, drips.id], recipe="lexical", k=1)
    room.pinned.pin("Who swims on Thursdays?", [swims.id], k=3)
    room.delete_turn(swims.id)
    desk.open("spaces", space, "recall", "pinned")
    desk.page.get_by_role("button", name="Run all").click()

    summary = desk.page.locator(".pin-summary")
    expect(summary).to_contain_text("4 questions asked")
    for told in ("1 holds", "1 other order", "2 lost"):
        expect(summary).to_contain_text(told)
    gone = desk.page.get_by_role("article", name="Who swims on Thursdays?")
    expect(gone).to_contain_text("was forgotten or has expired")
    desk.check_accessible()
    desk.picture("recall-pinned")
    desk.page.reload()
    expect(summary).to_contain_text("4 questions asked")


def test_of_many_pins_all_are_run_and_only_what_is_near_is_drawn(desk: Desk, space: str) -> None:
    room = desk.client.space(space)
    best = asked(desk, space).hits[0].id
    for n in range(210):
        room.pinned.pin(f"{QUESTION} ({n})", [best], recipe="fast")
    desk.open("spaces", space, "recall", "pinned", run="1")

    told = desk.page.locator(".pin-summary")
    expect(told).to_contain_text("210 questions asked", timeout=120_000)
    expect(told).to_contain_text("210 holds")
    assert desk.page.locator(".pin").count() < 60
    desk.page.keyboard.press("End")
    expect(desk.page.get_by_text(f"{QUESTION} (209)")).to_be_in_viewport()


def test_what_changed_since_is_shown_side_by_side(desk: Desk, space: str) -> None:
    room = desk.client.space(space)
    room.pinned.pin(QUESTION, [asked(desk, space).hits[0].id], recipe="lexical")
    room.write("later", [{"content": "Since May, Marta does the plumbing."}])
    desk.open("spaces", space, "recall", "pinned")

    desk.page.get_by_role("link", name="Then and now").click()

    now = desk.page.locator(".side-list").nth(1)
    expect(now.locator(".hit.only", has_text="Marta")).to_have_count(1)


def test_a_question_is_unpinned_and_nothing_pinned_says_what_to_do(desk: Desk, space: str) -> None:
    room = desk.client.space(space)
    room.pinned.pin(QUESTION, [asked(desk, space).hits[0].id])
    desk.open("spaces", space, "recall", "pinned")
    desk.page.get_by_role("button", name="Unpin").click()

    expect(desk.page.get_by_text("Nothing is pinned yet")).to_be_visible()
    assert list(room.pinned.list()) == []
    desk.check_accessible()


def test_a_reader_sees_and_runs_but_neither_pins_nor_judges(
    desks: Callable[..., Desk], space: str
) -> None:
    desk = desks()
    room = desk.client.space(space)
    room.pinned.pin(QUESTION, [asked(desk, space).hits[0].id], k=5)
    key = desk.client.keys.create("looks", role="reader", spaces=[space])
    desk.sign_in(key.secret)
    desk.open("spaces", space, "recall", q=QUESTION)
    expect(desk.page.locator(".hit").first).to_be_visible()
    expect(desk.page.get_by_role("button", name="Pin this question")).to_have_count(0)
    expect(desk.page.get_by_role("button", name="Helped")).to_have_count(0)

    desk.open("spaces", space, "recall", "pinned", run="1")

    expect(desk.page.locator(".pin-summary")).to_contain_text("1 holds")
    expect(desk.page.get_by_role("button", name="Unpin")).to_have_count(0)

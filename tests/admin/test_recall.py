"""The recall lab: a question, what an agent would get, and why."""

import re
from collections.abc import Sequence

import pytest
from playwright.sync_api import expect

from tests.admin.desk import Desk, hostile

pytestmark = pytest.mark.browser

QUESTION = "Where was the director of Jaws born?"
PASSAGES: Sequence[tuple[str, Sequence[str]]] = (
    ("Jaws", ["Jaws is a film of 1975, directed by Steven Spielberg.", "It was shot at sea."]),
    ("Steven Spielberg", ["Steven Spielberg was born in Cincinnati.", "He studied in Long Beach."]),
    ("Cincinnati", ["Cincinnati lies on the Ohio River."]),
    ("Kitchen", ["The kitchen was torn out in March."]),
)


def passages(desk: Desk, space: str) -> None:
    """Write passages that lead from one to the next by what they name."""
    room = desk.client.space(space)
    for title, texts in PASSAGES:
        room.write(
            title.lower().replace(" ", "-"), [{"content": one} for one in texts], title=title
        )


def test_a_question_is_asked_and_its_address_asks_it_again(desk: Desk, space: str) -> None:
    desk.open("spaces", space)
    desk.page.get_by_role("link", name="Recall", exact=True).click()
    desk.heading("Recall")
    expect(desk.page.get_by_text("Ask this memory something")).to_be_visible()
    desk.check_accessible()

    desk.page.get_by_label("Question", exact=True).fill("Who does the plumbing?")
    desk.page.get_by_label("Recipe").select_option("fast")
    desk.page.get_by_label("Hits", exact=True).fill("4")
    desk.page.get_by_role("button", name="Ask", exact=True).click()

    hits = desk.page.locator(".hit")
    expect(hits).to_have_count(4)
    best = desk.client.space(space).recall("Who does the plumbing?", recipe="fast", k=4).hits[0]
    expect(hits.first).to_contain_text(best.text)
    expect(desk.page.locator(".verdict-facts")).to_contain_text("Recipe fast")
    desk.check_accessible()
    desk.picture("recall")
    desk.page.reload()
    expect(hits).to_have_count(4)
    expect(desk.page.get_by_label("Question", exact=True)).to_have_value("Who does the plumbing?")
    expect(desk.page.get_by_label("Recipe")).to_have_value("fast")


def test_a_hit_says_why_in_words_and_arm_by_arm(desk: Desk, space: str) -> None:
    recalled = desk.client.space(space).recall("Who does the plumbing?", k=3)
    desk.open("spaces", space, "recall", q="Who does the plumbing?", k="3")

    first = desk.page.locator(".hit").first
    expect(first.locator(".hit-short")).to_contain_text("meaning")
    first.get_by_role("button", name="Why, arm by arm").click()

    expect(first.locator(".arms tbody tr")).to_have_count(len(recalled.hits[0].why))
    share = recalled.hits[0].why["lexical"].share
    row = first.locator("tr", has=desk.page.get_by_role("rowheader", name="Words", exact=True))
    expect(row).to_contain_text(f"+{share:.3f}")
    desk.check_accessible()
    desk.picture("recall-why")
    first.get_by_role("link", name=re.compile("The new kitchen, turn")).click()
    expect(desk.page.locator(f"[id='{recalled.hits[0].id}']")).to_be_in_viewport()
    assert f"turn={recalled.hits[0].id}" in desk.page.url


def test_what_stands_beside_a_hit_in_the_context_is_shown_with_it(desk: Desk, space: str) -> None:
    room = desk.client.space(space)
    recalled = room.recall("goggles for the pool", k=1)
    desk.open("spaces", space, "recall", q="goggles for the pool", k="1")
    beside = desk.page.locator(".hit .beside")
    neighbours = [room.turn(one.id).content for one in recalled.context_turns if not one.hit]

    expect(beside.locator("summary")).to_contain_text(f"{len(neighbours)} neighbour")
    beside.locator("summary").click()
    for shown, content in zip(beside.locator("li").all(), neighbours, strict=True):
        expect(shown).to_contain_text(content)
    desk.check_accessible()
    desk.picture("recall-beside")


def test_what_a_hit_was_worth_is_said_and_taken_back(desk: Desk, space: str) -> None:
    room = desk.client.space(space)
    desk.open("spaces", space, "recall", q="Who does the plumbing?", k="2")
    worth = desk.page.get_by_role("group", name="What hit 1 was worth")

    worth.get_by_role("button", name="Outdated").click()
    expect(worth.get_by_role("button", name="Outdated")).to_have_attribute("aria-pressed", "true")
    (said,) = room.feedback.list()
    assert (said.verdict.value, said.question) == ("outdated", "Who does the plumbing?")
    worth.get_by_role("button", name="Outdated").click()

    expect(worth.get_by_role("button", name="Outdated")).to_have_attribute("aria-pressed", "false")
    assert list(room.feedback.list()) == []


def test_the_context_is_shown_as_an_agent_gets_it_with_what_each_item_takes(
    desk: Desk, space: str
) -> None:
    recalled = desk.client.space(space).recall("Who does the plumbing?", k=3, budget_tokens=400)
    desk.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    desk.open(
        "spaces", space, "recall", q="Who does the plumbing?", k="3", budget="400", show="context"
    )

    expect(desk.page.get_by_label("The packed context")).to_have_text(
        recalled.context, use_inner_text=True
    )
    items = desk.page.locator(".items li")
    expect(items).to_have_count(len(recalled.context_turns))
    for shown, turn in zip(items.all(), recalled.context_turns, strict=True):
        expect(shown).to_contain_text(f"{turn.tokens} token")
        expect(shown.locator(".tag")).to_have_text("hit" if turn.hit else "beside")
    desk.check_accessible()
    desk.picture("recall-context")
    desk.page.get_by_role("button", name="Copy").click()
    expect(desk.page.get_by_text("The context is in the clipboard.")).to_be_visible()
    assert desk.page.evaluate("navigator.clipboard.readText()") == recalled.context


def test_each_stage_says_what_went_in_what_came_out_and_how_long_it_took(
    desk: Desk, space: str
) -> None:
    trace = desk.client.space(space).recall("Who does the plumbing?", explain=True).trace
    assert trace is not None
    desk.open("spaces", space, "recall", q="Who does the plumbing?", show="stages")

    rows = desk.page.locator(".stages tbody tr")
    expect(rows).to_have_count(len(trace))
    expect(rows.first).to_contain_text("gather")
    expect(rows.nth(1).locator("[data-name=In]")).to_have_text(str(trace[0].candidates))
    expect(rows.nth(1).locator("[data-name=Out]")).to_have_text(str(trace[1].candidates))
    desk.check_accessible()
    desk.picture("recall-stages")


def test_the_paths_of_walks_are_drawn_with_their_mass_and_told_in_words(
    desk: Desk, space: str
) -> None:
    passages(desk, space)
    recalled = desk.client.space(space).recall(QUESTION, recipe="pagerank", k=5)
    best = next(hit for hit in recalled.hits if "born in" in hit.text)
    path = best.why["pagerank"].path
    assert path is not None
    desk.open("spaces", space, "recall", q=QUESTION, recipe="pagerank", k="5", show="paths")

    drawn = desk.page.get_by_role("group", name="The paths, drawn")
    expect(drawn.locator(".is-name", has_text="steven spielberg").first).to_be_visible()
    mass = f"{round(path.mass[0] * 100)} %"
    expect(drawn.locator(".flow-edge text", has_text=mass).first).to_be_visible()
    told = desk.page.locator(".told-paths li", has_text="is what this is about").first
    expect(told).to_contain_text("steven spielberg")
    desk.check_accessible()
    drawn.scroll_into_view_if_needed()
    desk.picture("recall-paths")

    told.get_by_role("button").click()
    expect(told).to_have_class("chosen")
    assert "path=t_" in desk.page.url
    assert drawn.locator(".dim").count() > 0
    desk.picture("recall-path-chosen")
    desk.page.get_by_role("link", name="Two hops").click()
    expect(desk.page.locator(".told-paths")).to_contain_text("jaws (in the question)")
    desk.picture("recall-hops")
    drawn.get_by_role("link", name=re.compile("Hit 1, ")).first.click()
    expect(desk.page.locator(".turn.wanted")).to_be_visible()


def test_where_no_path_led_it_is_said_with_what_to_try(desk: Desk, space: str) -> None:
    desk.open("spaces", space, "recall", q="Who does the plumbing?", recipe="fast", show="paths")

    expect(desk.page.get_by_text("No path led to these hits")).to_be_visible()
    desk.page.get_by_role("link", name="pagerank").click()
    expect(desk.page.locator(".verdict-facts")).to_contain_text("Recipe pagerank")


def test_two_recipes_are_compared_side_by_side(desk: Desk, space: str) -> None:
    desk.open("spaces", space, "recall", q="Who does the plumbing?", k="4")
    expect(desk.page.locator(".hit")).to_have_count(4)
    desk.page.get_by_role("button", name="Compare two recipes or positions").click()
    desk.page.get_by_role("group", name="Side A").get_by_label("Recipe").select_option("lexical")
    desk.page.get_by_role("group", name="Side B").get_by_label("Recipe").select_option("dense")
    desk.page.get_by_role("button", name="Ask", exact=True).click()

    room = desk.client.space(space)
    one, other = (
        [hit.id for hit in room.recall("Who does the plumbing?", recipe=recipe, k=4).hits]
        for recipe in ("lexical", "dense")
    )
    sides = desk.page.locator(".side-list")
    expect(sides).to_have_count(2)
    expect(sides.first.locator(".hit")).to_have_count(len(one))
    only = len(set(one) - set(other))
    expect(sides.first.get_by_text("only here")).to_have_count(only)
    expect(desk.page.get_by_role("status").first).to_contain_text(f"{only} only in A")
    desk.check_accessible()
    desk.picture("recall-compare")
    desk.page.reload()
    expect(sides).to_have_count(2)


def test_two_positions_are_compared_and_the_new_turn_is_only_in_one(desk: Desk, space: str) -> None:
    room = desk.client.space(space)
    position = room.info().position
    room.write("later", [{"content": "Since May, Marta does the plumbing."}])
    desk.open(
        "spaces",
        space,
        "recall",
        q="Who does the plumbing?",
        recipe="lexical",
        recipe2="lexical",
        vs="1",
        as_of=str(position),
    )

    sides = desk.page.locator(".side-list")
    then, now = sides.first, sides.nth(1)
    expect(now).to_be_visible()
    desk.picture("recall-then")
    expect(now.locator(".hit.only", has_text="Marta")).to_have_count(1)
    expect(then.locator(".hit").first).to_be_visible()
    expect(then.get_by_text("Marta")).to_have_count(0)
    assert desk.page.get_by_role("group", name="Side A").get_by_label("As of").input_value() == str(
        position
    )


def test_filters_and_times_stand_behind_a_disclosure_and_in_the_address(
    desk: Desk, space: str
) -> None:
    room = desk.client.space(space)
    room.write("phone", [{"content": "Rui asked about the plumbing.", "speaker": "Rui"}])
    desk.open("spaces", space, "recall", q="Who does the plumbing?")
    expect(desk.page.get_by_label("Speakers")).to_be_hidden()
    desk.page.get_by_text("Times, filters and order").click()
    desk.page.get_by_label("Speakers").fill("Rui, Nobody")
    desk.page.get_by_label("Asked at").fill("2026-04-02T09:00")
    desk.page.get_by_role("button", name="Ask", exact=True).click()

    expect(desk.page.locator(".hit")).to_have_count(1)
    expect(desk.page.locator(".hit")).to_contain_text("Rui asked")
    desk.picture("recall-filters")
    assert "now=2026-04-02T08%3A00%3A00Z" in desk.page.url  # Lisbon is an hour ahead in April
    desk.check_accessible()
    desk.page.reload()
    expect(desk.page.get_by_label("Speakers")).to_have_value("Rui, Nobody")


def test_what_the_api_refuses_is_said_with_the_field(desk: Desk, space: str) -> None:
    desk.expects("422")
    desk.open("spaces", space, "recall", q="Who?", k="many")

    alert = desk.page.get_by_role("alert")
    expect(alert).to_contain_text("k")
    desk.page.get_by_label("Hits", exact=True).fill("auto")
    desk.page.get_by_role("button", name="Ask", exact=True).click()
    expect(desk.page.locator(".hit").first).to_be_visible()
    expect(alert).to_have_count(0)


def test_a_question_without_an_answer_is_told_so(desk: Desk, space: str) -> None:
    desk.open("spaces", space, "recall", q="What does the quarterly audit of Helsinki say?")

    expect(desk.page.get_by_text("May not hold the answer")).to_be_visible()


def test_an_empty_memory_says_what_to_do(desk: Desk, space: str) -> None:
    desk.open("spaces", space, "recall", q="Who?", streams="nowhere")

    expect(desk.page.get_by_text("Nothing answers")).to_be_visible()
    desk.check_accessible()


def test_hits_are_turns_events_or_notes(desk: Desk, space: str) -> None:
    desk.client.space(space).notes.create("Duarte is the plumber.", tags=["craftsmen"])
    desk.open("spaces", space, "recall", q="Who does the plumbing?", kinds="note")
    expect(desk.page.locator(".hit .tag", has_text="craftsmen")).to_be_visible()

    desk.page.get_by_label("Hits are").select_option("event")
    desk.page.get_by_role("button", name="Ask", exact=True).click()

    expect(desk.page.locator(".hit .tag", has_text="event").first).to_be_visible()


def test_hostile_memories_stay_text_in_every_part_of_an_answer(desk: Desk, space: str) -> None:
    room = desk.client.space(space)
    room.write("mail", [{"content": text, "speaker": text[:60]} for text in hostile()])
    question = "script window.__owned img onerror svg iframe"
    turn = room.recall(question).hits[0].id
    room.pinned.pin("<img src=x onerror=\"window.__owned='pin'\">", [turn])
    for show in ("hits", "context", "stages", "paths"):
        desk.open("spaces", space, "recall", q=question, recipe="pagerank", show=show)
        expect(desk.page.get_by_role("navigation", name="What to see")).to_be_visible()
    desk.open("spaces", space, "recall", q=question, vs="1", recipe2="lexical")
    expect(desk.page.locator(".side-list")).to_have_count(2)
    desk.open("spaces", space, "recall", "pinned", run="1")
    expect(desk.page.get_by_text("<img src=x onerror=").first).to_be_visible()

    assert desk.page.evaluate("window.__owned") is None
    assert desk.page.locator("#main iframe, #main style, #main img").count() == 0


def test_on_a_narrow_screen_and_in_the_dark_it_is_still_all_there(desk: Desk, space: str) -> None:
    passages(desk, space)
    desk.page.set_viewport_size({"width": 390, "height": 844})
    desk.page.emulate_media(color_scheme="dark")
    for show in ("hits", "context", "stages", "paths"):
        desk.open("spaces", space, "recall", q=QUESTION, recipe="pagerank", show=show)
        expect(desk.page.get_by_role("navigation", name="What to see")).to_be_visible()
        desk.check_accessible()
        assert desk.page.evaluate("document.documentElement.scrollWidth") <= 390
        desk.page.get_by_role("navigation", name="What to see").evaluate("e => e.scrollIntoView()")
        desk.picture(f"recall-narrow-{show}")

"""Facts: when each held, which cannot all hold, and what a person rules about them."""

import re
from datetime import UTC, datetime
from typing import NamedTuple

import pytest
from playwright.sync_api import Locator, expect

from memsvc.sdk.client import Client
from memsvc.spawned import Spawned
from tests.admin.desk import Desk, hostile

pytestmark = pytest.mark.browser


def say(client: Client, space: str, *told: tuple[str, str, str, str, str]) -> list[str]:
    """State `(subject, predicate, object, day, source)` each by a turn of its own; return ids."""
    room = client.space(space)
    ids = []
    for subject, predicate, obj, day, source in told:
        stream = f"said-{room.info().position}"
        content = f"{subject} {predicate} {obj}."
        room.write(stream, [{"content": content, "at": f"{day}T09:00:00Z", "source": source}])
        [turn] = room.turns(stream=stream)
        fact = {"subject": subject, "predicate": predicate, "object": obj, "turns": [turn.id]}
        ids.append(room.facts.state([fact]).facts[0].id)
    return ids


class Moves(NamedTuple):
    """Facts by their ids: Ines moved from Porto to Lisbon; two say whom Rui is married to."""

    porto: str
    lisbon: str
    tea: str
    marta: str
    joana: str


@pytest.fixture
def moves(service: Spawned, space: str) -> Moves:
    return Moves(
        *say(
            service.client,
            space,
            ("Ines", "lives in", "Porto", "2019-05-01", "user"),
            ("Ines", "lives in", "Lisbon", "2021-05-01", "user"),
            ("Ines", "drinks", "tea", "2020-01-01", "user"),
            ("Rui", "is married to", "Marta", "2022-03-01", "user"),
            ("Rui", "is married to", "Joana", "2022-03-01", "document"),
        )
    )


def row(desk: Desk, words: str) -> Locator:
    """Return the row of the fact that has these words for an object."""
    return desk.page.locator(".fact-row", has_text=words)


@pytest.mark.usefixtures("moves")
def test_facts_stand_by_subject_with_state_intervals_and_a_line_of_time(
    desk: Desk, space: str
) -> None:
    desk.open("spaces", space, "facts")
    desk.heading("Facts")

    ines = desk.page.get_by_role("region", name="Facts about Ines")
    expect(ines.locator(".fact-row")).to_have_count(3)
    expect(row(desk, "Porto")).to_contain_text("superseded")
    expect(row(desk, "Porto")).to_contain_text("from 1 May 2019 to 1 May 2021")
    expect(row(desk, "Lisbon")).to_contain_text("from 1 May 2021 on")
    expect(row(desk, "Joana")).to_contain_text("disputed")
    porto, lisbon = (
        row(desk, name).locator(".span").bounding_box() for name in ("Porto", "Lisbon")
    )
    assert porto is not None
    assert lisbon is not None
    assert abs(porto["x"] + porto["width"] - lisbon["x"]) < 2
    assert lisbon["width"] > porto["width"]
    desk.check_accessible()
    desk.picture("facts")


@pytest.mark.usefixtures("moves")
def test_facts_are_narrowed_and_what_was_asked_stands_in_the_address(
    desk: Desk, space: str
) -> None:
    desk.open("spaces", space, "facts")
    rows = desk.page.locator(".fact-row")
    expect(rows).to_have_count(5)

    desk.page.get_by_label("Name").fill("INES")
    expect(rows).to_have_count(3)
    desk.page.get_by_label("Predicate", exact=True).fill("Resides in")
    expect(rows).to_have_count(2)
    desk.page.get_by_label("State").select_option("superseded")
    expect(rows).to_have_count(1)
    desk.page.reload()
    expect(rows).to_have_count(1)
    expect(row(desk, "Porto")).to_be_visible()
    desk.page.get_by_label("State").select_option("planned")
    desk.check_accessible()
    desk.page.get_by_role("button", name="Show all").click()
    expect(rows).to_have_count(5)

    desk.page.get_by_label("Held at").fill("2020-06-01T12:00")
    expect(rows).to_have_count(2)
    expect(row(desk, "Porto").locator(".asked")).to_have_count(1)


@pytest.mark.usefixtures("moves")
def test_a_fact_opens_with_who_says_it_and_leads_there(desk: Desk, space: str) -> None:
    desk.open("spaces", space, "facts")
    row(desk, "Joana").get_by_role("link").click()

    detail = desk.page.locator(".fact-detail")
    expect(detail).to_contain_text("document: read in a document")
    expect(detail.get_by_role("link", name="Rui is married to Marta")).to_be_visible()
    expect(detail.locator(".said-by-text")).to_have_text("Rui is married to Joana.")
    desk.check_accessible()
    desk.page.set_viewport_size({"width": 1280, "height": 1090})
    desk.picture("fact")
    assert "fact=f_" in desk.page.url
    desk.page.reload()
    expect(detail).to_be_visible()

    detail.get_by_role("link", name="in said-").click()
    expect(desk.page.get_by_text("Rui is married to Joana.").first).to_be_in_viewport()


def test_a_conflict_is_decided_with_a_reason_and_the_ruling_taken_back(
    desk: Desk, space: str, moves: Moves
) -> None:
    facts = desk.client.space(space).facts
    desk.open("spaces", space, "facts")
    desk.page.get_by_role("link", name=re.compile("Conflicts.*1 open")).click()
    group = desk.page.get_by_role("region", name="Facts about Rui")
    group.get_by_role("button", name="Decide…").click()
    dialog = desk.page.get_by_role("dialog")
    dialog.get_by_role("radio", name="Rui is married to Marta").first.check()
    expect(dialog.get_by_role("button", name="Decide")).to_be_disabled()
    dialog.get_by_label("Reason").fill("he told me")
    desk.check_accessible()
    desk.picture("fact-decide")
    dialog.get_by_role("button", name="Decide").click()

    expect(row(desk, "Marta")).to_contain_text("current")
    expect(row(desk, "Joana")).to_contain_text("superseded")
    expect(desk.page.get_by_text("1 open")).to_have_count(0)
    [ruling] = facts.get(moves.marta).rulings
    assert (ruling.verdict, ruling.reason) == ("upheld", "he told me")

    row(desk, "Marta").get_by_role("link").click()
    detail = desk.page.locator(".fact-detail")
    expect(detail).to_contain_text("he told me")
    expect(detail).to_contain_text("by you")
    detail.get_by_role("button", name="Take it back").click()

    expect(row(desk, "Marta")).to_contain_text("disputed")
    assert facts.get(moves.joana).state == "disputed"
    assert facts.get(moves.marta).rulings == []


def test_a_fact_is_said_never_to_have_held(desk: Desk, space: str, moves: Moves) -> None:
    desk.open("spaces", space, "facts", fact=moves.joana)
    desk.page.locator(".fact-detail").get_by_role("button", name="Decide…").click()
    dialog = desk.page.get_by_role("dialog")
    dialog.get_by_role("radio", name="Not “Rui is married to Joana”").check()
    dialog.get_by_label("Reason").fill("a slip of the pen")
    dialog.get_by_role("button", name="Decide").click()

    expect(row(desk, "Marta")).to_contain_text("current")
    expect(desk.page.locator(".fact-detail")).to_contain_text("does not hold, and never did")
    assert desk.client.space(space).facts.get(moves.joana).state == "superseded"


def test_a_decision_on_what_changed_meanwhile_is_shown_anew_first(
    late_desk: Desk, space: str, moves: Moves
) -> None:
    desk = late_desk
    desk.expects("412")
    facts = desk.client.space(space).facts
    desk.open("spaces", space, "facts", fact=moves.marta)
    desk.page.locator(".fact-detail").get_by_role("button", name="Decide…").click()
    dialog = desk.page.get_by_role("dialog")
    dialog.get_by_role("radio", name="Rui is married to Marta").first.check()
    dialog.get_by_label("Reason").fill("he told me")
    held = facts.get(moves.marta)
    facts.decide(moves.marta, state="superseded", reason="she did not", version=held.version)
    dialog.get_by_role("button", name="Decide").click()

    expect(dialog.get_by_role("alert")).to_contain_text("It was changed meanwhile")
    expect(dialog.locator("label", has_text="married to Marta").first).to_contain_text("ruled")
    expect(dialog.get_by_label("Reason")).to_have_value("he told me")
    assert facts.get(moves.marta).state == "superseded"
    dialog.get_by_role("radio", name="Rui is married to Marta").first.check()
    dialog.get_by_role("button", name="Decide").click()

    expect(dialog).to_be_hidden()
    assert facts.get(moves.marta).state == "current"
    assert facts.get(moves.joana).state == "superseded"


def test_a_fact_is_ended_from_a_day_on(desk: Desk, space: str, moves: Moves) -> None:
    desk.open("spaces", space, "facts", fact=moves.tea)
    desk.page.get_by_role("button", name="It ended…").click()
    dialog = desk.page.get_by_role("dialog")
    dialog.get_by_label("From when on it held no longer").fill("2024-05-01T12:00")
    dialog.get_by_label("Reason").fill("coffee now")
    desk.check_accessible()
    dialog.get_by_role("button", name="End it").click()

    expect(row(desk, "tea")).to_contain_text("to 1 May 2024")
    held = desk.client.space(space).facts.get(moves.tea)
    assert (held.state, held.valid_to) == ("ended", datetime(2024, 5, 1, 11, tzinfo=UTC))


def test_a_fact_is_retracted(desk: Desk, space: str, moves: Moves) -> None:
    desk.open("spaces", space, "facts", fact=moves.lisbon)
    desk.page.get_by_role("button", name="Retract…").click()
    desk.check_accessible()
    desk.page.get_by_role("dialog").get_by_role("button", name="Retract it").click()

    expect(row(desk, "Lisbon")).to_have_count(0)
    expect(row(desk, "Porto")).to_contain_text("current")
    assert moves.lisbon not in [fact.id for fact in desk.client.space(space).facts.list()]


def test_a_fact_is_stated_by_ones_own_word_or_by_a_turn(desk: Desk, space: str) -> None:
    desk.open("spaces", space, "facts")
    expect(desk.page.get_by_text("No facts yet")).to_be_visible()
    desk.check_accessible()
    desk.page.get_by_role("button", name="State a fact").first.click()
    dialog = desk.page.get_by_role("dialog")
    dialog.get_by_label("Subject", exact=True).fill("Leonor")
    dialog.get_by_label("Predicate", exact=True).fill("swims in")
    dialog.get_by_label("Object", exact=True).fill("Campo Grande")
    dialog.get_by_label("Holds from").fill("2026-02-20T08:00")
    desk.check_accessible()
    desk.picture("fact-state")
    dialog.get_by_role("button", name="State it").click()

    expect(desk.page.locator(".fact-detail .said-by-text")).to_have_text(
        "Leonor swims in Campo Grande."
    )
    desk.page.get_by_role("button", name="State a fact").first.click()
    dialog.get_by_label("Subject", exact=True).fill("Duarte")
    dialog.get_by_label("Predicate", exact=True).fill("does")
    dialog.get_by_label("Object", exact=True).fill("the plumbing")
    dialog.get_by_role("radio", name="A turn that is here").check()
    dialog.get_by_role("checkbox", name="Duarte does the plumbing, and").check()
    desk.check_accessible()
    dialog.get_by_role("button", name="State it").click()

    expect(row(desk, "the plumbing")).to_be_visible()
    [fact] = desk.client.space(space).facts.list(entity="Duarte")
    assert "Rui the tiles" in desk.client.space(space).turn(fact.turns[0]).content


def test_as_of_then_facts_stand_as_they_were_known(desk: Desk, space: str) -> None:
    say(desk.client, space, ("Ines", "lives in", "Porto", "2019-05-01", "user"))
    then = desk.client.space(space).info().position
    say(desk.client, space, ("Ines", "lives in", "Lisbon", "2021-05-01", "user"))
    desk.open("spaces", space, "facts")
    expect(row(desk, "Porto")).to_contain_text("superseded")

    desk.page.get_by_label("As known").select_option("at a position…")
    desk.page.get_by_label("Ledger position").fill(str(then))

    expect(row(desk, "Porto")).to_contain_text("current")
    expect(row(desk, "Lisbon")).to_have_count(0)
    row(desk, "Porto").get_by_role("link").click()
    expect(desk.page.locator(".said-by-text")).to_have_text("Ines lives in Porto.")
    expect(desk.page.get_by_role("button", name="Decide…")).to_have_count(0)
    expect(desk.page.get_by_role("button", name="State a fact")).to_have_count(0)


def test_a_reader_sees_facts_and_rules_nothing(reader_desk: Desk, space: str, moves: Moves) -> None:
    reader_desk.open("spaces", space, "facts", fact=moves.joana, show="conflicts")

    expect(reader_desk.page.locator(".fact-detail")).to_be_visible()
    for action in ("Decide…", "It ended…", "Retract…", "State a fact"):
        expect(reader_desk.page.get_by_role("button", name=action)).to_have_count(0)


def test_on_a_narrow_screen_in_the_dark_facts_can_be_read(
    phone: Desk, space: str, moves: Moves
) -> None:
    phone.open("spaces", space, "facts", fact=moves.joana)

    expect(phone.page.locator(".fact-detail")).to_be_visible()
    phone.check_width()
    phone.check_accessible()
    phone.picture("facts-narrow")


def test_of_many_facts_only_those_near_are_drawn(desk: Desk, space: str) -> None:
    room = desk.client.space(space)
    turn = next(iter(room.turns())).id
    room.facts.state(
        [
            {"subject": f"Thing {n:03}", "predicate": "is like", "object": "that", "turns": [turn]}
            for n in range(600)
        ]
    )
    desk.open("spaces", space, "facts")
    expect(desk.page.get_by_role("region", name="Facts about Thing 000")).to_be_visible()

    assert desk.page.locator(".fact-row").count() < 40
    desk.page.get_by_label("Name").fill("thing 571")
    expect(desk.page.locator(".fact-row")).to_have_count(1)


def test_hostile_facts_are_text_wherever_they_stand(desk: Desk, space: str) -> None:
    texts = [text[:190] for text in hostile()]
    ids = say(desk.client, space, *((text, text, text, "2026-01-01", "user") for text in texts))
    facts = desk.client.space(space).facts
    for each, text in zip(ids, texts, strict=True):
        facts.decide(each, state="superseded", reason=text, version=facts.get(each).version)
    for each, text in zip(ids, texts, strict=True):
        desk.open("spaces", space, "facts", fact=each)
        detail = desk.page.locator(".fact-detail")
        expect(detail.locator(".said-by-text")).to_contain_text(text.strip())
        expect(detail.locator(".version-why")).to_have_text(text)

    desk.check_nothing_ran()


def test_what_came_of_a_turn_leads_to_its_notes_and_facts(
    desk: Desk, space: str, moves: Moves
) -> None:
    room = desk.client.space(space)
    turn = room.turn(room.facts.get(moves.marta).turns[0])
    desk.open("spaces", space, "streams", turn.stream, turn=turn.id)
    desk.page.locator(".came").get_by_role("link", name="Rui is married to Marta").click()

    desk.heading("Facts")
    expect(row(desk, "Marta")).to_have_class(re.compile("chosen"))
    expect(desk.page.locator(".fact-detail")).to_be_visible()


def test_a_fact_that_the_address_names_is_shown_even_where_it_is_filtered_out(
    desk: Desk, space: str, moves: Moves
) -> None:
    desk.open("spaces", space, "facts", fact=moves.marta, entity="Ines")

    alone = desk.page.get_by_label("The fact that the address names")
    expect(alone.get_by_role("heading", name="Rui is married to Marta")).to_be_visible()
    desk.check_accessible()

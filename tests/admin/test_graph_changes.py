"""Changes from within the graph: merges, rulings, corrections, forgetting, and their undoing."""

from collections.abc import Callable, Iterable

import pytest
from playwright.sync_api import expect

from memsvc.sdk.facts import FactInfo
from tests.admin.desk import Desk
from tests.admin.graph_desk import choose, panel, pictured, row, said_by

pytestmark = pytest.mark.browser

Desks = Callable[..., Desk]


@pytest.fixture
def desk(tall_desk: Desk) -> Desk:
    """A screen on which the whole list of nodes is drawn."""
    return tall_desk


def test_two_names_are_merged_and_the_merge_is_undone(desk: Desk, household: str) -> None:
    desk.client.space(household).write("chat", [{"content": "Duarte Pinto mends the tap."}])
    desk.open("spaces", household, "graph")
    choose(desk, "duarte").get_by_role("button", name="Merge…").click()
    dialog = desk.page.get_by_role("dialog")
    dialog.get_by_label("The other name").fill("Duarte Pinto")
    desk.check_accessible()
    pictured(desk, "graph-merge")
    dialog.get_by_role("button", name="Merge").click()

    expect(panel(desk).get_by_role("heading", level=2, name="duarte pinto")).to_be_visible()
    expect(row(desk, "duarte")).to_have_count(0)
    assert [each.name for each in desk.client.space(household).merges.list()] == ["duarte"]
    panel(desk).get_by_role("button", name="Undo").click()

    expect(row(desk, "duarte")).to_have_count(1)
    assert list(desk.client.space(household).merges.list()) == []


def test_a_thing_is_renamed_and_renamed_again_and_each_is_undone(
    desk: Desk, household: str
) -> None:
    merges = desk.client.space(household).merges
    desk.open("spaces", household, "graph")
    choose(desk, "duarte")
    for name in ("The Plumber", "Duarte Pinto"):
        panel(desk).get_by_role("button", name="Rename…").click()
        dialog = desk.page.get_by_role("dialog")
        expect(dialog.get_by_role("button", name="Rename")).to_be_disabled()
        dialog.get_by_label("The new name").fill(name)
        desk.check_accessible()
        pictured(desk, "graph-rename")
        dialog.get_by_role("button", name="Rename").click()
        heading = panel(desk).get_by_role("heading", level=2, name=name, exact=True)
        expect(heading).to_be_visible()

    expect(row(desk, "duarte")).to_have_count(0)
    assert [(each.name, each.spelled) for each in merges.list()] == [("duarte", "Duarte Pinto")]
    panel(desk).get_by_role("button", name="Undo").first.click()
    expect(row(desk, "The Plumber")).to_have_count(1)
    panel(desk).get_by_role("button", name="Undo").click()
    expect(row(desk, "duarte")).to_have_count(1)
    assert list(merges.list()) == []


def test_a_given_name_is_taken_back_and_given_again(desk: Desk, household: str) -> None:
    desk.client.space(household).entities.rename("Duarte", "The Plumber")
    desk.open("spaces", household, "graph", chosen="entity:plumber")

    panel(desk).get_by_role("button", name="Take the new name back").click()
    expect(row(desk, "duarte")).to_be_visible()
    panel(desk).get_by_role("button", name="Undo").click()
    expect(row(desk, "The Plumber")).to_be_visible()


def test_a_name_of_another_thing_is_for_a_merge(desk: Desk, household: str) -> None:
    desk.expects("409")
    desk.open("spaces", household, "graph", chosen="entity:duarte")
    panel(desk).get_by_role("button", name="Rename…").click()
    dialog = desk.page.get_by_role("dialog")
    dialog.get_by_label("The new name").fill("Rui")
    dialog.get_by_role("button", name="Rename").click()

    expect(dialog.get_by_role("alert")).to_contain_text("merge")
    expect(dialog.get_by_label("The new name")).to_have_value("Rui")


def test_a_merge_of_long_ago_is_taken_back_and_made_again(desk: Desk, household: str) -> None:
    desk.client.space(household).entities.merge("Rui", "Duarte")
    desk.open("spaces", household, "graph", chosen="entity:duarte")

    panel(desk).get_by_role("button", name="Take the merge back").click()
    expect(row(desk, "rui")).to_be_visible()
    panel(desk).get_by_role("button", name="Undo").click()
    expect(row(desk, "rui")).to_have_count(0)


def test_a_turn_is_unlinked_from_an_entity_and_the_unlinking_undone(
    desk: Desk, household: str
) -> None:
    room = desk.client.space(household)
    room.write("chat", [{"content": "And Mark my words! The tap will drip."}])
    desk.open("spaces", household, "graph", chosen="entity:mark")
    details = panel(desk)
    desk.check_accessible()
    details.get_by_role("button", name="Does not name mark").click()

    expect(details.get_by_role("button", name="It does name it")).to_be_visible()
    expect(row(desk, "mark")).to_have_count(0)
    assert [each.name for each in room.unlinked.list()] == ["mark"]
    desk.check_accessible()
    pictured(desk, "graph-unlinked")
    details.get_by_role("button", name="Undo").click()

    expect(row(desk, "mark")).to_have_count(1)
    assert list(room.unlinked.list()) == []


def test_what_a_turn_does_not_name_is_told_with_it_and_taken_back(
    desk: Desk, household: str
) -> None:
    room = desk.client.space(household)
    turn = room.write("chat", [{"content": "And then we met Zanzibar Quartz."}]).turns[0].id
    room.entities.unlink("Zanzibar Quartz", [turn])
    desk.open("spaces", household, "graph", chosen=f"turn:{turn}")

    expect(panel(desk).get_by_text("Does not name")).to_be_visible()
    panel(desk).get_by_role("button", name="It does name it").click()

    expect(row(desk, "zanzibar quartz")).to_be_visible()
    expect(panel(desk).get_by_text("Does not name")).to_have_count(0)
    assert room.entities.get("Zanzibar Quartz").turns == 1


def test_a_turn_is_unlinked_on_the_edge_between_the_two(desk: Desk, household: str) -> None:
    room = desk.client.space(household)
    turn = room.write("chat", [{"content": "And then we met Zanzibar Quartz."}]).turns[0].id
    desk.open("spaces", household, "graph", chosen=f"entity:zanzibar quartz|turn:{turn}")
    panel(desk).get_by_role("button", name="Does not name zanzibar quartz").click()

    expect(row(desk, "zanzibar quartz")).to_have_count(0)
    assert [each.turn for each in room.unlinked.list()] == [turn]


def test_what_cannot_be_merged_is_said_and_what_was_typed_stays(desk: Desk, household: str) -> None:
    desk.expects("404")
    desk.open("spaces", household, "graph", chosen="entity:duarte")
    panel(desk).get_by_role("button", name="Merge…").click()
    dialog = desk.page.get_by_role("dialog")
    dialog.get_by_label("The other name").fill("Nobody")
    dialog.get_by_role("button", name="Merge").click()

    expect(dialog.get_by_role("alert")).to_contain_text("Nobody")
    expect(dialog.get_by_label("The other name")).to_have_value("Nobody")


def test_a_fact_is_retracted_and_the_ruling_undone(desk: Desk, household: str) -> None:
    facts = desk.client.space(household).facts
    desk.open("spaces", household, "graph")
    details = choose(desk, "Rui lays the tiles")
    desk.check_accessible()
    pictured(desk, "graph-fact")
    details.get_by_role("button", name="Retract…").click()
    desk.page.get_by_label("Why").fill("He only carries them")
    desk.page.get_by_role("dialog").get_by_role("button", name="Retract").click()

    expect(details.get_by_text("rejected: He only carries them")).to_be_visible()
    assert "Rui lays the tiles" not in current(facts.list())
    details.get_by_role("button", name="Undo").click()

    expect(details.get_by_text("rejected: He only carries them")).to_have_count(0)
    assert "Rui lays the tiles" in current(facts.list())


def test_a_fact_is_corrected_and_the_correction_undone(desk: Desk, household: str) -> None:
    facts = desk.client.space(household).facts
    desk.open("spaces", household, "graph")
    details = choose(desk, "Leonor swims at Campo Grande")
    details.get_by_role("button", name="Correct…").click()
    dialog = desk.page.get_by_role("dialog")
    expect(dialog.get_by_role("button", name="Correct")).to_be_disabled()
    dialog.get_by_label("Is", exact=True).fill("Areeiro")
    dialog.get_by_label("Why").fill("The other pool closed")
    desk.check_accessible()
    dialog.get_by_role("button", name="Correct").click()

    expect(row(desk, "Leonor swims at Areeiro")).to_be_visible()
    assert "Leonor swims at Areeiro" in current(facts.list())
    assert "Leonor swims at Campo Grande" not in current(facts.list())
    details.get_by_role("button", name="Undo").click()

    expect(row(desk, "Leonor swims at Areeiro")).to_have_count(0)
    assert "Leonor swims at Campo Grande" in current(facts.list())


def current(facts: Iterable[FactInfo]) -> list[str]:
    return [
        f"{fact.subject} {fact.predicate} {fact.object}"
        for fact in facts
        if fact.state == "current"
    ]


def test_a_turn_is_forgotten_from_within_the_graph(desk: Desk, household: str) -> None:
    turn = said_by(desk.client, household, "goggles, hers broke")
    desk.open("spaces", household, "graph", chosen=f"turn:{turn}")
    panel(desk).get_by_role("button", name="Forget…").click()
    dialog = desk.page.get_by_role("dialog")
    dialog.get_by_role("button", name="See what would go").click()
    dialog.get_by_label("Type").fill(household)
    dialog.get_by_role("button", name="Forget 1 turn").click()

    expect(desk.page.get_by_text("1 turn forgotten")).to_be_visible()
    expect(desk.page.get_by_text("Nothing is chosen")).to_be_visible()
    assert turn not in {each.id for each in desk.client.space(household).turns()}


def test_an_event_is_forgotten_with_its_turns(desk: Desk, household: str) -> None:
    room = desk.client.space(household)
    event = next(iter(room.events(stream="kitchen")))
    turns = {unit.turn for unit in event.units}
    desk.open("spaces", household, "graph", chosen=f"event:{event.id}")
    expect(panel(desk).get_by_role("heading", name="Its turns")).to_be_visible()
    desk.check_accessible()
    panel(desk).get_by_role("button", name="Forget…").click()
    dialog = desk.page.get_by_role("dialog")
    dialog.get_by_role("button", name="See what would go").click()
    dialog.get_by_label("Type").fill(household)
    dialog.get_by_role("button", name=f"Forget {len(turns)} turns").click()

    expect(desk.page.get_by_text("turns forgotten")).to_be_visible()
    assert not turns & {each.id for each in room.turns()}


def test_a_reader_looks_and_changes_nothing(desk: Desk, household: str, desks: Desks) -> None:
    key = desk.client.keys.create("looker", role="reader", spaces=[household])
    reader = desks()
    reader.sign_in(key.secret)
    reader.open("spaces", household, "graph", chosen="entity:duarte")

    expect(panel(reader).get_by_text("Duarte does the plumbing").first).to_be_visible()
    expect(panel(reader).get_by_role("button", name="Merge…")).to_have_count(0)
    expect(panel(reader).get_by_role("button", name="Does not name duarte")).to_have_count(0)
    expect(panel(reader).get_by_role("button", name="Forget…")).to_have_count(0)

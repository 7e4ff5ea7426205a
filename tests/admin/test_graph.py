"""The graph: what a memory is about, and how that hangs together."""

import json
from collections.abc import Callable, Sequence

import networkx as nx
import pytest
from playwright.sync_api import Download, expect

from memsvc.sdk.calls import make_space
from tests.admin.desk import Desk, hostile
from tests.admin.graph_desk import FACTS, choose, main_part, panel, pictured, row, search, settled

pytestmark = pytest.mark.browser

Desks = Callable[..., Desk]


@pytest.fixture
def desk(tall_desk: Desk) -> Desk:
    """A screen on which the whole list of nodes is drawn."""
    return tall_desk


def test_the_first_view_shows_what_the_space_is_about(desk: Desk, household: str) -> None:
    whole = desk.client.space(household).graph.overview()
    desk.open("spaces", household)
    desk.page.get_by_role("link", name="Graph").click()
    desk.heading("Graph")

    expect(main_part(desk)).to_have_attribute("data-nodes", str(len(whole.nodes)))
    expect(desk.page.get_by_role("status").filter(has_text="All of it")).to_be_visible()
    expect(desk.page.get_by_text("Nothing is chosen")).to_be_visible()
    expect(row(desk, "duarte")).to_be_visible()
    settled(desk)
    desk.check_accessible()
    pictured(desk, "graph")


def test_a_name_is_looked_at_with_its_facts_and_sources(desk: Desk, household: str) -> None:
    desk.open("spaces", household, "graph")
    details = choose(desk, "duarte")

    expect(details.get_by_text("Duarte does the plumbing").first).to_be_visible()
    assert "chosen=entity" in desk.page.url
    settled(desk)
    desk.check_accessible()
    pictured(desk, "graph-entity")
    details.get_by_role("link", name="Duarte does the plumbing, and").click()

    desk.heading("The new kitchen")
    expect(desk.page.locator(".turn.wanted")).to_contain_text("Duarte does the plumbing")


def test_an_address_brings_back_what_was_chosen(desk: Desk, household: str) -> None:
    desk.open("spaces", household, "graph", node="entity:Rui", chosen="entity:rui")

    expect(panel(desk).get_by_role("heading", level=2, name="rui")).to_be_visible()
    expect(desk.page.get_by_role("status").filter(has_text="Around Rui")).to_be_visible()
    desk.page.get_by_role("button", name="The whole space").click()
    expect(desk.page.get_by_role("status").filter(has_text="All of it")).to_be_visible()


def test_names_are_suggested_as_they_are_typed_and_reached_by_keyboard(
    desk: Desk, household: str
) -> None:
    desk.open("spaces", household, "graph", node="entity:Leonor")
    expect(row(desk, "leonor")).to_be_visible()
    options = search(desk, "duar")
    expect(options.filter(has_text="Duarte").first).to_be_visible()
    desk.check_accessible()

    desk.page.keyboard.press("ArrowDown")
    expect(options.first).to_have_attribute("aria-selected", "true")
    desk.page.keyboard.press("Enter")

    expect(panel(desk).get_by_role("heading", level=2, name="duarte")).to_be_visible()


def test_who_types_at_once_keeps_the_focus(late_desk: Desk, household: str) -> None:
    late_desk.open("spaces", household, "graph")
    search(late_desk, "Who is the brother of Duarte?")
    late_desk.page.wait_for_timeout(500)
    expect(late_desk.page.get_by_role("combobox", name="Find a name")).to_be_focused()


def test_a_question_shows_where_its_walks_lead(desk: Desk, household: str) -> None:
    desk.open("spaces", household, "graph")
    search(desk, "Who is the brother of Duarte?").filter(has_text="ask it").click()

    expect(desk.page.get_by_role("status").filter(has_text="leads to")).to_be_visible()
    expect(row(desk, "duarte")).to_be_visible()
    settled(desk)
    pictured(desk, "graph-question")
    choose(desk, "duarte")
    expect(panel(desk).get_by_text("mass 0.")).to_be_visible()


def test_a_node_is_expanded_and_collapsed(desk: Desk, household: str) -> None:
    desk.open("spaces", household, "graph", node="entity:plumbing")
    part = main_part(desk)
    choose(desk, "plumbing")
    before = int(part.get_attribute("data-nodes") or 0)
    row(desk, "rui").click()

    panel(desk).get_by_role("button", name="Expand").click()
    expect(part).not_to_have_attribute("data-nodes", str(before))
    grown = int(part.get_attribute("data-nodes") or 0)
    assert grown > before
    panel(desk).get_by_role("button", name="Collapse").click()

    expect(part).not_to_have_attribute("data-nodes", str(grown))


def test_kinds_words_and_times_are_filtered(desk: Desk, household: str) -> None:
    desk.open("spaces", household, "graph")
    part = main_part(desk)
    legend = desk.page.get_by_role("region", name="Legend and filters")
    expect(row(desk, "duarte")).to_be_visible()
    whole = int(part.get_attribute("data-nodes") or 0)

    legend.get_by_label("Facts").uncheck()
    expect(part).to_have_attribute("data-nodes", str(whole - len(FACTS)))
    legend.get_by_role("button", name="Show all again").click()
    expect(part).to_have_attribute("data-nodes", str(whole))
    legend.get_by_label("tool", exact=True).uncheck()
    expect(part).not_to_have_attribute("data-nodes", str(whole))
    legend.get_by_role("button", name="Show all again").click()
    legend.get_by_label("from").fill("2026-04-01")
    expect(row(desk, "leonor")).to_have_count(0)
    expect(row(desk, "duarte")).to_have_count(1)
    desk.check_accessible()
    legend.get_by_label("to", exact=True).fill("2020-01-01")
    desk.page.get_by_text("Nothing passes the filters.").wait_for()


def test_colours_tell_communities_or_kinds_and_one_community_is_opened(
    desk: Desk, household: str
) -> None:
    desk.open("spaces", household, "graph")
    legend = desk.page.get_by_role("region", name="Legend and filters")
    group = legend.locator(".group-name").first
    size = group.locator(".muted").inner_text()

    group.click()
    expect(main_part(desk)).to_have_attribute("data-nodes", size)
    legend.get_by_role("button", name="Open all of it").click()
    expect(desk.page.get_by_role("status").filter(has_text="The community of")).to_be_visible()
    legend.get_by_label("Colours tell").select_option("kinds")
    expect(legend.locator(".group-name")).to_have_count(0)
    settled(desk)
    pictured(desk, "graph-community")


def test_the_slider_shows_the_graph_as_it_was(desk: Desk, household: str) -> None:
    position = desk.client.space(household).info().position
    desk.client.space(household).write(
        "late", [{"content": "Zanzibar Quartz sells new goggles to Leonor."}]
    )
    desk.open("spaces", household, "graph")
    expect(row(desk, "zanzibar quartz")).to_be_visible()

    slider = desk.page.get_by_role("slider", name="As it was")
    slider.fill(str(position))
    expect(row(desk, "zanzibar quartz")).to_have_count(0)
    assert f"as_of={position}" in desk.page.url
    choose(desk, "duarte")
    expect(panel(desk).get_by_role("button", name="Rename…")).to_have_count(0)
    desk.check_accessible()
    desk.page.get_by_role("button", name="Back to now").click()
    expect(row(desk, "zanzibar quartz")).to_be_visible()
    expect(slider).to_have_value(slider.get_attribute("max") or "")


def test_an_edge_tells_why_two_names_are_joined(desk: Desk, household: str) -> None:
    desk.open("spaces", household, "graph", chosen="entity:duarte|entity:rui")

    details = panel(desk)
    expect(details.get_by_text("a fact relates them")).to_be_visible()
    expect(details.get_by_text("Rui is the brother of Duarte")).to_be_visible()
    details.get_by_role("button", name="Rui is the brother of Duarte").click()
    expect(details.get_by_text("Who says it")).to_be_visible()


def saved(desk: Desk, name: str) -> Download:
    with desk.page.expect_download() as waited:
        desk.page.get_by_role("button", name=name, exact=True).click()
    return waited.value


def test_what_is_shown_is_saved_as_a_picture_and_for_other_programs(
    desk: Desk, household: str
) -> None:
    desk.client.space(household).write("odd", [{"content": 'Ann Hart said "<b>&\x01" to Rui.'}])
    desk.open("spaces", household, "graph")
    settled(desk)
    nodes = int(main_part(desk).get_attribute("data-nodes") or 0)

    picture = saved(desk, "PNG").path().read_bytes()
    plain = json.loads(saved(desk, "JSON").path().read_text("utf-8"))
    xml = nx.read_graphml(saved(desk, "GraphML").path(), force_multigraph=True)

    assert picture.startswith(b"\x89PNG")
    assert len(picture) > 5_000
    by_json = nx.node_link_graph(plain, edges="edges")
    assert len(by_json.nodes) == len(xml.nodes) == nodes
    assert len(by_json.edges) == len(xml.edges) > nodes / 2
    assert by_json.nodes["entity:duarte"]["kind"] == xml.nodes["entity:duarte"]["kind"] == "entity"


def test_the_drawing_is_moved_by_keyboard_and_a_click_on_a_node_chooses_it(
    desk: Desk, household: str
) -> None:
    desk.open("spaces", household, "graph")
    settled(desk)
    drawing = desk.page.get_by_role("application")
    drawing.focus()
    for key in ("ArrowLeft", "+", "+", "ArrowDown", "-", "0"):
        desk.page.keyboard.press(key)
    expect(drawing).to_be_focused()
    desk.page.wait_for_timeout(400)

    x, y = hit(desk)
    desk.page.mouse.click(x, y)

    expect(panel(desk).get_by_role("button", name="Close details")).to_be_visible()


def test_who_chooses_in_the_list_goes_on_in_the_details_and_comes_back(
    desk: Desk, household: str
) -> None:
    desk.open("spaces", household, "graph")
    row(desk, "rui").focus()
    desk.page.keyboard.press("Enter")

    expect(panel(desk).get_by_role("heading", level=2, name="rui")).to_be_focused()
    panel(desk).get_by_role("button", name="Close details").press("Enter")

    expect(row(desk, "rui")).to_be_focused()
    expect(row(desk, "rui")).to_have_attribute("aria-pressed", "false")


def hit(desk: Desk) -> tuple[float, float]:
    """Return where on the screen a node lies, found as an eye does: where the pointer changes."""
    box = desk.page.locator(".drawing-frame").bounding_box()
    assert box is not None
    for down in range(2, 38):
        for right in range(2, 38):
            x, y = box["x"] + box["width"] * right / 40, box["y"] + box["height"] * down / 40
            desk.page.mouse.move(x, y)
            if desk.page.evaluate("document.querySelector('.drawing-frame').style.cursor"):
                return x, y
    raise AssertionError("no node lies under the pointer anywhere")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_narrow_and_dark_it_is_as_complete(desks: Desks, space: str, theme: str) -> None:
    narrow = desks(
        viewport={"width": 390, "height": 840}, color_scheme=theme, reduced_motion="reduce"
    )
    narrow.sign_in()
    narrow.open("spaces", space, "graph", chosen="entity:duarte")

    expect(panel(narrow).get_by_role("heading", level=2, name="duarte")).to_be_visible()
    settled(narrow)
    narrow.check_accessible()
    assert narrow.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    narrow.picture(f"graph-narrow-{theme}")


def test_dark_on_a_wide_screen(desks: Desks, household: str) -> None:
    dark = desks(color_scheme="dark")
    dark.sign_in()
    dark.open("spaces", household, "graph", chosen="entity:rui")
    settled(dark)
    dark.check_accessible()
    dark.picture("graph-dark")


def test_an_empty_space_says_what_to_do_next(desk: Desk) -> None:
    desk.client.send(make_space("bare"))
    desk.open("spaces", "bare", "graph")

    expect(desk.page.get_by_text("Nothing hangs together yet")).to_be_visible()
    desk.check_accessible()


def test_hostile_memories_are_drawn_as_text(desk: Desk, space: str) -> None:
    room = desk.client.space(space)
    texts: Sequence[str] = hostile()
    turns = room.write("mail", [{"content": f"Duarte wrote: {text}"} for text in texts])
    desk.open("spaces", space, "graph", chosen=f"turn:{turns.turns[0].id}")

    expect(panel(desk).locator(".panel-text")).to_have_text(f"Duarte wrote: {texts[0]}")
    settled(desk)
    assert desk.page.evaluate("window.__owned") is None


NOTED = """async () => {
  const { drawn, passing, together, NO_FILTER } = await import('./views/graph-model.js');
  const turn = (id, source, at) => ({
    node: `turn:${id}`, kind: 'turn', id, label: id, source, at,
  });
  const base = {
    nodes: [
      turn('t_1', 'user', '2026-01-01T10:00:00Z'), turn('t_2', 'untrusted', '2026-02-01T10:00:00Z'),
      { node: 'entity:ann', kind: 'entity', id: 'ann', label: 'ann' },
      { node: 'entity:bob', kind: 'entity', id: 'bob', label: 'bob' },
      { node: 'event:e_1', kind: 'event', id: 'e_1', label: 'chat 0', at: '2026-01-01T10:00:00Z' },
    ],
    edges: [
      { one: 'entity:ann', other: 'turn:t_1', kind: 'mention', weight: 1 },
      { one: 'turn:t_1', other: 'entity:ann', kind: 'about', weight: 2 },
      { one: 'entity:bob', other: 'turn:t_2', kind: 'mention', weight: 1 },
      { one: 'event:e_1', other: 'turn:t_1', kind: 'part', weight: 1 },
    ],
  };
  const notes = [
    { id: 'n_1', event: 'e_1', turns: ['t_1'], content: 'made of it', at: '2026-01-02T00:00:00Z' },
    { id: 'n_2', event: 'e_9', turns: ['t_9'], content: 'of what is not shown', at: null },
    { id: 'n_3', event: null, turns: ['t_1'], content: 'a turn already', at: null },
  ];
  const model = await together([base], notes);
  const left = (filter, folded = []) => [
    ...passing(model, { ...NO_FILTER, ...filter }, new Set(folded), null)].sort();
  const picture = drawn(model, passing(model, NO_FILTER, new Set(), null), { colouring: 'kind' });
  return {
    edges: [...model.edges.keys()].sort(),
    kinds: model.edges.get('entity:ann|turn:t_1').kinds.map(({ kind }) => kind),
    trusted: left({ sources: ['untrusted'] }),
    late: left({ from: '2026-01-15' }),
    folded: left({}, ['turn:t_2']),
    shapes: Object.fromEntries(picture.nodes.map(({ key, shape }) => [key, shape])),
  };
}"""


def test_what_is_shown_is_put_together_and_filtered_as_it_hangs_together(desk: Desk) -> None:
    """A graph on paper: what only a filtered turn holds goes with it, and notes hang on events."""
    desk.heading("Spaces")

    told = desk.page.evaluate(NOTED)

    assert told["edges"] == [
        "entity:ann|turn:t_1",
        "entity:bob|turn:t_2",
        "event:e_1|note:n_1",
        "event:e_1|turn:t_1",
        "note:n_1|turn:t_1",
    ]
    assert told["kinds"] == ["mention", "about"]
    assert told["trusted"] == ["entity:ann", "event:e_1", "note:n_1", "turn:t_1"]
    assert told["late"] == ["entity:bob", "turn:t_2"]
    assert "entity:bob" not in told["folded"]
    assert told["shapes"]["note:n_1"] == "ring"


def test_notes_and_passages_are_kinds_of_their_own(desk: Desk, household: str) -> None:
    room = desk.client.space(household)
    room.notes.create("Duarte is the plumber of the house.", tags=["craftsmen"])
    room.documents.write("Rui learned the trade in Setubal.", id="trade")
    desk.open("spaces", household, "graph")

    legend = desk.page.get_by_role("region", name="Legend and filters")
    expect(legend.get_by_label("Notes")).to_be_visible()
    expect(legend.get_by_label("Passages")).to_be_visible()
    expect(row(desk, "note: Duarte is the plumber of the house.")).to_contain_text("note,")

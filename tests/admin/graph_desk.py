"""What tests of the graph view have in common: where things are on it."""

from playwright.sync_api import Locator, expect

from memsvc.sdk.client import Client
from tests.admin.desk import Desk

TALL = 3_200
"""Height of a screen on which the list of nodes is drawn whole."""

FACTS = (
    ("Duarte", "does", "the plumbing"),
    ("Rui", "lays", "the tiles"),
    ("Rui", "is the brother of", "Duarte"),
    ("Leonor", "swims at", "Campo Grande"),
)


def said_by(client: Client, space: str, words: str) -> str:
    """Return the id of the turn that says these words."""
    return next(turn.id for turn in client.space(space).turns() if words in turn.content)


def main_part(desk: Desk) -> Locator:
    return desk.page.locator(".graph-main")


def settled(desk: Desk) -> None:
    """Wait until the layout has ended."""
    expect(desk.page.locator('.drawing[data-settled="yes"]')).to_be_visible()


def panel(desk: Desk) -> Locator:
    return desk.page.get_by_role("complementary", name="Details")


def row(desk: Desk, name: str) -> Locator:
    """Return the row of a node in the list of what is drawn."""
    rows = desk.page.get_by_role("list", name="Nodes that are drawn").get_by_role("button")
    return rows.filter(has=desk.page.get_by_text(name, exact=True))


def choose(desk: Desk, name: str) -> Locator:
    row(desk, name).click()
    found = panel(desk)
    expect(found.get_by_role("heading", level=2, name=name)).to_be_visible()
    return found


def search(desk: Desk, words: str) -> Locator:
    box = desk.page.get_by_role("combobox", name="Find a name")
    box.fill(words)
    return desk.page.get_by_role("option")


def pictured(desk: Desk, name: str) -> None:
    """Keep what is to be seen on a usual screen."""
    settled(desk)
    desk.page.set_viewport_size({"width": 1280, "height": 900})
    desk.page.evaluate("window.scrollTo(0, 0)")
    desk.page.wait_for_timeout(200)
    desk.picture(name)
    desk.page.set_viewport_size({"width": 1280, "height": TALL})

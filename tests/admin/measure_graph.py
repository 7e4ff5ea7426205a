"""What the graph view takes of a browser that draws without a graphics card: `make measure-graph`.

Prints after how long the first view of 500 nodes and one of 5,000 nodes and 20,000 edges are there
with all their edges, how long frames are while the camera moves, and of each thing that is done the
longest tasks and what they were in, with what else the machine was doing. Nothing is asserted: the
figures are for reports, and hang on the machine.
"""

import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from memsvc.sdk.client import Client
from memsvc.spawned import free_port, spawned
from tests.admin.chromium import ensure
from tests.admin.desk import Desk

SPACE = "large"
NAMES, TURNS, NAMED, GROUP = 2_500, 2_500, 7, 50
MOST_TASKS = 4
"""How many tasks are named of each thing that is done."""
SYLLABLES = ("ba", "den", "fo", "gal", "hir", "jo", "kem", "lu", "mar", "nol", "per", "ri", "sov")

SAMPLE = """() => {
  window.__frames = [];
  let last = performance.now();
  const next = () => {
    const now = performance.now();
    window.__frames.push(now - last);
    last = now;
    window.__sampling = requestAnimationFrame(next);
  };
  window.__sampling = requestAnimationFrame(next);
}"""
SAMPLED = "() => { cancelAnimationFrame(window.__sampling); return window.__frames.slice(1); }"
DRAWN = """(least) => {
  const part = document.querySelector('.graph-main');
  return part && Number(part.dataset.nodes) >= least && part.querySelector('[data-drawn="yes"]');
}"""
PARTS = """() => {
  const [{ startTime: asked }] = performance.getEntriesByName('asked').slice(-1);
  const overview = performance.getEntriesByType('resource').filter(
    (each) => each.name.includes('/overview')).at(-1);
  return [overview.startTime, overview.responseEnd, performance.now()].map(
    (at) => Math.round(at - asked));
}"""
"""When the API was asked, when it had answered, and now."""
FRAME = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
WATCH = """
window.__long = [];
window.__scripts = [];
new PerformanceObserver((list) => window.__long.push(...list.getEntries()))
  .observe({ type: 'longtask', buffered: true });
new PerformanceObserver((list) => {
  for (const frame of list.getEntries()) window.__scripts.push(...frame.scripts);
}).observe({ type: 'long-animation-frame', buffered: true });
"""
"""Tasks above 50 ms, and the scripts that ran in the frames they held up."""
BLOCKED = """async () => {
  await new Promise((done) => setTimeout(done, 200)); // observers hear a little later
  const end = (each) => each.startTime + each.duration;
  const during = (task, script) => Math.min(end(task), end(script))
    - Math.max(task.startTime, script.startTime);
  const named = (task) => {
    const [most] = window.__scripts.filter((script) => during(task, script) > 5)
      .sort((a, b) => during(task, b) - during(task, a));
    if (!most) return 'no script';
    const file = most.sourceURL.split('/').pop() || 'the driver';
    return `${file} ${most.sourceFunctionName || most.invoker}`;
  };
  const told = window.__long.map((task) => [Math.round(task.duration), named(task)]);
  window.__long = [];
  window.__scripts = [];
  return told.sort(([a], [b]) => b - a);
}"""


def fill(client: Client) -> None:
    """Write turns that name each other's things: groups of names, and some from anywhere."""
    chance = random.Random(7)
    made: dict[str, None] = {}
    while len(made) < NAMES:
        words = ("".join(chance.choices(SYLLABLES, k=3)).capitalize() for _ in range(2))
        made[" ".join(words)] = None
    names = list(made)
    room = client.space(SPACE)
    turns = []
    for number in range(TURNS):
        first = number * GROUP // TURNS * (NAMES // GROUP)
        near = names[first : first + NAMES // GROUP]
        said = [*chance.sample(near, NAMED - 1), chance.choice(names)]
        turns.append({"content": "We saw " + ", then ".join(said) + "."})
    for start in range(0, TURNS, 250):
        room.write(f"talk-{start}", turns[start : start + 250])


def opened(desk: Desk, least: int, **query: str) -> float:
    """Open the view and return after how many ms its nodes are drawn."""
    desk.page.goto("about:blank")
    desk.page.goto(desk.address)
    desk.heading("Spaces")
    desk.page.evaluate("performance.mark('asked')")
    started = time.perf_counter()
    desk.open("spaces", SPACE, "graph", **query)
    desk.page.wait_for_function(DRAWN, arg=least, timeout=120_000, polling=20)
    desk.page.evaluate(FRAME)
    return 1000 * (time.perf_counter() - started)


def frames(page: Page) -> list[float]:
    """Drag and zoom for a while; return how long each frame took, in ms."""
    box = page.locator(".drawing-frame").bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x + 200, y + 150)
    page.mouse.down()
    page.mouse.move(x + 195, y + 145)
    page.evaluate(SAMPLE)
    for step in range(40):
        page.mouse.move(x + 190 - 4 * step, y + 140 - 2 * step)
    sampled: list[float] = page.evaluate(SAMPLED)
    page.mouse.up()
    return sampled


def blocked(page: Page, doing: str) -> str:
    """Return what held the page up since this was asked last, the longest first."""
    tasks: list[tuple[int, str]] = page.evaluate(BLOCKED)
    longest = ", ".join(f"{took} ms in {part}" for took, part in tasks[:MOST_TASKS])
    return f"  {doing}: {len(tasks)} tasks above 50 ms{': ' if tasks else ''}{longest}\n"


def told(name: str, values: list[float]) -> str:
    """Return the middle and the end of some times."""
    ordered = sorted(values)
    return (
        f"{name}: {len(ordered)} frames, median {statistics.median(ordered):.0f} ms, "
        f"95 % {ordered[int(0.95 * (len(ordered) - 1))]:.0f} ms, longest {ordered[-1]:.0f} ms"
    )


ACTS: dict[str, Callable[[Page], object]] = {
    "choosing a node": lambda page: page.locator(".node-row").first.click(),
    "choosing none": lambda page: page.get_by_role("button", name="Close details").click(),
    "colours by kind": lambda page: page.get_by_label("Colours tell").select_option("kinds"),
    "leaving out turns": lambda page: page.get_by_role("checkbox", name="Turns").uncheck(),
    "showing them again": lambda page: page.get_by_role("checkbox", name="Turns").check(),
    "fitting all": lambda page: page.get_by_role("button", name="Show all", exact=True).click(),
}
"""What people do in the view."""


def measure(desk: Desk) -> None:
    """Print the figures."""
    say = sys.stdout.write
    load = "/".join(f"{each:.1f}" for each in os.getloadavg())
    say(f"load {load} on {os.cpu_count()} cores\n")
    asked = desk.client.space(SPACE).graph
    for limit in (500, 5_000):
        started = time.perf_counter()
        found = asked.overview(limit=limit)
        took = 1000 * (time.perf_counter() - started)
        say(f"API: {len(found.nodes)} nodes, {len(found.edges)} edges in {took:.0f} ms\n")
    for least, query in ((400, {}), (4_500, {"size": "all"})):
        times = [opened(desk, least, **query) for _ in range(3)]
        parts = desk.page.evaluate(PARTS)
        part = desk.page.locator(".graph-main")
        size = f"{part.get_attribute('data-nodes')} nodes, {part.get_attribute('data-edges')} edges"
        say(f"{size} there after {', '.join(f'{each:.0f}' for each in times)} ms\n")
        asked, answered, _ = parts
        say(f"  the last asked the API after {asked} ms, and was answered after {answered} ms\n")
        say(blocked(desk.page, "opening it"))
        say(told("  camera, while the layout goes on", frames(desk.page)) + "\n")
        say(blocked(desk.page, "moving the camera"))
        desk.page.locator('.drawing[data-settled="yes"]').wait_for(timeout=60_000)
        say(blocked(desk.page, "settling"))
        say(told("  camera, when it has settled", frames(desk.page)) + "\n")
        say(blocked(desk.page, "moving the camera"))
        for name, act in ACTS.items():
            act(desk.page)
            desk.page.wait_for_timeout(1_500)
            say(blocked(desk.page, name))
        desk.picture(f"graph-{least}")
    say(f"load {'/'.join(f'{each:.1f}' for each in os.getloadavg())} at the end\n")


def main() -> None:
    """Fill a space, open it in a browser, and measure."""
    with pytest.MonkeyPatch.context() as patch, tempfile.TemporaryDirectory() as folder:
        patch.setenv("MEMSVC_EMBEDDER", "hashing")
        with spawned(Path(folder), port=free_port()) as service, sync_playwright() as driver:
            fill(service.client)
            browser = driver.chromium.launch(executable_path=ensure(), args=["--no-sandbox"])
            page = browser.new_context(viewport={"width": 1280, "height": 860}).new_page()
            page.add_init_script(WATCH)
            expect.set_options(timeout=60_000)  # a busy machine is measured, too
            desk = Desk(page, service)
            desk.sign_in()
            measure(desk)
            browser.close()


if __name__ == "__main__":
    main()

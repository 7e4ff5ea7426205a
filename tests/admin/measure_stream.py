"""What a stream of 20,000 turns takes of a browser: `make measure-stream`.

Prints after how long the first turns are there, and those that a link far down leads to; how long
the longest tasks of the page were while it was read, scrolled through and led to its end; and what
else the machine was doing. Tasks are told by their time on the clock and on the processor: the
first hangs on what else goes on, the second does not. Nothing is asserted.
"""

import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from memsvc.sdk.client import Client
from memsvc.spawned import free_port, spawned
from tests.admin.chromium import ensure
from tests.admin.desk import Desk
from tests.admin.measure_graph import FRAME

SPACE, STREAM = "large", "diary"
TURNS, AT_ONCE, FAR = 20_000, 1_000, 15_432
TOPICS = ("the garden and its roses", "a train that was late", "the choir on Monday", "soup")

TASK = "ThreadControllerImpl::RunTask"

SEEN = """(words) => [...document.querySelectorAll('.turn')].some((each) => {
  const { top, bottom } = each.getBoundingClientRect();
  return top < innerHeight && bottom > 0 && each.textContent.includes(words);
})"""
READ = """() => performance.getEntriesByType('resource').flatMap((each) => {
  const [, asked] = each.name.split('/v1/spaces/large/');
  return asked ? [[asked, Math.round(each.duration), each.transferSize]] : [];
})"""
"""What was asked of the API, in how many ms and bytes."""


def fill(client: Client) -> list[str]:
    """Write the stream; return the ids of its turns."""
    ids: list[str] = []
    for start in range(0, TURNS, AT_ONCE):
        lines = [
            {"content": f"Line {n}: we talked of {TOPICS[n // 9 % len(TOPICS)]}, and of day {n}."}
            for n in range(start, start + AT_ONCE)
        ]
        ids += [turn.id for turn in client.space(SPACE).write(STREAM, lines).turns]
    return ids


@contextmanager
def traced(name: str, browser: Browser, page: Page) -> Iterator[None]:
    """Print the longest tasks of the page's own thread while something is done."""
    browser.start_tracing(page=page, categories=["toplevel", "__metadata"])
    yield
    events = json.loads(browser.stop_tracing())["traceEvents"]
    threads = {
        (each["pid"], each["tid"])
        for each in events
        if each["name"] == "thread_name" and each["args"]["name"] == "CrRendererMain"
    }
    tasks = [
        (each.get("tdur", 0) / 1000, each["dur"] / 1000)
        for each in events
        if each["name"] == TASK and (each["pid"], each["tid"]) in threads and "dur" in each
    ]
    longest = ", ".join(f"{own:.0f} ({clock:.0f})" for own, clock in sorted(tasks)[:-4:-1])
    sys.stdout.write(f"{name}: {len(tasks)} tasks, the longest {longest} ms of processor (clock)\n")


def opened(desk: Desk, words: str, **query: str) -> float:
    """Open the stream; return after how many ms the turn with these words is to be seen."""
    desk.page.goto("about:blank")
    desk.page.goto(desk.address)
    desk.heading("Spaces")
    desk.page.wait_for_load_state("networkidle")
    started = time.perf_counter()
    desk.open("spaces", SPACE, "streams", STREAM, **query)
    desk.page.wait_for_function(SEEN, arg=words, timeout=120_000, polling=20)
    desk.page.evaluate(FRAME)
    return 1000 * (time.perf_counter() - started)


def measure(desk: Desk, browser: Browser, ids: list[str]) -> None:
    """Print the figures."""
    say, page = sys.stdout.write, desk.page
    say(f"load {'/'.join(f'{each:.1f}' for each in os.getloadavg())} on {os.cpu_count()} cores\n")
    for name, words, query in (
        ("first turns", "Line 0:", {}),
        (f"turn {FAR} by its link", f"Line {FAR}:", {"turn": ids[FAR]}),
    ):
        times = [opened(desk, words, **query) for _ in range(3)]
        with traced(name, browser, page):
            times.append(opened(desk, words, **query))
            page.locator(".curve-card svg").wait_for(timeout=120_000)
            page.wait_for_timeout(500)
        say(f"  there after {', '.join(f'{each:.0f}' for each in times)} ms\n")
        for path, took, size in page.evaluate(READ):
            say(f"  {path}: {took} ms, {size:,} bytes\n")
    opened(desk, "Line 0:")
    with traced("scrolling by the wheel", browser, page):
        for _ in range(80):
            page.mouse.wheel(0, 900)
            page.wait_for_timeout(40)
    with traced("to its end", browser, page):
        page.keyboard.press("End")
        page.wait_for_function(SEEN, arg=f"Line {TURNS - 1}:", timeout=120_000, polling=20)
    with traced("leaping to sixty places", browser, page):
        for place in range(60):
            page.evaluate(
                "(share) => window.scrollTo(0, document.documentElement.scrollHeight * share)",
                place * 17 % 60 / 60,
            )
            page.wait_for_timeout(150)
    say(f"load {'/'.join(f'{each:.1f}' for each in os.getloadavg())} at the end\n")


def main() -> None:
    """Fill a stream, open it in a browser, and measure."""
    with pytest.MonkeyPatch.context() as patch, tempfile.TemporaryDirectory() as folder:
        patch.setenv("MEMSVC_EMBEDDER", "hashing")
        with spawned(Path(folder), port=free_port()) as service, sync_playwright() as driver:
            started = time.perf_counter()
            ids = fill(service.client)
            sys.stdout.write(f"{len(ids)} turns written in {time.perf_counter() - started:.0f} s\n")
            browser = driver.chromium.launch(executable_path=ensure(), args=["--no-sandbox"])
            context = browser.new_context(viewport={"width": 1280, "height": 860})
            context.set_default_timeout(120_000)
            expect.set_options(timeout=120_000)
            desk = Desk(context.new_page(), service)
            desk.sign_in()
            measure(desk, browser, ids)
            browser.close()


if __name__ == "__main__":
    main()

"""A service and a browser for each file of tests of the page, a fresh page for each test."""

from collections.abc import Callable, Iterator
from itertools import count

import pytest
from playwright.sync_api import Browser, sync_playwright

from memsvc.spawned import Spawned, free_port, spawned
from tests.admin.chromium import OWN, find
from tests.admin.desk import Desk, fill
from tests.admin.graph_desk import FACTS, TALL, said_by

_numbers = count()

LATE = """
const { requestAnimationFrame: frame, setTimeout: later } = window;
window.requestAnimationFrame = (act) => frame((now) => later(() => act(now), 200));
window.setTimeout = (act, ms = 0, ...given) => later(act, ms + 200, ...given);
"""
"""Has what a page does after it was painted come when somebody has long used what they see."""


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Spawned]:
    """The service, as a user starts it. It holds what the tests of one file have made."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MEMSVC_EMBEDDER", "hashing")
        with spawned(tmp_path_factory.mktemp("admin"), port=free_port()) as started:
            yield started


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A Chromium without a window.

    One for each file: its driver keeps a loop running, in which tests of other files cannot run
    theirs.
    """
    path = find()
    assert path is not None, f"no Chromium; run `make browser`, or name one in {OWN}"
    with sync_playwright() as driver:
        started = driver.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture
def desks(browser: Browser, service: Spawned) -> Iterator[Callable[..., Desk]]:
    """Make desks, each with cookies of its own; after a test all are looked at."""
    made: list[Desk] = []

    def make(**options: object) -> Desk:
        given = {"viewport": {"width": 1280, "height": 860}, "locale": "en-GB"} | options
        context = browser.new_context(timezone_id="Europe/Lisbon", **given)  # type: ignore[arg-type]
        context.set_default_timeout(10_000)
        desk = Desk(context.new_page(), service)
        desk.watch()
        made.append(desk)
        return desk

    yield make
    for desk in made:
        desk.page.context.close()
        desk.check()


@pytest.fixture
def desk(desks: Callable[..., Desk]) -> Desk:
    """A desk with somebody signed in at it."""
    found = desks()
    found.sign_in()
    return found


@pytest.fixture
def late_desk(desks: Callable[..., Desk]) -> Desk:
    """A desk at a busy machine: what the page does after it was painted comes late."""
    found = desks()
    found.page.add_init_script(LATE)
    found.sign_in()
    return found


@pytest.fixture
def reader_desk(desks: Callable[..., Desk], space: str) -> Desk:
    """A desk with a reader of the space signed in."""
    found = desks()
    found.sign_in(found.client.keys.create("looks", role="reader", spaces=[space]).secret)
    return found


@pytest.fixture
def phone(desks: Callable[..., Desk]) -> Desk:
    """A desk with somebody signed in, on a narrow screen in the dark."""
    found = desks(viewport={"width": 390, "height": 800}, color_scheme="dark")
    found.sign_in()
    return found


@pytest.fixture
def space(service: Spawned) -> str:
    """A space with the sample conversation in it, used by no other test."""
    name = f"kitchen-{next(_numbers)}"
    fill(service.client, name)
    return name


@pytest.fixture
def tall_desk(desks: Callable[..., Desk]) -> Desk:
    """A desk with somebody signed in, and a screen so tall that long lists are drawn whole."""
    found = desks(viewport={"width": 1280, "height": TALL})
    found.sign_in()
    return found


@pytest.fixture
def household(service: Spawned, space: str) -> str:
    """The conversation about the kitchen, with the facts that it states."""
    source = said_by(service.client, space, "Duarte does the plumbing")
    service.client.space(space).facts.state(
        [
            {"subject": one, "predicate": does, "object": other, "turns": [source]}
            for one, does, other in FACTS
        ]
    )
    return space

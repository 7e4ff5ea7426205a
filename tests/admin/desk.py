"""A desk: the admin page in a real browser over a real service, watched while a test uses it.

However a test ends, nothing may have gone wrong on the page that nobody asserts: no error in its
console, no request to anywhere else, nothing that its policy had to stop.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from playwright.sync_api import ConsoleMessage, Locator, Page, Request, expect

from memsvc.sdk.client import Client
from memsvc.spawned import Spawned

HERE = Path(__file__).parent
PICTURES = HERE.parents[1] / "build" / "admin"
"""Where screenshots are kept, as what a build leaves."""

WATCH = """
document.addEventListener('securitypolicyviolation', (event) =>
  console.error('policy: ' + event.violatedDirective + ' ' + event.blockedURI));
"""
DRIVER = "GL Driver Message"
"""What Chromium says of drawing without a graphics card, which is no news of the page."""

SERIOUS = {"serious", "critical"}


@dataclass
class Desk:
    """The page, and what happened on it."""

    page: Page
    service: Spawned
    troubles: list[str] = field(default_factory=list)
    expected: list[str] = field(default_factory=list)

    @property
    def client(self) -> Client:
        """The service, as an admin of all spaces asks it."""
        return self.service.client

    @property
    def address(self) -> str:
        """Where the admin page begins."""
        return f"{self.service.address}/admin/"

    def watch(self) -> None:
        """Listen from now on."""
        self.page.add_init_script(WATCH)
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self.troubles.append(f"error: {error}"))
        self.page.on("request", self._follow)

    def expects(self, words: str) -> None:
        """Let the console say this: that a request was refused, when a test has one refused."""
        self.expected.append(words)

    def check(self) -> None:
        """Assert that nothing went wrong that was not expected."""
        wrong = [
            trouble
            for trouble in self.troubles
            if not any(words in trouble for words in self.expected)
        ]
        assert not wrong, "\n".join(wrong)

    def sign_in(self, key: str | None = None) -> None:
        """Open the page and sign in, as the first admin unless another key is given."""
        self.page.goto(self.address)
        self.page.get_by_label("Key", exact=True).fill(key or self.service.key)
        self.page.get_by_role("button", name="Sign in").click()
        expect(self.page.get_by_role("heading", level=1, name="Spaces")).to_be_visible()

    def open(self, *parts: str, **query: str) -> None:
        """Go to a view by its deep link, which names its parts in order."""
        where = "/".join(quote(part, safe="") for part in parts)
        asked = "&".join(f"{name}={quote(value)}" for name, value in query.items())
        self.page.goto(f"{self.address}#/{where}{'?' if asked else ''}{asked}")

    def heading(self, name: str) -> Locator:
        """Return the view's heading, once it is this one."""
        found = self.page.get_by_role("heading", level=1, name=name, exact=True)
        expect(found).to_be_visible()
        return found

    def picture(self, name: str) -> None:
        """Keep what is to be seen now."""
        PICTURES.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=PICTURES / f"{name}.png", animations="disabled")

    def check_accessible(self) -> None:
        """Assert that axe finds nothing serious in what is drawn now."""
        axe = (files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")
        self.page.evaluate(axe)  # through the driver, which the page's policy does not hold
        found: Any = self.page.evaluate("axe.run(document, {resultTypes: ['violations']})")
        wrong = [
            f"{each['id']}: {each['help']}: {[node['html'][:120] for node in each['nodes']]}"
            for each in found["violations"]
            if each["impact"] in SERIOUS
        ]
        assert not wrong, "\n".join(wrong)

    def check_width(self) -> None:
        """Assert that nothing is wider than the screen."""
        assert self.page.evaluate("document.documentElement.scrollWidth <= innerWidth")

    def check_nothing_ran(self) -> None:
        """Assert that of the hostile texts none did, or became, anything."""
        assert self.page.evaluate("window.__owned") is None
        assert self.page.locator("#main iframe, #main style, #main img").count() == 0

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"} and DRIVER not in message.text:
            self.troubles.append(f"console: {message.text}")

    def _follow(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme in {"data", "blob"}:
            return
        if f"{parts.scheme}://{parts.netloc}" != self.service.address:
            self.troubles.append(f"request: {request.url}")


def conversation() -> dict[str, Any]:
    """Return the sample conversation: a stream, its title and its turns."""
    told: dict[str, Any] = json.loads((HERE / "conversation.json").read_text(encoding="utf-8"))
    return told


def hostile() -> Sequence[str]:
    """Return texts that would do harm if they were anything but text."""
    told: Sequence[str] = json.loads((HERE / "hostile.json").read_text("utf-8"))["contents"]
    return told


def fill(client: Client, space: str) -> None:
    """Write the sample conversation into a space."""
    told = conversation()
    client.space(space).write(told["stream"], told["turns"], title=told["title"])

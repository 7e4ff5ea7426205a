"""The Chromium that the tests drive: the machine's own, or one that is fetched for them.

`python -m tests.admin.chromium` makes sure that there is one; `make browser` runs it.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
OWN = "MEMSVC_TEST_CHROMIUM"
FETCHES = (
    ((sys.executable, "-m", "playwright", "install", "--with-deps", "chromium"),),
    (("apt-get", "update"), ("apt-get", "install", "--yes", "chromium")),
)
"""Ways to come by one, tried in order: the driver's own build, and the distribution's."""


def find() -> str | None:
    """Return the path of a Chromium, or None when there is none."""
    given = os.environ.get(OWN)
    if given:
        return given
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    return found or _fetched()


def _fetched() -> str | None:
    with sync_playwright() as driver:
        path = Path(driver.chromium.executable_path)
    return str(path) if path.exists() else None


def ensure() -> str:
    """Return the path of a Chromium, fetched when there was none."""
    for way in FETCHES:
        found = find()
        if found is not None:
            return found
        for command in way:
            if shutil.which(command[0]) is not None:
                subprocess.run(command, check=False)
    found = find()
    if found is None:
        sys.exit(f"no Chromium was found, and none could be fetched; name one in {OWN}")
    return found


if __name__ == "__main__":
    sys.stdout.write(f"{ensure()}\n")

"""Enrichment that makes notes of events, and what its notes must be after a kill.

The events are all there before the service starts, with their notes owed, so that nothing but the
kill tells the service from its twin that nobody killed: of the same events both make the same
notes, with the same links and refinements, whichever of them the kill came between.
"""

import atexit
import shutil
import tempfile
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import count
from pathlib import Path
from random import Random

from memsvc.config import Settings
from memsvc.domain.errors import Unavailable
from memsvc.domain.ids import SpaceName
from memsvc.domain.memory import NewTurn, SpaceSettings
from memsvc.domain.note_making import NoteMaking
from memsvc.models import HASHING
from memsvc.sdk.client import Client
from memsvc.wiring import open_service
from memsvc.world import RandomIds
from tests.torture.book import Book
from tests.torture.clients import SPACE, in_threads, numbers, text_of
from tests.torture.examine import notes_made
from tests.torture.victim import Victim
from tests.worlds import open_world

EVENTS = 24
TURNS_AN_EVENT = 3
OTHER = "bob"
"""Asks for notes too; what is made there depends on when, as it is written to meanwhile."""

BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
_days = count()


def owe_notes(data: Path, book: Book, _database: str = "") -> None:
    """Fill a directory with events that closed and have no notes yet, each time the same ones."""
    template, twins = _owing()
    shutil.copytree(template, data)
    book.twins[SPACE] = twins
    book.sent(SPACE, _names()).is_acknowledged = True


def make_notes(victim: Victim, book: Book, chance: Random) -> None:
    """Ask while notes are made, and let events close in another space that asks for them."""

    def once(client: Client, own: Random) -> None:
        client.space(SPACE).recall(own.choice(["heron", "the harbour in Lisbon"]))
        names = [f"o{next(numbers)}" for _ in range(TURNS_AN_EVENT)]
        group = book.sent(OTHER, names)
        day = BEGAN + timedelta(days=next(_days))
        client.space(OTHER).write(
            f"s{own.randint(0, 3)}",
            [{"id": name, "content": text_of(name, own), "at": day} for name in names],
        )
        group.is_acknowledged = True
        time.sleep(own.uniform(0.1, 0.5))  # the worker makes way for requests

    try:
        space = victim.client.space(OTHER)
        first = book.sent(OTHER, ["o"])
        space.write("first", [{"id": "o", "content": "The heron stands."}])
        first.is_acknowledged = True
        space.configure(version=0, notes={"least_tokens": 1})
    except Unavailable:
        return
    in_threads(once, victim, chance)


def _names() -> list[str]:
    return [f"e{event}-{n}" for event in range(EVENTS) for n in range(TURNS_AN_EVENT)]


@cache
def _owing() -> tuple[Path, Counter[object]]:
    """Make the directory once, and the notes of one that nobody kills."""
    folder = Path(tempfile.mkdtemp(prefix="memsvc-torture-owing-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    name, chance = SpaceName(SPACE), Random(4)
    with open_world(folder / "data", ids=RandomIds()) as world:
        world.service.found(world.admin, name)
        settings = SpaceSettings(notes=NoteMaking(least_tokens=1))
        world.service.govern(world.admin, name, settings, version=0)
        for place, each in enumerate(_names()):
            at = BEGAN + timedelta(days=place // TURNS_AN_EVENT, minutes=place % TURNS_AN_EVENT)
            world.write(
                SPACE,
                "diary",
                NewTurn(role="user", content=text_of(each, chance), client_id=each, at=at),
            )
    shutil.copytree(folder / "data", folder / "twin")
    twin = Settings(data=folder / "twin", embedder=HASHING, readers=4, log_level="error")
    with open_service(twin) as service:
        service.settle()
        while service.enrich.work_once():
            pass
        made = notes_made(service, name)
    assert len(made) >= EVENTS - 1
    return folder / "data", made

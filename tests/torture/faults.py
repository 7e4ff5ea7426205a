"""Faults beside kills: a full disk, a directory that cannot be written, a second process, a clock
that goes back, a damaged page. Each must be said clearly, and must cost nothing that was kept."""

import os
import sqlite3
import tempfile
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path

from click.testing import CliRunner

from memsvc.app.remember import Batch
from memsvc.cli import BROKEN
from memsvc.cli.family import memsvc
from memsvc.config import Settings
from memsvc.domain.errors import (
    DataDirectoryUnusable,
    MemsvcError,
    ServerFault,
    StoreDamaged,
    StoreUnavailable,
)
from memsvc.domain.ids import SpaceName, StreamName
from memsvc.domain.memory import NewTurn
from memsvc.domain.recall import Question
from memsvc.local import OWNER
from memsvc.models import HASHING
from memsvc.wiring import open_service
from memsvc.world import StandingClock
from store.directory import DATABASE
from tests.torture.book import Book
from tests.torture.examine import examined
from tests.torture.victim import forked, running, starting

NOBODY = 65_534
SPACE = "alice"
ROOM = 900_000
"""Bytes that a file may have: an empty database takes half of them, and so does its log."""
PAGE_BYTES = 4_096


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a fault was borne."""

    fault: str
    outcome: str
    is_clean: bool


def tried(fault: "Fault") -> Verdict:
    """Try a fault in a directory of its own; whatever is raised is what was not borne."""
    with tempfile.TemporaryDirectory(prefix="memsvc-torture-") as folder:
        Path(folder).chmod(0o755)  # one of the faults is met by a process without our rights
        try:
            fault(Path(folder) / "data")
        except Exception as error:  # noqa: BLE001  it belongs into the table
            return Verdict(fault.__name__, f"{type(error).__name__}: {error}", is_clean=False)
    return Verdict(fault.__name__, "borne", is_clean=True)


def full_disk(data: Path) -> None:
    """Writes are refused as unavailable, reads go on, and with room again so do writes.

    A limit on the length of files stands for the disk: the system refuses to write past it, as a
    full disk would, and no device has to be made for it.
    """
    book = Book()
    with running(data, file_limit=ROOM) as victim:
        space = victim.client.space(SPACE)
        number = 0
        while True:
            names = [f"f{number}-{n}" for n in range(20)]
            group = book.sent(SPACE, names)
            turns = [{"id": name, "content": f"{name} {'heron ' * 30}"} for name in names]
            try:
                space.write("chat", turns)
            except StoreUnavailable:
                break
            group.is_acknowledged = True
            number += 1
        assert number > 0, "there was no room from the beginning"
        assert space.recall("heron").hits
        assert victim.client.ready().ready
    assert examined(data, book).is_clean
    with running(data) as victim:
        victim.client.space(SPACE).write("chat", turns)
        group.is_acknowledged = True
    assert examined(data, book).is_clean


def read_only_directory(data: Path) -> None:
    """The start is refused with a sentence that names the directory; nothing is changed."""
    with running(data) as victim:
        victim.client.space(SPACE).write("chat", [{"content": "tea"}])
    before = sorted((path.name, path.stat().st_mtime_ns) for path in data.iterdir())
    for path in (data, *data.iterdir()):
        path.chmod(0o555 if path.is_dir() else 0o444)
    ours, theirs = Pipe()
    process = forked(open_as_nobody, data, theirs)
    told: MemsvcError | None = ours.recv()
    process.join()
    assert isinstance(told, DataDirectoryUnusable), told
    assert str(data) in told.detail
    data.chmod(0o755)
    assert before == sorted((path.name, path.stat().st_mtime_ns) for path in data.iterdir())


def open_as_nobody(data: Path, answer: Connection) -> None:
    """Open the directory without the rights of root, and tell what was raised."""
    if os.geteuid() == 0:
        os.setgid(NOBODY)
        os.setuid(NOBODY)
    try:
        with open_service(Settings(data=data, embedder=HASHING)):
            answer.send(None)
    except Exception as error:  # noqa: BLE001  it is sent to whoever judges it
        answer.send(error)


def second_process(data: Path) -> None:
    """It is refused with its own exit code, and the first one does not notice."""
    with running(data) as first:
        space = first.client.space(SPACE)
        space.write("chat", [{"content": "tea"}])
        with starting(data) as second:
            second.process.join(60)
            assert second.process.exitcode == BROKEN, second.process.exitcode
        space.write("chat", [{"content": "coffee"}])
        assert space.info().turns == 2
        assert space.verify_ledger().is_whole


def clock_going_back(data: Path) -> None:
    """Order is kept by positions, not by times, and nobody waits for the clock to catch up."""
    clock = StandingClock(datetime(2026, 6, 1, tzinfo=UTC))
    name = SpaceName(SPACE)
    with open_service(Settings(data=data, embedder=HASHING), clock=clock) as service:

        def write(content: str) -> int:
            turn = NewTurn(role="user", content=content)
            batch = Batch(StreamName("chat"), (turn,), embed_later=True)
            return service.remember(OWNER, name, batch).position

        positions = [write("before")]
        clock.advance(timedelta(hours=-2))
        positions.append(write("after"))
        while service.enrich.work_once():
            pass
        assert positions == sorted(positions)
        assert len(service.recall(OWNER, name, Question("before after")).hits) == 2
        assert service.inspect.enrichment(OWNER, name).waiting == {}
        assert service.verify(OWNER, name).is_whole


def damaged_page(data: Path) -> None:
    """Whoever meets it is told that the database is damaged, not that the service failed."""
    with running(data) as victim:
        for _ in range(5):
            victim.client.space(SPACE).write(
                "chat", [{"content": f"heron {n} {'x' * 200}"} for n in range(200)]
            )
    _spoil(data / DATABASE)
    told = CliRunner().invoke(
        memsvc, ["doctor", "--data", str(data)], env={"MEMSVC_EMBEDDER": HASHING}
    )
    assert told.exit_code == 1, told.output
    assert "damaged" in told.stdout, told.stdout
    met = []
    with running(data) as victim:
        space = victim.client.space(SPACE)
        for ask in (
            lambda: list(space.turns()),
            lambda: space.recall("heron"),
            space.verify_ledger,
            lambda: b"".join(space.export()),
            lambda: space.write("chat", [{"content": "more"}]),
            lambda: space.delete_stream("chat"),
        ):
            try:
                ask()
            except MemsvcError as error:
                met.append(error)
    assert met, "nothing that was asked needed a damaged page"
    assert not any(isinstance(error, ServerFault) for error in met), met
    assert any(isinstance(error, StoreDamaged) for error in met), met


def _spoil(database: Path) -> None:
    """Overwrite every third page from the middle of the file on, once its log is folded back."""
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    pages = database.stat().st_size // PAGE_BYTES
    with database.open("r+b") as file:
        for page in range(pages // 2, pages, 3):
            file.seek(page * PAGE_BYTES)
            file.write(b"\xa5" * PAGE_BYTES)


Fault = Callable[[Path], None]
FAULTS: tuple[Fault, ...] = (
    full_disk,
    read_only_directory,
    second_process,
    clock_going_back,
    damaged_page,
)

"""Backups: taken while writes go on, whole or refused, and put in place at one moment."""

import hashlib
import io
import json
import sqlite3
import tarfile
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from threading import Event, Thread

import pytest

from memsvc.domain.access import Role
from memsvc.domain.errors import BackupDamaged, Busy, RoleTooWeak, StoreUnavailable
from memsvc.domain.recall import Filter
from memsvc.world import RandomIds
from store.backup import (
    MANIFEST,
    PART,
    Archive,
    check_pages,
    put_in_place,
    staging,
    unpacked,
)
from store.directory import DATABASE
from store.engine import open_engine
from tests.app.small import ALICE, key_of, turns_of
from tests.worlds import World, open_world

pytestmark = pytest.mark.sqlite

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def archive_of(folder: Path) -> Archive:
    return Archive(open_engine(folder / DATABASE, readers=1), folder)


def taken(folder: Path) -> bytes:
    return b"".join(archive_of(folder).take(at=NOW).chunks())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A data directory with one turn in it."""
    with open_world(tmp_path / "data") as world:
        world.write("alice", "chat", "tea")
    return tmp_path / "data"


def test_a_backup_is_a_plain_tar_of_the_length_that_it_says(folder: Path) -> None:
    backup = archive_of(folder).take(at=NOW)
    raw = b"".join(backup.chunks())

    assert len(raw) == backup.size
    assert backup.name == "memsvc-20260101T000000Z.tar"
    with tarfile.open(fileobj=io.BytesIO(raw)) as tar:
        assert tar.getnames() == [MANIFEST, DATABASE]


def test_a_backup_leaves_nothing_behind_and_sweeps_what_a_killed_one_left(folder: Path) -> None:
    before = sorted(folder.iterdir())
    (folder / PART).write_bytes(b"half a copy of everybody's memory")

    taken(folder)

    assert sorted(folder.iterdir()) == before
    (folder / PART).write_bytes(b"another")
    with open_world(folder, ids=RandomIds()):
        assert not (folder / PART).exists()


def test_everything_acknowledged_before_it_began_is_in_a_backup_taken_during_writes(
    tmp_path: Path,
) -> None:
    with open_world(tmp_path / "data", ids=RandomIds()) as world:
        acknowledged: list[str] = []
        stop = Event()

        def write_on() -> None:
            while not stop.is_set():
                later = len(acknowledged) % 3 == 0
                done = world.write("alice", "chat", "one", "two", embed_later=later)
                acknowledged.extend(turn.id for turn in done.turns)

        writers = [Thread(target=write_on) for _ in range(3)]
        for writer in writers:
            writer.start()
        world.write("alice", "chat", "the first", "and the second")
        copies: list[tuple[list[str], bytes]] = []
        while len(copies) < 5:
            before = list(acknowledged)
            copies.append((before, b"".join(world.service.back_up(world.admin).chunks())))
        stop.set()
        for writer in writers:
            writer.join()
        assert len(acknowledged) > len(copies[0][0])

    for number, (before, raw) in enumerate(copies):
        restored = tmp_path / f"restored-{number}"
        restored.mkdir()
        unpacked(io.BytesIO(raw), restored / DATABASE)
        check_pages(restored / DATABASE)
        with open_world(restored, ids=RandomIds()) as world:
            held = _ids(world)
            assert set(before) <= set(held)
            assert len(held) == len(set(held))
            assert len(held) % 2 == 0, "a batch is in it whole or not at all"
            assert world.service.verify(world.admin, ALICE).is_whole


def _ids(world: World) -> list[str]:
    found: list[str] = []
    cursor: str | None = None
    while True:
        page = world.service.inspect.turns(world.admin, ALICE, Filter(), after=cursor, limit=500)
        found += [turn.id for turn in page.items]
        cursor = page.next_cursor
        if cursor is None:
            return found


def test_only_an_admin_of_all_spaces_may_take_everything(tmp_path: Path) -> None:
    with open_world(tmp_path) as world:
        for key in (key_of(Role.ADMIN, "alice"), key_of(Role.WRITER)):
            with pytest.raises(RoleTooWeak):
                world.service.back_up(key)


def test_a_second_backup_at_the_same_time_is_told_to_wait(folder: Path) -> None:
    archive = archive_of(folder)
    archive._one.acquire()

    with pytest.raises(Busy):
        archive.take(at=NOW)


def test_a_backup_that_cannot_be_made_says_so_and_leaves_nothing(folder: Path) -> None:
    (folder / PART).mkdir()

    with pytest.raises(StoreUnavailable, match="free space"):
        archive_of(folder).take(at=NOW)


def repacked(raw: bytes, **changes: object) -> bytes:
    """Change the manifest and leave the database."""
    with tarfile.open(fileobj=io.BytesIO(raw)) as tar:
        parts = {name: tar.extractfile(name).read() for name in tar.getnames()}  # type: ignore[union-attr]
    parts[MANIFEST] = json.dumps(json.loads(parts[MANIFEST]) | changes).encode()
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as tar:
        for name, content in parts.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return made.getvalue()


DAMAGE: dict[str, Callable[[bytes], bytes]] = {
    "nothing": lambda _raw: b"",
    "no tar": lambda _raw: b"not a tar" * 1_000,
    "half": lambda raw: raw[: len(raw) // 2],
    "the head alone": lambda raw: raw[:700],
    "one bit": lambda raw: raw[:9_000] + bytes([raw[9_000] ^ 1]) + raw[9_001:],
    "a newer format": lambda raw: repacked(raw, version=2),
    "another format": lambda raw: repacked(raw, format="x"),
    "another sum": lambda raw: repacked(raw, sha256=hashlib.sha256().hexdigest()),
    "another manifest": lambda raw: repacked(raw, mood="x"),
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=list(DAMAGE))
def test_a_damaged_backup_is_refused(
    folder: Path, tmp_path: Path, damage: Callable[[bytes], bytes]
) -> None:
    with pytest.raises(BackupDamaged):
        unpacked(io.BytesIO(damage(taken(folder))), tmp_path / "out.db")


def test_a_damaged_page_is_found(folder: Path) -> None:
    raw = bytearray((folder / DATABASE).read_bytes())
    raw[5 * 4096 : 6 * 4096] = bytes(4096)
    (folder / DATABASE).write_bytes(raw)

    with pytest.raises(BackupDamaged, match="damaged"):
        check_pages(folder / DATABASE)


def test_the_log_of_the_old_database_is_not_played_into_the_new_one(
    folder: Path, tmp_path: Path
) -> None:
    """SQLite would, and the result would be neither of the two."""
    backup = taken(folder)
    old = sqlite3.connect(folder / DATABASE)
    old.execute("PRAGMA wal_autocheckpoint=0")
    old.execute("CREATE TABLE late(x)")
    old.commit()
    log = (folder / f"{DATABASE}-wal").read_bytes()
    old.close()
    (folder / f"{DATABASE}-wal").write_bytes(log)
    assert log

    with staging(folder) as room:
        unpacked(io.BytesIO(backup), room / DATABASE)
        put_in_place(room / DATABASE, folder / DATABASE)

    with closing(sqlite3.connect(folder / DATABASE)) as new:
        assert new.execute("SELECT 1 FROM sqlite_master WHERE name = 'late'").fetchone() is None
    with open_world(folder, ids=RandomIds()) as world:
        assert [turn.content for turn in turns_of(world)] == ["tea"]

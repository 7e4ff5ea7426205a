"""Backups: the database copied while it is at work, as one file that says whether it is whole.

The file is a plain tar of `manifest.json` and `memsvc.db`, so that a person without memsvc can open
it too. Of a file the copy is SQLite's own (the online backup interface), of PostgreSQL it is made
row by row (`store.copying`) into a file of SQLite; so one format does for both, and a backup of
either can be restored to either. It is made in one read transaction, which holds up no writer, and
shows the database as it stood at one commit. The copy loses its name as soon as it is made, so that
a kill at any moment leaves no second copy of everybody's memory behind; one from a kill during the
step itself is swept away at the next start.
"""

import hashlib
import json
import os
import sqlite3
import tarfile
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from threading import Lock
from typing import IO, Any

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from memsvc.domain.errors import BackupDamaged, Busy, StoreUnavailable
from store.copying import copy_store
from store.database import is_postgres
from store.directory import DATABASE, DERIVED
from store.opening import open_database

FORMAT = "memsvc-backup"
VERSION = 1
MANIFEST = "manifest.json"
PART = "backup.part"
SIDECARS = ("-wal", "-shm", "-journal")
CHUNK = 1024 * 1024
LARGEST_MANIFEST = 64 * 1024
WHOLE = "ok"


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup says of itself. `bytes` and `sha256` are the database's."""

    format: str
    version: int
    made_at: str
    revision: str | None
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class TarBackup:
    """A copy whose file has no name any more; implements `Backup`."""

    manifest: Manifest
    name: str
    _head: bytes
    _copy: IO[bytes]
    _tail: bytes

    @property
    def size(self) -> int:
        """How many bytes there will be."""
        return len(self._head) + self.manifest.bytes + len(self._tail)

    def chunks(self) -> Iterator[bytes]:
        """Yield the file, once."""
        with self._copy:
            yield self._head
            while chunk := self._copy.read(CHUNK):
                yield chunk
            yield self._tail


class Archive:
    """Makes backups of one database, one at a time; copies pass through the data directory."""

    def __init__(self, engine: Engine, directory: Path) -> None:
        self._engine = engine
        self._part = directory / PART
        self._one = Lock()

    def sweep(self) -> None:
        """Remove what a backup left that was killed."""
        for suffix in ("", *SIDECARS):
            _beside(self._part, suffix).unlink(missing_ok=True)

    def take(self, *, at: datetime) -> TarBackup:
        """Copy everything as it stands now. Raises `Busy` or `StoreUnavailable`."""
        if not self._one.acquire(blocking=False):
            message = "Another backup is being made; ask for one again when that is done."
            raise Busy(message)
        try:
            self.sweep()
            return self._taken(at)
        except (sqlite3.Error, DBAPIError, OSError) as error:
            raise StoreUnavailable(
                f"The backup could not be made ({error}); the data directory needs free space for "
                "a second copy of the database while it is made."
            ) from error
        finally:
            with suppress(OSError):
                self.sweep()
            self._one.release()

    def _taken(self, at: datetime) -> TarBackup:
        os.close(os.open(self._part, os.O_CREAT | os.O_EXCL, 0o600))
        if is_postgres(self._engine):
            _copy_server(self._engine, self._part)
        else:
            _copy_file(Path(str(self._engine.url.database)), self._part)
        with closing(sqlite3.connect(self._part)) as copy:
            revision = _revision(copy)
        with self._part.open("rb") as made:
            manifest = Manifest(
                format=FORMAT,
                version=VERSION,
                made_at=at.isoformat(),
                revision=revision,
                bytes=self._part.stat().st_size,
                sha256=hashlib.file_digest(made, "sha256").hexdigest(),
            )
        return _as_tar(manifest, self._part.open("rb"), at=at)


def _copy_file(database: Path, part: Path) -> None:
    with (
        closing(sqlite3.connect(database)) as source,
        closing(sqlite3.connect(part)) as copy,
    ):
        copy.execute("PRAGMA journal_mode=OFF")  # a copy that fails is thrown away
        source.backup(copy, pages=-1)


def _copy_server(engine: Engine, part: Path) -> None:
    """Copy all rows into a file; the last connection to it folds its log back as it closes."""
    made = open_database(part, readers=1)
    try:
        copy_store(engine, made)
    finally:
        made.dispose()


def _as_tar(manifest: Manifest, copy: IO[bytes], *, at: datetime) -> TarBackup:
    told = json.dumps(asdict(manifest), indent=1).encode() + b"\n"
    head = _entry(MANIFEST, len(told), at) + told + _padding(len(told))
    return TarBackup(
        manifest,
        f"memsvc-{at:%Y%m%dT%H%M%SZ}.tar",
        head + _entry(DATABASE, manifest.bytes, at),
        copy,
        _padding(manifest.bytes) + bytes(2 * tarfile.BLOCKSIZE),
    )


def _entry(name: str, size: int, at: datetime) -> bytes:
    info = tarfile.TarInfo(name)
    info.size, info.mode, info.mtime = size, 0o600, int(at.timestamp())
    return info.tobuf(tarfile.PAX_FORMAT)


def _padding(size: int) -> bytes:
    return bytes(-size % tarfile.BLOCKSIZE)


# Restoring ---------------------------------------------------------------------------------------


def unpacked(file: IO[bytes], into: Path | None = None) -> Manifest:
    """Read a backup, hold it against its manifest, and write the database to `into` if given.

    Raises `BackupDamaged`.
    """
    try:
        with tarfile.open(fileobj=file, mode="r|") as tar:
            manifest = _manifest(tar)
            database = _next(tar, DATABASE)
            digest = _copied(database, into)
    except (tarfile.TarError, EOFError) as error:
        raise BackupDamaged(f"This is no backup, or a part of one ({error}).") from error
    if digest != (manifest.bytes, manifest.sha256):
        raise BackupDamaged("The database in this backup does not fit its manifest.")
    return manifest


def _manifest(tar: tarfile.TarFile) -> Manifest:
    raw = _next(tar, MANIFEST).read(LARGEST_MANIFEST)
    try:
        said: dict[str, Any] = json.loads(raw)
        manifest = Manifest(**said)
    except (ValueError, TypeError) as error:
        raise BackupDamaged("The manifest of this backup cannot be read.") from error
    if (manifest.format, manifest.version) != (FORMAT, VERSION):
        raise BackupDamaged(
            f"This backup is of format {manifest.format!r}, version {manifest.version!r}, which "
            "this memsvc does not know; use the newer one that made it."
        )
    return manifest


def _next(tar: tarfile.TarFile, name: str) -> IO[bytes]:
    member = tar.next()
    file = None if member is None or member.name != name else tar.extractfile(member)
    if file is None:
        raise BackupDamaged(f"This backup holds no {name} where it should.")
    return file


def _copied(source: IO[bytes], into: Path | None) -> tuple[int, str]:
    """Copy to a new file of its owner alone (to nowhere, for None); return length and SHA-256."""
    size, running = 0, hashlib.sha256()
    path = os.devnull if into is None else into
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), "wb") as out:
        while chunk := source.read(CHUNK):
            size += len(chunk)
            running.update(chunk)
            out.write(chunk)
        out.flush()
        if into is not None:
            os.fsync(out.fileno())
    return size, running.hexdigest()


def check_pages(database: Path) -> None:
    """Have SQLite look at every page of a database. Raises `BackupDamaged`."""
    try:
        with closing(sqlite3.connect(database)) as connection:
            found = connection.execute("PRAGMA integrity_check").fetchone()[0]
    except sqlite3.DatabaseError as error:
        found = str(error)
    if found != WHOLE:
        raise BackupDamaged(f"The database in this backup is damaged ({found}).")


@contextmanager
def staging(directory: Path) -> Iterator[Path]:
    """Lend an empty folder inside the data directory, on its disk; gone afterwards."""
    folder = directory / "restoring"
    _remove(folder)
    folder.mkdir(mode=0o700)
    try:
        yield folder
    finally:
        _remove(folder)


def put_in_place(staged: Path, database: Path) -> None:
    """Let a staged database take the place of the present one, at one moment.

    The present one's log is folded back and removed before that: left behind, SQLite would play it
    into the new database. Whatever is derived from the present one goes too.
    """
    if database.exists():
        with suppress(sqlite3.DatabaseError), closing(sqlite3.connect(database)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    for suffix in SIDECARS:
        _beside(database, suffix).unlink(missing_ok=True)
    drop_derived(database.parent)
    _flush(database.parent)
    staged.replace(database)
    _flush(database.parent)


def drop_derived(directory: Path) -> None:
    """Remove what is derived from a database that is there no more."""
    for name in DERIVED:
        _remove(directory / name)


def _revision(connection: sqlite3.Connection) -> str | None:
    there = connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'")
    if there.fetchone() is None:
        return None
    row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    return None if row is None else str(row[0])


def _beside(database: Path, suffix: str) -> Path:
    return database.with_name(database.name + suffix)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        for inner in path.iterdir():
            _remove(inner)
        path.rmdir()
    else:
        path.unlink(missing_ok=True)


def _flush(directory: Path) -> None:
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

"""The data directory: one database, one key file, one process at a time."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from memsvc.domain.errors import DataDirectoryInUse, DataDirectoryUnusable

DATABASE = "memsvc.db"
LOCK = "memsvc.lock"
KEY_FILE = "admin.key"
SNAPSHOTS = "indexes"
DERIVED = (SNAPSHOTS,)
"""Files and folders of the data directory that are made from the database and fit no other one."""


@contextmanager
def held(directory: Path) -> Iterator[Path]:
    """Make the directory if need be and hold it against other processes; yield the database path.

    The lock is the operating system's and goes with the process, however that ends. Raises
    `DataDirectoryInUse` or `DataDirectoryUnusable`.
    """
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = os.open(directory / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise DataDirectoryUnusable(
            f"The data directory {directory} cannot be used ({error.strerror}); "
            "name another one in MEMSVC_DATA."
        ) from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        raise DataDirectoryInUse(
            f"Another memsvc has {directory} open; talk to it over HTTP, stop it, "
            "or name another directory in MEMSVC_DATA."
        ) from None
    try:
        yield directory / DATABASE
    finally:
        os.close(lock)


def write_key_file(directory: Path, secret: str) -> Path:
    """Keep the first admin key where only its owner can read it."""
    path = directory / KEY_FILE
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        os.fchmod(handle, 0o600)
        os.write(handle, secret.encode() + b"\n")
        os.fsync(handle)
    finally:
        os.close(handle)
    return path

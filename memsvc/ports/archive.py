"""Copying the whole installation while it is at work."""

from collections.abc import Iterator
from datetime import datetime
from typing import Protocol


class Backup(Protocol):
    """A consistent copy as one file that is sent as it is read. Nothing of it lies on disk."""

    @property
    def name(self) -> str:
        """What the file might be called; it tells the time of the copy."""
        ...

    @property
    def size(self) -> int:
        """How many bytes there will be."""
        ...

    def chunks(self) -> Iterator[bytes]:
        """Yield the file, once."""
        ...


class Archive(Protocol):
    """Makes backups."""

    def take(self, *, at: datetime) -> Backup:
        """Copy everything as it stands now; every write that was answered before is in it.

        Nobody waits for it, save another backup: that raises `Busy`. Raises `StoreUnavailable`.
        """
        ...

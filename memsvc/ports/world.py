"""Time, names and chance, so that a test can hold them still."""

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """Tells the time."""

    def now(self) -> datetime:
        """Return the present, aware and UTC."""
        ...

    def latest(self) -> datetime:
        """Return the present, or the latest one that this has returned if that was later.

        What expires is judged by it: a clock that is set back brings nothing back.
        """
        ...


class Ids(Protocol):
    """Makes up names that nobody has used and secrets that nobody can guess."""

    def new(self, kind: str) -> str:
        """Return a new public id that starts with `kind` and sorts by the time it was made."""
        ...

    def secret(self) -> bytes:
        """Return 32 bytes that cannot be guessed."""
        ...

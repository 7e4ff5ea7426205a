"""The real world, and one that stands still for tests."""

import secrets
from datetime import UTC, datetime, timedelta
from threading import Lock
from time import time_ns

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's base 32: no i, l, o, u to misread
TIME_CHARS = 10
CHANCE_CHARS = 12


class _Latest:
    """Remembers the latest time; any thread may ask."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._time = datetime.min.replace(tzinfo=UTC)

    def of(self, now: datetime) -> datetime:
        with self._lock:
            self._time = max(self._time, now)
            return self._time


class SystemClock:
    """The machine's clock."""

    def __init__(self) -> None:
        self._latest = _Latest()

    def now(self) -> datetime:
        """Return the present, aware and UTC."""
        return datetime.now(UTC)

    def latest(self) -> datetime:
        """Return the present, or the latest one that this has returned."""
        return self._latest.of(self.now())


class RandomIds:
    """Ids of 22 characters: the millisecond in the first 10, 60 random bits in the rest."""

    def new(self, kind: str) -> str:
        """Return `kind_` and 22 characters that sort by the time they were made."""
        stamp = _base32(time_ns() // 1_000_000, TIME_CHARS)
        return f"{kind}_{stamp}{_base32(secrets.randbits(5 * CHANCE_CHARS), CHANCE_CHARS)}"

    def secret(self) -> bytes:
        """Return 32 bytes that cannot be guessed."""
        return secrets.token_bytes(32)


class StandingClock:
    """A clock that moves only when told to."""

    def __init__(self, start: datetime = datetime(2026, 1, 1, tzinfo=UTC)) -> None:
        self._now = start
        self._latest = _Latest()

    def now(self) -> datetime:
        """Return the time it stands at."""
        return self._now

    def latest(self) -> datetime:
        """Return the time it stands at, or the latest one that this has returned."""
        return self._latest.of(self._now)

    def advance(self, step: timedelta) -> None:
        """Move on, or back."""
        self._now += step


class CountingIds:
    """Ids that count up, so that two runs give the same ones."""

    def __init__(self) -> None:
        self._count = 0
        self._lock = Lock()

    def new(self, kind: str) -> str:
        """Return `kind_` and a number."""
        return f"{kind}_{self._next():022d}"

    def secret(self) -> bytes:
        """Return 32 bytes that hold a number."""
        return self._next().to_bytes(32, "big")

    def _next(self) -> int:
        with self._lock:
            self._count += 1
            return self._count


def _base32(number: int, length: int) -> str:
    digits = [ALPHABET[(number >> (5 * place)) & 31] for place in reversed(range(length))]
    return "".join(digits)

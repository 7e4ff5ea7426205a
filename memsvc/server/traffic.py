"""How many requests are being answered, so that background work can make way for them."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Condition


class Traffic:
    """Counts requests in flight; any thread may ask."""

    def __init__(self) -> None:
        self._changed = Condition()
        self._inside = 0

    @contextmanager
    def passing(self) -> Iterator[None]:
        """Count a request for as long as this lasts."""
        with self._changed:
            self._inside += 1
        try:
            yield
        finally:
            with self._changed:
                self._inside -= 1
                self._changed.notify_all()

    def wait_for_gap(self, longest_s: float) -> bool:
        """Return when nothing is in flight, or after `longest_s`; tell which of the two."""
        with self._changed:
            return self._changed.wait_for(lambda: self._inside == 0, timeout=longest_s)

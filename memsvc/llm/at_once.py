"""Calls that wait for something far away: a few at once, and nobody waits longer than they said.

Each call has a thread that lives as long as it. What is not done in time is left to itself: it ends
by its own limit, and its answer is thrown away. The threads hold up no exit of the process.
"""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from time import monotonic
from typing import Generic, TypeVar

from memsvc.domain.errors import MemsvcError

T = TypeVar("T")


class AtOnce:
    """Room for so many calls at a time, whoever makes them."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._room = threading.BoundedSemaphore(most)

    @contextmanager
    def room(self, *, until: float) -> Iterator[bool]:
        """Wait for room; say whether there was some before `until`, and give it back after."""
        has_room = self._room.acquire(timeout=max(0.0, until - monotonic()))
        try:
            yield has_room
        finally:
            if has_room:
                self._room.release()

    def each(
        self, calls: Sequence[Callable[[], T]], *, until: float
    ) -> list[T | MemsvcError | None]:
        """Make the calls and return what they return, in their order; None for what came late.

        `until` is told by `time.monotonic`. A call that raises one of our errors has that error for
        its answer. None is begun after `until`.
        """
        work = _Work[T](calls)
        for _ in range(min(self._most, len(calls))):
            threading.Thread(
                target=work.go_on, args=(self, until), name="memsvc-model", daemon=True
            ).start()
        return work.results(until=until)


class _Work(Generic[T]):
    """Calls that several threads take from one list, and what came of them."""

    def __init__(self, calls: Sequence[Callable[[], T]]) -> None:
        self._calls = calls
        self._next = iter(range(len(calls)))
        self._done: dict[int, T | MemsvcError | None] = {}
        self._changed = threading.Condition()

    def go_on(self, at_once: AtOnce, until: float) -> None:
        while (place := self._taken()) is not None:
            found: T | MemsvcError | None = None
            try:
                with at_once.room(until=until) as has_room:
                    if has_room and monotonic() < until:
                        found = self._calls[place]()
            except MemsvcError as error:
                found = error
            finally:  # also after a fault of ours, so that nobody waits for its answer
                with self._changed:
                    self._done[place] = found
                    self._changed.notify_all()

    def results(self, *, until: float) -> list[T | MemsvcError | None]:
        with self._changed:
            self._changed.wait_for(
                lambda: len(self._done) == len(self._calls),
                timeout=max(0.0, until - monotonic()),
            )
            return [self._done.get(place) for place in range(len(self._calls))]

    def _taken(self) -> int | None:
        with self._changed:
            return next(self._next, None)

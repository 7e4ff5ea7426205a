"""Indexes of spaces as they were: drawn from rows as they were, and kept for a while.

They are drawn by the very code that draws the present ones (`store.loading`), over views of the
past (`store.at`). Drawing takes as long as loading the space does, so the last few are kept: who
asks as of one position often asks again. They are never on disk. A deletion in a space drops all
of its past, since what is forgotten must be found nowhere.
"""

from collections import Counter, OrderedDict
from collections.abc import Callable
from contextlib import AbstractContextManager
from threading import Lock

import structlog
from sqlalchemy import Connection

from memsvc.domain.ids import Position, SpaceKey
from memsvc.domain.memory import Fingerprint
from memsvc.domain.past import Past
from store.loaded import LoadedSpace
from store.loading import load

log = structlog.get_logger(__name__)

KEPT = 2
"""How many drawn spaces are kept at most."""


class PastIndexes:
    """Draws the indexes of spaces as of positions; keeps the last ones, up to `max_bytes`."""

    def __init__(
        self,
        reading: Callable[[Past], AbstractContextManager[Connection]],
        *,
        fingerprint: Fingerprint,
        max_bytes: int,
    ) -> None:
        self._reading = reading
        self._fingerprint = fingerprint
        self._max_bytes = max_bytes
        self._kept: OrderedDict[tuple[SpaceKey, Position], LoadedSpace] = OrderedDict()
        self._deletions: Counter[SpaceKey] = Counter()
        self._guard = Lock()
        # One is drawn at a time, because each takes the memory of a space.
        self._drawing = Lock()

    def of(self, space: SpaceKey, past: Past) -> LoadedSpace:
        """Return the indexes as they were, which nobody changes any more."""
        found = self._find(space, past)
        if found is not None:
            return found
        with self._drawing:
            return self._find(space, past) or self._draw(space, past)

    def drop(self, space: SpaceKey) -> None:
        """Let go of a space's past, in which something was deleted."""
        with self._guard:
            self._deletions[space] += 1
            for key in [key for key in self._kept if key[0] == space]:
                del self._kept[key]

    def clear(self) -> None:
        """Let go of everything."""
        with self._guard:
            self._kept.clear()

    @property
    def nbytes(self) -> int:
        """Bytes of memory that all kept ones take."""
        with self._guard:
            return sum(loaded.nbytes for loaded in self._kept.values())

    def _find(self, space: SpaceKey, past: Past) -> LoadedSpace | None:
        key = space, past.positions[space]
        with self._guard:
            found = self._kept.get(key)
            if found is None:
                return None
            if len(found.timeline.expired(past.now)):  # since it was drawn
                del self._kept[key]
                return None
            self._kept.move_to_end(key)
            return found

    def _draw(self, space: SpaceKey, past: Past) -> LoadedSpace:
        deletions = self._deletions[space]
        with self._reading(past) as connection:
            loaded = load(connection, space, self._fingerprint)
        log.info("indexes.drawn_back", space=space, position=past.positions[space])
        with self._guard:
            if self._deletions[space] == deletions and loaded.nbytes <= self._max_bytes:
                self._kept[space, past.positions[space]] = loaded
                self._make_room()
        return loaded

    def _make_room(self) -> None:
        excess = sum(loaded.nbytes for loaded in self._kept.values()) - self._max_bytes
        while len(self._kept) > KEPT or excess > 0:
            _, gone = self._kept.popitem(last=False)
            excess -= gone.nbytes

"""The indexes of every space in use: loaded when first asked for, following commits, evicted.

The writer applies each committed unit before its answer goes out, so whoever got an answer finds
what they wrote. Indexes that missed something, for whatever reason, catch up from the ledger when
they are next lent; nothing here is ever the only copy of anything.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from threading import Lock

import structlog
from sqlalchemy import Connection

from memsvc.domain.ids import Position, SpaceKey
from memsvc.domain.memory import Fingerprint
from memsvc.ports.indexes import SpaceIndexes
from store.delta import Delta
from store.loading import LoadedSpace, load, missed
from store.locks import SharedLock

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class _Slot:
    """A space's place on the shelf. `is_stale` says that the ledger is ahead of the indexes."""

    lock: SharedLock = field(default_factory=SharedLock)
    loaded: LoadedSpace | None = None
    is_stale: bool = False

    def bring_on(self, delta: Delta) -> None:
        """Apply a delta; should that raise half-way, nothing is left and rows are read anew."""
        loaded, self.loaded = self.loaded, None
        if loaded is not None:
            loaded.apply(delta)
            self.loaded = loaded


class IndexShelf:
    """Holds up to `max_bytes` of indexes; the least recently used space makes room."""

    def __init__(
        self,
        reading: Callable[[], AbstractContextManager[Connection]],
        *,
        fingerprint: Fingerprint,
        max_bytes: int,
    ) -> None:
        self._reading = reading
        self._fingerprint = fingerprint
        self._max_bytes = max_bytes
        self._slots: OrderedDict[SpaceKey, _Slot] = OrderedDict()
        self._guard = Lock()

    @contextmanager
    def open(self, space: SpaceKey) -> Iterator[SpaceIndexes]:
        """Lend the space's indexes; they do not change while they are lent."""
        slot = self._slot(space)
        while True:
            with slot.lock.shared():
                if slot.loaded is not None and not slot.is_stale:
                    loaded = slot.loaded
                    yield SpaceIndexes(loaded.vectors, loaded.timeline, Position(loaded.position))
                    return
            self._refresh(space, slot)

    def apply(self, delta: Delta) -> None:
        """Bring a loaded space up to a unit that was just committed; others load it later."""
        if delta.dropped:
            self.drop(delta.space)
            return
        with self._guard:
            slot = self._slots.get(delta.space)
        if slot is None:
            return
        with slot.lock.alone():
            if slot.loaded is None or slot.loaded.position >= delta.after:
                return
            if slot.loaded.position != delta.before:
                slot.is_stale = True
                return
            slot.bring_on(delta)

    def drop(self, space: SpaceKey) -> None:
        """Forget a space's indexes; they are loaded anew when next asked for."""
        with self._guard:
            self._slots.pop(space, None)

    @property
    def nbytes(self) -> int:
        """Bytes of memory that all loaded indexes take."""
        with self._guard:
            return sum(
                slot.loaded.nbytes for slot in self._slots.values() if slot.loaded is not None
            )

    def _slot(self, space: SpaceKey) -> _Slot:
        with self._guard:
            slot = self._slots.setdefault(space, _Slot())
            self._slots.move_to_end(space)
            return slot

    def _refresh(self, space: SpaceKey, slot: _Slot) -> None:
        with slot.lock.alone(), self._reading() as connection:
            if slot.loaded is None:
                slot.loaded = load(connection, space, self._fingerprint)
                log.info(
                    "indexes.loaded",
                    space=space,
                    vectors=len(slot.loaded.vectors),
                    position=slot.loaded.position,
                )
            elif slot.is_stale:
                delta = missed(connection, space, self._fingerprint, held=slot.loaded)
                if delta is None:
                    slot.loaded = load(connection, space, self._fingerprint)
                else:
                    slot.bring_on(delta)
                    log.info("indexes.caught_up", space=space, position=delta.after)
            slot.is_stale = False
        self._evict(keeping=space)

    def _evict(self, *, keeping: SpaceKey) -> None:
        excess = self.nbytes - self._max_bytes
        with self._guard:
            for space in list(self._slots):
                if excess <= 0:
                    return
                loaded = self._slots[space].loaded
                if space != keeping and loaded is not None:
                    excess -= loaded.nbytes
                    del self._slots[space]
                    log.info("indexes.evicted", space=space)

"""The indexes of every space in use: loaded when first asked for, following commits, evicted.

The writer applies each committed unit before its answer goes out, so whoever got an answer finds
what they wrote. Indexes that missed something, for whatever reason, catch up from the ledger when
they are next lent; nothing here is ever the only copy of anything.

What takes long is done by `tend`, in a thread of its own, while the indexes go on answering: new
vectors are sealed into a graph of their own, what was added to the graph of a space is merged into
its matrix, and large spaces are copied to disk for the next start.
"""

from collections import Counter, OrderedDict
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from threading import Lock
from time import monotonic
from typing import Protocol

import structlog
from sqlalchemy import Connection

from memsvc.domain.ids import Position, SpaceKey
from memsvc.domain.memory import Fingerprint
from memsvc.domain.past import Past
from memsvc.ports.indexes import SpaceIndexes
from store.delta import Delta
from store.loaded import LoadedSpace
from store.loading import has_deletions, head_at, know, load, missed
from store.locks import SharedLock
from store.past import PastIndexes
from store.snapshots import Snapshots, Standing

log = structlog.get_logger(__name__)

WORTH_KEEPING = 2_000
"""Ledger entries that a snapshot must save a start from reading: fewer are read in a moment."""

KEEP_EVERY_S = 300.0
"""How often a space is copied to disk at most while the service runs; once more at its end."""

PART_FOR_THE_PAST = 4
"""Which part of the memory for indexes may hold spaces as they were: one of so many."""


class Views(Protocol):
    """Lends connections inside one view of the rows, with `past` as they were."""

    def __call__(self, past: Past | None = None) -> AbstractContextManager[Connection]:
        """Lend a connection inside one view."""
        ...


@dataclass(slots=True)
class _Slot:
    """A space's place on the shelf.

    `is_stale` says that the ledger is ahead of the indexes; `kept` is the ledger position of the
    snapshot on disk, 0 for none, and `kept_at` the time when it was made.
    """

    lock: SharedLock = field(default_factory=SharedLock)
    loaded: LoadedSpace | None = None
    is_stale: bool = False
    kept: int = 0
    kept_at: float = -KEEP_EVERY_S

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
        reading: Views,
        *,
        fingerprint: Fingerprint,
        max_bytes: int,
        snapshots: Snapshots,
    ) -> None:
        self._reading = reading
        self._fingerprint = fingerprint
        self._max_bytes = max_bytes
        self._snapshots = snapshots
        self._slots: OrderedDict[SpaceKey, _Slot] = OrderedDict()
        self._deletions: Counter[SpaceKey] = Counter()
        self._guard = Lock()
        self._past = PastIndexes(
            reading, fingerprint=fingerprint, max_bytes=max_bytes // PART_FOR_THE_PAST
        )

    @contextmanager
    def open(self, space: SpaceKey, past: Past | None = None) -> Iterator[SpaceIndexes]:
        """Lend the space's indexes, with `past` as they were; they do not change while lent."""
        if past is not None:
            yield self._past.of(space, past).indexes
            return
        slot = self._slot(space)
        while True:
            with slot.lock.shared():
                if slot.loaded is not None and not slot.is_stale:
                    yield slot.loaded.indexes
                    return
            self._refresh(space, slot)

    def apply(self, delta: Delta) -> None:
        """Bring a loaded space up to a unit that was just committed; others load it later."""
        is_less = delta.removed or delta.dropped or delta.purged
        if is_less or None in delta.facts.values():
            self._past.drop(delta.space)
        if delta.removed or delta.dropped:
            self._let_go(delta.space)
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
            delta.note_vectors |= delta.note_vectors_by.get(self._fingerprint.text, {})
            slot.bring_on(delta)

    def drop(self, space: SpaceKey) -> None:
        """Forget a space's indexes; they are loaded anew when next asked for."""
        with self._guard:
            self._slots.pop(space, None)

    def tend(self, go_on: Callable[[], bool] = lambda: True) -> int:
        """Seal, settle and keep what is due; return how many spaces had something to do.

        One thread at a time. `go_on` is asked often: it may take its time, to make way for
        requests, and its no ends the work.
        """
        done = 0
        for space, slot in self._in_use():
            sealed = self._seal(slot, go_on)
            settled = _settle(slot)
            kept = monotonic() - slot.kept_at >= KEEP_EVERY_S and self._keep(space, slot)
            done += sealed or settled or kept
        self._evict(keeping=None)  # graphs may have been drawn since the last space was loaded
        return done

    def close(self) -> None:
        """Keep what the next start would have to make again. Nobody uses the shelf afterwards."""
        for space, slot in self._in_use():
            self._keep(space, slot)

    def drop_outdated_snapshots(self) -> None:
        """Drop the snapshots that still hold what was deleted just before the last stop."""
        self._snapshots.sweep()
        for standing in self._snapshots.standings():
            space = SpaceKey(standing.space)
            with self._reading() as connection:
                is_outdated = has_deletions(connection, space, after=standing.position)
            if is_outdated:
                self._snapshots.drop(space)

    def kept_at(self, space: SpaceKey) -> Position | None:
        """Return the ledger position of the space's snapshot; None without one."""
        found = self._snapshots.position_of(space)
        return None if found is None else Position(found)

    @property
    def nbytes(self) -> int:
        """Bytes of memory that all loaded indexes take."""
        with self._guard:
            present = sum(
                slot.loaded.nbytes for slot in self._slots.values() if slot.loaded is not None
            )
        return present + self._past.nbytes

    @property
    def new_vectors(self) -> int:
        """How many vectors of loaded spaces are in no graph yet."""
        with self._guard:
            return sum(
                len(slot.loaded.vectors.fresh)
                for slot in self._slots.values()
                if slot.loaded is not None
            )

    def _slot(self, space: SpaceKey) -> _Slot:
        with self._guard:
            slot = self._slots.setdefault(space, _Slot())
            self._slots.move_to_end(space)
            return slot

    def _in_use(self) -> list[tuple[SpaceKey, _Slot]]:
        with self._guard:
            return list(self._slots.items())

    def _refresh(self, space: SpaceKey, slot: _Slot) -> None:
        with slot.lock.alone(), self._reading() as connection:
            if slot.loaded is None:
                self._load(connection, space, slot)
            elif slot.is_stale:
                delta = missed(connection, space, self._fingerprint, held=slot.loaded)
                if delta is None:
                    slot.loaded = load(connection, space, self._fingerprint)
                else:
                    slot.bring_on(delta)
                    log.info("indexes.caught_up", space=space, position=delta.after)
            slot.is_stale = False
        self._evict(keeping=space)

    def _load(self, connection: Connection, space: SpaceKey, slot: _Slot) -> None:
        loaded = self._from_snapshot(connection, space)
        slot.kept = 0 if loaded is None else loaded.position
        if loaded is not None:
            delta = missed(connection, space, self._fingerprint, held=loaded)
            if delta is None:  # other settings since then: the next snapshot takes its place
                loaded, slot.kept = None, 0
            else:
                loaded.apply(delta)
        slot.loaded = loaded or load(connection, space, self._fingerprint)
        log.info(
            "indexes.loaded",
            space=space,
            vectors=len(slot.loaded.vectors),
            position=slot.loaded.position,
            from_snapshot=slot.kept,
        )

    def _from_snapshot(self, connection: Connection, space: SpaceKey) -> LoadedSpace | None:
        found = self._snapshots.find(space, self._fingerprint.text)
        if found is None:
            return None
        standing, arrays = found
        if head_at(connection, space, standing.position) != standing.head:
            log.warning("snapshot.of_another_history", space=space, position=standing.position)
            self._snapshots.drop(space)
            return None
        if has_deletions(connection, space, after=standing.position):
            self._snapshots.drop(space)  # read once more, then its bytes go
        loaded = LoadedSpace.from_arrays(
            arrays,
            dimension=self._fingerprint.dimension,
            position=standing.position,
        )
        know(connection, space, self._fingerprint, loaded)
        return loaded

    def _seal(self, slot: _Slot, go_on: Callable[[], bool]) -> bool:
        """Build a graph of what is new, beside the indexes, and put it in place."""
        with slot.lock.shared():
            if slot.loaded is None or not slot.loaded.vectors.is_due:
                return False
            vectors = slot.loaded.vectors
            sealing = vectors.begin_sealing()
        begun, made = monotonic(), None
        try:
            made = sealing.build(go_on)
        finally:
            with slot.lock.alone():
                vectors.end_sealing(sealing, made)
        if made is not None:
            log.info("vectors.sealed", vectors=len(made), took_s=round(monotonic() - begun, 1))
        return made is not None

    def _keep(self, space: SpaceKey, slot: _Slot) -> bool:
        """Copy the indexes to disk, if enough has changed since they last were."""
        with slot.lock.shared():
            loaded = slot.loaded
            if loaded is None or loaded.position - slot.kept < WORTH_KEEPING:
                return False
            position, arrays, settled = loaded.position, loaded.arrays, loaded.vectors.settled
            deletions = self._deletions[space]
        with self._reading() as connection:
            head = head_at(connection, space, position)
        if head is None:  # deleted a moment ago
            return False
        if settled is not None:
            arrays |= settled.arrays
        standing = Standing(space, position, head, self._fingerprint.text)
        slot.kept_at = monotonic()
        try:
            size = self._snapshots.keep(standing, arrays)
        except OSError as error:  # a full disk costs the next start some seconds, nothing else
            log.warning("snapshot.failed", space=space, reason=str(error))
            return False
        with self._guard:
            is_clean = self._deletions[space] == deletions
            slot.kept = position if is_clean else 0
            if not is_clean:  # something that it holds was deleted while it was written
                self._snapshots.drop(space)
        log.info("snapshot.kept", space=space, position=position, bytes=size)
        return True

    def _let_go(self, space: SpaceKey) -> None:
        """Drop the snapshot of a space in which something was deleted."""
        with self._guard:
            self._deletions[space] += 1
            self._snapshots.drop(space)
            if space in self._slots:
                self._slots[space].kept = 0

    def _evict(self, *, keeping: SpaceKey | None) -> None:
        if self.nbytes > self._max_bytes:
            self._past.clear()  # the present goes first
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


def _settle(slot: _Slot) -> bool:
    """Merge what was added to a space's graph into its matrix, beside the requests."""
    with slot.lock.alone():
        drawn = None if slot.loaded is None else slot.loaded.drawn
        if drawn is None or not drawn.graph.is_due:
            return False
        settling = drawn.graph.begin_settling()
    made = None
    try:
        made = settling.build()
    finally:
        with slot.lock.alone():
            drawn.graph.end_settling(made)
    return True

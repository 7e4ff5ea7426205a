"""The indexes of every space in use: loaded when first asked for, following commits, evicted.

The writer applies each committed unit before its answer goes out, so whoever got an answer finds
what they wrote. Indexes that missed something, for whatever reason, catch up from the ledger when
they are next lent; nothing here is ever the only copy of anything.

What takes long is done by `tend`, in a thread of its own, while the indexes go on answering: new
vectors are sealed into a graph of their own, what was added to the graph of a space is merged into
its matrix, and large spaces are copied to disk for the next start.
"""

from collections import Counter, OrderedDict
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from threading import Lock
from time import monotonic
from typing import Any, Protocol

import structlog
from sqlalchemy import Connection

from memsvc.domain.ids import Position, SpaceKey
from memsvc.domain.memory import Fingerprint
from memsvc.domain.past import Past
from memsvc.ports.indexes import SpaceIndexes
from store.asking import Asking
from store.delta import Delta
from store.following import Others
from store.loaded import LoadedSpace
from store.loading import has_deletions, head_at, know, load, missed
from store.past import PastIndexes
from store.slot import KEEP_EVERY_S, Slot, settle, vectors_of
from store.snapshots import Snapshots, Standing
from store.vectors.faiss_hnsw import HnswSegment

log = structlog.get_logger(__name__)

WORTH_KEEPING = 2_000
"""Ledger entries that a snapshot must save a start from reading: fewer are read in a moment."""

PART_WORTH_KEEPING = 50
"""And one part in so many of all entries: a space of a million turns is a file of .7 GB."""

PART_FOR_THE_PAST = 4
"""Which part of the memory for indexes may hold spaces as they were: one of so many."""


class Views(Protocol):
    """Lends connections inside one view of the rows, with `past` as they were."""

    def __call__(self, past: Past | None = None) -> AbstractContextManager[Connection]:
        """Lend a connection inside one view."""
        ...


class Sealed(Protocol):
    """Vectors whose graph is built beside them, in the process or by the server."""

    @property
    def is_due(self) -> bool:
        """True when there should be a graph of what is new, and nobody is at it."""
        ...

    def begin_sealing(self) -> Any:
        """Return what builds the graph."""
        ...

    def end_sealing(self, sealing: Any, made: Any) -> None:
        """Put the graph that was made in place; None for none."""
        ...


class IndexShelf:
    """Holds up to `max_bytes` of indexes; the least recently used space makes room."""

    def __init__(
        self,
        reading: Views,
        *,
        fingerprint: Fingerprint,
        max_bytes: int,
        snapshots: Snapshots,
        asking: Asking | None = None,
        is_shared: bool = False,
    ) -> None:
        """With `is_shared` other processes write to the same rows."""
        self._reading = reading
        self._is_shared = is_shared
        self._others = Others(reading)
        self._fingerprint = fingerprint
        self._max_bytes = max_bytes
        self._snapshots = snapshots
        self._asking = asking
        self._slots: OrderedDict[SpaceKey, Slot] = OrderedDict()
        self._deletions: Counter[SpaceKey] = Counter()
        self._guard = Lock()
        self._past = PastIndexes(
            reading, fingerprint=fingerprint, max_bytes=max_bytes // PART_FOR_THE_PAST
        )

    @property
    def asks_the_database(self) -> bool:
        """True where the database finds vectors and words, and not the memory of the process."""
        return self._asking is not None

    @contextmanager
    def open(
        self, space: SpaceKey, past: Past | None = None, *, at_least: Position | None = None
    ) -> Iterator[SpaceIndexes]:
        """Lend the space's indexes, with `past` as they were; they do not change while lent.

        `at_least` is where rows just said that its ledger stands: where others write to them, too,
        the indexes are brought so far first, and without it that is looked up.
        """
        if past is not None:
            if self._is_shared and self._others.forgot(space):
                self._past.drop(space)
            yield self._past.of(space, past).indexes
            return
        least: int = 0
        if self._is_shared:
            least = self._others.stand(space) if at_least is None else at_least
        slot = self._slot(space)
        is_fresh = False  # a space that was just deleted never gets so far
        while True:
            with slot.lock.shared():
                if slot.serves(0 if is_fresh else least):
                    assert slot.loaded is not None  # noqa: S101  it serves
                    yield slot.loaded.indexes
                    return
            self._refresh(space, slot, least=least)
            is_fresh = True

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
            slot.bring_on(delta.of_model(self._fingerprint.text))

    def drop(self, space: SpaceKey) -> None:
        """Forget a space's indexes; they are loaded anew when next asked for."""
        with self._guard:
            self._slots.pop(space, None)

    def discard(self) -> None:
        """Let go of all indexes, in memory and on disk: this shelf is not asked again."""
        with self._guard:
            self._slots.clear()
        self._past.clear()
        self._snapshots.clear()

    @property
    def in_use(self) -> list[SpaceKey]:
        """The spaces whose indexes are loaded, or about to be."""
        return [space for space, _ in self._in_use()]

    def tend(self, go_on: Callable[[], bool] = lambda: True) -> int:
        """Seal, settle and keep what is due; return how many spaces had something to do.

        One thread at a time. `go_on` is asked often: it may take its time, to make way for
        requests, and its no ends the work.
        """
        done = 0
        for space, slot in self._in_use():
            sealed = self._seal(slot, go_on)
            settled = settle(slot)
            kept = monotonic() - slot.kept_at >= KEEP_EVERY_S and self._keep(space, slot)
            moved = self._lean(space, slot) if kept else self._come_home(space, slot)
            done += sealed or settled or kept or moved
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

    def nbytes_by_part(self, space: SpaceKey) -> Mapping[str, int]:
        """Return the bytes of memory that the parts of a space's indexes take, if it is loaded."""
        loaded = self._slot(space).loaded
        return {} if loaded is None else loaded.nbytes_by_part

    @property
    def new_vectors(self) -> int:
        """How many vectors of loaded spaces are in no graph yet."""
        with self._guard:
            return sum(
                len(slot.loaded.vectors.fresh)
                for slot in self._slots.values()
                if slot.loaded is not None
            )

    def _slot(self, space: SpaceKey) -> Slot:
        with self._guard:
            slot = self._slots.setdefault(space, Slot())
            self._slots.move_to_end(space)
            return slot

    def _in_use(self) -> list[tuple[SpaceKey, Slot]]:
        with self._guard:
            return list(self._slots.items())

    def _refresh(self, space: SpaceKey, slot: Slot, *, least: int) -> None:
        with slot.lock.alone(), self._reading() as connection:
            if slot.loaded is None:
                self._load(connection, space, slot)
            elif not slot.serves(least):
                delta = missed(connection, space, self._fingerprint, held=slot.loaded)
                if delta is None:
                    slot.loaded = self._read(connection, space)
                else:
                    slot.bring_on(delta)
                    log.debug("indexes.caught_up", space=space, position=delta.after)
                if delta is None or delta.removed:
                    self._let_go(space)
            slot.is_stale = False
        self._evict(keeping=space)

    def follow(self) -> int:
        """Bring all there is to where others have brought the rows; return how many spaces.

        Recalls do so, too, each for its own space; this has less left to them, and lets go of
        copies on disk of what others have deleted.
        """
        kept = {SpaceKey(one.space): one.position for one in self._snapshots.standings()}
        slots = dict(self._in_use())
        news = self._others.news(kept, slots)
        for space in news.gone:
            self.drop(space)
            self._past.drop(space)
        for space in (*news.gone, *news.outdated):
            self._let_go(space)
        behind = [
            space
            for space, slot in slots.items()
            if space not in news.gone
            and slot.loaded is not None
            and not slot.serves(news.standing[space])
        ]
        for space in behind:
            self._refresh(space, slots[space], least=news.standing[space])
        return len(behind)

    def _load(self, connection: Connection, space: SpaceKey, slot: Slot) -> None:
        loaded = self._from_snapshot(connection, space)
        slot.kept = 0 if loaded is None else loaded.position
        if loaded is not None:
            delta = missed(connection, space, self._fingerprint, held=loaded)
            if delta is None:  # other settings since then: the next snapshot takes its place
                loaded, slot.kept = None, 0
            else:
                loaded.apply(delta)
        slot.loaded = loaded or self._read(connection, space)
        log.info(
            "indexes.loaded",
            space=space,
            vectors=len(slot.loaded.vectors),
            position=slot.loaded.position,
            from_snapshot=slot.kept,
        )

    def _read(self, connection: Connection, space: SpaceKey) -> LoadedSpace:
        return load(connection, space, self._fingerprint, asking=self._asking)

    def _from_snapshot(self, connection: Connection, space: SpaceKey) -> LoadedSpace | None:
        if self._asking is not None:  # what takes long to read is not read
            return None
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

    def _seal(self, slot: Slot, go_on: Callable[[], bool]) -> bool:
        """Build a graph of what is new, beside the indexes, and put it in place."""
        with slot.lock.shared():
            if slot.loaded is None or not slot.loaded.vectors.is_due:
                return False
            vectors: Sealed = slot.loaded.vectors
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

    def _keep(self, space: SpaceKey, slot: Slot) -> bool:
        """Copy the indexes to disk, if enough has changed since they last were."""
        if self._asking is not None:
            return False
        with slot.lock.shared():
            loaded = slot.loaded
            if loaded is None or loaded.position - slot.kept < _worth_keeping(loaded.position):
                return False
            position, arrays, settled = loaded.position, loaded.arrays, loaded.vectors.settled
            if settled is not None:
                arrays |= settled.arrays
            deletions = self._deletions[space]
        with self._reading() as connection:
            head = head_at(connection, space, position)
        if head is None:  # deleted a moment ago
            return False
        graph = {} if settled is None else {"graph": settled.write_graph}
        standing = Standing(space, position, head, self._fingerprint.text)
        slot.kept_at = monotonic()
        try:
            size = self._snapshots.keep(standing, {**arrays, **graph})
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

    def _lean(self, space: SpaceKey, slot: Slot) -> bool:
        """Use the graph where it lies on disk now: the memory that it was made in is free then."""
        vectors, settled = vectors_of(slot)
        found = None if settled is None else self._snapshots.find(space, self._fingerprint.text)
        if vectors is None or settled is None or found is None:
            return False
        mapped = HnswSegment.from_arrays(found[1])
        with slot.lock.alone():
            vectors.settle_into(mapped, in_place_of=settled)
        return True

    def _come_home(self, space: SpaceKey, slot: Slot) -> bool:
        """Take a graph out of a file that was dropped: its bytes stay on disk as long as mapped."""
        vectors, settled = vectors_of(slot)
        if vectors is None or settled is None or not settled.is_mapped:
            return False
        if self._snapshots.position_of(space) is not None:
            return False
        own = settled.at_home()
        with slot.lock.alone():
            vectors.settle_into(own, in_place_of=settled)
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


def _worth_keeping(position: int) -> int:
    """Return how many ledger entries a snapshot must be ahead of the last one."""
    return max(WORTH_KEEPING, position // PART_WORTH_KEEPING)

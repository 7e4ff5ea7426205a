"""A space's place on the shelf, with what is done to its indexes while they go on answering."""

from dataclasses import dataclass, field

from store.delta import Delta
from store.loaded import LoadedSpace
from store.locks import SharedLock
from store.vectors.faiss_hnsw import HnswSegment
from store.vectors.layered import LayeredIndex

KEEP_EVERY_S = 300.0
"""How often a space is copied to disk at most while the service runs; once more at its end."""


@dataclass(slots=True)
class Slot:
    """A space's place on the shelf.

    `is_stale` says that the ledger is ahead of the indexes; `kept` is the ledger position of the
    snapshot on disk, 0 for none, and `kept_at` the time when it was made.
    """

    lock: SharedLock = field(default_factory=SharedLock)
    loaded: LoadedSpace | None = None
    is_stale: bool = False
    kept: int = 0
    kept_at: float = -KEEP_EVERY_S

    def serves(self, least: int) -> bool:
        """Tell whether there are indexes that have come so far."""
        return self.loaded is not None and not self.is_stale and self.loaded.position >= least

    def bring_on(self, delta: Delta) -> None:
        """Apply a delta; should that raise half-way, nothing is left and rows are read anew."""
        loaded, self.loaded = self.loaded, None
        if loaded is not None:
            loaded.apply(delta)
            self.loaded = loaded


def vectors_of(slot: Slot) -> tuple[LayeredIndex | None, HnswSegment | None]:
    """Return a space's vectors in memory and their graph; None for what there is not."""
    with slot.lock.shared():
        vectors = None if slot.loaded is None else slot.loaded.vectors
    if not isinstance(vectors, LayeredIndex):  # in the database, or gone
        return None, None
    return vectors, vectors.settled


def settle(slot: Slot) -> bool:
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

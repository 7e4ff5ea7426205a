"""The order of a space's turns in memory: streams, neighbours and lengths in flat arrays.

About 40 bytes a turn. A recall asks for the neighbours of a few hundred candidates; from rows
that is the slowest query of the whole recall, from here it is a few array look-ups.
"""

import numpy as np
from numpy.typing import NDArray

from memsvc.ports.indexes import NOBODY, Neighbours
from memsvc.ports.vectors import Keys

Column = NDArray[np.int64]
FIRST_ROOM = 64


class ArrayTimeline:
    """Turns in the order of writing, each linked to the one before and after it in its stream.

    A slot is a turn's place in the arrays. Keys rise with slots, so a slot is found by bisection;
    a deleted turn keeps its slot, unlinked, until the timeline is loaded anew.
    """

    def __init__(self) -> None:
        self._used = 0
        self._alive = 0
        self._total_length = 0
        self._columns: dict[str, Column] = {
            name: np.empty(FIRST_ROOM, dtype=np.int64)
            for name in ("key", "stream", "length", "before", "after", "alive")
        }
        self._last_of_stream: dict[int, int] = {}
        self._stream_lengths: dict[int, int] = {}

    def __len__(self) -> int:
        """Return how many turns stand in the space."""
        return self._alive

    @property
    def nbytes(self) -> int:
        """Bytes of memory that the arrays take."""
        return sum(column.nbytes for column in self._columns.values())

    @property
    def mean_length(self) -> float:
        """The mean length in terms of the space's turns; 0.0 when there are none."""
        return self._total_length / self._alive if self._alive else 0.0

    @property
    def stream_count(self) -> int:
        """How many streams hold a turn."""
        return len(self._stream_lengths)

    @property
    def mean_stream_length(self) -> float:
        """The mean length in terms of the space's streams; 0.0 when there are none."""
        return self._total_length / self.stream_count if self.stream_count else 0.0

    def append(self, key: int, *, stream: int, length: int) -> None:
        """Add a turn at the end of its stream; its key is above every key so far."""
        slot = self._used
        if slot == len(self._columns["key"]):
            for name, column in self._columns.items():
                self._columns[name] = np.concatenate([column, np.empty_like(column)])
        before = self._last_of_stream.get(stream, NOBODY)
        row = {
            "key": key,
            "stream": stream,
            "length": length,
            "before": before,
            "after": NOBODY,
            "alive": 1,
        }
        for name, value in row.items():
            self._columns[name][slot] = value
        if before != NOBODY:
            self._columns["after"][before] = slot
        self._last_of_stream[stream] = slot
        self._stream_lengths[stream] = self._stream_lengths.get(stream, 0) + length
        self._used += 1
        self._alive += 1
        self._total_length += length

    def remove(self, key: int) -> None:
        """Take a turn out; its neighbours become each other's. Unknown keys are passed over."""
        slot = int(np.searchsorted(self._columns["key"][: self._used], key))
        if not bool(self.knows(np.array([key]))[0]):
            return
        before = int(self._columns["before"][slot])
        after = int(self._columns["after"][slot])
        if before != NOBODY:
            self._columns["after"][before] = after
        stream, length = (int(self._columns[name][slot]) for name in ("stream", "length"))
        if after != NOBODY:
            self._columns["before"][after] = before
        elif before != NOBODY:
            self._last_of_stream[stream] = before
        self._columns["alive"][slot] = 0
        self._alive -= 1
        self._total_length -= length
        self._stream_lengths[stream] -= length
        if before == after == NOBODY:
            del self._last_of_stream[stream], self._stream_lengths[stream]

    def keys(self) -> Keys:
        """Return the keys of all turns that stand, ascending."""
        used: Keys = self._columns["key"][: self._used]
        standing: Keys = used[self._columns["alive"][: self._used] == 1]
        return standing

    def knows(self, keys: Keys) -> NDArray[np.bool_]:
        """Tell for each key whether such a turn stands in the space."""
        if self._used == 0:
            return np.zeros(len(keys), dtype=bool)
        slots = np.minimum(self._slots(keys), self._used - 1)
        found = (self._columns["key"][slots] == keys) & (self._columns["alive"][slots] == 1)
        return np.asarray(found, dtype=bool)

    def neighbours(self, keys: Keys) -> Neighbours:
        """Return the turns directly before and after each of these; every key must be known."""
        slots = self._slots(keys)
        return Neighbours(self._keys_at("before", slots), self._keys_at("after", slots))

    def streams(self, keys: Keys) -> Column:
        """Return the stream key of each turn; every key must be known."""
        return self._columns["stream"][self._slots(keys)]

    def stream_lengths(self, streams: Column) -> Column:
        """Return the length in terms of each stream; every stream must hold a turn."""
        return np.array(
            [self._stream_lengths[stream] for stream in streams.tolist()], dtype=np.int64
        )

    def lengths(self, keys: Keys) -> Column:
        """Return the length in terms of each turn; every key must be known."""
        return self._columns["length"][self._slots(keys)]

    def _slots(self, keys: Keys) -> Column:
        return np.searchsorted(self._columns["key"][: self._used], keys).astype(np.int64)

    def _keys_at(self, link: str, slots: Column) -> Keys:
        linked = self._columns[link][slots]
        keys = self._columns["key"][linked]
        return np.where(linked == NOBODY, NOBODY, keys).astype(np.int64)

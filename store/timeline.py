"""The order of a space's turns in memory: streams, neighbours and lengths in flat arrays.

About 45 bytes a turn. A recall asks for the neighbours of a few hundred candidates and for the
lengths of some ten thousand turns that share a word; from rows those are the slowest queries of
the whole recall, from here they are array look-ups.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from memsvc.domain.ids import StreamKey
from memsvc.ports.indexes import NOBODY, Neighbours, Numbers
from memsvc.ports.lexicon import Places
from memsvc.ports.vectors import Keys
from store.room import FIRST_ROOM, more
from store.tables import microseconds

T = TypeVar("T")

NEVER = np.iinfo(np.int64).max

_COLUMNS: dict[str, type[np.generic]] = {
    "key": np.int64,
    "stream": np.int32,
    "length": np.int32,
    "before": np.int32,
    "after": np.int32,
    "stands": np.bool_,
    "until": np.int64,
}


class ArrayTimeline:
    """Turns in the order of writing, each linked to the one before and after it in its stream.

    A place is where a turn stands in the arrays. Keys rise with places, so a place is found by
    bisection; a deleted turn keeps its place, unlinked, until the timeline is loaded anew. A
    stream is known by a number of its own here, in the order in which the streams began.
    """

    def __init__(self) -> None:
        self._used = 0
        self._alive = 0
        self._total_length = 0
        self._columns: dict[str, NDArray[Any]] = {
            name: np.zeros(FIRST_ROOM, dtype=kind) for name, kind in _COLUMNS.items()
        }
        self._number_of: dict[int, int] = {}
        self._stream_lengths: Numbers = np.zeros(FIRST_ROOM, dtype=np.int64)
        self._stream_turns: Numbers = np.zeros(FIRST_ROOM, dtype=np.int64)
        self._last_of: Numbers = np.full(FIRST_ROOM, NOBODY, dtype=np.int64)
        self._stream_count = 0
        self._first_end: int | None = NEVER
        self._looked_up: dict[tuple[str, int], tuple[Keys, Any]] | None = None

    def __len__(self) -> int:
        """Return how many turns stand in the space."""
        return self._alive

    @property
    def size(self) -> int:
        """How many places there are, those of deleted turns included."""
        return self._used

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
        return self._stream_count

    @property
    def mean_stream_length(self) -> float:
        """The mean length in terms of the space's streams; 0.0 when there are none."""
        return self._total_length / self.stream_count if self.stream_count else 0.0

    @property
    def stream_lengths(self) -> Numbers:
        """The length in terms of each stream, by its number; 0 for one that was emptied."""
        return self._stream_lengths[: len(self._number_of)]

    def hiding(self, keys: Keys) -> Self:
        """Return it as if these turns did not stand; their neighbours stay what they are.

        It shares the arrays, so it holds only as long as nothing is appended or removed.
        """
        places = self.places(keys)
        places = places[places != NOBODY]
        numbers, counts = np.unique(self._columns["stream"][places], return_counts=True)
        stands = self._columns["stands"].copy()
        stands[places] = False
        made = type(self)()
        made.__dict__ |= self.__dict__ | {
            "_columns": self._columns | {"stands": stands},
            "_looked_up": None,
            "_alive": self._alive - len(places),
            "_total_length": self._total_length - int(self._columns["length"][places].sum()),
            "_stream_count": self._stream_count
            - int((self._stream_turns[numbers] == counts).sum()),
        }
        return made

    def for_one_recall(self) -> Self:
        """Return it with a memory of its own for which keys stand where.

        Its stages ask that of their candidates some twenty times, each a bisection of all turns for
        five hundred keys. It shares the arrays, as what `hiding` returns does.
        """
        made = object.__new__(type(self))
        made.__dict__ |= self.__dict__ | {"_looked_up": {}}
        return made

    @property
    def arrays(self) -> dict[str, NDArray[Any]]:
        """Everything the timeline holds, as copies, for `from_arrays`."""
        columns = {name: self._column(name).copy() for name in _COLUMNS}
        return columns | {"streams": np.array(list(self._number_of), dtype=np.int64)}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> Self:
        """Return a timeline as it was when `arrays` were taken."""
        made = cls()
        for stream in arrays["streams"].tolist():
            made._numbered(stream)
        made._columns = {name: arrays[name].copy() for name in _COLUMNS}
        made._used = len(arrays["key"])
        made._first_end = None
        stands, lengths = made._columns["stands"], made._columns["length"]
        numbers, count = made._columns["stream"][stands], len(made._last_of)
        made._stream_turns = np.bincount(numbers, minlength=count)
        made._stream_lengths = np.bincount(
            numbers, weights=lengths[stands], minlength=count
        ).astype(np.int64)
        made._last_of[numbers] = np.flatnonzero(stands)  # the last of each to be assigned stays
        made._stream_count = int(np.count_nonzero(made._stream_turns))
        made._alive, made._total_length = int(stands.sum()), int(lengths[stands].sum())
        return made

    def append(self, key: int, *, stream: int, length: int, until: datetime | None = None) -> int:
        """Add a turn at the end of its stream and return its place; its key is above all others.

        From `until` on it has expired; None for never.
        """
        place = self._used
        if place == len(self._columns["key"]):
            for name, column in self._columns.items():
                room = np.zeros(more(place), dtype=column.dtype)
                self._columns[name] = np.concatenate([column, room])
        number = self._numbered(stream)
        before = int(self._last_of[number])
        end = NEVER if until is None else microseconds(until)
        row = (key, number, length, before, NOBODY, True, end)
        for column, value in zip(self._columns.values(), row, strict=True):
            column[place] = value
        if before != NOBODY:
            self._columns["after"][before] = place
        if self._first_end is not None:
            self._first_end = min(self._first_end, end)
        self._last_of[number] = place
        self._count(number, turns=1, length=length)
        self._used += 1
        return place

    def remove(self, key: int) -> None:
        """Take a turn out; its neighbours become each other's. Unknown keys are passed over."""
        place = int(self.places(np.array([key], dtype=np.int64))[0])
        if place == NOBODY:
            return
        number, length, before, after = (
            int(self._columns[name][place]) for name in ("stream", "length", "before", "after")
        )
        if before != NOBODY:
            self._columns["after"][before] = after
        if after != NOBODY:
            self._columns["before"][after] = before
        else:
            self._last_of[number] = before
        self._columns["stands"][place] = False
        if self._columns["until"][place] == self._first_end:
            self._first_end = None  # looked for when it is next asked for, not at every removal
        self._count(number, turns=-1, length=-length)

    def expired(self, now: datetime) -> Keys:
        """Return the turns, ascending, that have expired at a moment and are still held."""
        moment, stands, ends = microseconds(now), self._column("stands"), self._column("until")
        if self._first_end is None:
            self._first_end = int(ends[stands].min(initial=NEVER))
        if moment < self._first_end:
            return np.empty(0, dtype=np.int64)
        expired: Keys = self._column("key")[stands & (ends <= moment)]
        return expired

    def keys(self) -> Keys:
        """Return the keys of all turns that stand, ascending."""
        standing: Keys = self._column("key")[self._column("stands")]
        return standing

    def places(self, keys: Keys) -> Numbers:
        """Return where each of these turns stands; `NOBODY` for one that does not."""
        return self._once("places", keys, self._bisected)

    def _bisected(self, keys: Keys) -> Numbers:
        if self._used == 0:
            return np.full(len(keys), NOBODY, dtype=np.int64)
        places = np.minimum(np.searchsorted(self._column("key"), keys), self._used - 1)
        known: NDArray[np.bool_] = (self._columns["key"][places] == keys) & self._columns["stands"][
            places
        ]
        return np.where(known, places, NOBODY).astype(np.int64, copy=False)

    def keys_at(self, places: Places) -> Keys:
        """Return the key of the turn at each place; `NOBODY` stays itself."""
        keys: Keys = self._columns["key"][places]
        is_nobody = places == NOBODY
        if is_nobody.any():
            keys[is_nobody] = NOBODY
        return keys

    def stands_at(self, places: Places) -> NDArray[np.bool_]:
        """Tell for each place whether its turn still stands."""
        stands: NDArray[np.bool_] = self._columns["stands"][places]
        return stands

    def lengths_at(self, places: Places) -> NDArray[np.int32]:
        """Return the length in terms of the turn at each place."""
        return np.asarray(self._columns["length"][places], dtype=np.int32)

    def streams_at(self, places: Places) -> NDArray[np.int32]:
        """Return the number of the stream of the turn at each place."""
        return np.asarray(self._columns["stream"][places], dtype=np.int32)

    def knows(self, keys: Keys) -> NDArray[np.bool_]:
        """Tell for each key whether such a turn stands in the space."""
        known: NDArray[np.bool_] = self.places(keys) != NOBODY
        return known

    def neighbours(self, keys: Keys) -> Neighbours:
        """Return the turns directly before and after each of these; every key must be known."""
        return self._once("neighbours", keys, self._beside)

    def _beside(self, keys: Keys) -> Neighbours:
        places = self.places(keys)
        before, after = self._columns["before"][places], self._columns["after"][places]
        return Neighbours(self.keys_at(before), self.keys_at(after))

    def standing_after(self, removed: Sequence[int]) -> list[int]:
        """Return the turns that stand now directly after turns that were taken out."""
        wanted = np.array(sorted(removed), dtype=np.int64)
        places = np.searchsorted(self._column("key"), wanted)
        found = []
        for place, key in zip(places.tolist(), wanted.tolist(), strict=True):
            if place == self._used or self._columns["key"][place] != key:
                continue
            after = int(self._columns["after"][place])
            while after != NOBODY and not self._columns["stands"][after]:
                after = int(self._columns["after"][after])
            if after != NOBODY:
                found.append(int(self._columns["key"][after]))
        return found

    def numbers_of(self, streams: Sequence[StreamKey]) -> Numbers:
        """Return the numbers of those of these streams that ever held a turn, ascending."""
        known = sorted(self._number_of[key] for key in streams if key in self._number_of)
        return np.array(known, dtype=np.int64)

    def streams(self, keys: Keys) -> NDArray[np.int32]:
        """Return the number of each turn's stream; every key must be known."""
        return self.streams_at(self.places(keys))

    def lengths(self, keys: Keys) -> NDArray[np.int32]:
        """Return the length in terms of each turn; every key must be known."""
        return self.lengths_at(self.places(keys))

    def _once(self, what: str, keys: Keys, find: Callable[[Keys], T]) -> T:
        """Return what was found for this very array of keys, where that is remembered."""
        if self._looked_up is None:
            return find(keys)
        known = self._looked_up.get((what, id(keys)))
        if known is None:  # the array is kept with it, so that no other can have its id
            known = self._looked_up[what, id(keys)] = keys, find(keys)
        found: T = known[1]
        return found

    def _column(self, name: str) -> NDArray[Any]:
        return self._columns[name][: self._used]

    def _numbered(self, stream: int) -> int:
        """Return the stream's number, given now if it has none."""
        number = self._number_of.setdefault(stream, len(self._number_of))
        if number == len(self._last_of):  # no room left for its sums
            self._stream_lengths = _doubled(self._stream_lengths, filled=0)
            self._stream_turns = _doubled(self._stream_turns, filled=0)
            self._last_of = _doubled(self._last_of, filled=NOBODY)
        return number

    def _count(self, number: int, *, turns: int, length: int) -> None:
        held = int(self._stream_turns[number])
        self._stream_turns[number] += turns
        self._stream_lengths[number] += length
        self._stream_count += (held + turns > 0) - (held > 0)
        self._alive += turns
        self._total_length += length


def _doubled(column: Numbers, *, filled: int) -> Numbers:
    return np.concatenate([column, np.full_like(column, filled)])

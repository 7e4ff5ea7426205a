"""Which event each turn of a space begins in, in flat arrays: 4 bytes a turn, 8 an event."""

from array import array
from collections.abc import Mapping, Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from memsvc.domain.ids import EventKey
from memsvc.ports.indexes import NOBODY, Numbers
from memsvc.ports.lexicon import Places
from store.room import FIRST_ROOM, more


class EpisodeColumns:
    """Events by number, in the order in which they came; turns by their places in the timeline."""

    def __init__(self) -> None:
        self._used = 0
        self._event_of: NDArray[np.int32] = np.full(FIRST_ROOM, NOBODY, dtype=np.int32)
        self._number_of: dict[int, int] = {}
        self._keys: array[int] = array("q")

    def __len__(self) -> int:
        """Return how many closed events there are."""
        return len(self._number_of)

    @property
    def nbytes(self) -> int:
        """Bytes of memory that the arrays take, and the numbers about."""
        return self._event_of.nbytes + 108 * len(self._number_of)

    @property
    def arrays(self) -> dict[str, NDArray[Any]]:
        """Everything the columns hold, as copies, for `from_arrays`."""
        return {
            "event_of": self._event_of[: self._used].copy(),
            "events": np.array(self._keys, dtype=np.int64),
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> Self:
        """Return columns as they were when `arrays` were taken."""
        made = cls()
        made._event_of = arrays["event_of"].copy()
        made._used = len(made._event_of)
        made._keys = array("q", arrays["events"].tolist())
        made._number_of = {key: number for number, key in enumerate(made._keys)}
        return made

    def number_of(self, event: EventKey) -> int | None:
        """Return the number of an event; None for one that is not known."""
        return self._number_of.get(event)

    def key_of(self, number: int) -> EventKey:
        """Return the key of the event of this number; it must be known."""
        return EventKey(self._keys[number])

    def append(self) -> None:
        """Add the turn at the next place, which is in no closed event yet."""
        if self._used == len(self._event_of):
            room = np.full(more(self._used), NOBODY, dtype=np.int32)
            self._event_of = np.concatenate([self._event_of, room])
        self._event_of[self._used] = NOBODY
        self._used += 1

    def close(self, key: int, places: Sequence[int] | Numbers) -> None:
        """Say that the turns at these places begin in this event; `NOBODY` is passed over."""
        number = self._number_of.setdefault(key, len(self._keys))
        if number == len(self._keys):
            self._keys.append(key)
        inside = np.asarray(places, dtype=np.int64)
        self._event_of[inside[inside != NOBODY]] = number

    def at(self, places: Places) -> NDArray[np.int32]:
        """Return the number of the closed event of the turn at each place; `NOBODY` for none."""
        return np.asarray(self._event_of[places], dtype=np.int32)

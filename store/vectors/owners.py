"""Which item each row of an index belongs to, both ways, in arrays.

An item may have several rows (the pieces of a long turn). Rows mostly come with rising keys, but
not always: a vector that was postponed comes late.
"""

from typing import Self

import numpy as np
from numpy.typing import NDArray

from memsvc.ports.vectors import Keys
from store.room import FIRST_ROOM, more

Rows = NDArray[np.int64]


class Owners:
    """The item of row 0, 1, 2 and so on, with room to grow."""

    def __init__(self) -> None:
        self._keys: Keys = np.empty(FIRST_ROOM, dtype=np.int64)
        self._used = 0
        self._is_rising = True
        self._is_apart = True  # no item has two rows, and they rise: as in nearly every space
        self._order: Rows | None = None

    @classmethod
    def of(cls, keys: Keys) -> Self:
        """Return the owners of as many rows as there are keys."""
        made = cls()
        made.append(keys)
        return made

    def __len__(self) -> int:
        """Return how many rows there are."""
        return self._used

    @property
    def keys(self) -> Keys:
        """The item of every row; a view, valid until the next change."""
        return self._keys[: self._used]

    @property
    def nbytes(self) -> int:
        """Bytes of memory that the arrays take."""
        return self._keys.nbytes + (0 if self._order is None else self._order.nbytes)

    def append(self, keys: Keys) -> None:
        """Add a row for each key."""
        needed = self._used + len(keys)
        if needed > len(self._keys):
            room = np.empty(max(needed, len(self._keys) + more(len(self._keys))), dtype=np.int64)
            room[: self._used] = self.keys
            self._keys = room
        joint = max(self._used - 1, 0)
        self._keys[self._used : needed] = keys
        self._used = needed
        steps = np.diff(self._keys[joint:needed])
        self._is_rising = self._is_rising and not np.any(steps < 0)
        self._is_apart = self._is_apart and not np.any(steps <= 0)
        self._order = None

    def keep(self, kept: NDArray[np.bool_]) -> None:
        """Drop the rows that are not kept; the others close up."""
        left = self.keys[kept]
        self._keys[: len(left)] = left
        self._used = len(left)
        self._order = None

    def rows(self, keys: Keys) -> tuple[Rows, Rows]:
        """Return the rows of all these items, and for each row its item's place in `keys`."""
        order = self._sorted()
        ranked = self.keys if order is None else self.keys[order]
        first = np.searchsorted(ranked, keys, side="left")
        if self._is_apart and self._used:
            places = np.flatnonzero(ranked[np.minimum(first, self._used - 1)] == keys)
            return first[places], places
        counts = np.searchsorted(ranked, keys, side="right") - first
        places = np.repeat(np.arange(len(keys)), counts)
        starts = np.repeat(first - np.concatenate([[0], np.cumsum(counts)[:-1]]), counts)
        ranks = starts + np.arange(len(places))
        return (ranks if order is None else order[ranks]), places

    def _sorted(self) -> Rows | None:
        """Return the rows in the order of their keys; None when they are in it anyway."""
        if self._is_rising:
            return None
        if self._order is None:
            self._order = np.argsort(self.keys, kind="stable")
        return self._order

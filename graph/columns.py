"""Arrays that grow at their end, for what is kept per node or per contribution.

Room doubles when it runs out, so that appending costs the same however much is there.
"""

from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import DTypeLike, NDArray

Scalar = TypeVar("Scalar", bound=np.generic)

SMALLEST = 16


class Column(Generic[Scalar]):
    """Values of one type in a row; `width` of them a row where it is not 0.

    `values` is a view of what is held, which is out of date once the column has grown.
    """

    __slots__ = ("_room", "size", "values")

    def __init__(self, dtype: DTypeLike, *, width: int = 0) -> None:
        shape = (SMALLEST, width) if width else (SMALLEST,)
        self._room: NDArray[Any] = np.zeros(shape, dtype=dtype)
        self.size = 0
        self.values: NDArray[Scalar] = self._room[:0]

    @classmethod
    def holding(cls, values: NDArray[Scalar]) -> "Column[Scalar]":
        """Return a column of these values, which it may change in place."""
        made: Column[Scalar] = cls.__new__(cls)
        made._room, made.size, made.values = values, len(values), values
        return made

    @property
    def nbytes(self) -> int:
        """Bytes of memory, room to grow included."""
        return self._room.nbytes

    def __len__(self) -> int:
        """Return how many rows are held."""
        return self.size

    def grow(self, size: int) -> None:
        """Hold at least `size` rows; new ones are zero."""
        if size <= self.size:
            return
        if size > len(self._room):
            more = (max(size, 2 * len(self._room), SMALLEST), *self._room.shape[1:])
            room = np.zeros(more, dtype=self._room.dtype)
            room[: self.size] = self._room[: self.size]
            self._room = room
        else:
            self._room[self.size : size] = 0
        self.size, self.values = size, self._room[:size]

    def extend(self, values: NDArray[Any]) -> int:
        """Append rows; return where the first of them stands."""
        at = self.size
        self.grow(at + len(values))
        self._room[at : self.size] = values
        return at

"""Long lists of keys in statements: as many at once as a database takes."""

from collections.abc import Iterator, Sequence
from typing import TypeVar

K = TypeVar("K")

# SQLite takes 32,766 parameters in one statement; PostgreSQL twice that.
PARAMETERS = 10_000


def batched(keys: Sequence[K]) -> Iterator[Sequence[K]]:
    """Yield the keys in runs that fit into one statement."""
    for begin in range(0, len(keys), PARAMETERS):
        yield keys[begin : begin + PARAMETERS]

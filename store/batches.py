"""Long lists of keys in statements: as many at once as a database takes.

Where a recall asks, they are one parameter, so that the statement is written once and for all:
to write it anew with a parameter a key takes longer than what it finds.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

K = TypeVar("K")

# SQLite takes 32,766 parameters in one statement; PostgreSQL twice that.
PARAMETERS = 10_000


def batched(keys: Sequence[K]) -> Iterator[Sequence[K]]:
    """Yield the keys in runs that fit into one statement."""
    for begin in range(0, len(keys), PARAMETERS):
        yield keys[begin : begin + PARAMETERS]


def as_one(keys: Iterable[int] | Iterable[str]) -> str:
    """Return keys as one parameter, for `either.one_of`."""
    return json.dumps(list(keys), default=int)

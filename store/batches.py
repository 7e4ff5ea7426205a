"""Long lists of keys in statements: as many at once as a database takes.

Where a recall asks, they are one parameter, so that the statement is written once and for all:
to write it anew with a parameter a key takes longer than what it finds.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeVar

from sqlalchemy import Select, bindparam, func, select

K = TypeVar("K")

# SQLite takes 32,766 parameters in one statement; PostgreSQL twice that.
PARAMETERS = 10_000


def batched(keys: Sequence[K]) -> Iterator[Sequence[K]]:
    """Yield the keys in runs that fit into one statement."""
    for begin in range(0, len(keys), PARAMETERS):
        yield keys[begin : begin + PARAMETERS]


def those_in(parameter: str) -> Select[Any]:
    """Select each of the keys that a parameter holds, as `as_one` makes it."""
    each = func.json_each(bindparam(parameter)).table_valued("value")
    return select(each.c.value)


def as_one(keys: Iterable[int] | Iterable[str]) -> str:
    """Return keys as one parameter, for `those_in`."""
    return json.dumps(list(keys), default=int)

"""Cursors: where a page of rows ended, as text that travels over the wire.

A cursor is a number that rises along the list and outlives its row: were it a name, deleting what
it names between two pages would end the list early.
"""

from collections.abc import Callable, Sequence
from typing import TypeVar

from memsvc.domain.errors import InvalidField
from memsvc.domain.memory import Page

T = TypeVar("T")

MOST_DIGITS = 18
"""So many digits always fit the 63 bits that SQLite has for a number."""


def number_from(cursor: str) -> int:
    """Return the number after which the next page begins. Raises `InvalidField`."""
    if not (cursor.isascii() and cursor.isdigit()) or len(cursor) > MOST_DIGITS:
        raise _nobodys()
    return int(cursor)


def name_from(cursor: str) -> str:
    """Return the name after which the next page begins. Raises `InvalidField`.

    Names are without NUL, and PostgreSQL takes none in any text, not even to compare with.
    """
    if "\0" in cursor:
        raise _nobodys()
    return cursor


def page_of(found: Sequence[T], limit: int, cursor: Callable[[T], object]) -> Page[T]:
    """Return as many as fit on a page of what was found, which is one more where there is more."""
    is_more = len(found) > limit
    return Page(tuple(found[:limit]), str(cursor(found[limit - 1])) if is_more else None)


def _nobodys() -> InvalidField:
    return InvalidField("The cursor is not one of ours; start from the first page.", field="cursor")

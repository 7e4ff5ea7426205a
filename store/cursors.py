"""Cursors: where a page of rows ended, as text that travels over the wire.

A cursor is a number that rises along the list and outlives its row: were it a name, deleting what
it names between two pages would end the list early.
"""

from memsvc.domain.errors import InvalidField

MOST_DIGITS = 18
"""So many digits always fit the 63 bits that SQLite has for a number."""


def number_from(cursor: str) -> int:
    """Return the number after which the next page begins. Raises `InvalidField`."""
    if not (cursor.isascii() and cursor.isdigit()) or len(cursor) > MOST_DIGITS:
        raise InvalidField(
            "The cursor is not one of ours; start from the first page.", field="cursor"
        )
    return int(cursor)

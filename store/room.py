"""How much room a growing array is given beyond what it holds."""

FIRST_ROOM = 64

PART = 8
"""One part in so many is added: doubling had a large space take twice its bytes, and at an eighth
each number is still copied nine times at most on the whole."""


def more(used: int) -> int:
    """Return by how many places an array grows that has this many, all used."""
    return max(used // PART, FIRST_ROOM)

"""How an evaluation tells how far it is."""

from collections.abc import Callable

SPACES = "spaces"
"""What progress over all spaces is called; each space has its own besides."""

Progress = Callable[[str, int, int], None]
"""Told what is being done, and how much of how much is."""


def silently(_what: str, _done: int, _of: int) -> None:
    """Show no progress."""

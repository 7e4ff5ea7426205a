"""The shelves of a store: one for each model whose vectors it keeps, all following its commits."""

from collections.abc import Callable

from store.delta import Delta
from store.shelf import IndexShelf


class Shelves:
    """One shelf nearly always; two while the embedding model changes."""

    def __init__(self) -> None:
        self._all: tuple[IndexShelf, ...] = ()

    @property
    def all(self) -> tuple[IndexShelf, ...]:
        """The shelves that follow."""
        return self._all

    def add(self, shelf: IndexShelf) -> None:
        """Have a shelf follow from now on; what it lends is loaded when it is asked for."""
        self._all = (*self._all, shelf)

    def remove(self, shelf: IndexShelf) -> None:
        """Let go of a shelf, and of what it has on disk."""
        self._all = tuple(each for each in self._all if each is not shelf)
        shelf.discard()

    def apply(self, delta: Delta) -> None:
        """Bring every shelf up to a unit that was just committed.

        One that cannot be is behind and catches up from the ledger when it is next asked.
        """
        for shelf in self._all:
            shelf.apply(delta)

    def tend(self, go_on: Callable[[], bool] = lambda: True) -> int:
        """Seal, settle and keep what is due on every shelf; return how many spaces that were."""
        return sum(shelf.tend(go_on) for shelf in self._all)

    def close(self) -> None:
        """Keep what the next start would have to make again. Nobody uses them afterwards."""
        for shelf in self._all:
            shelf.close()

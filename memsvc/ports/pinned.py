"""Keeping pinned questions."""

from collections.abc import Sequence
from typing import Protocol

from memsvc.domain.ids import PinId, SpaceKey, SpaceName
from memsvc.domain.memory import Page
from memsvc.domain.pinned import NewPin, Pin


class PinReader(Protocol):
    """Reads the pinned questions of a space."""

    def get(self, space: SpaceKey, pin: PinId) -> Pin | None:
        """Return the pinned question of that id."""
        ...

    def page(self, space: SpaceKey, *, after: str | None, limit: int) -> Page[Pin]:
        """List them in the order of pinning; the cursor is a ledger position."""
        ...

    def of_spaces(
        self, among: Sequence[SpaceKey] | None, *, limit: int
    ) -> tuple[list[tuple[SpaceName, Pin]], int]:
        """Return the first of these spaces, or of all, by space, and how many there are in all."""
        ...


class PinWriter(PinReader, Protocol):
    """Reads and changes them."""

    def same(self, space: SpaceKey, asked: NewPin) -> Pin | None:
        """Return the one that asks the same of the same recipe and turns, whatever it expects."""
        ...

    def all(self, space: SpaceKey) -> list[Pin]:
        """Return them all, in the order of pinning; people pin them by hand."""
        ...

    def add(self, space: SpaceKey, pin: Pin) -> None:
        """Keep a question."""
        ...

    def drop(self, space: SpaceKey, which: Sequence[PinId]) -> None:
        """Keep these no longer."""
        ...

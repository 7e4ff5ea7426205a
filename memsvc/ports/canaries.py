"""The registry of canaries, which outlives the spaces that they were planted in."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from memsvc.domain.canary import Canary, Sighting
from memsvc.domain.ids import SpaceKey, TurnKey


class CanaryReader(Protocol):
    """Reads the registry, and looks for canaries in every table."""

    def of_space(self, space: SpaceKey) -> list[Canary]:
        """Return the canaries planted in a space, in the order of planting."""
        ...

    def all(self) -> list[Canary]:
        """Return the canaries of all spaces, those that are gone included."""
        ...

    def sightings(self, canaries: Sequence[Canary]) -> list[Sighting]:
        """Return where these canaries are and should not be; reads every row of every table."""
        ...


class CanaryWriter(CanaryReader, Protocol):
    """Reads and extends the registry."""

    def add(self, space: SpaceKey, planted: Mapping[TurnKey, Canary]) -> None:
        """Enter canaries whose turns were just written; ordinary recalls do not see them."""
        ...

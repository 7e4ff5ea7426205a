"""The verbs of `space.canaries`; for admins of the space alone."""

from typing import TYPE_CHECKING

from memsvc.sdk import canary_calls
from memsvc.sdk.canaries import CanaryCheck, PlantedCanaries

if TYPE_CHECKING:
    from memsvc.sdk.client import Client


class Canaries:
    """Sentences that stand nowhere else, so that a leak can be seen."""

    def __init__(self, client: "Client", space: str) -> None:
        self._client = client
        self._space = space

    def plant(self, count: int = 5) -> PlantedCanaries:
        """Plant up to 20; ordinary recalls do not see them."""
        return self._client.send(canary_calls.plant(self._space, count=count))

    def planted(self) -> PlantedCanaries:
        """Return every canary of the space, those included whose turns are gone."""
        return self._client.send(canary_calls.planted(self._space))

    def check(self) -> CanaryCheck:
        """Look for them in every row of the installation."""
        return self._client.send(canary_calls.check(self._space))

"""What the verbs of a space stand on: a client, and the name of the space."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from memsvc.sdk.client import Client


class Named:
    """A space of a service, by its name."""

    def __init__(self, client: "Client", name: str) -> None:
        self._client = client
        self.name = name

"""The verbs of `space.quarantine`."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from memsvc.sdk import quarantine_calls
from memsvc.sdk.calls import PAGE
from memsvc.sdk.quarantine import Decided, HeldInfo

if TYPE_CHECKING:
    from memsvc.sdk.client import Client


class Quarantine:
    """What a space's admission policy holds back until somebody decides on it."""

    def __init__(self, client: "Client", space: str) -> None:
        self._client = client
        self._space = space

    def list(self, *, page: int = PAGE) -> Iterator[HeldInfo]:
        """Walk what is held in the order of writing. Needs an admin's key."""
        return self._client.walk(
            lambda cursor: quarantine_calls.list_held(self._space, limit=page, cursor=cursor)
        )

    def release(self, held: str) -> Decided:
        """Keep it after all: it becomes the turn of this id. Needs an admin's key.

        Raises `HeldNotFound`, and `HeldElsewise` when it was rejected.
        """
        return self._client.send(quarantine_calls.release(self._space, held))

    def reject(self, held: str) -> Decided:
        """Purge its text, and have the same words refused from now on.

        Raises `HeldNotFound`, and `HeldElsewise` when it was released.
        """
        return self._client.send(quarantine_calls.reject(self._space, held))

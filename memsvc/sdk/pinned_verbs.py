"""The verbs of `space.pinned`."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from memsvc.sdk import pinned_calls
from memsvc.sdk.calls import PAGE
from memsvc.sdk.pinned import PinInfo, Unpinned
from memsvc.sdk.wire import Between, Filters

if TYPE_CHECKING:
    from memsvc.sdk.client import Client


class Pinned:
    """Questions that are asked again, to see whether what should answer them still does."""

    def __init__(self, client: "Client", space: str) -> None:
        self._client = client
        self._space = space

    def pin(
        self,
        question: str,
        expected: Sequence[str],
        *,
        recipe: str | None = None,
        k: int = 10,
        filters: Filters | Mapping[str, Any] | None = None,
        between: Between | Mapping[str, Any] | None = None,
    ) -> PinInfo:
        """Keep a question with the ids of the turns that should answer it, best first.

        It is asked as `recall` would be with the same recipe, `k`, filters and times. The same
        question of the same recipe and turns is pinned once; the later word counts.
        """
        return self._client.send(
            pinned_calls.pin_question(
                self._space,
                question,
                expected,
                recipe=recipe,
                k=k,
                filters=filters,
                between=between,
            )
        )

    def list(self, *, page: int = PAGE) -> Iterator[PinInfo]:
        """Walk what is pinned, in the order of pinning."""
        return self._client.walk(
            lambda cursor: pinned_calls.list_pinned(self._space, limit=page, cursor=cursor)
        )

    def unpin(self, pin: str) -> Unpinned:
        """Keep a question no longer. Raises `PinNotFound`."""
        return self._client.send(pinned_calls.unpin(self._space, pin))

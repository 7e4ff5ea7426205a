"""The verbs of `space.experiences`."""

import uuid
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from memsvc.domain.experience import STREAM
from memsvc.sdk import experience_calls
from memsvc.sdk.experiences import NewExperience, RecalledExperiences
from memsvc.sdk.wire import Written

if TYPE_CHECKING:
    from memsvc.sdk.client import Client


class Experiences:
    """What agents tried with tools."""

    def __init__(self, client: "Client", space: str) -> None:
        self._client = client
        self._space = space

    def keep(
        self,
        experiences: Sequence[NewExperience | Mapping[str, Any]],
        *,
        stream: str = STREAM,
        idempotency_key: str | None = None,
    ) -> Written:
        """Keep what was tried, all or none: each becomes a turn of the stream.

        A key is made up when none is given, so that a retry never keeps anything twice.
        """
        call = experience_calls.keep_experiences(
            self._space,
            experiences,
            stream=stream,
            idempotency_key=idempotency_key or uuid.uuid4().hex,
        )
        return self._client.send(call)

    def recall(self, intent: str, *, tool: str | None = None, k: int = 5) -> RecalledExperiences:
        """Return what was tried for something like it: what worked, then how it went wrong."""
        return self._client.send(
            experience_calls.recall_experiences(self._space, intent, tool=tool, k=k)
        )

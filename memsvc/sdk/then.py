"""Asking as of an earlier position or time: the calls of a space, each with when it is meant.

A `LookingBack` stands in for the client of a space and hands every call on. So all reading verbs
serve a past as they are, of both clients alike.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol, TypeVar

from pydantic import TypeAdapter, ValidationError

from memsvc.domain.errors import InvalidField
from memsvc.sdk.calls import Call
from memsvc.sdk.checked import AsOf, complaint
from memsvc.sdk.lines import DownloadCheck
from memsvc.sdk.wire import Page

T = TypeVar("T")

QUESTIONS = frozenset({"recall", "order", "whereabouts", "novelty"})
"""What the addresses of questions end in; they are posted, and change nothing."""

OF_NOW = frozenset({"canaries", "enrichment", "export", "pinned", "quarantine", "runs"})
"""What a space tells of the present alone, by what their addresses begin with."""

_AS_OF: TypeAdapter[int | datetime] = TypeAdapter(AsOf)


class Sender(Protocol):
    """What sends calls: either client, or what stands in for it."""

    def send(self, call: Call[T]) -> Any:
        """Send a call."""
        ...

    def walk(self, page_at: Callable[[str | None], Call[Page[T]]]) -> Any:
        """Walk a list."""
        ...

    def download(self, call: Call[bytes], check: DownloadCheck | None = None) -> Any:
        """Send a call and take its answer as it comes."""
        ...


@dataclass(frozen=True, slots=True)
class LookingBack:
    """Stands in for a client; every call asks as of then. Refuses what cannot be asked so."""

    sender: Sender
    as_of: str | int

    @classmethod
    def to(cls, sender: Sender, as_of: int | str | datetime) -> "LookingBack":
        """Return what asks as of a ledger position or a time. Raises `InvalidField`."""
        try:
            found = _AS_OF.validate_python(as_of)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            raise complaint(first, field="as_of") from error
        return cls(sender, found.isoformat() if isinstance(found, datetime) else found)

    def send(self, call: Call[T]) -> Any:
        """Send a call as of then."""
        return self.sender.send(self._back(call))

    def walk(self, page_at: Callable[[str | None], Call[Page[T]]]) -> Any:
        """Walk a list as of then."""
        return self.sender.walk(lambda cursor: self._back(page_at(cursor)))

    def download(self, call: Call[bytes], check: DownloadCheck | None = None) -> Any:
        """Take an answer as it comes, as of then."""
        return self.sender.download(self._back(call), check)

    def upload(self, call: Call[Any], _body: object) -> Any:
        """Refuse."""
        return self._back(call)

    def _back(self, call: Call[T]) -> Call[T]:
        """Return the same call as of then.

        Raises `InvalidField` for one that writes, and for one that is answered as of now alone.
        """
        if call.method == "GET":
            if not OF_NOW.isdisjoint(call.path.split("/")[4:5]):
                raise InvalidField(
                    "This is told of the present alone; take the space itself, without `at`.",
                    field="as_of",
                )
            return replace(call, params={**call.params, "as_of": str(self.as_of)})
        if call.method == "POST" and call.path.rpartition("/")[2] in QUESTIONS:
            said = {**json.loads(call.body or b"{}"), "as_of": self.as_of}
            return replace(call, body=json.dumps(said).encode())
        raise InvalidField(
            "What was can only be read; take the space itself, without `at`.", field="as_of"
        )

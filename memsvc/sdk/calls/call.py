"""What a call is, how it is written down, and how its answer is read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import NoneType
from typing import Generic, Literal, TypeVar
from urllib.parse import quote

import httpx
from pydantic import TypeAdapter, ValidationError
from pydantic_core import PydanticSerializationError

from memsvc.domain.errors import InvalidField, ServiceUnreachable
from memsvc.sdk.faults import is_problem, rebuilt
from memsvc.sdk.wire import Request

T = TypeVar("T")


PAGE = 100
"""Items asked for at once when a list is walked."""


Method = Literal["GET", "PUT", "POST", "PATCH", "DELETE"]


@dataclass(frozen=True, slots=True)
class Call(Generic[T]):
    """One request, and the type of the answer to it (None: the body says nothing).

    `is_repeatable` tells that sending it twice does no more than sending it once, so that it may be
    sent again when no answer came. `answering` are the statuses beside 2xx whose body is the answer
    too. `about` holds the names in the path, by what they name, for errors to carry.
    """

    method: Method
    path: str
    answer: type[T]
    params: Mapping[str, str | Sequence[str]] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    is_repeatable: bool = True
    answering: frozenset[int] = frozenset()
    about: Mapping[str, str] = field(default_factory=dict)

    @property
    def sent_headers(self) -> dict[str, str]:
        """Its headers with what they say of the body: JSON, unless they say otherwise."""
        described = {} if self.body is None else {"Content-Type": "application/json"}
        return {**described, **self.headers}

    def is_answered_by(self, status: int) -> bool:
        """Tell whether a response of this status carries the answer, not an error."""
        return httpx.codes.is_success(status) or status in self.answering


def read(call: Call[T], status: int, headers: Mapping[str, str], body: bytes) -> T:
    """Parse the answer to a call, or raise the error that the service answered.

    `headers` must find names whatever their case, or hold them in lower case. Raises
    `ServiceUnreachable` for an answer that no memsvc gives.
    """
    if not call.is_answered_by(status) or is_problem(headers):
        raise rebuilt(status, headers, body, about=call.about)
    try:
        return TypeAdapter(call.answer).validate_json(b"null" if call.answer is NoneType else body)
    except ValidationError as error:
        raise ServiceUnreachable(
            f"The answer to {call.method} {call.path} cannot be read as {error.title}; check that "
            "MEMSVC_URL names a memsvc service, and update the older of client and service."
        ) from error


def space_path(space: str, *segments: str) -> str:
    """Return a path below a space, each segment quoted. Raises `InvalidField`."""
    return path_to("v1", "spaces", space, *segments)


def path_to(*segments: str) -> str:
    """Join segments to a path, each quoted. A name that would climb or vanish is refused."""
    for segment in segments:
        if segment in {"", ".", ".."}:
            raise InvalidField(
                f"{segment!r} names nothing; a name starts with a letter, digit or underscore.",
                field="name",
            )
    return "/" + "/".join(quote(segment, safe="") for segment in segments)


def given(**params: str | int | None) -> dict[str, str]:
    """Return those parameters that are not None."""
    return {name: str(value) for name, value in params.items() if value is not None}


def json_body(request: Request) -> bytes:
    """Render what was set; the rest is left to the service's defaults."""
    try:
        return request.model_dump_json(exclude_unset=True).encode()
    except PydanticSerializationError as error:
        raise InvalidField(
            f"The metadata holds something that is not JSON ({error}); send text, numbers, "
            "booleans, lists and objects.",
            field="metadata",
        ) from error

"""Problems back into errors: what a service answered, as the class that it raised.

The service writes an error's stable code into `type` of an RFC 9457 problem; here the code finds
its class again, so that `except TurnNotFound` works on both sides of the wire. A code this client
does not know, and an answer that is no problem at all, fall back on the HTTP status.
"""

import inspect
from collections.abc import Mapping
from functools import cache
from typing import Any, TypeVar

import httpx
from pydantic import BaseModel, ConfigDict, ValidationError

from memsvc.domain import errors
from memsvc.domain.errors import (
    BodyTooSlow,
    Busy,
    Conflict,
    DocumentNotFound,
    EventNotFound,
    FactNotFound,
    IdempotencyConflict,
    InvalidField,
    InvalidRequest,
    KeyNotFound,
    KeyRequired,
    MemsvcError,
    NoLanguageModel,
    NotFound,
    PartNotFound,
    Refused,
    RouteNotFound,
    ServerFault,
    ServiceUnreachable,
    SpaceNotFound,
    StreamNotFound,
    StreamOwned,
    TooLarge,
    TurnConflict,
    TurnNotFound,
    Unavailable,
    UnreadableDocument,
    VersionMismatch,
    VersionRequired,
)
from memsvc.sdk.checked import complaint
from memsvc.sdk.wire import Problem

M = TypeVar("M", bound=BaseModel)

_BY_STATUS: Mapping[int, type[MemsvcError]] = {
    400: InvalidRequest,
    401: KeyRequired,
    403: Refused,
    404: NotFound,
    405: RouteNotFound,
    408: BodyTooSlow,
    409: Conflict,
    412: VersionMismatch,
    413: TooLarge,
    422: InvalidRequest,
    428: VersionRequired,
    429: Busy,
    502: Unavailable,
    503: Unavailable,
    504: Unavailable,
}

_FACTS: Mapping[type[MemsvcError], Mapping[str, object]] = {
    InvalidField: {"field": "", "limit": None},
    TooLarge: {"field": "", "limit": None},
    UnreadableDocument: {"reason": ""},
    SpaceNotFound: {"space": ""},
    StreamNotFound: {"stream": ""},
    TurnNotFound: {"turn": ""},
    EventNotFound: {"event": ""},
    FactNotFound: {"fact": ""},
    errors.NoteNotFound: {"note": ""},
    errors.LinkNotFound: {"link": ""},
    errors.RunNotFound: {"run": ""},
    DocumentNotFound: {"document": ""},
    PartNotFound: {"part": ""},
    errors.EntityNotFound: {"entity": ""},
    errors.MergeNotFound: {"merge": ""},
    errors.UnlinkingNotFound: {"unlinking": ""},
    errors.RulingNotFound: {"ruling": ""},
    errors.MergeConflict: {"entity": "", "merge": None},
    errors.UnlinkConflict: {"entity": "", "turn": None, "merge": None},
    errors.ReceiptNotFound: {"receipt": ""},
    errors.HeldNotFound: {"held": ""},
    errors.DuplicateTurn: {"field": "", "turn": None},
    errors.SecretRefused: {"field": "", "reason": ""},
    errors.DocumentRefused: {"field": "", "rule": ""},
    errors.TextRejected: {"field": ""},
    errors.HeldElsewise: {"held": "", "ruling": ""},
    errors.TooManyTurns: {"source": "", "limit": 0},
    errors.FeedbackNotFound: {"feedback": ""},
    errors.PinNotFound: {"pin": ""},
    KeyNotFound: {"key": ""},
    IdempotencyConflict: {"idempotency_key": ""},
    TurnConflict: {"client_id": ""},
    StreamOwned: {"stream": "", "document": ""},
    NoLanguageModel: {"field": ""},
    errors.NoReranker: {"field": ""},
    VersionMismatch: {"current": 0},
    errors.InvalidLine: {"line": 0, "kept": 0, "field": ""},
    errors.LineConflict: {"turn": "", "line": 0, "kept": 0},
    errors.DocumentConflict: {"document": "", "line": 0, "kept": 0},
    Unavailable: {"retry_after_s": 1.0},
    ServiceUnreachable: {"may_have_arrived": True},
    errors.RerankerLate: {"within_s": 0.0},
    errors.DimensionMismatch: {"expected": 0, "got": 0},
    errors.RecipeUnsound: {"stage": ""},
}
"""What each class carries beside its sentence, with the value for "the answer did not say"."""


class _Answered(Problem):
    """A problem with the members that the service added, as RFC 9457 lets it."""

    model_config = ConfigDict(extra="allow")


def rebuilt(
    status: int, headers: Mapping[str, str], body: bytes, *, about: Mapping[str, str]
) -> MemsvcError:
    """Return the error that a response stands for.

    Its facts come from the problem's members of the same name, then from `about`, the names that
    the request held. The request's id, by which the service's log knows it, is added as a note.
    """
    try:
        problem = _Answered.model_validate_json(body)
    except ValidationError:
        return _without_problem(status, headers)
    said = problem.model_dump(exclude_none=True)
    error_class = _by_code().get(problem.type) or _by_status(status)
    error = _made(error_class, problem.detail, {**about, **_wait(headers), **said})
    if problem.request_id:
        error.add_note(f"request id: {problem.request_id}")
    return error


def is_problem(headers: Mapping[str, str]) -> bool:
    """Tell whether the response says that its body is a problem."""
    return headers.get("content-type", "").startswith("application/problem+json")


def valid(shape: type[M], /, **fields: object) -> M:
    """Build a request, or raise `InvalidField` for the first field that is wrong."""
    try:
        return shape.model_validate(fields)
    except ValidationError as error:
        raise invalid_field(error) from error


def invalid_field(error: ValidationError) -> InvalidField:
    """Return pydantic's first complaint as ours: which field, what is wrong, the limit crossed."""
    first = error.errors(include_url=False)[0]
    return complaint(first, field=".".join(str(part) for part in first["loc"]))


@cache
def _by_code() -> Mapping[str, type[MemsvcError]]:
    classes = (thing for _, thing in inspect.getmembers(errors, inspect.isclass))
    return {c.code: c for c in classes if issubclass(c, MemsvcError)}


def _by_status(status: int) -> type[MemsvcError]:
    if status in _BY_STATUS:
        return _BY_STATUS[status]
    return ServerFault if httpx.codes.is_server_error(status) else InvalidRequest


def _without_problem(status: int, headers: Mapping[str, str]) -> MemsvcError:
    sentence = f"What answered with status {status} sent no problem that memsvc writes; check that "
    sentence += "MEMSVC_URL names a memsvc service and that no proxy stands in between."
    error_class = _by_status(status) if httpx.codes.is_error(status) else ServiceUnreachable
    return _made(error_class, sentence, _wait(headers))


def _made(error_class: type[MemsvcError], detail: str, said: Mapping[str, Any]) -> MemsvcError:
    """Make an error without its constructor, which would write the sentence anew."""
    error = error_class.__new__(error_class, detail)
    error.detail = detail
    for ancestor in error_class.__mro__:
        for name, unsaid in _FACTS.get(ancestor, {}).items():
            setattr(error, name, said.get(name, unsaid))
    return error


def _wait(headers: Mapping[str, str]) -> dict[str, float]:
    """Read Retry-After in seconds; its other form, a date, is not one that memsvc writes."""
    seconds = headers.get("retry-after", "")
    return {"retry_after_s": float(seconds)} if seconds.isdecimal() else {}

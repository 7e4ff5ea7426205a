"""Errors as answers: one table from error class to HTTP status, one form for all (RFC 9457).

A problem's `type` is the error's stable code, `detail` its sentence; the facts an error carries
travel as further members, so that the SDK can raise the same error again. What a request held is
never repeated, save the names in its own path and the names of its fields.
"""

import json
import math
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from memsvc.domain import errors
from memsvc.domain.errors import (
    InvalidRequest,
    MemsvcError,
    RouteNotFound,
    ServerFault,
    Unavailable,
)
from memsvc.sdk.checked import complaint

log = structlog.get_logger(__name__)

MEDIA_TYPE = "application/problem+json"
LONGEST_FIELD = 200

STATUS: Mapping[type[MemsvcError], int] = {
    errors.MemsvcError: 500,
    errors.InvalidRequest: 400,
    errors.InvalidField: 422,
    errors.TooLarge: 413,
    errors.UnreadableDocument: 422,
    errors.BodyTooSlow: 408,
    errors.VersionRequired: 428,
    errors.InvalidLine: 422,
    errors.Refused: 403,
    errors.KeyRequired: 401,
    errors.RoleTooWeak: 403,
    errors.NotFound: 404,
    errors.SpaceNotFound: 404,
    errors.StreamNotFound: 404,
    errors.TurnNotFound: 404,
    errors.EventNotFound: 404,
    errors.FactNotFound: 404,
    errors.NoteNotFound: 404,
    errors.LinkNotFound: 404,
    errors.RunNotFound: 404,
    errors.DocumentNotFound: 404,
    errors.PartNotFound: 404,
    errors.EntityNotFound: 404,
    errors.MergeNotFound: 404,
    errors.UnlinkingNotFound: 404,
    errors.RulingNotFound: 404,
    errors.ReceiptNotFound: 404,
    errors.HeldNotFound: 404,
    errors.FeedbackNotFound: 404,
    errors.PinNotFound: 404,
    errors.KeyNotFound: 404,
    errors.RouteNotFound: 404,
    errors.Conflict: 409,
    errors.IdempotencyConflict: 409,
    errors.TurnConflict: 409,
    errors.StreamOwned: 409,
    errors.RulingConflict: 409,
    errors.VersionMismatch: 412,
    errors.LineConflict: 409,
    errors.DocumentConflict: 409,
    errors.NoLanguageModel: 409,
    errors.NoReranker: 409,
    errors.ReembeddingConflict: 409,
    errors.MergeConflict: 409,
    errors.UnlinkConflict: 409,
    errors.DuplicateTurn: 409,
    errors.SecretRefused: 409,
    errors.DocumentRefused: 409,
    errors.TextRejected: 409,
    errors.HeldElsewise: 409,
    errors.DataDirectoryNotEmpty: 409,
    errors.Unavailable: 503,
    errors.NotReady: 503,
    errors.ModelUnavailable: 503,
    errors.RerankerLate: 503,
    errors.RerankerBusy: 503,
    errors.StoreUnavailable: 503,
    errors.OutcomeUnknown: 503,
    errors.PositionNotReached: 409,
    errors.Busy: 429,
    errors.TooManyTurns: 429,
    errors.ServiceUnreachable: 503,
    errors.Broken: 503,
    errors.DataDirectoryInUse: 503,
    errors.DataDirectoryUnusable: 503,
    errors.StoreDamaged: 503,
    errors.BackupDamaged: 503,
    errors.CopyDiffers: 503,
    errors.ModelMissing: 503,
    errors.SchemaTooNew: 503,
    errors.SchemaTooOld: 503,
    errors.DimensionMismatch: 503,
    errors.RecipeUnsound: 503,
    errors.NothingGathered: 503,
    errors.NothingScored: 503,
    errors.GatheredTooLate: 503,
    errors.ServerFault: 500,
}
"""Every class of the tree, each with its own line: a new one without a line fails a test."""


def problem(
    error: MemsvcError,
    *,
    request_id: str,
    status: int | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Render an error as the answer to a request; `status` is given where HTTP has its own."""
    status = status or STATUS[type(error)]
    facts = {name: fact for name, fact in vars(error).items() if fact not in (None, "")}
    body = facts | {
        "type": error.code,
        "title": error.title,
        "status": status,
        "detail": error.detail,
        "request_id": request_id,
    }
    return Response(
        json.dumps(_printable(body), ensure_ascii=False).encode(),
        status_code=status,
        media_type=MEDIA_TYPE,
        headers={**(headers or {}), **_headers(error, status)},
    )


def fault(request_id: str) -> Response:
    """Answer a failure that no client should be able to cause. It says nothing of the inside."""
    sentence = f"The service failed; its log says more under request id {request_id}."
    return problem(ServerFault(sentence), request_id=request_id)


def add_handlers(app: FastAPI) -> None:
    """Have every error of the routes answered in this form."""
    app.add_exception_handler(MemsvcError, _refused)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _by_http)


# The handlers await nothing and are async all the same: FastAPI would send plain functions to its
# pool of threads, and a refusal should not wait for one.


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, MemsvcError)  # noqa: S101  what it is registered for
    return _answer(request, error)


async def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101  what it is registered for
    return _answer(request, first_of(error.errors()))


async def _by_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101  what it is registered for
    return _answer(request, _own(request, error), status=error.status_code, headers=error.headers)


def _answer(
    request: Request,
    error: MemsvcError,
    *,
    status: int | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    request.state.problem = error.code
    return problem(error, request_id=request.state.request_id, status=status, headers=headers)


def _own(request: Request, error: HTTPException) -> MemsvcError:
    """Say in our words what the framework refused in its own."""
    if error.status_code == HTTPStatus.NOT_FOUND:
        return RouteNotFound("There is no endpoint at this path; /docs lists them all.")
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        return RouteNotFound("This endpoint does not take that method; see Allow and /docs.")
    if error.status_code < HTTPStatus.INTERNAL_SERVER_ERROR:
        return InvalidRequest("The body cannot be read; send JSON in UTF-8 as application/json.")
    log.error("request.failed", status=error.status_code, path=request.url.path)
    return ServerFault("The service failed; its log says more under this request id.")


def first_of(found: Sequence[Any]) -> MemsvcError:
    """Return the first of pydantic's complaints as ours: which field, what is wrong, which limit.

    A body that is no JSON, or no object, is malformed as a whole; anything else is one field.
    """
    first: Mapping[str, Any] = found[0]
    part, *inner = first["loc"]
    if part == "body" and first["type"] == "json_invalid":
        return InvalidRequest("The body is not JSON; send one JSON object in UTF-8.")
    if part == "body" and not inner:
        return InvalidRequest("The body must be one JSON object, sent as application/json.")
    return complaint(first, field=_printable(".".join(str(name) for name in inner))[:LONGEST_FIELD])


def _headers(error: MemsvcError, status: int) -> dict[str, str]:
    headers = {}
    if isinstance(error, Unavailable):
        headers["Retry-After"] = str(max(1, math.ceil(error.retry_after_s)))
    if status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    return headers


def _printable(part: Any) -> Any:
    """Return text without the lone surrogates that a request may hold and UTF-8 may not."""
    if isinstance(part, str):
        return part.encode("utf-8", "replace").decode()
    if isinstance(part, dict):
        return {name: _printable(value) for name, value in part.items()}
    return part

"""The edge of the service: what happens to every request before and after its route.

Two layers of plain ASGI. `Observed` gives each request its id, one log line and its numbers, and
answers what nobody else has caught. `Bounded` holds bodies to their limit, counting what comes
rather than believing what was announced.
"""

import re
import uuid
from time import perf_counter

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from memsvc.domain.errors import InvalidRequest, MemsvcError, TooLarge
from memsvc.server.meters import Meters
from memsvc.server.problems import fault, problem
from memsvc.server.traffic import Traffic

log = structlog.get_logger(__name__)

REQUEST_ID = re.compile(r"[\w.:\-]{1,100}", re.ASCII)
PROBES = {"/healthz", "/readyz", "/metrics"}
"""Asked every few seconds by machines: logged at debug level only."""


class Observed:
    """Names, times, counts and logs every request."""

    def __init__(self, app: ASGIApp, *, meters: Meters, traffic: Traffic) -> None:
        self._app = app
        self._meters = meters
        self._traffic = traffic

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run one request. Only a failure in the middle of an answer comes out."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun = perf_counter()
        request_id = _request_id(scope)
        scope["state"] = {**scope.get("state", {}), "request_id": request_id}
        with (
            self._traffic.passing(),
            structlog.contextvars.bound_contextvars(request_id=request_id),
        ):
            answer = _Answer(send, request_id)
            try:
                await self._app(scope, receive, answer.send)
            except Exception:  # the request's edge: it reports, and the service goes on
                log.exception("request.failed")
                if answer.status is not None:
                    raise  # half an answer is out, so only breaking the connection is honest
                await fault(request_id)(scope, receive, answer.send)
            finally:
                self._record(scope, answer.status, perf_counter() - begun)

    def _record(self, scope: Scope, status: int | None, took_s: float) -> None:
        route = getattr(scope.get("route"), "path", "unmatched")
        self._meters.request(scope["method"], route, status=status or 0, took_s=took_s)
        write = log.debug if route in PROBES else log.info
        refusal = scope["state"].get("problem")
        write(
            "request",
            method=scope["method"],
            route=route,
            status=status,
            ms=round(took_s * 1_000, 1),
            **({} if refusal is None else {"problem": refusal}),
        )


class _Answer:
    """Watches an answer go out, and puts the request's id on it."""

    def __init__(self, send: Send, request_id: str) -> None:
        self._send = send
        self._request_id = request_id
        self.status: int | None = None

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = int(message["status"])
            MutableHeaders(scope=message)["X-Request-Id"] = self._request_id
        await self._send(message)


class Bounded:
    """Reads every body whole, up to a limit, before anything else sees the request."""

    def __init__(self, app: ASGIApp, *, max_bytes: int) -> None:
        self._app = app
        self._max_bytes = max_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 413 or 400 itself, or pass the request on with its body."""
        if scope["type"] != "http" or scope["path"] in PROBES:  # probes read no body at all
            await self._app(scope, receive, send)
            return
        try:
            self._check_announced(Headers(scope=scope).get("content-length"))
            body = await self._read(receive)
        except MemsvcError as error:
            scope["state"]["problem"] = error.code
            answer = problem(error, request_id=scope["state"]["request_id"])
            await answer(scope, receive, send)
            return
        if body is not None:
            await self._app(scope, _replaying(body, receive), send)

    def _check_announced(self, length: str | None) -> None:
        if length is None:
            return
        if not (length.isascii() and length.isdecimal()):
            raise InvalidRequest("Content-Length must be the body's length in bytes.")
        if len(length) > len(str(self._max_bytes)) or int(length) > self._max_bytes:
            raise self._too_large()

    async def _read(self, receive: Receive) -> bytes | None:
        """Return the body; None when the client went away."""
        parts: list[bytes] = []
        size = 0
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                return None
            parts.append(message.get("body", b""))
            size += len(parts[-1])
            if size > self._max_bytes:
                raise self._too_large()
            if not message.get("more_body", False):
                return b"".join(parts)

    def _too_large(self) -> TooLarge:
        return TooLarge(
            f"A request may have {self._max_bytes} bytes; send it in several.",
            field="body",
            limit=self._max_bytes,
        )


def _replaying(body: bytes, receive: Receive) -> Receive:
    """Return a channel that gives the body once, and then whatever comes after it."""
    left = [body]

    async def replay() -> Message:
        if left:
            return {"type": "http.request", "body": left.pop(), "more_body": False}
        return await receive()

    return replay


def _request_id(scope: Scope) -> str:
    """Take the caller's own id when it is a sane one, so that two logs can be laid side by side."""
    given = Headers(scope=scope).get("x-request-id", "")
    return given if REQUEST_ID.fullmatch(given) else uuid.uuid4().hex

"""What happens to every request: an id, one log line, its numbers; and an answer if all else fails.

Plain ASGI, the outermost layer.
"""

from time import perf_counter

import structlog
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from memsvc.server.edge.probes import PROBES
from memsvc.server.edge.request_ids import request_id
from memsvc.server.meters import Meters
from memsvc.server.problems import fault
from memsvc.server.traffic import Traffic

log = structlog.get_logger(__name__)


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
        named = request_id(scope)
        scope["state"] = {**scope.get("state", {}), "request_id": named}
        with (
            self._traffic.passing(),
            structlog.contextvars.bound_contextvars(request_id=named),
        ):
            answer = _Answer(send, named)
            try:
                await self._app(scope, receive, answer.send)
            except Exception:  # the request's edge: it reports, and the service goes on
                log.exception("request.failed")
                if answer.status is not None:
                    raise  # half an answer is out, so only breaking the connection is honest
                await fault(named)(scope, receive, answer.send)
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

"""The door: it says that the process lives while the app behind it is still being put together.

FastAPI, the routes and the shapes that they speak take more than a second to import. That happens
in a thread; meanwhile `/healthz` is answered here, and any other request waits for the app, which
answers it. Once the app is there the door hands everything on. Plain ASGI, and of this package it
imports only what is light: whatever this module imports, the first answer waits for.
"""

import asyncio
import json
import math
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from memsvc.domain.errors import NotReady
from memsvc.server.edge.request_ids import HEADER, request_id
from memsvc.server.release import version

if TYPE_CHECKING:  # at run time these imports are the very cost that the door keeps off the start
    from fastapi import FastAPI
    from starlette.types import Receive, Scope, Send

HEALTH = "/healthz"

OK = 200
UNAVAILABLE = 503


class Door:
    """Stands before an app that `build` returns, and lives as long as the app does.

    `build` is called in a thread when the server starts. `on_failure` hears in the loop what it, or
    opening and closing the app, raised; requests that waited are then refused.
    """

    def __init__(
        self, build: "Callable[[], FastAPI]", *, on_failure: Callable[[BaseException], None]
    ) -> None:
        self._build = build
        self._on_failure = on_failure
        self._settled = asyncio.Event()
        self._closing = asyncio.Event()
        self._app: FastAPI | None = None

    async def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        """Answer that the process lives, or hand the request on as soon as there is an app."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        if self._app is None and _asks_for_health(scope):
            kind = (b"content-type", b"application/json")
            named = (HEADER, request_id(scope).encode())
            alive = {"status": "ok", "version": version()}
            await _answer(send, OK, alive, headers=[kind, named])
            return
        await self._settled.wait()
        if self._app is None:
            await _refuse(scope, send)
        else:
            await self._app(scope, receive, send)

    async def _live(self, receive: "Receive", send: "Send") -> None:
        """Let the server listen at once; build, open and close the app beside it."""
        await receive()
        opened = asyncio.create_task(self._open())
        opened.add_done_callback(self._hear)
        await send({"type": "lifespan.startup.complete"})
        await receive()
        self._closing.set()
        await asyncio.wait([opened])
        await send({"type": "lifespan.shutdown.complete"})

    async def _open(self) -> None:
        try:
            app = await asyncio.to_thread(self._build)
            if self._closing.is_set():
                return  # what would open now could only be closed again
            async with app.router.lifespan_context(app):
                self._app = app
                self._settled.set()
                await self._closing.wait()
        finally:
            self._settled.set()

    def _hear(self, opened: "asyncio.Task[None]") -> None:
        error = None if opened.cancelled() else opened.exception()
        if error is not None:
            self._on_failure(error)


def _asks_for_health(scope: "Scope") -> bool:
    asked = (scope["type"], scope.get("method"), scope["path"])
    return asked == ("http", "GET", HEALTH)


async def _refuse(scope: "Scope", send: "Send") -> None:
    """Say that there is no service, in the form of all problems."""
    error = NotReady("The service could not be started, or is shutting down; its log says more.")
    named = request_id(scope)
    body = {
        "type": error.code,
        "title": error.title,
        "status": UNAVAILABLE,
        "detail": error.detail,
        "retry_after_s": error.retry_after_s,
        "request_id": named,
    }
    again = (b"retry-after", str(math.ceil(error.retry_after_s)).encode())
    kind = (b"content-type", b"application/problem+json")
    await _answer(send, UNAVAILABLE, body, headers=[again, kind, (HEADER, named.encode())])


async def _answer(
    send: "Send", status: int, body: Mapping[str, object], *, headers: list[tuple[bytes, bytes]]
) -> None:
    content = json.dumps(body, separators=(",", ":")).encode()
    length = (b"content-length", str(len(content)).encode())
    await send({"type": "http.response.start", "status": status, "headers": [length, *headers]})
    await send({"type": "http.response.body", "body": content})

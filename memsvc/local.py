"""The service inside one's own process: `memsvc.open(path)`, with the methods of `Client`.

The very app that `memsvc serve` runs, asked over a transport that has no network in it; so what
works here works there, refusals included. No key is asked for: who may open the directory could
read everything in it anyway.
"""

import atexit
import os
import weakref
from collections.abc import AsyncIterator
from contextlib import AbstractContextManager, ExitStack, asynccontextmanager
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import structlog
from anyio import to_thread
from anyio.from_thread import BlockingPortal, start_blocking_portal
from typing_extensions import override

from memsvc.config import Settings
from memsvc.domain.access import ALL_SPACES, Access, Role
from memsvc.domain.errors import MemsvcError
from memsvc.domain.ids import KeyId
from memsvc.sdk.aio import AsyncClient
from memsvc.sdk.client import Client
from memsvc.server.factory import Opener, build_app, open_by_wiring
from memsvc.server.logs import configure

if TYPE_CHECKING:
    from fastapi import FastAPI

URL = "http://memsvc.local"
UNUSED_KEY = "in-process"

OWNER = Access(
    id=KeyId("local"),
    name="whoever holds the data directory",
    role=Role.ADMIN,
    spaces=(ALL_SPACES,),
    created_at=datetime(1970, 1, 1, tzinfo=UTC),
)
"""In whose name the ledger enters what is done in process."""


def open(path: str | os.PathLike[str] | None = None, **settings: Any) -> Client:  # noqa: A001
    """Open a data directory in this process and return a client of it; close that when done.

    `path` and further settings (see docs/settings.md) override the environment's. Returns when
    the service is ready. Raises what is wrong with directory, database or model; a directory that
    another process has open is `DataDirectoryInUse`.
    """
    if path is not None:
        settings["data"] = Path(path)
    if not structlog.is_configured():  # else structlog prints every event, on standard output
        configure(level=settings.get("log_level", "warning"))
    return open_with(Settings(**settings))


def open_with(settings: Settings, *, open_service: Opener = open_by_wiring) -> Client:
    """Open a service with these settings in this process; `open_service` says how it is made."""
    app = build_app(settings, open_service=open_service, owner=OWNER, on_failure=_is_raised_instead)
    return Client(URL, UNUSED_KEY, transport=InProcess(app))


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[AsyncClient]:
    """Open a service with these settings in this very event loop, and lend a client of it.

    What is wrong with directory, database or model is raised as `open` raises it.
    """
    app = build_app(settings, owner=OWNER, on_failure=_is_raised_instead)
    async with app.router.lifespan_context(app):
        await to_thread.run_sync(app.state.opening.wait)
        transport = httpx.ASGITransport(app)
        async with AsyncClient(URL, UNUSED_KEY, transport=transport) as client:
            yield client


class InProcess(httpx.BaseTransport):
    """Carries requests to an app that runs on an event loop in a thread of its own."""

    def __init__(self, app: "FastAPI") -> None:
        self._app = app
        self._stack = ExitStack()
        with ExitStack() as begun:
            self._portal = begun.enter_context(start_blocking_portal())
            begun.enter_context(_living(self._app, self._portal))
            self._app.state.opening.wait()
            self._stack = begun.pop_all()
        _opened().add(self)

    @override
    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer one request; any number of threads may ask."""
        request.read()  # a body that comes in parts is joined: there is no wire to save memory on
        return self._portal.call(self._answer, request)

    @override
    def close(self) -> None:
        """Close the service and let go of the data directory. Closing twice does nothing."""
        self._stack.pop_all().close()

    async def _answer(self, request: httpx.Request) -> httpx.Response:
        inner = httpx.ASGITransport(self._app)
        answer = await inner.handle_async_request(request)
        content = await answer.aread()
        return httpx.Response(answer.status_code, headers=answer.headers, content=content)


def _is_raised_instead(_error: MemsvcError) -> None:
    """Say nothing: `Opening.wait` raises it where the caller stands."""


@cache
def _opened() -> "weakref.WeakSet[InProcess]":
    """Return what is open, to be closed when the program ends and nobody has.

    Without this the interpreter would end the portal's loop first and then wait for its answer.
    """
    opened: weakref.WeakSet[InProcess] = weakref.WeakSet()

    def close_all() -> None:
        for transport in list(opened):
            transport.close()

    atexit.register(close_all)
    return opened


def _living(app: "FastAPI", portal: BlockingPortal) -> AbstractContextManager[object]:
    return portal.wrap_async_context_manager(app.router.lifespan_context(app))

"""The app: routes, edge and service put together. Building it opens nothing; its lifespan does."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager, asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

import anyio.to_thread
from fastapi import FastAPI

from memsvc.config import Settings
from memsvc.domain.access import Access
from memsvc.domain.errors import MemsvcError
from memsvc.server import about
from memsvc.server.admin.routes import add_admin
from memsvc.server.admin.sessions import Sessions
from memsvc.server.document import document
from memsvc.server.edge.admitted import Admitted
from memsvc.server.edge.bodies import Bodies
from memsvc.server.edge.gate import Gate
from memsvc.server.edge.observed import Observed
from memsvc.server.edge.probes import PROBE_THREADS
from memsvc.server.mcp import Tooled
from memsvc.server.meters import Meters
from memsvc.server.opening import Opening
from memsvc.server.pages import add_pages
from memsvc.server.problems import add_handlers
from memsvc.server.routes import (
    backup,
    canaries,
    conflicts,
    documents,
    enrichment,
    entities,
    events,
    experiences,
    facts,
    feedback,
    graph,
    health,
    keys,
    ledger,
    links,
    moves,
    notes,
    novelty,
    pinned,
    profile,
    quarantine,
    recall,
    receipts,
    reembedding,
    rollbacks,
    service,
    spaces,
    streams,
    times,
    turns,
)
from memsvc.server.traffic import Traffic

if TYPE_CHECKING:  # at run time this import is the very cost that opening keeps off the start
    from memsvc.wiring import Service

Opener: TypeAlias = "Callable[[Settings], AbstractContextManager[Service]]"
"""Opens the service that settings describe."""

RESOURCES = (
    spaces,
    streams,
    turns,
    events,
    documents,
    facts,
    notes,
    links,
    conflicts,
    experiences,
    entities,
    graph,
    receipts,
    quarantine,
    rollbacks,
    recall,
    novelty,
    feedback,
    pinned,
    profile,
    times,
    ledger,
    enrichment,
    moves,
    canaries,
    keys,
    backup,
    reembedding,
    service,
    health,
)


def open_by_wiring(settings: Settings) -> "AbstractContextManager[Service]":
    """Open the real service. Its libraries are imported here, in the thread that opens it."""
    from memsvc.wiring import open_service  # noqa: PLC0415  the cost of this is why it is late

    return open_service(settings)


def build_app(
    settings: Settings,
    *,
    open_service: Opener = open_by_wiring,
    owner: Access | None = None,
    on_failure: Callable[[MemsvcError], None] | None = None,
) -> FastAPI:
    """Return the app over a service that opens when the app starts.

    With `owner` every request is theirs and no key is asked for: for use inside one process,
    whose user owns the data directory anyway. `on_failure` hears why the service could not open,
    instead of the log.
    """
    traffic = Traffic()
    opening = Opening(
        partial(open_service, settings),
        with_worker=settings.enrich,
        make_way=traffic.wait_for_gap,
        on_failure=on_failure,
    )
    meters = Meters()
    gate = Gate(
        at_work=settings.request_threads,
        waiting=settings.waiting_requests,
        longest_wait_s=settings.request_wait_s,
    )
    bodies = Bodies(
        max_bytes=settings.max_body_bytes,
        max_held_bytes=settings.max_held_bytes,
        longest_wait_s=settings.body_wait_s,
    )
    meters.follow("memsvc_requests_working", "Requests worked on now.", lambda: gate.working)
    meters.follow("memsvc_requests_waiting", "Requests waiting now.", lambda: gate.waiting)
    meters.follow("memsvc_body_bytes", "Bytes of bodies held now.", lambda: bodies.held_bytes)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        threads = anyio.to_thread.current_default_thread_limiter()
        threads.total_tokens = settings.request_threads + PROBE_THREADS
        opening.start()
        try:
            yield
        finally:
            # In the loop itself: nothing is left to serve, and an interpreter that is on its way
            # out starts no more threads.
            opening.close()

    app = FastAPI(
        title="memsvc",
        version=about.API_VERSION,
        description=about.description(settings),
        openapi_tags=about.TAGS,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        # Nothing is sent to anybody, and looking whether it should be costs every request.
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    app.state.settings = settings
    app.state.opening = opening
    app.state.meters = meters
    app.state.owner = owner
    app.state.sessions = Sessions()
    for resource in RESOURCES:
        app.include_router(resource.router)
    add_pages(app)
    add_admin(app)
    add_handlers(app)
    app.state.longest_line = settings.max_body_bytes
    # The last to be added is the first that a request comes through.
    app.add_middleware(
        Tooled,
        opening=opening,
        owner=owner,
        meters=meters,
        hosts=settings.named_hosts,
        max_bytes=settings.max_body_bytes,
    )
    app.add_middleware(
        Admitted,
        gate=gate,
        bodies=bodies,
        meters=meters,
        streaming=partial(moves.own_limit, max_import_bytes=settings.max_import_bytes),
    )
    app.add_middleware(Observed, meters=meters, traffic=traffic)
    app.openapi = partial(document, app)  # type: ignore[method-assign]
    return app

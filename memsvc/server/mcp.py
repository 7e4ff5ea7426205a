"""`/mcp`: the memory's tools for agents, behind the edge that every request comes through.

The innermost layer of plain ASGI: what it lets pass goes to the routes, and so do the calls of the
tools, with the caller's own key. So a tool may do what its key may do over REST, is refused in the
same words, and waits at the gate once. The protocol's library is imported with the first request
that needs it, in a thread: it takes a second, which neither the start nor anybody else pays.
"""

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from importlib.util import find_spec
from ipaddress import IPv4Address, IPv6Address, ip_address
from types import ModuleType
from urllib.parse import urlsplit

import httpx
import structlog
from fastapi.concurrency import run_in_threadpool
from fastapi.security.utils import get_authorization_scheme_param
from starlette.datastructures import Headers
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from memsvc.domain.access import Access
from memsvc.domain.errors import MemsvcError, Refused, RouteNotFound, SpaceNotFound
from memsvc.domain.ids import SpaceName
from memsvc.sdk.aio import AsyncClient
from memsvc.server.deps import admitted
from memsvc.server.meters import Meters
from memsvc.server.opening import Opening
from memsvc.server.problems import problem

log = structlog.get_logger(__name__)

PATH = "/mcp"
PATHS = frozenset({PATH, f"{PATH}/"})
SPACE = "Memsvc-Space"
"""The header that names the space of tools that are told none."""

INSIDE = "http://memsvc.local"
UNUSED = "in-process"
"""Sent instead of a key by an owner, who needs none."""

NOT_INSTALLED = (
    "The Model Context Protocol is not installed in this service; run `pip install 'memsvc[mcp]'` "
    "and start it again."
)
ONLY_POST = "/mcp keeps no sessions and takes POST alone; send every message of the protocol so."
OTHER_HOST = (
    "/mcp is not asked under this name, or from pages of other sites; use an address or "
    "localhost, or name the host in MEMSVC_MCP_HOSTS."
)


LOCAL = "localhost"

INVALID_REQUEST = -32600
INTERNAL_ERROR = -32603
"""Codes of JSON-RPC 2.0, section 5.1; the problem's own code says more."""


@dataclass(frozen=True, slots=True)
class _Route:
    """What a request is counted and logged under."""

    path: str = PATH


class Tooled:
    """Answers `/mcp` and passes everything else on.

    `hosts` are names under which the service may be asked, beside addresses and localhost.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        opening: Opening,
        owner: Access | None,
        meters: Meters,
        hosts: Collection[str],
        max_bytes: int,
    ) -> None:
        self._app = app
        self._opening = opening
        self._owner = owner
        self._meters = meters
        self._hosts = hosts
        self._max_bytes = max_bytes
        self._speaking: ModuleType | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request for tools, or refuse it with a problem."""
        if scope["type"] != "http" or scope["path"] not in PATHS:
            await self._app(scope, receive, send)
            return
        scope["route"] = _Route()
        try:
            if scope["method"] != "POST":
                raise RouteNotFound(ONLY_POST)
            await self._answer(scope, receive, send)
        except MemsvcError as error:
            scope["state"]["problem"] = error.code
            refusal = refused(
                error,
                request_id=scope["state"]["request_id"],
                is_post=scope["method"] == "POST",
            )
            await refusal(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope)
        check_host(headers, self._hosts)
        speaking = await self._loaded()
        secret = _bearer(headers)
        access = await admitted(self._opening.service, secret, owner=self._owner)
        inside = httpx.ASGITransport(self._behind(scope))
        async with AsyncClient(INSIDE, secret or UNUSED, retries=0, transport=inside) as client:
            tools = speaking.Tools(
                client,
                default=default_space(access, headers.get(SPACE)),
                address=f"{scope['scheme']}://{headers['host']}",
                now=lambda: datetime.now(UTC),
            )
            await speaking.exchange(
                tools, scope, receive, send, watch=self._note, max_bytes=self._max_bytes
            )

    async def _loaded(self) -> ModuleType:
        """Return the protocol, imported by now. Raises `RouteNotFound` where it is not there."""
        if self._speaking is None:
            if find_spec("mcp") is None:
                raise RouteNotFound(NOT_INSTALLED)
            self._speaking = await run_in_threadpool(_load)
        return self._speaking

    def _behind(self, outer: Scope) -> ASGIApp:
        """Return the routes, for calls that are part of this request and known by its id."""
        kept = {"app": outer["app"], "state": {"request_id": outer["state"]["request_id"]}}

        async def behind(scope: Scope, receive: Receive, send: Send) -> None:
            await self._app({**scope, **kept}, receive, send)

        return behind

    def _note(self, tool: str, problem: str | None, *, took_s: float) -> None:
        self._meters.tool(tool, problem, took_s=took_s)
        refusal = {} if problem is None else {"problem": problem}
        log.info("tool", tool=tool, ms=round(took_s * 1_000, 1), **refusal)


def refused(error: MemsvcError, *, request_id: str, is_post: bool) -> Response:
    """Return the problem as the data of an error of the protocol, so that clients show it.

    They pass over what is no message of theirs, and would say that something went wrong.
    """
    status = None if is_post else HTTPStatus.METHOD_NOT_ALLOWED
    told = problem(error, request_id=request_id, status=status)
    of_client = told.status_code < HTTPStatus.INTERNAL_SERVER_ERROR
    body = {
        "jsonrpc": "2.0",
        "id": None,
        "error": {
            "code": INVALID_REQUEST if of_client else INTERNAL_ERROR,
            "message": error.detail,
            "data": json.loads(bytes(told.body)),
        },
    }
    names = ("Retry-After", "WWW-Authenticate")
    headers = {name: told.headers[name] for name in names if name in told.headers}
    if not is_post:
        headers["Allow"] = "POST"
    return JSONResponse(body, status_code=told.status_code, headers=headers)


def default_space(access: Access, named: str | None) -> str | None:
    """Return the space of tools that are told none: the one named, else the key's only one.

    None for a key of several. Raises `SpaceNotFound` for one that the key may not see.
    """
    if named:
        if not access.sees(SpaceName(named)):
            raise SpaceNotFound(named)
        return named
    return access.only_space


def check_host(headers: Headers, hosts: Collection[str]) -> None:
    """Raise `Refused` for a request that a page of another site may have sent.

    Such a page can have its own name lead to this machine (DNS rebinding), but no address, and
    not localhost; so these are taken, and names that the service was told. Pages may be of the
    host that is asked, of this machine, or of such a name.
    """
    host = _hostname(f"//{headers.get('host', '')}")
    if host is None or not (_is_told(host, hosts) or _address(host) is not None):
        raise Refused(OTHER_HOST)
    origin = headers.get("origin")
    if origin is not None and not _may_ask(_hostname(origin), host=host, hosts=hosts):
        raise Refused(OTHER_HOST)


def _may_ask(page: str | None, *, host: str, hosts: Collection[str]) -> bool:
    if page is None:
        return False
    address = _address(page)
    is_here = address is not None and address.is_loopback
    return page == host or is_here or _is_told(page, hosts)


def _is_told(name: str, hosts: Collection[str]) -> bool:
    return name == LOCAL or name in hosts


def _address(name: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(name)
    except ValueError:
        return None


def _hostname(address: str) -> str | None:
    try:
        return urlsplit(address).hostname
    except ValueError:  # brackets that hold no address
        return None


def _bearer(headers: Headers) -> str | None:
    scheme, secret = get_authorization_scheme_param(headers.get("authorization"))
    return secret if scheme.lower() == "bearer" else None


def _load() -> ModuleType:
    from memsvc.mcp import speaking  # noqa: PLC0415  the cost of this is why it is late

    return speaking

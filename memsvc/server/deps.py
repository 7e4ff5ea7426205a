"""What a route is handed: the service, and who is asking.

One dependency gives both, because nearly every route needs both and each costs a change of thread.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from ipaddress import IPv6Address, ip_address
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import Depends, Request, Response, Security
from fastapi.concurrency import run_in_threadpool
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from memsvc.domain.access import Access, Role
from memsvc.domain.ids import SpaceName
from memsvc.server.meters import Meters
from memsvc.server.opening import Opening

if TYPE_CHECKING:  # at run time this import is the very cost that opening keeps off the start
    from memsvc.wiring import Service

AS_OF = "Memsvc-As-Of"
"""The header of an answer as of an earlier position that says which position that is."""

_bearer = HTTPBearer(
    auto_error=False,
    scheme_name="key",
    description="A key made by `memsvc keys create`; the first is in `admin.key`.",
)
Credentials = Annotated[HTTPAuthorizationCredentials | None, Security(_bearer)]


@dataclass(frozen=True, slots=True)
class Caller:
    """Who is asking, and the service that they ask."""

    service: "Service"
    access: Access
    answer: Response

    def at(self, space: str, as_of: int | datetime | None) -> "Service":
        """Return the service as of a position or time of a space; the present for None.

        The answer says at which position it stands.
        """
        if as_of is None:
            return self.service
        name = SpaceName(space)
        then = self.service.look_back(self.access, [name], as_of)
        self.answer.headers[AS_OF] = str(then.positions[name])
        return self.service.at(then)

    def together(self, spaces: Sequence[SpaceName], as_of: datetime | None) -> "Service":
        """Return the service as of a time of several spaces; the present for None."""
        if as_of is None:
            return self.service
        return self.service.at(self.service.look_back(self.access, spaces, as_of))


# Dependencies are coroutines although they await nothing, or almost: a plain function would be
# sent to a thread of its own, which costs more than what it does.


async def _opening(request: Request) -> Opening:
    opening: Opening = request.app.state.opening
    return opening


async def _meters(request: Request) -> Meters:
    meters: Meters = request.app.state.meters
    return meters


async def _caller(request: Request, credentials: Credentials, answer: Response) -> Caller:
    opening: Opening = request.app.state.opening
    service = opening.service
    secret_hash = request.app.state.sessions.secret_hash(request)
    if secret_hash is not None:
        return Caller(service, await admitted_by_hash(service, secret_hash), answer)
    secret = None if credentials is None else credentials.credentials
    return Caller(service, await admitted(service, secret, owner=request.app.state.owner), answer)


async def admitted(service: "Service", secret: str | None, *, owner: Access | None) -> Access:
    """Return who sends this secret; the owner, where there is one. Raises `KeyRequired`."""
    access = owner or service.admit.remembered(secret)
    if access is None:
        access = await run_in_threadpool(service.admit, secret)
    return access


async def admitted_by_hash(service: "Service", secret_hash: bytes) -> Access:
    """Return whose secret has this hash, as a session knows it. Raises `KeyRequired`."""
    access = service.admit.ring.find(secret_hash)
    if access is None:
        access = await run_in_threadpool(service.admit.by_hash, secret_hash)
    return access


async def _observer(request: Request, credentials: Credentials, answer: Response) -> None:
    """Let this machine read the numbers, and elsewhere only an admin of the installation."""
    if not _is_from_here(request):
        (await _caller(request, credentials, answer)).access.require(Role.ADMIN)


def _is_from_here(request: Request) -> bool:
    if request.client is None:
        return False
    try:
        address = ip_address(request.client.host)
    except ValueError:  # a name, as a test client or a socket file gives
        return False
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return (mapped or address).is_loopback


Held = Annotated[Opening, Depends(_opening)]
Counted = Annotated[Meters, Depends(_meters)]
Asking = Annotated[Caller, Depends(_caller)]
Observing = Depends(_observer)

_MEANINGS = {
    400: "The request cannot be read: no JSON, no UTF-8, not one object.",
    401: "No key came with the request, or none that is known.",
    403: "The key's role does not allow this.",
    404: "No such thing, or none that this key may see.",
    409: "The state does not allow it: an idempotency key or turn id that holds other content, "
    "a stream that a document keeps, or a `min_position` that was not reached in time; see "
    "Retry-After.",
    412: "If-Match names a version that is no longer current.",
    413: "The body or a text in it is over its limit; `limit` says which.",
    422: "A field is not valid; `field` and `limit` say which and why.",
    428: "If-Match is required.",
    408: "The body did not come in time.",
    429: "Too many requests or writes are waiting; send it again after Retry-After seconds.",
    503: "Not ready, or the store or model cannot be used; see Retry-After.",
}


PROBLEM = {"application/json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
"""A problem as the content of an answer. It refers to the shape by name: FastAPI would make a
validator of its own of each that is given as a model, nearly eight hundred that nothing ever uses,
in a quarter of a second. /metrics gives the model, which brings the shape's schema."""


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Document the errors that a route may answer.

    401, 422 and 503 belong to every one, and so does what the edge refuses before any route.
    """
    every = sorted({400, 401, 408, 413, 422, 429, 503, *statuses})
    return {status: {"content": PROBLEM, "description": _MEANINGS[status]} for status in every}

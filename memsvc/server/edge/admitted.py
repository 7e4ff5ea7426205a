"""Admission: a request comes in when there is a place, and is worked on when it is its turn.

Refusing is cheap: it happens before a body is read or a key looked up. A turn, a place and the
memory of a body are given back when the answer begins: an answer on its way keeps nobody waiting,
however slowly it is read. Work that was begun is never stopped half-way.
"""

from collections.abc import Callable
from contextlib import ExitStack

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from memsvc.domain.errors import BodyTooSlow, MemsvcError
from memsvc.server.edge.bodies import Bodies, replaying
from memsvc.server.edge.gate import Gate
from memsvc.server.edge.probes import PROBES
from memsvc.server.meters import Meters
from memsvc.server.problems import problem


def _none_streams(_scope: Scope) -> int | None:
    """Let no route read its body by itself."""
    return None


class Admitted:
    """Passes requests on, each with its whole body, when it is their turn.

    `streaming` returns the limit of a request whose body goes to its route as it comes, None for
    all others. Such a request holds a place and no turn: most of the time it waits for its sender.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        gate: Gate,
        bodies: Bodies,
        meters: Meters,
        streaming: Callable[[Scope], int | None] = _none_streams,
    ) -> None:
        self._app = app
        self._gate = gate
        self._bodies = bodies
        self._meters = meters
        self._streaming = streaming

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse the request with a problem, forget one whose client left, or pass it on."""
        if scope["type"] != "http" or scope["path"] in PROBES:
            await self._app(scope, receive, send)
            return
        with ExitStack() as held:
            try:
                channel = await self._let_in(scope, receive, held)
            except MemsvcError as error:
                held.close()
                self._meters.refused(error.code)
                await _refuse(error, scope, receive, send)
                return
            if channel is not None:
                await self._app(scope, channel, _giving_back(held, send))

    async def _let_in(self, scope: Scope, receive: Receive, held: ExitStack) -> Receive | None:
        """Return a channel with the body when it is this request's turn; None when nobody waits."""
        headers = Headers(scope=scope)
        caller = headers.get("authorization") or headers.get("cookie", "")
        held.enter_context(self._gate.place(caller))
        limit = self._streaming(scope)
        if limit is not None:
            return self._bodies.streamed(scope, receive, limit=limit)
        body = await self._bodies.read(scope, receive, until=held)
        if body is None:
            self._meters.refused("gone")
            return None
        if not await self._gate.turn(caller, leaving=receive):
            self._meters.refused("gone")
            return None
        held.callback(self._gate.done)
        return replaying(body, receive)


def _giving_back(held: ExitStack, send: Send) -> Send:
    async def give_back(message: Message) -> None:
        if message["type"] == "http.response.start":
            held.close()
        await send(message)

    return give_back


async def _refuse(error: MemsvcError, scope: Scope, receive: Receive, send: Send) -> None:
    scope["state"]["problem"] = error.code
    # Whoever sends slowly would go on to do so: the connection ends with the answer.
    headers = {"Connection": "close"} if isinstance(error, BodyTooSlow) else None
    answer = problem(error, request_id=scope["state"]["request_id"], headers=headers)
    await answer(scope, receive, send)

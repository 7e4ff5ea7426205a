"""Bodies: read whole before anything else sees the request, within bounds of size, time and memory.

What comes is counted; what was announced is not believed. The few bodies that are too large to be
held whole are counted as their route reads them.
"""

from contextlib import ExitStack

import anyio
from starlette.datastructures import Headers
from starlette.types import Message, Receive, Scope

from memsvc.domain.errors import BodyTooSlow, Busy, InvalidRequest, TooLarge


class Bodies:
    """Reads bodies, and knows how much of the memory for all of them is taken."""

    def __init__(self, *, max_bytes: int, max_held_bytes: int, longest_wait_s: float) -> None:
        self._max_bytes = max_bytes
        # One body of any size allowed must find room, else it would be told to wait for ever.
        self._max_held_bytes = max(max_held_bytes, max_bytes)
        self._longest_wait_s = longest_wait_s
        self.held_bytes = 0

    async def read(self, scope: Scope, receive: Receive, *, until: ExitStack) -> bytes | None:
        """Return the body, counted as held until the stack closes; None when the client left.

        Raises `TooLarge`, `InvalidRequest` for a length that is none, `BodyTooSlow`, and `Busy`
        when the bodies of all requests together take too much memory.
        """
        _check_announced(scope, limit=self._max_bytes)
        try:
            with anyio.fail_after(self._longest_wait_s):
                return await self._gather(receive, until)
        except TimeoutError:
            raise BodyTooSlow(
                f"The body did not come within {self._longest_wait_s:g} seconds; send it in "
                "smaller parts."
            ) from None

    def streamed(self, scope: Scope, receive: Receive, *, limit: int) -> Receive:
        """Return a channel that gives a body of up to `limit` bytes as it comes, held nowhere.

        It raises `TooLarge` past the limit and `BodyTooSlow` when nothing comes for too long; this
        raises what is wrong with the length that was announced.
        """
        _check_announced(scope, limit=limit)
        size = 0

        async def counted() -> Message:
            nonlocal size
            try:
                with anyio.fail_after(self._longest_wait_s):
                    message = await receive()
            except TimeoutError:
                raise BodyTooSlow(
                    f"Nothing of the body came for {self._longest_wait_s:g} seconds; send it again."
                ) from None
            size += len(message.get("body", b""))
            if size > limit:
                raise _too_large(limit)
            return message

        return counted

    async def _gather(self, receive: Receive, until: ExitStack) -> bytes | None:
        parts: list[bytes] = []
        size = 0
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                return None
            part = message.get("body", b"")
            if part:
                size += len(part)
                self._hold(part, size, until)
                parts.append(part)
            if not message.get("more_body", False):
                return b"".join(parts)

    def _hold(self, part: bytes, size: int, until: ExitStack) -> None:
        """Count a part as held, unless the body so far or all bodies together are too large."""
        if size > self._max_bytes:
            raise _too_large(self._max_bytes)
        if self.held_bytes + len(part) > self._max_held_bytes:
            message = "The bodies of other requests take all the memory there is for them; send "
            message += "this one again, or in smaller parts."
            raise Busy(message)
        self.held_bytes += len(part)
        until.callback(self._let_go, len(part))

    def _let_go(self, size: int) -> None:
        self.held_bytes -= size


def _check_announced(scope: Scope, *, limit: int) -> None:
    length = Headers(scope=scope).get("content-length")
    if length is None:
        return
    if not (length.isascii() and length.isdecimal()):
        raise InvalidRequest("Content-Length must be the body's length in bytes.")
    if len(length) > len(str(limit)) or int(length) > limit:
        raise _too_large(limit)


def _too_large(limit: int) -> TooLarge:
    return TooLarge(
        f"This request may have {limit} bytes; send it in several.", field="body", limit=limit
    )


def replaying(body: bytes, receive: Receive) -> Receive:
    """Return a channel that gives the body once, and then whatever comes after it."""
    left = [body]

    async def replay() -> Message:
        if left:
            return {"type": "http.request", "body": left.pop(), "more_body": False}
        return await receive()

    return replay

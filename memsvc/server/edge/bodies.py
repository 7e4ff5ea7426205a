"""Bodies: read whole before anything else sees the request, within bounds of size, time and memory.

What comes is counted; what was announced is not believed.
"""

import asyncio
from contextlib import ExitStack

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
        self._check_announced(Headers(scope=scope).get("content-length"))
        try:
            async with asyncio.timeout(self._longest_wait_s):
                return await self._gather(receive, until)
        except TimeoutError:
            raise BodyTooSlow(
                f"The body did not come within {self._longest_wait_s:g} seconds; send it in "
                "smaller parts."
            ) from None

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
            raise self._too_large()
        if self.held_bytes + len(part) > self._max_held_bytes:
            message = "The bodies of other requests take all the memory there is for them; send "
            message += "this one again, or in smaller parts."
            raise Busy(message)
        self.held_bytes += len(part)
        until.callback(self._let_go, len(part))

    def _let_go(self, size: int) -> None:
        self.held_bytes -= size

    def _check_announced(self, length: str | None) -> None:
        if length is None:
            return
        if not (length.isascii() and length.isdecimal()):
            raise InvalidRequest("Content-Length must be the body's length in bytes.")
        if len(length) > len(str(self._max_bytes)) or int(length) > self._max_bytes:
            raise self._too_large()

    def _too_large(self) -> TooLarge:
        return TooLarge(
            f"A request may have {self._max_bytes} bytes; send it in several.",
            field="body",
            limit=self._max_bytes,
        )


def replaying(body: bytes, receive: Receive) -> Receive:
    """Return a channel that gives the body once, and then whatever comes after it."""
    left = [body]

    async def replay() -> Message:
        if left:
            return {"type": "http.request", "body": left.pop(), "more_body": False}
        return await receive()

    return replay

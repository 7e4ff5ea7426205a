"""The client that awaits: it sends calls, pauses, and walks pages."""

import random
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from types import TracebackType
from typing import Generic, Self, TypeVar

import anyio
import httpx

from memsvc.domain.errors import Unavailable
from memsvc.sdk import calls
from memsvc.sdk.aio.space import AsyncSpace
from memsvc.sdk.aio.verbs import awaited, walked
from memsvc.sdk.calls import Call
from memsvc.sdk.client import Client, Keys
from memsvc.sdk.connection import Connection
from memsvc.sdk.lines import DownloadCheck
from memsvc.sdk.reembedding_verbs import Reembed
from memsvc.sdk.wire import Page

T = TypeVar("T")


class AsyncClient:
    """A connection to one service. Any number of tasks may share it; `aclose` it when done.

    Address, key and patience are those of `Client`. `transport` replaces the network; `sleep` and
    `chance` (a draw from [0, 1)) replace time and randomness. A task that is cancelled stops
    where it waits; what it had sent may have arrived.
    """

    def __init__(
        self,
        url: str | None = None,
        key: str | None = None,
        *,
        timeout_s: float = 30.0,
        retries: int = 3,
        transport: httpx.AsyncBaseTransport | None = None,
        sleep: Callable[[float], Awaitable[None]] = anyio.sleep,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._connection = Connection.to(
            url, key, timeout_s=timeout_s, retries=retries, chance=chance
        )
        self._http = httpx.AsyncClient(
            base_url=self._connection.url,
            headers=self._connection.headers,
            timeout=self._connection.timeout,
            transport=transport,
            trust_env=self._connection.heeds_environment,
        )
        self._sleep = sleep

    @property
    def keys(self) -> "AsyncKeys":
        """The keys of the installation; for an admin key alone, but for one's own."""
        return AsyncKeys(self)

    @property
    def reembedding(self) -> "AsyncReembed":
        """The change of the embedding model; for an admin key of all spaces alone."""
        return AsyncReembed(self)

    def space(self, name: str) -> "AsyncSpace":
        """Return the space of that name, asking the service nothing; a first write makes it."""
        return AsyncSpace(self, name)

    spaces = walked(Client.spaces)
    recall = awaited(Client.recall)
    recipes = walked(Client.recipes)
    health = awaited(Client.health)
    ready = awaited(Client.ready)
    service = awaited(Client.service)
    backup = walked(Client.backup)

    async def send(self, call: Call[T]) -> T:
        """Send a call and return its answer, trying again where and while that is safe."""
        tried = 1
        while True:
            try:
                return await self._try(call)
            except Unavailable as error:
                await self._sleep(self._connection.pause_after(call, error, tried=tried))
            tried += 1

    def walk(self, page_at: Callable[[str | None], Call[Page[T]]]) -> AsyncIterator[T]:
        """Yield every item of a list, asking for the next page when the last one is used up."""
        return _Walk(self.send, page_at)

    async def download(
        self, call: Call[bytes], check: DownloadCheck | None = None
    ) -> AsyncIterator[bytes]:
        """Send a call and yield its answer as it comes. What has begun is not sent again.

        With a `check`, raise at the end what that finds missing.
        """
        try:
            async with self._http.stream(call.method, call.path, params=call.params) as response:
                if not call.is_answered_by(response.status_code):
                    body = await response.aread()
                    calls.read(call, response.status_code, response.headers, body)
                async for chunk in response.aiter_bytes():
                    if check is not None:
                        check.feed(chunk)
                    yield chunk
        except httpx.RequestError as error:
            raise self._connection.unreachable(error) from error
        if check is not None:
            check.end()

    async def upload(self, call: Call[T], body: Iterable[bytes]) -> T:
        """Send a call whose body is made as it goes out, so that it goes out only once."""
        return await self._try(call, _read_beside(body))

    async def aclose(self) -> None:
        """Close the connections. The client cannot be used afterwards."""
        await self._http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()

    async def _try(self, call: Call[T], body: AsyncIterator[bytes] | None = None) -> T:
        try:
            response = await self._http.request(
                call.method,
                call.path,
                params=call.params,
                content=call.body if body is None else body,
                headers=call.sent_headers,
            )
        except httpx.RequestError as error:
            raise self._connection.unreachable(error) from error
        return calls.read(call, response.status_code, response.headers, response.content)


async def _read_beside(body: Iterable[bytes]) -> AsyncIterator[bytes]:
    """Yield what an iterable has, reading it in another thread: it may well be a file."""
    chunks = iter(body)
    while (chunk := await anyio.to_thread.run_sync(next, chunks, None)) is not None:
        yield chunk


class _Walk(Generic[T]):
    """A list that is read page by page.

    Not an async generator: one that is left early must be closed, and one that was cancelled is
    over. This may be left at any item, and goes on after a cancellation where it stopped.
    """

    def __init__(
        self,
        send: Callable[[Call[Page[T]]], Awaitable[Page[T]]],
        page_at: Callable[[str | None], Call[Page[T]]],
    ) -> None:
        self._send = send
        self._page_at = page_at
        self._items: Iterator[T] = iter(())
        self._cursor: str | None = None
        self._has_more = True

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> T:
        while True:
            for item in self._items:
                return item
            if not self._has_more:
                raise StopAsyncIteration
            page = await self._send(self._page_at(self._cursor))
            self._items, self._cursor = iter(page.items), page.next_cursor
            self._has_more = self._cursor is not None


class AsyncKeys:
    """The keys of an installation."""

    def __init__(self, client: AsyncClient) -> None:
        self._client = client

    create = awaited(Keys.create)
    list = walked(Keys.list)
    mine = awaited(Keys.mine)
    revoke = awaited(Keys.revoke)


class AsyncReembed:
    """The change of an installation's embedding model."""

    def __init__(self, client: AsyncClient) -> None:
        self._client = client

    progress = awaited(Reembed.progress)
    begin = awaited(Reembed.begin)
    compare = awaited(Reembed.compare)
    switch = awaited(Reembed.switch)
    undo = awaited(Reembed.undo)
    drop = awaited(Reembed.drop)

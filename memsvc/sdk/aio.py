"""The client of a memsvc service for programs that await: asyncio, or whatever else anyio runs on.

    async with AsyncClient() as client:
        memory = client.space("alice")
        await memory.write("chat-1", [{"role": "user", "content": "I moved to Lisbon in May."}])
        print((await memory.recall("Where does she live?")).context)

Only sending and pausing are written here. Every verb is the function of `memsvc.sdk.client`: it
hands a call to `send` or `walk`, which here return something to await, and passes that on. So the
two clients have the same verbs, arguments and defaults, and the same words about them.
"""

import random
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterable, Iterator
from datetime import datetime
from functools import wraps
from types import TracebackType
from typing import Any, Concatenate, Generic, ParamSpec, Self, TypeVar, cast

import anyio
import httpx

from memsvc.domain.errors import Unavailable
from memsvc.sdk import calls
from memsvc.sdk.calls import Call
from memsvc.sdk.canary_verbs import Canaries
from memsvc.sdk.client import Client, Keys, Space
from memsvc.sdk.connection import Connection
from memsvc.sdk.document_verbs import Documents
from memsvc.sdk.entity_verbs import Entities, Merges
from memsvc.sdk.experience_verbs import Experiences
from memsvc.sdk.fact_verbs import Facts
from memsvc.sdk.feedback_verbs import Feedback
from memsvc.sdk.graph_verbs import Graph
from memsvc.sdk.lines import DownloadCheck
from memsvc.sdk.note_verbs import Links, Notes
from memsvc.sdk.quarantine_verbs import Quarantine
from memsvc.sdk.receipt_verbs import Receipts
from memsvc.sdk.then import LookingBack
from memsvc.sdk.wire import Page

P = ParamSpec("P")
T = TypeVar("T")


def _awaited(
    verb: Callable[Concatenate[Any, P], T],
) -> Callable[Concatenate[Any, P], Coroutine[Any, Any, T]]:
    """Return a verb as a coroutine: it runs, and refuses what it was given, when it is awaited."""
    over_async = cast("Callable[Concatenate[Any, P], Awaitable[T]]", verb)

    @wraps(verb)
    async def awaited(self: Any, /, *given: P.args, **named: P.kwargs) -> T:
        return await over_async(self, *given, **named)

    return awaited


def _walked(
    verb: Callable[Concatenate[Any, P], Iterator[T]],
) -> Callable[Concatenate[Any, P], AsyncIterator[T]]:
    """Return a verb that lists, as it is, with the type that it has over an `AsyncClient`."""
    return cast("Callable[Concatenate[Any, P], AsyncIterator[T]]", verb)


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
        """The keys of the installation; for an admin key alone."""
        return AsyncKeys(self)

    def space(self, name: str) -> "AsyncSpace":
        """Return the space of that name, asking the service nothing; a first write makes it."""
        return AsyncSpace(self, name)

    spaces = _walked(Client.spaces)
    recall = _awaited(Client.recall)
    recipes = _walked(Client.recipes)
    health = _awaited(Client.health)
    ready = _awaited(Client.ready)
    backup = _walked(Client.backup)

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


class AsyncSpace:
    """One space of a service: the memory of a tenant, user or agent."""

    def __init__(self, client: AsyncClient, name: str) -> None:
        self._client = client
        self.name = name

    def at(self, as_of: int | str | datetime) -> "AsyncSpace":
        """Return the space as it was at a ledger position or a time, to be read.

        Its reading verbs answer what the service would have said then, but for what was forgotten
        since. A verb that writes raises `InvalidField`.
        """
        return AsyncSpace(cast("AsyncClient", LookingBack.to(self._client, as_of)), self.name)

    @property
    def documents(self) -> "AsyncDocuments":
        """The documents of the space: files and long texts, in parts."""
        return AsyncDocuments(self._client, self.name)

    @property
    def facts(self) -> "AsyncFacts":
        """The facts of the space: triples that turns say."""
        return AsyncFacts(self._client, self.name)

    @property
    def notes(self) -> "AsyncNotes":
        """The notes of the space: one idea each, with what helps to find it."""
        return AsyncNotes(self._client, self.name)

    @property
    def links(self) -> "AsyncLinks":
        """The links between the notes of the space."""
        return AsyncLinks(self._client, self.name)

    @property
    def entities(self) -> "AsyncEntities":
        """What the turns of the space name, through merges."""
        return AsyncEntities(self._client, self.name)

    @property
    def merges(self) -> "AsyncMerges":
        """Which entities people say are one."""
        return AsyncMerges(self._client, self.name)

    @property
    def quarantine(self) -> "AsyncQuarantine":
        """What the space's admission policy holds back."""
        return AsyncQuarantine(self._client, self.name)

    @property
    def receipts(self) -> "AsyncReceipts":
        """What was forgotten on request."""
        return AsyncReceipts(self._client, self.name)

    @property
    def experiences(self) -> "AsyncExperiences":
        """What agents tried with tools."""
        return AsyncExperiences(self._client, self.name)

    @property
    def feedback(self) -> "AsyncFeedback":
        """What those who used hits say of them."""
        return AsyncFeedback(self._client, self.name)

    @property
    def canaries(self) -> "AsyncCanaries":
        """Sentences that stand nowhere else, so that a leak can be seen."""
        return AsyncCanaries(self._client, self.name)

    @property
    def graph(self) -> "AsyncGraph":
        """Who names what, what follows what, and what that says about a question."""
        return AsyncGraph(self._client, self.name)

    write = _awaited(Space.write)
    recall = _awaited(Space.recall)
    profile = _awaited(Space.profile)
    order = _awaited(Space.order)
    novelty = _awaited(Space.novelty)
    timeline = _walked(Space.timeline)
    places = _walked(Space.places)
    whereabouts = _awaited(Space.whereabouts)
    turns = _walked(Space.turns)
    turn = _awaited(Space.turn)
    revise = _awaited(Space.revise)
    versions = _awaited(Space.versions)
    delete_turn = _awaited(Space.delete_turn)
    forget = _awaited(Space.forget)
    rollback = _awaited(Space.rollback)
    digest = _awaited(Space.digest)
    streams = _walked(Space.streams)
    stream = _awaited(Space.stream)
    delete_stream = _awaited(Space.delete_stream)
    events = _walked(Space.events)
    event = _awaited(Space.event)
    tail = _awaited(Space.tail)
    make = _awaited(Space.make)
    info = _awaited(Space.info)
    configure = _awaited(Space.configure)
    delete = _awaited(Space.delete)
    export = _walked(Space.export)
    import_from = _awaited(Space.import_from)
    ledger = _walked(Space.ledger)
    verify_ledger = _awaited(Space.verify_ledger)
    enrichment = _awaited(Space.enrichment)
    retry_enrichment = _awaited(Space.retry_enrichment)


class AsyncDocuments:
    """The documents of a space."""

    def __init__(self, client: AsyncClient, space: str) -> None:
        self._client = client
        self._space = space

    write = _awaited(Documents.write)
    replace = _awaited(Documents.replace)
    replace_part = _awaited(Documents.replace_part)
    get = _awaited(Documents.get)
    part = _awaited(Documents.part)
    list = _walked(Documents.list)
    delete = _awaited(Documents.delete)


class AsyncFacts:
    """The facts of a space."""

    def __init__(self, client: AsyncClient, space: str) -> None:
        self._client = client
        self._space = space

    state = _awaited(Facts.state)
    get = _awaited(Facts.get)
    list = _walked(Facts.list)
    conflicts = _walked(Facts.conflicts)
    supersede = _awaited(Facts.supersede)
    decide = _awaited(Facts.decide)
    take_back = _awaited(Facts.take_back)
    delete = _awaited(Facts.delete)


class AsyncNotes:
    """The notes of a space."""

    def __init__(self, client: AsyncClient, space: str) -> None:
        self._client = client
        self._space = space

    create = _awaited(Notes.create)
    get = _awaited(Notes.get)
    list = _walked(Notes.list)
    edit = _awaited(Notes.edit)
    versions = _awaited(Notes.versions)
    delete = _awaited(Notes.delete)


class AsyncLinks:
    """The links between the notes of a space."""

    def __init__(self, client: AsyncClient, space: str) -> None:
        self._client = client
        self._space = space

    create = _awaited(Links.create)
    list = _walked(Links.list)
    delete = _awaited(Links.delete)


class AsyncEntities:
    """What the turns of a space name."""

    def __init__(self, client: AsyncClient, space: str) -> None:
        self._client = client
        self._space = space

    list = _walked(Entities.list)
    get = _awaited(Entities.get)
    merge = _awaited(Entities.merge)


class AsyncMerges:
    """Which entities people say are one."""

    def __init__(self, client: AsyncClient, space: str) -> None:
        self._client = client
        self._space = space

    list = _walked(Merges.list)
    undo = _awaited(Merges.undo)


class AsyncQuarantine:
    """What a space's admission policy holds back until somebody decides on it."""

    def __init__(self, client: AsyncClient, space: str) -> None:
        self._client = client
        self._space = space

    list = _walked(Quarantine.list)
    release = _awaited(Quarantine.release)
    reject = _awaited(Quarantine.reject)


class AsyncReceipts:
    """What was forgotten in a space on request."""

    def __init__(self, client: AsyncClient, space: str) -> None:
        self._client = client
        self._space = space

    list = _walked(Receipts.list)
    get = _awaited(Receipts.get)
    verify = _awaited(Receipts.verify)


class AsyncExperiences:
    """What agents tried with tools."""

    def __init__(self, client: AsyncClient, space: str) -> None:
        self._client = client
        self._space = space

    keep = _awaited(Experiences.keep)
    recall = _awaited(Experiences.recall)


class AsyncFeedback:
    """What those who used hits say of them."""

    def __init__(self, client: AsyncClient, space: str) -> None:
        self._client = client
        self._space = space

    give = _awaited(Feedback.give)
    list = _walked(Feedback.list)
    take_back = _awaited(Feedback.take_back)


class AsyncCanaries:
    """Sentences that stand nowhere else, so that a leak can be seen."""

    def __init__(self, client: AsyncClient, space: str) -> None:
        self._client = client
        self._space = space

    plant = _awaited(Canaries.plant)
    planted = _awaited(Canaries.planted)
    check = _awaited(Canaries.check)


class AsyncGraph:
    """Who names what, what follows what, and what that says about a question."""

    def __init__(self, client: AsyncClient, space: str) -> None:
        self._client = client
        self._space = space

    around = _awaited(Graph.around)
    activated = _awaited(Graph.activated)
    stats = _awaited(Graph.stats)
    export = _walked(Graph.export)


class AsyncKeys:
    """The keys of an installation."""

    def __init__(self, client: AsyncClient) -> None:
        self._client = client

    create = _awaited(Keys.create)
    list = _walked(Keys.list)
    revoke = _awaited(Keys.revoke)

"""The client of a memsvc service: sends calls, tries again where that is safe, walks pages.

    memory = Client().space("alice")
    memory.write("chat-1", [{"role": "user", "content": "I moved to Lisbon in May."}])
    print(memory.recall("Where does she live?").context)

What a call holds and how its answer is read is `memsvc.sdk.calls`; when it is repeated,
`memsvc.sdk.retries`. Every failure is one of `memsvc.domain.errors`.

A verb of `Client`, `Space` or `Keys` shapes its arguments into a call and hands that to `send`, or
to `walk` for a list, and returns what comes back untouched. So the verbs serve `memsvc.sdk.aio` as
they are: there, `send` and `walk` return what can be awaited.
"""

import random
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from types import TracebackType
from typing import Any, Literal, Self, TypeVar

import httpx

from memsvc.domain.access import Role
from memsvc.domain.errors import Unavailable
from memsvc.domain.recall import CONTIGUITY
from memsvc.sdk import calls
from memsvc.sdk.calls import PAGE, Call
from memsvc.sdk.connection import Connection
from memsvc.sdk.faults import valid
from memsvc.sdk.lines import DownloadCheck
from memsvc.sdk.reembedding_verbs import Reembed
from memsvc.sdk.space import Space
from memsvc.sdk.wire import (
    AskTogether,
    Between,
    Filters,
    Health,
    HelpTime,
    KeyInfo,
    MadeKey,
    NewKey,
    PackingOrder,
    Page,
    Readiness,
    RecalledTogether,
    Recipe,
    ServiceInfo,
    SpaceInfo,
)

__all__ = ["Client", "Keys", "Space"]

T = TypeVar("T")


class Client:
    """A connection to one service. Any number of threads may share it; close it when done.

    `url` and `key` come from MEMSVC_URL and MEMSVC_KEY when left out, the key of a service on this
    machine also from its key file. A request is given up after `timeout_s` of silence and sent
    again up to `retries` times, where that is safe. `transport` replaces the network; `sleep` and
    `chance` (a draw from [0, 1)) replace time and randomness.
    """

    def __init__(
        self,
        url: str | None = None,
        key: str | None = None,
        *,
        timeout_s: float = 30.0,
        retries: int = 3,
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._connection = Connection.to(
            url, key, timeout_s=timeout_s, retries=retries, chance=chance
        )
        self._http = httpx.Client(
            base_url=self._connection.url,
            headers=self._connection.headers,
            timeout=self._connection.timeout,
            transport=transport,
            trust_env=self._connection.heeds_environment,
        )
        self._sleep = sleep

    @property
    def keys(self) -> "Keys":
        """The keys of the installation; for an admin key alone, but for one's own."""
        return Keys(self)

    @property
    def reembedding(self) -> Reembed:
        """The change of the embedding model; for an admin key of all spaces alone."""
        return Reembed(self)

    def space(self, name: str) -> "Space":
        """Return the space of that name, asking the service nothing; a first write makes it."""
        return Space(self, name)

    def spaces(self, *, page: int = PAGE) -> Iterator[SpaceInfo]:
        """Walk the spaces that the key may see."""
        return self.walk(lambda cursor: calls.list_spaces(limit=page, cursor=cursor))

    def recall(
        self,
        question: str,
        *,
        spaces: Sequence[str],
        k: int | Literal["auto"] = 10,
        budget_tokens: int = 2_000,
        filters: Filters | Mapping[str, Any] | None = None,
        between: Between | Mapping[str, Any] | None = None,
        now: datetime | None = None,
        recipe: str | None = None,
        kinds: Sequence[Literal["turn", "event", "note"]] | None = None,
        contiguity: float = CONTIGUITY,
        order: PackingOrder = "time",
        repeat: bool = False,
        include_archived: bool = False,
        include_superseded: bool = False,
        min_positions: Mapping[str, int] | None = None,
        as_of: datetime | None = None,
        rerank: bool | None = None,
        clues: HelpTime | None = None,
        sift_facts: HelpTime | None = None,
        explain: bool = False,
    ) -> RecalledTogether:
        """Return what several spaces remember, as one list and one context; best first.

        The key must be allowed to read each of them, else the whole question is `SpaceNotFound`.
        With `as_of`, what they would have remembered at that time. `now` is as in `Space.recall`.
        With `rerank` None, a reranker reads the best candidates if the service has one.
        `clues` has a language model write what else to look for, and `sift_facts` say which facts
        matter: "never", where the recall is "unsure", or "always"; None as the space is set, or
        the recipe.
        """
        ask = valid(
            AskTogether,
            question=question,
            spaces=spaces,
            k=k,
            budget_tokens=budget_tokens,
            filters=Filters() if filters is None else filters,
            between=between,
            now=now,
            recipe=recipe,
            kinds=kinds,
            contiguity=contiguity,
            order=order,
            repeat=repeat,
            include_archived=include_archived,
            include_superseded=include_superseded,
            min_positions=min_positions or {},
            as_of=as_of,
            rerank=rerank,
            clues=clues,
            sift_facts=sift_facts,
            explain=explain,
        )
        return self.send(calls.recall_together(ask))

    def recipes(self) -> Iterator[Recipe]:
        """Walk the recipes that a recall may name."""
        return self.walk(lambda _cursor: calls.list_recipes())

    def backup(self) -> Iterator[bytes]:
        """Yield a backup of the whole installation, in chunks; for an admin key alone.

        `memsvc restore` checks it in full before it uses it.
        """
        return self.download(calls.back_up())

    def health(self) -> Health:
        """Return when the service lives."""
        return self.send(calls.health())

    def ready(self) -> Readiness:
        """Return whether the service can work, and what is missing when it cannot."""
        return self.send(calls.readiness())

    def service(self) -> ServiceInfo:
        """Return what the service stands on and how it is set; for an admin key of all spaces."""
        return self.send(calls.read_service())

    def send(self, call: Call[T]) -> T:
        """Send a call and return its answer, trying again where and while that is safe."""
        tried = 1
        while True:
            try:
                return self._try(call)
            except Unavailable as error:
                self._sleep(self._connection.pause_after(call, error, tried=tried))
            tried += 1

    def walk(self, page_at: Callable[[str | None], Call[Page[T]]]) -> Iterator[T]:
        """Yield every item of a list, asking for the next page when the last one is used up."""
        cursor = None
        while True:
            page = self.send(page_at(cursor))
            yield from page.items
            cursor = page.next_cursor
            if cursor is None:
                return

    def download(self, call: Call[bytes], check: DownloadCheck | None = None) -> Iterator[bytes]:
        """Send a call and yield its answer as it comes. What has begun is not sent again.

        With a `check`, raise at the end what that finds missing.
        """
        try:
            with self._http.stream(call.method, call.path, params=call.params) as response:
                if not call.is_answered_by(response.status_code):
                    calls.read(call, response.status_code, response.headers, response.read())
                for chunk in response.iter_bytes():
                    if check is not None:
                        check.feed(chunk)
                    yield chunk
        except httpx.RequestError as error:
            raise self._connection.unreachable(error) from error
        if check is not None:
            check.end()

    def upload(self, call: Call[T], body: Iterable[bytes]) -> T:
        """Send a call whose body is made as it goes out, so that it goes out only once."""
        return self._try(call, body)

    def close(self) -> None:
        """Close the connections. The client cannot be used afterwards."""
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _try(self, call: Call[T], body: Iterable[bytes] | None = None) -> T:
        try:
            response = self._http.request(
                call.method,
                call.path,
                params=call.params,
                content=call.body if body is None else body,
                headers=call.sent_headers,
            )
        except httpx.RequestError as error:
            raise self._connection.unreachable(error) from error
        return calls.read(call, response.status_code, response.headers, response.content)


class Keys:
    """The keys of an installation."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def create(self, name: str, *, role: Role | str, spaces: Sequence[str]) -> MadeKey:
        """Make a key for these spaces ("*" for all). Its `secret` is shown this once."""
        key = valid(NewKey, name=name, role=role, spaces=spaces)
        return self._client.send(calls.make_key(key))

    def list(self, *, page: int = PAGE) -> Iterator[KeyInfo]:
        """Walk the keys, without their secrets."""
        return self._client.walk(lambda cursor: calls.list_keys(limit=page, cursor=cursor))

    def mine(self) -> KeyInfo:
        """Return the key that this client sends, with what it may do; any key may ask."""
        return self._client.send(calls.read_own_key())

    def revoke(self, key_id: str) -> None:
        """Make a key useless from now on."""
        return self._client.send(calls.revoke_key(key_id))

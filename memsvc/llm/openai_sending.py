"""One request to a server of the OpenAI form, sent patiently: tries, pauses, and an end in time.

What may pass (too busy, a fault of the server, an answer that is not of the form, a connection that
broke) is tried again, after a random pause that doubles, or after as long as the server asks for.
What no other try changes is said at once. The key goes to the endpoint's own address and nowhere
else: redirects are not followed, and for a server on this machine neither a proxy nor a netrc of
the environment counts.
"""

import json
import random
import threading
import time
import weakref
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from ipaddress import ip_address
from math import isfinite
from time import monotonic
from typing import Any, TypeVar
from urllib.parse import urlsplit

import httpx

from memsvc.domain.errors import ModelUnavailable

T = TypeVar("T")

TRIES = 4
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.5, 30.0
CONNECT_S = 5.0

LONGEST_BYTES = 8 * 1024**2
"""Longest answer that is read; no ask of ours has one a hundredth as long."""

LONGEST_REASON = 200
"""Characters of a server's own words that are passed on."""

AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})
"""Statuses after which the same request may succeed."""

NEVER = frozenset({401, 403, 404})
"""Statuses that no other question changes: a wrong key, model or address."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A model by the address of its server (with `/v1`), its name, and the key to send, if any.

    `extra` stands in every question beside what it asks; `set_by` names the settings for whoever
    has to mend them.
    """

    url: str
    model: str
    key: str | None = field(default=None, repr=False)
    extra: Mapping[str, object] = field(default_factory=dict)
    set_by: str = "MEMSVC_LLM_URL, MEMSVC_LLM_MODEL, MEMSVC_LLM_KEY"

    @property
    def root(self) -> str:
        """The server's address without `/v1`, where servers keep what is their own."""
        return self.url.rstrip("/").removesuffix("/v1")

    @property
    def is_here(self) -> bool:
        """Tell whether the server is on this machine."""
        try:
            host = urlsplit(self.url).hostname or ""
        except ValueError:  # no address at all
            return False
        try:
            return ip_address(host).is_loopback
        except ValueError:  # a name
            return host == "localhost" or host.endswith(".localhost")


class Garbled(Exception):
    """An answer that is not of the form."""


@dataclass(frozen=True, slots=True)
class Refused:
    """A request that the server will not take: another form of it, or another model, may do."""

    status: int
    why: str


@dataclass(frozen=True, slots=True)
class Failed:
    """A request that came to nothing in all its tries; `status` where the server said one."""

    why: str
    is_late: bool = False
    is_unreachable: bool = False
    status: int | None = None


@dataclass(frozen=True, slots=True)
class _Again:
    """A try that came to nothing, and after how long the next may be made."""

    failed: Failed
    after_s: float = 0.0


class Sending:
    """Sends to one endpoint; any number of threads may. `chance` draws from [0, 1)."""

    def __init__(
        self,
        endpoint: Endpoint,
        *,
        chance: Callable[[], float] = random.random,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.endpoint = endpoint
        self._chance = chance
        self._sleep = sleep
        self._client: httpx.Client | None = None
        self._lock = threading.Lock()

    def close(self) -> None:
        """Close the connections; the next request opens others."""
        with self._lock:
            client, self._client = self._client, None
        if client is not None:
            client.close()

    def ask(
        self,
        path: str,
        body: Mapping[str, object],
        *,
        until: float,
        read: Callable[[bytes], T],
        tries: int = TRIES,
    ) -> T | Refused | Failed:
        """Post a question to `path` below the endpoint and read its answer, before `until`.

        `until` is told by `time.monotonic`; `read` raises `Garbled` for what is not of the form.
        Raises `ModelUnavailable` for what no other question changes.
        """

        def once() -> T | Refused | _Again:
            try:
                with self._opened(path, body, until=until) as response:
                    trouble = self.trouble(response, until=until)
                    return trouble or read(whole(response, until=until))
            except Garbled as error:
                return _Again(Failed(str(error)))
            except httpx.RequestError as error:
                return _broken(error, until=until)

        return self._patiently(once, until=until, tries=tries)

    def streamed(
        self,
        path: str,
        body: Mapping[str, object],
        *,
        until: float,
        take: Callable[[httpx.Response], None],
    ) -> Refused | Failed | None:
        """Post a question and hand the open answer to `take`, which reads as much as it likes.

        Tried again only until there is an answer. Raises `ModelUnavailable` as `ask` does, and
        what breaks in the middle as `httpx.RequestError`.
        """

        def once() -> Refused | _Again | None:
            opened = False
            try:
                with self._opened(path, body, until=until) as response:
                    trouble = self.trouble(response, until=until)
                    if trouble is not None:
                        return trouble
                    opened = True
                    take(response)
            except httpx.RequestError as error:
                if opened:
                    raise
                return _broken(error, until=until)
            return None

        return self._patiently(once, until=until, tries=TRIES)

    def told(self, address: str, *, until: float) -> Any:
        """Return what the server tells at one of its addresses as JSON; None for nothing.

        One try: what a server tells of itself is a help, never needed.
        """
        try:
            with self._client_now().stream(
                "GET", address, headers=self._headers(), timeout=_timeout(until)
            ) as response:
                if response.status_code != HTTPStatus.OK:
                    return None
                return json.loads(whole(response, until=until))
        except (httpx.RequestError, httpx.InvalidURL, Garbled, ValueError, RecursionError):
            return None

    def trouble(self, response: httpx.Response, *, until: float) -> Refused | _Again | None:
        """Return what is wrong with an answer by its status; None for nothing."""
        status = response.status_code
        if status == HTTPStatus.OK:
            return None
        why = f"it answered {status}"
        if status in AGAIN and status != HTTPStatus.INTERNAL_SERVER_ERROR:
            wait_s = _asked_wait_s(response.headers.get("retry-after", ""))
            return _Again(Failed(why, status=status), wait_s)
        said = _reason(response, until=until)
        if status in NEVER:
            raise ModelUnavailable(
                f"{self.endpoint.url} answers {status} for {self.endpoint.model}{said}; check the "
                f"URL, the model's name and its key ({self.endpoint.set_by})."
            )
        if status in AGAIN:
            return _Again(Failed(why + said, status=status))
        return Refused(status, why + said)

    def unreachable(self, why: str) -> ModelUnavailable:
        """Return what to raise where nothing is at the endpoint."""
        return ModelUnavailable(
            f"No model answers at {self.endpoint.url} ({why}); start it or name another "
            f"({self.endpoint.set_by}), and do the same again."
        )

    @contextmanager
    def _opened(
        self, path: str, body: Mapping[str, object], *, until: float
    ) -> Iterator[httpx.Response]:
        try:
            opened = self._client_now().stream(
                "POST",
                f"{self.endpoint.url.rstrip('/')}{path}",
                # Escaped, so that what no UTF-8 can hold does not end here but at the server.
                content=json.dumps({**body, **self.endpoint.extra}).encode(),
                headers={**self._headers(), "Content-Type": "application/json"},
                timeout=_timeout(until),
            )
            with opened as response:
                yield response
        except httpx.InvalidURL as error:
            raise self.unreachable(str(error)) from error

    def _patiently(self, once: Callable[[], T | _Again], *, until: float, tries: int) -> T | Failed:
        found = once()
        for tried in range(1, tries):
            if not isinstance(found, _Again):
                return found
            pause_s = found.after_s + self._chance() * FIRST_PAUSE_S * 2.0**tried
            pause_s = min(pause_s, max(LONGEST_PAUSE_S, found.after_s))
            if monotonic() + pause_s >= until:
                failed = found.failed
                return Failed(failed.why, is_late=True, is_unreachable=failed.is_unreachable)
            self._sleep(pause_s)
            found = once()
        return found.failed if isinstance(found, _Again) else found

    def _headers(self) -> dict[str, str]:
        headers = {"Accept-Encoding": "identity"}
        if self.endpoint.key is not None:
            headers["Authorization"] = f"Bearer {self.endpoint.key}"
        return headers

    def _client_now(self) -> httpx.Client:
        # Not before it is needed: reading the certificates takes longer than a local answer.
        with self._lock:
            if self._client is None:
                self._client = httpx.Client(
                    trust_env=not self.endpoint.is_here, limits=httpx.Limits(max_connections=None)
                )
                # Who forgets to close leaves no connection open.
                weakref.finalize(self, self._client.close)
            return self._client


def whole(response: httpx.Response, *, until: float) -> bytes:
    """Return the whole body. Raises `Garbled` for one too long, `httpx.ReadTimeout` when late."""
    return b"".join(pieces(response, until=until))


def pieces(response: httpx.Response, *, until: float) -> Iterator[bytes]:
    """Yield the body as it comes. Raises what `whole` does."""
    length = 0
    for piece in response.iter_raw():
        length += len(piece)
        if length > LONGEST_BYTES:
            raise Garbled(f"its answer is longer than {LONGEST_BYTES} bytes")
        if monotonic() >= until:
            raise httpx.ReadTimeout("time ran out")
        yield piece


def _timeout(until: float) -> httpx.Timeout:
    left = max(0.001, until - monotonic())
    return httpx.Timeout(left, connect=min(CONNECT_S, left))


def _broken(error: httpx.RequestError, *, until: float) -> _Again:
    is_late = isinstance(error, httpx.TimeoutException) and monotonic() >= until
    is_unreachable = isinstance(
        error, httpx.ConnectError | httpx.ConnectTimeout | httpx.UnsupportedProtocol
    )
    why = "time ran out" if is_late else str(error) or type(error).__name__
    return _Again(Failed(why, is_late=is_late, is_unreachable=is_unreachable))


def _reason(response: httpx.Response, *, until: float) -> str:
    """Return the server's own words as ` (…)`, or nothing."""
    try:
        found = json.loads(whole(response, until=until))
    except (httpx.RequestError, Garbled, ValueError, RecursionError):
        return ""
    if isinstance(found, dict):
        found = found.get("error", found.get("message", found.get("detail", "")))
    if isinstance(found, dict):
        found = found.get("message", "")
    words = " ".join(found.split()) if isinstance(found, str) else ""
    if not words:
        return ""
    return f" ({words[:LONGEST_REASON]}{'…' if len(words) > LONGEST_REASON else ''})"


def _asked_wait_s(asked: str) -> float:
    """Return the seconds that `Retry-After` asks for, as a number or as a date; 0 for neither."""
    try:
        seconds = float(asked)
    except ValueError:
        try:
            when = parsedate_to_datetime(asked)
        except ValueError:
            return 0.0
        if when.tzinfo is None:
            return 0.0
        seconds = (when - datetime.now(UTC)).total_seconds()
    return max(0.0, seconds) if isfinite(seconds) else 0.0

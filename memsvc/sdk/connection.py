"""What every client knows of its service: where it is, with which key, and how patient to be.

Nothing here sends anything. A client that waits and one that awaits both build their transport
from a `Connection` and ask it what a failure means and whether to try again, so that they cannot
differ in either.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Self

import httpx

from memsvc.domain.errors import ServiceUnreachable, Unavailable
from memsvc.sdk.address import is_local, service_key, service_url
from memsvc.sdk.calls import Call
from memsvc.sdk.retries import pause_s

CONNECT_TIMEOUT_S = 5.0
"""A service that is there takes a connection at once, however long its answers take."""

NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)


@dataclass(frozen=True, slots=True)
class Connection:
    """A service's address with the key and the patience of one client. `key` is None without one.

    A request is given up after `timeout_s` of silence and sent again up to `retries` times;
    `chance` draws from [0, 1).
    """

    url: str
    key: str | None
    timeout_s: float
    retries: int
    chance: Callable[[], float]

    @classmethod
    def to(
        cls,
        url: str | None,
        key: str | None,
        *,
        timeout_s: float,
        retries: int,
        chance: Callable[[], float],
    ) -> Self:
        """Return a connection; address and key are looked up where they are not given."""
        found = service_url(url)
        return cls(found, service_key(key, url=found), timeout_s, retries, chance)

    @property
    def headers(self) -> dict[str, str]:
        """The headers of every request."""
        return {} if self.key is None else {"Authorization": f"Bearer {self.key}"}

    @property
    def timeout(self) -> httpx.Timeout:
        """How long to wait for each step of a request."""
        return httpx.Timeout(self.timeout_s, connect=min(self.timeout_s, CONNECT_TIMEOUT_S))

    @property
    def heeds_environment(self) -> bool:
        """False on this machine: a proxy does not know what this machine calls 127.0.0.1."""
        return not is_local(self.url)

    def pause_after(self, call: Call[Any], error: Unavailable, *, tried: int) -> float:
        """Return the seconds to wait before the next try; raise the error if there is none.

        `tried` counts the tries so far, from 1.
        """
        pause = pause_s(call, error, tried=tried, chance=self.chance)
        if pause is None or tried > self.retries:
            raise error
        return pause

    def unreachable(self, error: httpx.RequestError) -> ServiceUnreachable:
        """Return what it means that a request got no answer, and what to do next."""
        why = str(error) or type(error).__name__
        if isinstance(error, NEVER_SENT):
            return ServiceUnreachable(
                f"No memsvc service answers at {self.url} ({why}); start one with `memsvc serve`, "
                "or set MEMSVC_URL to where it runs.",
                may_have_arrived=False,
            )
        return ServiceUnreachable(
            f"The service at {self.url} took the request but gave no answer ({why}); look at what "
            "it kept before you send the request again, or allow a longer timeout_s."
        )

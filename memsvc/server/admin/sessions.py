"""Sessions: a key that a browser has shown once, and stands for with a cookie from then on.

The cookie is chance and says nothing; what it stands for is in this process alone, as the hash of
the key, so every request is held to the key as it is now: revoked, it is refused at once. A session
ends when its time is over, when its person leaves, or when the service stops.

A cookie goes along with requests that other pages cause, where a bearer's key does not. So it
counts only for requests that the page itself makes (decisions/0101).
"""

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from time import monotonic
from urllib.parse import urlsplit

from starlette.requests import Request

LONGEST_S = 12 * 3_600.0
"""A working day; then the key is asked for again."""

MOST = 1_000
"""Sessions held at once; past that the oldest ends, as it would when a service restarts."""

COOKIE = "memsvc-session"

PAGE_HEADER = "Memsvc-Page"
"""What the page sends with all that it asks. No form can set a header, and a script of another
origin may not before the service allows it, which this one never does."""

SAFE = frozenset({"GET", "HEAD"})


@dataclass(frozen=True, slots=True)
class _Session:
    secret_hash: bytes
    ends_at: float


class Sessions:
    """The sessions of one process. Of a token it keeps the hash alone, as of a key."""

    def __init__(
        self,
        *,
        longest_s: float = LONGEST_S,
        most: int = MOST,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self.longest_s = longest_s
        self._most = most
        self._clock = clock
        self._held: dict[bytes, _Session] = {}
        self._lock = Lock()

    def begin(self, secret_hash: bytes) -> str:
        """Begin a session of the key whose secret has this hash; return its token."""
        token = secrets.token_urlsafe(32)
        session = _Session(secret_hash, self._clock() + self.longest_s)
        with self._lock:
            self._drop_ended()
            while len(self._held) >= self._most:
                self._held.pop(next(iter(self._held)))
            self._held[_hash(token)] = session
        return token

    def end(self, request: Request) -> None:
        """End the session that the request's cookie names, if it names one."""
        token = request.cookies.get(cookie_of(request))
        if token is not None:
            with self._lock:
                self._held.pop(_hash(token), None)

    def secret_hash(self, request: Request) -> bytes | None:
        """Return the hash of the key that the request's session stands for.

        None for a request without one, for one with a key of its own, which then counts alone, and
        for one that the page did not make.
        """
        if "authorization" in request.headers:
            return None
        token = request.cookies.get(cookie_of(request))
        if token is None or not is_of_the_page(request):
            return None
        session = self._held.get(_hash(token))
        if session is None or session.ends_at <= self._clock():
            return None
        return session.secret_hash

    def _drop_ended(self) -> None:
        now = self._clock()
        for token in [token for token, held in self._held.items() if held.ends_at <= now]:
            del self._held[token]


def cookie_of(request: Request) -> str:
    """Return the cookie's name: browsers give all ports of a host the same cookies."""
    port = request.url.port
    return COOKIE if port is None else f"{COOKIE}-{port}"


def is_of_the_page(request: Request) -> bool:
    """Tell whether the page itself asks, and not another site that the browser has open.

    A browser says so in `Sec-Fetch-Site`, which no script can set; where it says nothing, as on
    plain HTTP in a local network, `Origin` has to be this host. What changes something also needs
    the page's own header.
    """
    headers = request.headers
    if request.method not in SAFE and PAGE_HEADER not in headers:
        return False
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    origin = headers.get("origin")
    return origin is None or urlsplit(origin).netloc == headers.get("host")


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()

"""A reverse proxy as small as one can be: it does what the one in docker-compose.yml is told to.

How often it looks and how long it tries are read from there. Requests go to the replicas in turn,
past those that are not ready; what could not be sent goes to the next one, and what was under way
when its replica died is answered 502.
"""

import http.client
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from threading import Event, Thread
from typing import Self, TypeAlias
from urllib.parse import urlsplit

import httpx
from typing_extensions import override

from tests.shape.test_compose import filled

_Answer: TypeAlias = tuple[int, list[tuple[str, str]], bytes] | None
"""Status, headers and content; None where there is none."""


@dataclass(frozen=True, slots=True)
class Proxy:
    """What the proxy of docker-compose.yml is told."""

    replicas: tuple[str, ...]
    path: str
    """Where it asks whether a replica is ready."""

    look_every_s: float
    look_for_s: float
    try_for_s: float
    try_every_s: float

    @classmethod
    def told(cls) -> Self:
        """Read its configuration."""
        content = filled({})["configs"]["proxy"]["content"]
        replicas = re.findall(r"([\w-]+):7077", content.partition("reverse_proxy")[2])
        said = dict(re.findall(r"^\s+(\w+) (\S+)$", content, re.MULTILINE))
        return cls(
            tuple(replicas),
            said["health_uri"],
            _seconds(said["health_interval"]),
            _seconds(said["health_timeout"]),
            _seconds(said["lb_try_duration"]),
            _seconds(said["lb_try_interval"]),
        )


def _seconds(duration: str) -> float:
    """Read `5s` or `100ms`."""
    number, unit = re.fullmatch(r"(\d+)(ms|s)", duration).groups()  # type: ignore[union-attr]
    return int(number) / {"s": 1, "ms": 1_000}[unit]


@dataclass(slots=True)
class _Replicas:
    """The replicas behind the proxy, and which of them are ready as far as is known."""

    ready: dict[str, bool]
    told: Proxy
    stop: Event = field(default_factory=Event)
    turns: Iterator[int] = field(default_factory=count)

    def look(self) -> None:
        """Look until told to stop."""
        while not self.stop.wait(self.told.look_every_s):
            for address in self.ready:
                self.ready[address] = self._is_ready(address)

    def _is_ready(self, address: str) -> bool:
        asked = f"{address}{self.told.path}"
        try:
            return httpx.get(asked, trust_env=False, timeout=self.told.look_for_s).is_success
        except httpx.TransportError:
            return False

    def next(self) -> str:
        """Return whose turn it is."""
        fit = [each for each, is_ready in self.ready.items() if is_ready] or list(self.ready)
        return fit[next(self.turns) % len(fit)]

    def asked(self, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> _Answer:
        """Ask one after the other until one takes the request; None if it died over it."""
        for _ in range(round(self.told.try_for_s / self.told.try_every_s)):
            address = self.next()
            there = http.client.HTTPConnection(urlsplit(address).netloc, timeout=60)
            try:
                there.connect()
            except OSError:  # nothing was sent
                self.ready[address] = False
                self.stop.wait(self.told.try_every_s)
                continue
            try:
                return _said(there, method, path, body, headers)
            except (OSError, http.client.HTTPException):
                self.ready[address] = False
                return None
            finally:
                there.close()
        return None


class _Handler(BaseHTTPRequestHandler):
    """Passes each request on."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: "_Server"

    def _pass_on(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = dict(self.headers.items())
        answer = self.server.replicas.asked(self.command, self.path, body, headers)
        if answer is None:
            self.send_error(502)
            return
        status, told, content = answer
        self.send_response_only(status)
        for name, value in told:
            if name.lower() not in {"connection", "transfer-encoding", "content-length"}:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = _pass_on  # noqa: N815  as its base does

    @override
    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


class _Server(ThreadingHTTPServer):
    """Listens for clients of the replicas."""

    daemon_threads = True
    request_queue_size = 256

    def __init__(self, port: int, replicas: _Replicas) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.replicas = replicas


@contextmanager
def proxying(addresses: Sequence[str], told: Proxy, *, port: int) -> Iterator[str]:
    """Stand before replicas at a port; lend the address."""
    replicas = _Replicas(dict.fromkeys(addresses, True), told)
    with _Server(port, replicas) as server:
        for work in (server.serve_forever, replicas.look):
            Thread(target=work, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            replicas.stop.set()
            server.shutdown()


def _said(
    there: http.client.HTTPConnection,
    method: str,
    path: str,
    body: bytes,
    headers: Mapping[str, str],
) -> _Answer:
    there.request(method, path, body, {**headers, "Connection": "close"})
    answer = there.getresponse()
    return answer.status, answer.getheaders(), answer.read()

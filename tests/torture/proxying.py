"""A reverse proxy as small as one can be: it does what the one in docker-compose.yml is told to.

Requests go to the replicas in turn, past those that are not ready; what could not be sent goes to
the next one, and what was under way when its replica died is answered 502.
"""

import http.client
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from threading import Event, Thread
from typing import TypeAlias
from urllib.parse import urlsplit

import httpx
from typing_extensions import override

LOOK_EVERY_S = 1.0
TRY_FOR_S = 5.0
TRY_EVERY_S = 0.1

_Answer: TypeAlias = tuple[int, list[tuple[str, str]], bytes] | None
"""Status, headers and content; None where there is none."""


@dataclass(slots=True)
class _Replicas:
    """The replicas behind the proxy, and which of them are ready as far as is known."""

    ready: dict[str, bool]
    stop: Event = field(default_factory=Event)
    turns: Iterator[int] = field(default_factory=count)

    def look(self) -> None:
        """Look until told to stop."""
        while not self.stop.wait(LOOK_EVERY_S):
            for address in self.ready:
                self.ready[address] = _is_ready(address)

    def next(self) -> str:
        """Return whose turn it is."""
        fit = [each for each, is_ready in self.ready.items() if is_ready] or list(self.ready)
        return fit[next(self.turns) % len(fit)]

    def asked(self, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> _Answer:
        """Ask one after the other until one takes the request; None if it died over it."""
        for _ in range(round(TRY_FOR_S / TRY_EVERY_S)):
            address = self.next()
            there = http.client.HTTPConnection(urlsplit(address).netloc, timeout=60)
            try:
                there.connect()
            except OSError:  # nothing was sent
                self.ready[address] = False
                self.stop.wait(TRY_EVERY_S)
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
def proxying(addresses: Sequence[str], *, port: int) -> Iterator[str]:
    """Stand before replicas at a port; lend the address."""
    replicas = _Replicas(dict.fromkeys(addresses, True))
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


def _is_ready(address: str) -> bool:
    try:
        return httpx.get(f"{address}/readyz", trust_env=False, timeout=2).is_success
    except httpx.TransportError:
        return False

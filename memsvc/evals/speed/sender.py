"""An HTTP client that costs little, so that what is measured is the service.

Requests go out at times fixed beforehand, whether earlier ones were answered or not (open loop),
and an answer's time is counted from when its request was to be sent. So a stall of the service is
felt by every request that it delays, as its users would, and not by one alone ("coordinated
omission"; Gil Tene, "How NOT to Measure Latency", 2013).
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from time import perf_counter

CONNECTIONS = 600
PATIENCE_S = 60.0


@dataclass(frozen=True, slots=True)
class Sending:
    """A request, and when it is to go out; seconds from the start."""

    at_s: float
    kind: str
    name: str
    head: bytes
    body: bytes


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a request; status 0 when no answer came."""

    kind: str
    name: str
    status: int
    took_s: float
    retry_after: bool = False


class Lines:
    """Connections to one service, opened when needed and used again."""

    def __init__(self, host: str, port: int) -> None:
        self._host = host
        self._port = port
        self._idle: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []
        self._room = asyncio.Semaphore(CONNECTIONS)

    async def ask(self, sending: Sending) -> tuple[int, bool]:
        """Send one request; return its status and whether it says when to come again."""
        async with self._room:
            reader, writer = await self._line()
            writer.write(sending.head + sending.body)
            status, headers = _head_of(await reader.readuntil(b"\r\n\r\n"))
            await reader.readexactly(int(headers.get(b"content-length", b"0")))
            self._idle.append((reader, writer))
            return status, b"retry-after" in headers

    async def _line(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Return the connection used last, or a new one; the service closes those left idle."""
        while self._idle:
            reader, writer = self._idle.pop()
            if not (reader.at_eof() or writer.is_closing()):
                return reader, writer
            writer.close()
        return await asyncio.open_connection(self._host, self._port)

    def close(self) -> None:
        """Close every connection."""
        for _, writer in self._idle:
            writer.close()


def request(path: str, body: bytes, *, host: str, key: str) -> bytes:
    """Return the head of a POST."""
    return (
        f"POST {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {key}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    ).encode()


def send_all(host: str, port: int, sendings: Sequence[Sending]) -> list[Outcome]:
    """Send each at its time; return what became of them when all are done."""
    return asyncio.run(_send_all(host, port, sendings))


def send_closed(host: str, port: int, lanes: Sequence[Sequence[Sending]]) -> list[Outcome]:
    """Send each lane's requests one after the other, all lanes at once, as fast as they go."""
    return asyncio.run(_send_closed(host, port, lanes))


async def _send_all(host: str, port: int, sendings: Sequence[Sending]) -> list[Outcome]:
    lines = Lines(host, port)
    begun = perf_counter()
    sent = []
    for sending in sendings:
        wait_s = sending.at_s - (perf_counter() - begun)
        if wait_s > 0:
            await asyncio.sleep(wait_s)
        sent.append(asyncio.create_task(_outcome(lines, sending, begun + sending.at_s)))
    outcomes = await asyncio.gather(*sent)
    lines.close()
    return outcomes


async def _send_closed(host: str, port: int, lanes: Sequence[Sequence[Sending]]) -> list[Outcome]:
    lines = Lines(host, port)

    async def run(lane: Sequence[Sending]) -> list[Outcome]:
        return [await _outcome(lines, sending, perf_counter()) for sending in lane]

    outcomes = await asyncio.gather(*map(run, lanes))
    lines.close()
    return [outcome for lane in outcomes for outcome in lane]


async def _outcome(lines: Lines, sending: Sending, due: float) -> Outcome:
    status, retry_after = 0, False
    try:
        async with asyncio.timeout(PATIENCE_S):
            status, retry_after = await lines.ask(sending)
    except (OSError, EOFError, TimeoutError):
        pass  # no answer: status 0 says so
    return Outcome(sending.kind, sending.name, status, perf_counter() - due, retry_after)


def _head_of(head: bytes) -> tuple[int, dict[bytes, bytes]]:
    first, *lines = head.split(b"\r\n")
    parted = (line.partition(b":") for line in lines if line)
    return int(first.split()[1]), {name.lower(): value.strip() for name, _, value in parted}

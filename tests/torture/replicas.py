"""The replicas of docker-compose.yml, one of which is killed and one told to end, under clients.

`python -m tests.torture.replicas` starts a PostgreSQL server, the commands of the compose file's
profile as processes, and a proxy; lets clients write and recall through it; kills one replica,
starts it again, and ends the other as an upgrade does. Then it counts: what was acknowledged must
be there once, in ledgers that verify, and be enriched; and it says how long requests took.
"""

import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from random import Random
from threading import Event, Lock, Thread
from typing import TypeVar

import click
import numpy as np

from memsvc.domain.errors import Unavailable
from memsvc.sdk.client import Client
from memsvc.server.logs import configure
from memsvc.spawned import free_port
from tests.postgres import a_database, running_server
from tests.shape.test_compose import started
from tests.together import Member, member, migrated
from tests.torture.clients import WORDS
from tests.torture.proxying import Proxy, proxying

T = TypeVar("T")

SPACES = ("alice", "bob", "carol", "dave")
PAUSE_S = 0.05
"""Before a client sends again what failed; and how long it thinks between requests."""

PATIENCE_S = 120.0
RECOVERED_S = 5.0
"""By when after a kill the slowest requests must be as quick as before it."""

AS_QUICK = 2.0
"""Times as long as before the kill, with half of the replicas left, that counts as as quick."""


@dataclass(slots=True)
class Done:
    """One request of a client: when it was sent, how long it took, and how often it failed."""

    at: float
    took_s: float
    is_write: bool
    failures: int


@dataclass(slots=True)
class Book:
    """What clients did, and which turns were acknowledged."""

    done: list[Done] = field(default_factory=list)
    acknowledged: dict[str, set[str]] = field(default_factory=lambda: {s: set() for s in SPACES})
    unseen: int = 0
    """Recalls that did not see the client's own write before them."""

    _lock: Lock = field(default_factory=Lock)

    def note(self, one: Done) -> None:
        with self._lock:
            self.done.append(one)

    def between(self, begin: float, end: float) -> list[Done]:
        """Return what was sent in a stretch of time."""
        return [one for one in self.done if begin <= one.at < end]


@dataclass(frozen=True, slots=True)
class Found:
    """What was found; times are in milliseconds, of the slowest in a hundred."""

    requests: int
    acknowledged: int
    lost: int
    doubled: int
    unseen: int
    broken_ledgers: int
    owed: int
    failed_at_the_kill: int
    failed_later: int
    failed_at_the_end: int
    p99_before_ms: float
    p99_at_the_kill_ms: float
    p99_after_ms: float
    recovered_after_s: float | None

    @property
    def is_clean(self) -> bool:
        """True when nothing acknowledged was lost, and requests came through after the kill."""
        wrong = (self.lost, self.doubled, self.unseen, self.broken_ledgers, self.owed)
        failed = (self.failed_later, self.failed_at_the_end)
        is_quick = self.recovered_after_s is not None and self.recovered_after_s <= RECOVERED_S
        return not any((*wrong, *failed)) and is_quick


@contextmanager
def topology(folder: Path, url: str) -> Iterator[tuple[str, dict[str, Member], str]]:
    """Start what the profile starts; lend the proxy's address, the processes, and the key."""
    told = Proxy.told()
    key = migrated(folder, url, *started({}, "replicas")["migrate"]["command"][1:])
    with ExitStack() as stack:
        members = {name: stack.enter_context(process(folder, name, url)) for name in lasting()}
        for one in members.values():
            one.wait_until_ready()
        replicas = [members[name].address for name in told.replicas]
        yield stack.enter_context(proxying(replicas, told, port=free_port())), members, key


def lasting() -> list[str]:
    """Return the names of our own services in the profile that do not end when they are done."""
    services = started({}, "replicas").items()
    return [name for name, service in services if "migrate" in service.get("depends_on", ())]


def process(
    folder: Path, name: str, url: str, port: int | None = None
) -> AbstractContextManager[Member]:
    """Run a service of the compose file by its own command and settings."""
    service = started({}, "replicas")[name]
    command = [part for part in service["command"][1:] if part not in {"--port", "7077"}]
    settings = {
        variable.removeprefix("MEMSVC_").lower(): value
        for variable, value in service["environment"].items()
        if variable not in {"MEMSVC_DATABASE", "MEMSVC_LLM_MODEL"}
    }
    return member(folder, name, url, *command, port=port, log_level="warning", **settings)


def tortured(folder: Path, url: str, *, clients: int, seconds: float, seed: int) -> Found:
    """Let clients work before and after a kill and an ending, each for so many seconds."""
    with ExitStack() as stack, topology(folder, url) as (address, members, key):
        book, stop = Book(), Event()
        threads = [
            Thread(target=_work, args=(address, key, book, stop, Random(f"{seed}-{n}")))
            for n in range(clients)
        ]
        for thread in threads:
            thread.start()
        time.sleep(seconds)  # connections and indexes are there by then
        began = time.monotonic()
        time.sleep(seconds)
        killed = time.monotonic()
        members["replica-a"].kill()
        time.sleep(max(seconds, 2 * RECOVERED_S))
        again = time.monotonic()
        port = int(members["replica-a"].address.rpartition(":")[2])
        back = stack.enter_context(process(folder, "replica-a", url, port))
        back.wait_until_ready()
        time.sleep(2)  # the proxy has seen it
        members["replica-b"].terminate()
        time.sleep(seconds / 2)
        stop.set()
        ended = time.monotonic()
        for thread in threads:
            thread.join(PATIENCE_S)
        members["replica-b"].process.join(PATIENCE_S)
        with Client(address, key) as client:
            lost, doubled, broken = _examined(client, book)
            owed = _owed(client)
    after = _p99_ms(book.between(killed + RECOVERED_S, again))
    before = _p99_ms(book.between(began, killed))
    failed = [one.at + one.took_s for one in book.between(killed - 1, again) if one.failures]
    return Found(
        requests=len(book.done),
        acknowledged=sum(map(len, book.acknowledged.values())),
        lost=lost,
        doubled=doubled,
        unseen=book.unseen,
        broken_ledgers=broken,
        owed=owed,
        failed_at_the_kill=sum(at < killed + RECOVERED_S for at in failed),
        failed_later=sum(at >= killed + RECOVERED_S for at in failed),
        failed_at_the_end=sum(one.failures for one in book.between(again, ended)),
        p99_before_ms=before,
        p99_at_the_kill_ms=_p99_ms(book.between(killed, killed + RECOVERED_S)),
        p99_after_ms=after,
        recovered_after_s=_recovered(book, killed, again, least_ms=AS_QUICK * before),
    )


def _work(address: str, key: str, book: Book, stop: Event, chance: Random) -> None:
    """Be a client that writes, and asks for what it wrote; it sends again what failed."""
    with Client(address, key, retries=0) as client:
        for number in count():
            if stop.is_set():
                return
            name = chance.choice(SPACES)
            space = client.space(name)
            word = f"w{chance.getrandbits(48):x}"
            said = f"{word} {' '.join(chance.choices(WORDS, k=12))}"
            turns = [{"content": said, "id": word}]
            written = _tried(
                lambda: space.write(f"s{number % 5}", turns, idempotency_key=word),  # noqa: B023
                book,
                is_write=True,
            )
            book.acknowledged[name].add(said)
            found = _tried(
                lambda: space.recall(word, k=3, recipe="lexical", min_position=written.position),  # noqa: B023
                book,
                is_write=False,
            )
            book.unseen += said not in {hit.text for hit in found.hits}


def _tried(send: Callable[[], T], book: Book, *, is_write: bool) -> T:
    """Send until it is answered; its time is from the first try to the answer."""
    at = time.monotonic()
    for failures in count():
        try:
            answer = send()
        except Unavailable as error:
            if time.monotonic() - at > PATIENCE_S:
                raise
            time.sleep(max(PAUSE_S, min(error.retry_after_s, 1.0)))
            continue
        book.note(Done(at, time.monotonic() - at, is_write, failures))
        return answer
    raise AssertionError


def _p99_ms(done: list[Done]) -> float:
    return round(float(np.percentile([one.took_s for one in done], 99)) * 1_000, 1) if done else 0.0


def _recovered(book: Book, killed: float, until: float, *, least_ms: float) -> float | None:
    """Return after how many seconds, and from then on, a second's slowest are as quick again."""
    slow = [
        second
        for second in range(int(until - killed))
        if _p99_ms(book.between(killed + second, killed + second + 1)) > least_ms
    ]
    return None if len(slow) == int(until - killed) else max(slow, default=-1) + 1


def _examined(client: Client, book: Book) -> tuple[int, int, int]:
    """Count what was acknowledged and is not there, what is there twice, and broken ledgers."""
    lost = doubled = broken = 0
    for name, said in book.acknowledged.items():
        there = [turn.content for turn in client.space(name).turns()]
        lost += len(said - set(there))
        doubled += len(there) - len(set(there))
        broken += not client.space(name).verify_ledger().is_whole
    return lost, doubled, broken


def _owed(client: Client) -> int:
    """Wait until the worker is done; return what it has not done by then."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        backlogs = [client.space(name).enrichment() for name in SPACES]
        owed = sum(sum(each.waiting.values()) + len(each.parked) for each in backlogs)
        if not owed or time.monotonic() > deadline:
            return owed
        time.sleep(0.2)


@click.command()
@click.option("--clients", default=16, show_default=True)
@click.option("--seconds", default=10.0, show_default=True, help="Of each stretch.")
@click.option("--seed", default=2026, show_default=True)
def torture(*, clients: int, seconds: float, seed: int) -> None:
    """Kill a replica under clients; exit 1 unless nothing is lost and they are served on."""
    configure(level="error")
    with (
        tempfile.TemporaryDirectory(prefix="memsvc-replicas-") as folder,
        running_server() as server,
        a_database(server) as url,
    ):
        found = tortured(Path(folder), url, clients=clients, seconds=seconds, seed=seed)
    for name in Found.__slots__:
        click.echo(f"{name:20} {getattr(found, name)}")
    raise SystemExit(not found.is_clean)


if __name__ == "__main__":
    torture()

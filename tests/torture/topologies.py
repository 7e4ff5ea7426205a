"""What serves during a soak: one process, or what docker-compose.yml starts for many machines.

A topology is a value: it starts what serves a data directory, with its rows in the database of a
URL or, for none, in a file; lends it; and ends what is left of it.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path
from threading import Event
from typing import Protocol, TypeAlias

from memsvc.domain.errors import NotReady
from memsvc.sdk.client import Client
from tests.together import Member
from tests.torture.replicas import process, topology
from tests.torture.victim import Served, running

GOES_ON_S = 2.0
"""For how long clients are served by who is left of several, before the killed one comes back."""


class Serving(Protocol):
    """Processes over one store, of which one at a time is killed."""

    @property
    def directories(self) -> Sequence[Path]:
        """The data directories of those that answer."""
        ...

    def begin(self) -> Served:
        """Start what was killed, and return what clients ask until the next kill."""
        ...

    def strike(self) -> None:
        """Kill one, and have clients stop when they have seen what is left."""
        ...


Topology: TypeAlias = Callable[[Path, str], AbstractContextManager[Serving]]


@dataclass(slots=True)
class _OneProcess:
    """`memsvc serve`; clients are left without anybody when it is killed."""

    directories: Sequence[Path]
    _database: str
    _stack: ExitStack
    _kill: Callable[[], None] = lambda: None

    def begin(self) -> Served:
        victim = self._stack.enter_context(running(self.directories[0], database=self._database))
        self._kill = victim.kill
        return victim

    def strike(self) -> None:
        self._kill()


@contextmanager
def one_process(data: Path, database: str) -> Iterator[Serving]:
    """Serve by one process."""
    with ExitStack() as stack:
        yield _OneProcess([data], database, stack)


@dataclass(frozen=True, slots=True)
class _Door:
    """The proxy, until clients are told to stop; it is `Served`."""

    client: Client
    is_closed: Event = field(default_factory=Event)

    def is_there(self) -> bool:
        return not self.is_closed.is_set()


class _Replicas:
    """Two replicas, a worker and a proxy; each of the three is killed in turn and comes back."""

    def __init__(
        self, folder: Path, database: str, client: Client, members: dict[str, Member]
    ) -> None:
        self._folder = folder
        self._database = database
        self._members = members
        self._turns = cycle(members)
        self._killed: str | None = None
        self._door = _Door(client)
        self._stack = ExitStack()

    @property
    def directories(self) -> Sequence[Path]:
        return [one.data for one in self._members.values()]

    def begin(self) -> Served:
        for name, one in self._members.items():
            if one.process.is_alive():
                continue
            if name != self._killed:
                raise NotReady(f"{name} has ended, and nobody has killed it.")
            port = int(one.address.rpartition(":")[2])
            again = process(self._folder, name, self._database, port)
            self._members[name] = self._stack.enter_context(again)
        for one in self._members.values():
            one.wait_until_ready()
        self._door = _Door(self._door.client)
        return self._door

    def strike(self) -> None:
        self._killed = next(self._turns)
        self._members[self._killed].kill()
        time.sleep(GOES_ON_S)
        self._door.is_closed.set()

    def close(self) -> None:
        """End those that came back."""
        self._stack.close()


@contextmanager
def replicas(data: Path, database: str) -> Iterator[Serving]:
    """Serve by the profile `replicas` of docker-compose.yml, behind its proxy."""
    with (
        topology(data, database) as (address, members, key),
        Client(address, key, retries=0) as client,
    ):
        serving = _Replicas(data, database, client, members)
        try:
            yield serving
        finally:
            serving.close()

"""The service that is going to be killed.

It is the `memsvc serve` that a user starts, in a process of its own, forked from one that has its
libraries imported already: that takes a fifth of a second where a new interpreter takes two, and
most of a torture's time would go there. Killing is SIGKILL: no handler, no farewell.
"""

import os
import resource
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Protocol

from memsvc.cli.family import memsvc
from memsvc.domain.errors import NotReady, Unavailable
from memsvc.models import HASHING
from memsvc.sdk.client import Client
from memsvc.spawned import free_port
from tests.postgres import wait_until_left

PATIENCE_S = 60.0
POLL_S = 0.01

_forks = get_context("forkserver")
_forks.set_forkserver_preload(["memsvc.cli.serve", "memsvc.wiring", "memsvc.worker", __name__])


class Served(Protocol):
    """What clients ask, for as long as it is there."""

    @property
    def client(self) -> Client:
        """A client of it that never tries again."""
        ...

    def is_there(self) -> bool:
        """Tell whether it may still answer."""
        ...


@dataclass(frozen=True, slots=True)
class Victim:
    """A service, a client of it that never tries again, and its process; it is `Served`."""

    client: Client
    process: BaseProcess
    data: Path

    def is_there(self) -> bool:
        """Tell whether the process lives."""
        return self.process.is_alive()

    def kill(self) -> None:
        """End it at once."""
        self.process.kill()
        self.process.join()

    def wait_until_ready(self) -> None:
        """Wait for it, and only then show its key."""
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline and self.process.is_alive():
            try:
                if self.client.ready().ready:
                    key = (self.data / "admin.key").read_text().strip()
                    self.client._http.headers["Authorization"] = f"Bearer {key}"
                    return
            except Unavailable:
                pass  # not listening yet
            time.sleep(POLL_S)
        raise NotReady("The service did not start.")


@contextmanager
def starting(data: Path, *, file_limit: int | None = None, database: str = "") -> Iterator[Victim]:
    """Start a service over a data directory and lend it at once; it is killed at the end.

    With `database`, the URL of one on a server, its rows are there; the server may take a moment to
    let go of a process that was killed.
    """
    wait_until_left(database)
    port = free_port()
    process = forked(serve, data, port, file_limit, database)
    with Client(f"http://127.0.0.1:{port}", "none yet", retries=0) as client:
        victim = Victim(client, process, data)
        try:
            yield victim
        finally:
            victim.kill()


@contextmanager
def running(data: Path, *, file_limit: int | None = None, database: str = "") -> Iterator[Victim]:
    """Start a service and lend it when it is ready; it is killed at the end."""
    with starting(data, file_limit=file_limit, database=database) as victim:
        victim.wait_until_ready()
        yield victim


def forked(work: Callable[..., None], *given: object) -> BaseProcess:
    """Run a function of a module in a process of its own."""
    process = _forks.Process(target=work, args=given, daemon=True)
    process.start()
    return process


def serve(data: Path, port: int, file_limit: int | None, database: str) -> None:
    """Be the service. `file_limit` is how long a file may become: a full disk for those in need."""
    quiet = os.open(os.devnull, os.O_WRONLY)
    os.dup2(quiet, 1)
    os.dup2(quiet, 2)
    if file_limit is not None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (file_limit, file_limit))
    os.environ.update(MEMSVC_EMBEDDER=HASHING, MEMSVC_LOG_LEVEL="error", MEMSVC_HOST="127.0.0.1")
    os.environ["MEMSVC_DATABASE"] = database
    memsvc(["serve", "--data", str(data), "--port", str(port)], prog_name="memsvc")

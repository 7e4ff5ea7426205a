"""Several processes of memsvc over one PostgreSQL database, started as a user starts them."""

import os
import signal
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from pathlib import Path

import httpx

from memsvc.cli.family import memsvc
from memsvc.domain.errors import NotReady
from memsvc.models import HASHING
from memsvc.sdk.client import Client
from memsvc.spawned import free_port
from tests.torture.victim import PATIENCE_S, forked

POLL_S = 0.02


@dataclass(frozen=True, slots=True)
class Member:
    """One process: a replica, or a worker, at an address of its own."""

    name: str
    process: BaseProcess
    address: str
    data: Path

    def client(self, key: str, *, retries: int = 0) -> Client:
        """Return a client of it."""
        return Client(self.address, key, retries=retries)

    def is_ready(self) -> bool:
        """Tell whether it says that it can work."""
        try:
            return httpx.get(f"{self.address}/readyz", trust_env=False, timeout=5).is_success
        except httpx.TransportError:
            return False

    def wait_until_ready(self) -> None:
        """Wait until it can work."""
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline and self.process.is_alive():
            if self.is_ready():
                return
            time.sleep(POLL_S)
        raise NotReady(f"{self.name} did not start.")

    def kill(self) -> None:
        """End it at once."""
        self.process.kill()
        self.process.join()

    def terminate(self) -> None:
        """Tell it to end."""
        assert self.process.pid is not None
        os.kill(self.process.pid, signal.SIGTERM)


@contextmanager
def member(
    folder: Path, name: str, url: str, *arguments: str, port: int | None = None, **settings: str
) -> Iterator[Member]:
    """Run one command of the family that listens at `--port`; kill it in the end, if it lives."""
    port = port or free_port()
    data = folder / name
    folder.mkdir(parents=True, exist_ok=True)
    told = {f"MEMSVC_{field.upper()}": value for field, value in settings.items()}
    environment = {
        "MEMSVC_DATABASE": url,
        "MEMSVC_DATA": str(data),
        "MEMSVC_HOST": "127.0.0.1",
        "MEMSVC_EMBEDDER": HASHING,
        "MEMSVC_LOG_LEVEL": "info",
        "MEMSVC_READERS": "8",
        **told,
    }
    command = [*arguments, "--port", str(port)]
    process = forked(be, command, environment, str(folder / f"{name}.log"))
    one = Member(name, process, f"http://127.0.0.1:{port}", data)
    try:
        yield one
    finally:
        one.kill()


def replica(folder: Path, name: str, url: str, **settings: str) -> AbstractContextManager[Member]:
    """Run a replica; see `member`."""
    return member(folder, name, url, "serve", "--replica", port=None, **settings)


def migrated(folder: Path, url: str, *command: str) -> str:
    """Bring a database to this version as a job of its own does; return the first admin key.

    The command is `migrate` unless another is given.
    """
    folder.mkdir(parents=True, exist_ok=True)
    environment = {"MEMSVC_DATABASE": url, "MEMSVC_DATA": str(folder / "m")}
    process = forked(be, [*(command or ["migrate"])], environment, str(folder / "m.log"))
    process.join(PATIENCE_S)
    return (folder / "m" / "admin.key").read_text().strip()


def be(command: list[str], environment: dict[str, str], log: str) -> None:
    """Be the process; what it prints goes into a file."""
    told = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(told, 1)
    os.dup2(told, 2)
    os.environ.update(environment)
    memsvc(command, prog_name="memsvc")

"""A service in a process of its own, started as a user starts it: for demo and measurements."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from memsvc.domain.errors import NotReady, Unavailable
from memsvc.sdk.client import Client

PATIENCE_S = 60.0
POLL_S = 0.01


@dataclass(frozen=True, slots=True)
class Spawned:
    """A running service: its process, address, an admin's key and client, how fast it started."""

    process: int
    address: str
    key: str
    client: Client
    healthy_after_s: float
    ready_after_s: float

    @property
    def resident_bytes(self) -> int:
        """Memory that the process has in use now; Linux tells."""
        return self._status_bytes("VmRSS")

    @property
    def mapped_bytes(self) -> int:
        """The part of it that lies in files, and that other processes or nobody may need."""
        return self._status_bytes("RssFile")

    def _status_bytes(self, name: str) -> int:
        status = Path(f"/proc/{self.process}/status").read_text(encoding="ascii")
        [line] = [line for line in status.splitlines() if line.startswith(f"{name}:")]
        return int(line.split()[1]) * 1024

    @property
    def processor_s(self) -> float:
        """Seconds of the processor that the process has taken so far; Linux tells."""
        told = Path(f"/proc/{self.process}/stat").read_text(encoding="ascii")
        user, system = told.rpartition(")")[2].split()[11:13]
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")

    def meter(self, name: str) -> float:
        """Return the value of one of the service's own numbers."""
        text = httpx.get(f"{self.address}/metrics", trust_env=False).text
        [line] = [line for line in text.splitlines() if line.startswith(f"{name} ")]
        return float(line.split()[1])


def free_port() -> int:
    """Return a port of this machine that nobody listens on now."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
    return port


@contextmanager
def spawned(data: Path, *, port: int) -> Iterator[Spawned]:
    """Run `memsvc serve` over a data directory; stop it at the end. Raises `NotReady`."""
    address = f"http://127.0.0.1:{port}"
    environment = {
        **os.environ,
        "MEMSVC_DATA": str(data),
        "MEMSVC_HOST": "127.0.0.1",
        "MEMSVC_PORT": str(port),
        "MEMSVC_LOG_LEVEL": "warning",
    }
    begun = time.perf_counter()
    command = [sys.executable, "-m", "memsvc.cli", "serve"]
    service = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)  # noqa: S603
    try:
        with Client(address, "none yet", retries=0) as anyone:
            healthy = _until(lambda: anyone.health().status == "ok", service) - begun
            ready = _until(lambda: anyone.ready().ready, service) - begun
        key = (data / "admin.key").read_text().strip()
        with Client(address, key) as client:
            yield Spawned(service.pid, address, key, client, healthy, ready)
    finally:
        service.terminate()
        service.wait(timeout=PATIENCE_S)


def _until(holds: Callable[[], bool], service: "subprocess.Popen[bytes]") -> float:
    """Wait until something holds; return when it did."""
    deadline = time.perf_counter() + PATIENCE_S
    while time.perf_counter() < deadline and service.poll() is None:
        try:
            if holds():
                return time.perf_counter()
        except Unavailable:
            pass  # not listening yet, or still opening
        time.sleep(POLL_S)
    raise NotReady("The service did not start; what it printed on standard error says why.")

"""How fast a service starts over what it has, what it loads, and how soon a vector follows."""

import statistics
import time
from dataclasses import dataclass
from pathlib import Path

from memsvc.sdk.client import Client
from memsvc.sdk.wire import NewTurn
from memsvc.spawned import free_port, spawned

HEAVY = ("libtorch", "torch/lib")
LAG_WITHIN_S = 30.0
POLL_S = 0.002


@dataclass(frozen=True, slots=True)
class Starts:
    """Medians of several starts in seconds, and whether torch was among what was loaded."""

    healthy_s: float
    ready_s: float
    loads_torch: bool


def measure_starts(data: Path, *, times: int) -> Starts:
    """Start a service over a filled directory so often."""
    healthy, ready, loads_torch = [], [], False
    for _ in range(times):
        with spawned(data, port=free_port()) as service:
            healthy.append(service.healthy_after_s)
            ready.append(service.ready_after_s)
            mapped = Path(f"/proc/{service.process}/maps").read_text(encoding="utf-8")
            loads_torch = loads_torch or any(name in mapped for name in HEAVY)
    return Starts(statistics.median(healthy), statistics.median(ready), loads_torch)


def lags_of(client: Client, *, writes: int) -> list[float]:
    """Write single turns with `embed=later`; return after how many seconds each had its vector."""
    space = client.space("lags")
    lags = []
    for number in range(writes):
        begun = time.perf_counter()
        turn = NewTurn(content=f"The heron of number {number} waits for its vector by the lake.")
        written = space.write("lag", [turn], embed="later").turns[0].id
        while not space.turn(written).embedded and time.perf_counter() - begun < LAG_WITHIN_S:
            time.sleep(POLL_S)
        lags.append(time.perf_counter() - begun)
    return lags

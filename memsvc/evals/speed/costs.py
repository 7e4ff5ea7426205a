"""What one operation costs the service: its time with nobody else there, and the processor's.

One client asks one thing at a time. The processor's time of the service is read off before and
after, once when the last answer has come and again when nothing is owed to enrichment any more:
what is done beside requests takes cores too. The sender is on the same machine, so its own time is
told as well.
"""

import statistics
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from memsvc.evals.speed.load import FILLED_AT_ONCE, SPACE, Maker, timed
from memsvc.evals.speed.sender import Sending
from memsvc.evals.speed.service import texts
from memsvc.sdk.wire import NewTurn
from memsvc.spawned import Spawned, spawned

WRITE, RECALL, LATER, BULK = "write", "recall", "later", "bulk"
BULK_TURNS = 100
WARMING = 10
STEPS = 100
"""Of times every hundredth is kept, so that a simulation can draw from them."""

ENRICHED_WITHIN_S = 120.0
MS = 1_000.0


@dataclass(frozen=True, slots=True)
class Cost:
    """One operation, alone: milliseconds. `wall_ms` are quantiles; the others are means."""

    requests: int
    wall_ms: tuple[float, ...]
    processor_ms: float
    beside_ms: float
    """What the service did for it afterwards."""

    sender_ms: float

    @property
    def mean_ms(self) -> float:
        """The mean time by the clock, of its quantiles."""
        return statistics.fmean(self.wall_ms)


def costs_as_json(costs: Mapping[str, Cost]) -> dict[str, Any]:
    """Return the costs as a report keeps them."""
    return {name: asdict(cost) for name, cost in costs.items()}


def costs_from_json(kept: Mapping[str, Any]) -> dict[str, Cost]:
    """Read what `costs_as_json` made."""
    return {
        name: Cost(**{**cost, "wall_ms": tuple(cost["wall_ms"])}) for name, cost in kept.items()
    }


def measure_costs(
    data: Path, *, port: int, filled: int, requests: int, progress: Callable[[str], None]
) -> dict[str, Cost]:
    """Fill a space of a fresh service with so many turns and do each thing so often in it."""
    with spawned(data, port=port) as service:
        make = Maker(service)
        said = [NewTurn(content=text) for text in texts(filled)]
        for begin in range(0, filled, FILLED_AT_ONCE):
            service.client.space(SPACE).write("filled", said[begin : begin + FILLED_AT_ONCE])
        return dict(_costs(service, make, requests=requests, progress=progress))


def _costs(
    service: Spawned, make: Maker, *, requests: int, progress: Callable[[str], None]
) -> Iterator[tuple[str, Cost]]:
    kinds: dict[str, Callable[[], Sending]] = {
        WRITE: make.write,
        RECALL: make.recall,
        LATER: lambda: make.write(space="costs-later", embed="later"),
        BULK: lambda: make.write(space="costs-bulk", turns=BULK_TURNS),
    }
    for name, made in kinds.items():
        progress(name)
        count = max(2, requests // 10) if name == BULK else requests
        make.closed([[made() for _ in range(WARMING if name != BULK else 1)]])
        _caught_up(service)
        yield name, _cost(service, make, [made() for _ in range(count)])


def _cost(service: Spawned, make: Maker, sendings: list[Sending]) -> Cost:
    count = len(sendings)
    begun_s, own_s = service.processor_s, time.process_time()
    phase = timed(lambda: make.closed([sendings]))
    answered_s, sent_s = service.processor_s, time.process_time()
    _caught_up(service)
    wall = [outcome.took_s * MS for outcome in phase.outcomes]
    return Cost(
        requests=count,
        wall_ms=tuple(round(each, 3) for each in statistics.quantiles(wall, n=STEPS)),
        processor_ms=(answered_s - begun_s) * MS / count,
        beside_ms=(service.processor_s - answered_s) * MS / count,
        sender_ms=(sent_s - own_s) * MS / count,
    )


def _caught_up(service: Spawned) -> None:
    """Wait until enrichment owes nothing, or for two minutes."""
    deadline = time.monotonic() + ENRICHED_WITHIN_S
    while service.meter("memsvc_outbox_waiting") > 0 and time.monotonic() < deadline:
        time.sleep(0.05)

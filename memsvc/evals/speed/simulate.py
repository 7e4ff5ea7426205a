"""A discrete-event simulation of services under load, drawn from measured costs.

A service is some cores that are shared evenly by all requests at work (processor sharing), with so
many threads: who comes when all are taken waits in line. A request needs some of a core, drawn from
the measured times of that operation alone, and a wait that no core shortens, such as the disk's;
what it leaves to enrichment is done afterwards on the same cores. A request alone never gets more
than one core.
"""

import heapq
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from itertools import count
from random import Random

from memsvc.evals.speed.costs import RECALL, WRITE, Cost

S = 1e-3
THREADS = 16
"""Requests that a service works on at once by default (`MEMSVC_REQUEST_THREADS`)."""

CLIENTS_EACH = 16
TINY = 1e-12


@dataclass(frozen=True, slots=True)
class Demand:
    """What one request needs: seconds of a core, seconds of waiting, of a core afterwards."""

    kind: str
    core_s: float
    wait_s: float
    after_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Served:
    """One answered request, from its arrival to its answer; seconds."""

    kind: str
    at_s: float
    took_s: float


@dataclass(slots=True)
class _Station:
    """Cores shared evenly. `attained` is what each that was there all along has had so far."""

    cores: float
    threads: int
    attained: float = 0.0
    working: list[tuple[float, int, float, Demand | None]] = field(default_factory=list)
    waiting: deque[tuple[float, Demand]] = field(default_factory=deque)
    busy_threads: int = 0

    def rate(self) -> float:
        """Return which share of a core everyone at work gets."""
        return min(1.0, self.cores / len(self.working)) if self.working else 1.0


def simulated(
    arrivals: Sequence[tuple[float, Demand]],
    *,
    cores: float,
    threads: int = THREADS,
    then: Callable[[Served], tuple[float, Demand] | None] = lambda _served: None,
) -> list[Served]:
    """Serve requests that arrive at these times; return what became of each, in that order.

    `then` may have a client send its next request when it is answered (closed loop).
    """
    numbers = count()
    pending = [(at_s, next(numbers), demand) for at_s, demand in arrivals]
    heapq.heapify(pending)
    station, served, now = _Station(cores, threads), [], 0.0
    while pending or station.working:
        ends_at = _next_end(station, now)
        if pending and pending[0][0] <= ends_at:
            at_s, _, demand = heapq.heappop(pending)
            _pass(station, at_s - now)
            now = at_s
            _admit(station, at_s, demand, numbers)
            continue
        _pass(station, ends_at - now)
        now = ends_at
        _, _, arrived, done = heapq.heappop(station.working)
        if done is None:  # what was left to do afterwards
            continue
        _leave(station, done, numbers)
        one = Served(done.kind, arrived, now + done.wait_s - arrived)
        served.append(one)
        following = then(one)
        if following is not None:
            heapq.heappush(pending, (following[0], next(numbers), following[1]))
    return served


def _next_end(station: _Station, now: float) -> float:
    if not station.working:
        return float("inf")
    left = station.working[0][0] - station.attained
    return now + max(0.0, left) / station.rate()


def _pass(station: _Station, seconds: float) -> None:
    station.attained += seconds * station.rate()


def _admit(station: _Station, at_s: float, demand: Demand, numbers: "count[int]") -> None:
    if station.busy_threads >= station.threads:
        station.waiting.append((at_s, demand))
        return
    station.busy_threads += 1
    ends = station.attained + demand.core_s + TINY
    heapq.heappush(station.working, (ends, next(numbers), at_s, demand))


def _leave(station: _Station, done: Demand, numbers: "count[int]") -> None:
    station.busy_threads -= 1
    if done.after_s > 0:
        ends = station.attained + done.after_s
        heapq.heappush(station.working, (ends, next(numbers), 0.0, None))
    if station.waiting:
        at_s, demand = station.waiting.popleft()
        _admit(station, at_s, demand, numbers)


@dataclass(frozen=True, slots=True)
class Draw:
    """Draws what requests need from measured costs; `dearer` is by how much each kind is.

    With `with_sender` the client's own work takes the same cores, as where both share a machine.
    Times of an idle machine are spread as needs are, and waits are what is left of them. Where
    others kept the machine busy (not `spread`), both are of others' making: then every request
    needs the mean, and waits what the quickest had to.
    """

    costs: Mapping[str, Cost]
    chance: Random
    dearer: Mapping[str, float] = field(default_factory=dict)
    with_sender: bool = False
    spread: bool = True

    def __call__(self, kind: str) -> Demand:
        """Return one request's needs."""
        cost = self.costs[kind]
        sender = cost.sender_ms if self.with_sender else 0.0
        if not self.spread:
            core = cost.processor_ms * self.dearer.get(kind, 1.0)
            wait = max(0.0, min(cost.wall_ms) - cost.processor_ms - cost.sender_ms)
            return Demand(kind, (core + sender) * S, wait * S, cost.beside_ms * S)
        place = self.chance.random() * (len(cost.wall_ms) - 1)
        below = int(place)
        above = min(below + 1, len(cost.wall_ms) - 1)
        wall = cost.wall_ms[below] + (place - below) * (cost.wall_ms[above] - cost.wall_ms[below])
        share = min(1.0, cost.processor_ms / cost.mean_ms)
        core = wall * share * self.dearer.get(kind, 1.0)
        wait = max(0.0, wall * (1.0 - share) - cost.sender_ms)
        return Demand(kind, (core + sender) * S, wait * S, cost.beside_ms * S)


def arriving(draw: Draw, rates: Mapping[str, float], seconds: float) -> list[tuple[float, Demand]]:
    """Return requests that come independently at these rates a second, by kind."""
    found = []
    for kind, rate in rates.items():
        at_s = draw.chance.expovariate(rate) if rate else seconds
        while at_s < seconds:
            found.append((at_s, draw(kind)))
            at_s += draw.chance.expovariate(rate)
    return sorted(found, key=lambda one: one[0])


def capacity(draw: Draw, *, cores: float, seconds: float) -> float:
    """Return writes and recalls a second of 16 clients each, as fast as they are answered."""
    first = [(0.0, draw(kind)) for kind in (WRITE, RECALL) for _ in range(CLIENTS_EACH)]

    def again(one: Served) -> tuple[float, Demand] | None:
        ended = one.at_s + one.took_s
        return (ended, draw(one.kind)) if ended < seconds else None

    served = simulated(first, cores=cores, then=again)
    return sum(one.at_s + one.took_s <= seconds for one in served) / seconds


def place(space: str, databases: int) -> int:
    """Return which of so many databases a space is in: the one that weighs most for its name.

    Rendezvous hashing: with one database more, only the spaces that go to it move (Thaler and
    Ravishankar, "A Name-Based Mapping Scheme for Rendezvous", 1996).
    """
    return max(
        range(databases),
        key=lambda one: blake2b(f"{one}/{space}".encode(), digest_size=8).digest(),
    )


def shares_of(spaces: int, databases: int, *, skew: float) -> list[float]:
    """Return each database's share of all requests; space n is asked as n to the power -`skew`."""
    shares = [0.0] * databases
    weights = [(n + 1) ** -skew for n in range(spaces)]
    for number, weight in enumerate(weights):
        shares[place(f"space-{number}", databases)] += weight / sum(weights)
    return shares

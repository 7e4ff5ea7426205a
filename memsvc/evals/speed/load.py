"""How the service bears load: 16 writers and 16 readers, at half of what it can and beyond.

Four parts on one service, started as a user starts it. Idle: one request at a time. Capacity: all
writers and readers as fast as they are answered. Half: half of that rate, at times fixed
beforehand. Saturation: three times that rate, which it must refuse in part. In the end every turn
that was acknowledged is read back and must be there exactly once.
"""

import json
import math
import statistics
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from importlib.resources import files
from itertools import count
from pathlib import Path
from random import Random
from urllib.parse import urlsplit

from memsvc.evals.speed.sender import Outcome, Sending, request, send_all, send_closed
from memsvc.evals.speed.service import Figure, texts
from memsvc.sdk.client import Client
from memsvc.sdk.wire import NewTurn
from memsvc.spawned import Spawned, spawned

WRITERS = READERS = 16
CLIENTS = 32
SPACE, LATER = "load", "load-later"
TOGETHER = 20
"""Turns in one request of clients that have several."""
SATURATION = 3
FILLED_AT_ONCE = 500
VARIETY = 2_000
WRITE, RECALL = "write", "recall"
LATER_APART = "embed=later, 32 clients, a turn a request"
LATER_TOGETHER = f"embed=later, 32 clients, {TOGETHER} turns a request"
PARTS = ((50, "p50"), (95, "p95"), (99, "p99"))


@dataclass(frozen=True, slots=True)
class Scale:
    """How much is asked of the service."""

    seconds: float = 60.0
    filled: int = 2_000
    idle: int = 200
    probing_s: float = 5.0
    later: int = 4_000


@dataclass(frozen=True, slots=True)
class Phase:
    """What became of a part's requests, and how long it lasted."""

    outcomes: Sequence[Outcome]
    seconds: float

    def answered(self, kind: str) -> list[float]:
        """Return the times of the successful answers of a kind; seconds."""
        return [o.took_s for o in self.outcomes if o.kind == kind and _is_success(o)]

    def rate(self, kind: str) -> float:
        """Return successful answers of a kind a second."""
        return len(self.answered(kind)) / self.seconds

    def acknowledged(self) -> set[str]:
        """Return the names of the turns that the service said it keeps."""
        return {o.name for o in self.outcomes if o.kind == WRITE and _is_success(o)}


def measure_load(
    data: Path, *, port: int, scale: Scale, progress: Callable[[str], None]
) -> list[Figure]:
    """Start a service over an empty directory, load it, and read back what it kept."""
    with spawned(data, port=port) as service:
        make = Maker(service)
        progress("filling")
        said = [NewTurn(content=text) for text in texts(scale.filled)]
        for begin in range(0, scale.filled, FILLED_AT_ONCE):
            service.client.space(SPACE).write("filled", said[begin : begin + FILLED_AT_ONCE])
        progress("idle")
        idle = timed(partial(make.closed, [make.mixed(scale.idle * 2)]))
        progress("capacity")
        capacity = _capacity(make, longer_than_s=scale.probing_s)
        writes, recalls = capacity.rate(WRITE), capacity.rate(RECALL)
        progress(f"half of it, for {scale.seconds:g} s")
        half = timed(partial(make.open, make.arrivals(writes / 2, recalls / 2, scale.seconds)))
        progress("saturation")
        flood = make.arrivals(SATURATION * writes, SATURATION * recalls, scale.seconds / 4)
        flooded = timed(partial(make.open, flood))
        progress("embed=later, 32 clients")
        later = timed(partial(make.closed, make.later_lanes(scale.later)))
        many = make.later_lanes(max(CLIENTS, scale.later // 4), together=TOGETHER)
        together = timed(partial(make.closed, many))
        progress("reading back")
        phases = (idle, capacity, half, flooded)
        kept = _kept(service.client, SPACE)
        acknowledged = [name for phase in phases for name in phase.acknowledged()]
        lost = sum(kept[name] == 0 for name in acknowledged)
        kept_later = _kept(service.client, LATER)
        apart = later.acknowledged()
        apart |= {one for name in together.acknowledged() for one in _names(name, TOGETHER)}
        lost += sum(kept_later[name] == 0 for name in apart)
        doubled = sum(times > 1 for times in (*kept.values(), *kept_later.values()))
        return [
            *_latencies("idle", idle),
            Figure("capacity, 16 writers", writes, "writes/s"),
            Figure("capacity, 16 readers beside them", recalls, "recalls/s"),
            *_latencies("half capacity", half, beside=idle),
            Figure("half capacity, neither success nor 429", _errors(half), "requests"),
            Figure("half capacity, answered 429", _refused(half), "requests"),
            *_latencies("saturation", flooded),
            Figure("saturation, answered 429", _refused(flooded), "requests"),
            Figure("saturation, of these without Retry-After", _impolite(flooded), "requests"),
            Figure("saturation, neither success nor 429", _errors(flooded), "requests"),
            Figure("saturation, successes", flooded.rate(WRITE) + flooded.rate(RECALL), "1/s"),
            Figure(LATER_APART, later.rate(WRITE), "turns/s"),
            Figure(LATER_TOGETHER, TOGETHER * together.rate(WRITE), "turns/s"),
            Figure("acknowledged turns", len(acknowledged) + len(apart), "turns"),
            Figure("of these lost", lost, "turns"),
            Figure("turns kept twice", doubled, "turns"),
            Figure("memory of the service at the end", service.resident_bytes / 2**20, "MiB"),
        ]


class Maker:
    """Makes requests to one service: every write with a turn id that no other has."""

    def __init__(self, service: Spawned) -> None:
        place = urlsplit(service.address)
        self._host = place.hostname or ""
        self._port = place.port or 80
        self._key = service.key
        self._numbers = count()
        self._said = texts(VARIETY)
        sample = json.loads((files("memsvc.demo") / "conversation.json").read_text())
        self._questions: list[str] = sample["questions"]

    def write(
        self, at_s: float = 0.0, *, space: str = SPACE, embed: str = "now", turns: int = 1
    ) -> Sending:
        """Return a request to write one turn, or so many; the first has the request's name."""
        number = next(self._numbers)
        name = f"w{number}"
        said = self._said[number % VARIETY]
        lot = [{"id": one, "content": f"{said} {one}"} for one in _names(name, turns)]
        path = f"/v1/spaces/{space}/streams/s{number % WRITERS}/turns"
        return self._sending(at_s, WRITE, name, path, {"turns": lot, "embed": embed})

    def recall(self, at_s: float = 0.0) -> Sending:
        """Return a question."""
        number = next(self._numbers)
        question = self._questions[number % len(self._questions)]
        path = f"/v1/spaces/{SPACE}/recall"
        return self._sending(at_s, RECALL, f"r{number}", path, {"question": question})

    def mixed(self, requests: int) -> list[Sending]:
        """Return a write, a recall, a write, and so on."""
        return [self.recall() if n % 2 else self.write() for n in range(requests)]

    def arrivals(self, writes_s: float, recalls_s: float, seconds: float) -> list[Sending]:
        """Return requests that come independently at these rates, in the order of their times."""
        sendings = [self.write(at_s) for at_s in _moments(writes_s, seconds, seed=1)]
        sendings += [self.recall(at_s) for at_s in _moments(recalls_s, seconds, seed=2)]
        return sorted(sendings, key=lambda sending: sending.at_s)

    def later_lanes(self, requests: int, *, together: int = 1) -> list[list[Sending]]:
        """Return what many clients write with embed=later, so many turns in a request."""
        each = requests // CLIENTS
        return [
            [self.write(space=LATER, embed="later", turns=together) for _ in range(each)]
            for _ in range(CLIENTS)
        ]

    def open(self, sendings: Sequence[Sending]) -> list[Outcome]:
        """Send each at its time, whether others were answered or not."""
        return send_all(self._host, self._port, sendings)

    def closed(self, lanes: Sequence[Sequence[Sending]]) -> list[Outcome]:
        """Send each lane's requests one after the other."""
        return send_closed(self._host, self._port, lanes)

    def _sending(self, at_s: float, kind: str, name: str, path: str, said: object) -> Sending:
        body = json.dumps(said).encode()
        head = request(path, body, host=self._host, key=self._key)
        return Sending(at_s, kind, name, head, body)


def _names(first: str, turns: int) -> list[str]:
    """Return the names of a request's turns; the first has the request's own."""
    return [first, *(f"{first}-{n}" for n in range(1, turns))]


def _moments(rate: float, seconds: float, *, seed: int) -> Iterator[float]:
    """Return moments at random with this many a second (a Poisson process)."""
    chance = Random(seed)  # noqa: S311  a seed, so that every run sends alike
    at_s = chance.expovariate(rate)
    while at_s < seconds:
        yield at_s
        at_s += chance.expovariate(rate)


def _capacity(make: Maker, *, longer_than_s: float) -> Phase:
    """Let all writers and readers go as fast as they are answered, for some seconds."""
    each = 20
    while True:
        lanes = [[make.write() for _ in range(each)] for _ in range(WRITERS)]
        lanes += [[make.recall() for _ in range(each)] for _ in range(READERS)]
        found = timed(partial(make.closed, lanes))
        if found.seconds >= longer_than_s:
            return found
        each = math.ceil(each * 1.3 * longer_than_s / found.seconds)


def timed(work: Callable[[], list[Outcome]]) -> Phase:
    """Send requests; return what became of them and how long it took."""
    begun = time.perf_counter()
    outcomes = work()
    return Phase(outcomes, time.perf_counter() - begun)


def _latencies(when: str, phase: Phase, *, beside: Phase | None = None) -> Iterator[Figure]:
    for kind in (WRITE, RECALL):
        for percent, name in PARTS:
            took = _percentile(phase.answered(kind), percent)
            bare = None if beside is None else _percentile(beside.answered(kind), percent)
            yield Figure(
                f"{kind}, {when}, {name}",
                took * 1e3,
                "ms",
                None if bare is None else took / bare,
                None if bare is None else "the same, idle",
            )


def _percentile(values: Sequence[float], percent: int) -> float:
    if len(values) < 2:  # noqa: PLR2004  quantiles need two
        return math.nan
    return statistics.quantiles(values, n=100)[percent - 1]


def _is_success(outcome: Outcome) -> bool:
    return HTTPStatus.OK <= outcome.status < HTTPStatus.MULTIPLE_CHOICES


def _is_refusal(outcome: Outcome) -> bool:
    return outcome.status == HTTPStatus.TOO_MANY_REQUESTS


def _errors(phase: Phase) -> int:
    return sum(not _is_success(o) and not _is_refusal(o) for o in phase.outcomes)


def _refused(phase: Phase) -> int:
    return sum(map(_is_refusal, phase.outcomes))


def _impolite(phase: Phase) -> int:
    return sum(_is_refusal(o) and not o.retry_after for o in phase.outcomes)


def _kept(client: Client, space: str) -> Counter[str]:
    """Count how often each turn of a writer is in the space."""
    return Counter(turn.client_id for turn in client.space(space).turns() if turn.client_id)

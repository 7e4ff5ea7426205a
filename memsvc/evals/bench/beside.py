"""A row of the speed report: one kind of work, ours beside its peers, and what is aimed at.

A goal is judged by the figure of the same run. Where a run is too small for what the goal speaks
of (a million turns, say), it is not judged: `reached` is None.
"""

import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Goal:
    """What is aimed at, in words, and whether this run reached it."""

    said: str
    reached: bool | None


@dataclass(frozen=True, slots=True)
class Row:
    """One kind of work. `peers` are in the unit of `ours`; `ratio` is ours by the peer `beside`."""

    work: str
    ours: float
    unit: str
    peers: Mapping[str, float] = field(default_factory=dict)
    beside: str | None = None
    goal: Goal | None = None
    note: str = ""

    @property
    def ratio(self) -> float | None:
        """Ours by the peer that it stands beside; None without one."""
        other = self.peers.get(self.beside or "")
        return self.ours / other if other else None

    def as_json(self) -> dict[str, Any]:
        """Return the row with its ratio."""
        return {**asdict(self), "ratio": self.ratio}


@dataclass(frozen=True, slots=True)
class Part:
    """Rows that were measured together, how long that took, and how much of it others took.

    `others` is the share of all cores' time that processes beside this measurement used meanwhile.
    """

    title: str
    rows: Sequence[Row]
    seconds: float
    others: float
    absent: Sequence[str] = ()

    def as_json(self) -> dict[str, Any]:
        """Return the part as a report keeps it."""
        return {
            "title": self.title,
            "seconds": round(self.seconds, 1),
            "others": round(self.others, 3),
            "absent": list(self.absent),
            "rows": [row.as_json() for row in self.rows],
        }


def part(title: str, measure: Callable[[], Iterable[Row]], *, absent: Sequence[str] = ()) -> Part:
    """Measure rows, and beside them how busy others kept the machine."""
    begun, busy, own = time.perf_counter(), _busy_s(), _own_s()
    rows = list(measure())
    seconds = time.perf_counter() - begun
    others = max(0.0, (_busy_s() - busy) - (_own_s() - own))
    return Part(title, rows, seconds, others / (seconds * (os.cpu_count() or 1)), tuple(absent))


def missed(parts: Iterable[Part]) -> Iterator[Row]:
    """Yield the rows whose goals were not reached."""
    for one in parts:
        yield from (row for row in one.rows if row.goal and row.goal.reached is False)


def _busy_s() -> float:
    """Seconds of all cores that were not idle since the machine started; 0 where none tells."""
    try:
        with open("/proc/stat", encoding="ascii") as told:  # noqa: PTH123  no file, a question
            numbers = [int(number) for number in told.readline().split()[1:9]]
    except OSError:
        return 0.0
    user, nice, system, _, _, irq, softirq, steal = numbers
    return (user + nice + system + irq + softirq + steal) / os.sysconf("SC_CLK_TCK")


def _own_s() -> float:
    """Seconds of the processor of this process and of those of its children that have ended."""
    took = os.times()
    return took.user + took.system + took.children_user + took.children_system

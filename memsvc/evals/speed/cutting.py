"""What cutting streams into events adds to a write, and that a long stream does not add to it.

Measured inside the process, where the one can be told from the other: a service over an empty
directory, whose step that closes events is timed in each write. All times are processor time, so
that what else the machine does counts for little.
"""

import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from pathlib import Path

from typing_extensions import override

from memsvc.app.episodes import Episodes
from memsvc.app.remember import Batch, Remember
from memsvc.config import Settings
from memsvc.domain.ids import EventId, SpaceName, StreamKey, StreamName
from memsvc.domain.memory import NewTurn, Space
from memsvc.llm.fakes import HashingEmbedder
from memsvc.local import OWNER
from memsvc.ports.keeping import Unit
from memsvc.ports.models import Embedder
from memsvc.wiring import Service, open_service

SPACE, STREAM = SpaceName("cutting"), StreamName("one")
SINGLES = 200
AT_ONCE = 1_000
LONG_STREAM = 100_000


@dataclass(frozen=True, slots=True)
class Shares:
    """Medians in seconds of processor time. `write_s` is a whole write with its embedding.

    `closing_s` is the step that closes events, in a short stream; `in_long_s` and `in_short_s` are
    the same with vectors that cost nothing, at `LONG_STREAM` turns and at a hundredth of them.
    """

    write_s: float
    closing_s: float
    in_long_s: float
    in_short_s: float


@dataclass(frozen=True, slots=True)
class TimedEpisodes(Episodes):
    """Closes events, and notes how long that took."""

    took_s: list[float] = field(default_factory=list)

    @override
    def close(
        self,
        unit: Unit,
        space: Space,
        streams: Sequence[StreamKey],
        *,
        actor: str,
        at: datetime,
    ) -> list[EventId]:
        begun = time.thread_time()
        closed = Episodes.close(self, unit, space, streams, actor=actor, at=at)
        self.took_s.append(time.thread_time() - begun)
        return closed


def cutting_shares(data: Path, embedder: Embedder, said: Sequence[str]) -> Shares:
    """Write the texts one by one, with real vectors and into streams of different lengths."""
    with open_service(Settings(data=data / "real"), embedder=embedder) as service:
        write_s, closing_s = _singles(*_timed(service), said[:SINGLES])
    with open_service(Settings(data=data / "long"), embedder=HashingEmbedder()) as service:
        remember, episodes = _timed(service)
        _fill(remember, said, turns=LONG_STREAM // 100)
        _, in_short_s = _singles(remember, episodes, said[:SINGLES])
        _fill(remember, said, turns=LONG_STREAM)
        _, in_long_s = _singles(remember, episodes, said[:SINGLES])
    return Shares(write_s, closing_s, in_long_s=in_long_s, in_short_s=in_short_s)


def _timed(service: Service) -> tuple[Remember, TimedEpisodes]:
    """Return how the service writes, with a watch on the step that closes events."""
    append = service.remember.append
    given = {each.name: getattr(append.episodes, each.name) for each in fields(append.episodes)}
    episodes = TimedEpisodes(**given)
    return replace(service.remember, append=replace(append, episodes=episodes)), episodes


def _singles(
    remember: Remember, episodes: TimedEpisodes, said: Sequence[str]
) -> tuple[float, float]:
    episodes.took_s.clear()
    took_s = []
    for text in said:
        begun = time.process_time()
        remember(OWNER, SPACE, Batch(STREAM, (NewTurn(role="user", content=text),)))
        took_s.append(time.process_time() - begun)
    return statistics.median(took_s), statistics.median(episodes.took_s)


def _fill(remember: Remember, said: Sequence[str], *, turns: int) -> None:
    for begin in range(0, turns, AT_ONCE):
        batch = [
            NewTurn(role="user", content=f"{said[n % len(said)]} {n}")
            for n in range(begin, min(begin + AT_ONCE, turns))
        ]
        remember(OWNER, SPACE, Batch(STREAM, tuple(batch)))

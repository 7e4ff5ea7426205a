"""What a question about the past costs, and what it costs those who ask about the present.

`memsvc bench past` fills a space in an empty directory and asks it as of its middle: first, when
its indexes are drawn from rows as they were, and again, when they are at hand. All times are by the
wall clock, in milliseconds.
"""

import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from threading import Event, Thread

from memsvc.app.remember import Batch
from memsvc.config import Settings
from memsvc.domain.ids import Position, SpaceName, StreamName
from memsvc.domain.memory import NewTurn
from memsvc.domain.recall import Filter, Question
from memsvc.llm.fakes import HashingEmbedder
from memsvc.local import OWNER
from memsvc.wiring import Service, open_service

SPACE = SpaceName("past")
AT_ONCE = 500
REPEATED = 20
WORDS = 4_000
SAID = 14
"""Words of a turn."""


@dataclass(frozen=True, slots=True)
class Cost:
    """Medians in milliseconds, but for `first_ms`, which is one draw.

    `first_ms` is the first recall as of a position, `again_ms` the next ones, `present_ms` recalls
    of the present. `list_ms` reads a page of 50 turns as of then, `list_present_ms` as of now.
    `write_ms` is a write of one turn, `write_beside_ms` one while the past is drawn all the time,
    and `present_beside_ms` a recall of the present meanwhile.
    """

    turns: int
    first_ms: float
    again_ms: float
    present_ms: float
    list_ms: float
    list_present_ms: float
    write_ms: float
    write_beside_ms: float
    present_beside_ms: float


def measure_past(data: Path, turns: int) -> Cost:
    """Fill a space with so many turns, and ask."""
    chance = Random(turns)  # noqa: S311  words to fill a space with
    with open_service(Settings(data=data), embedder=HashingEmbedder()) as service:
        for begin in range(0, turns, AT_ONCE):
            said = tuple(_turn(chance) for _ in range(min(AT_ONCE, turns - begin)))
            service.remember(OWNER, SPACE, Batch(StreamName(f"s{begin % 7}"), said))
        middle = Position(turns // 2)

        def asked(as_of: Position | None) -> None:
            _at(service, as_of).recall(OWNER, SPACE, Question(_text(chance)))

        def listed(as_of: Position | None) -> None:
            _at(service, as_of).inspect.turns(OWNER, SPACE, Filter(), after=None, limit=50)

        def written() -> None:
            service.remember(OWNER, SPACE, Batch(StreamName("new"), (_turn(chance),)))

        asked(None)
        present, write = _median(lambda: asked(None)), _median(written)
        first = _taken(lambda: asked(middle))
        again = _median(lambda: asked(middle))
        pages = _median(lambda: listed(middle)), _median(lambda: listed(None))
        with _drawing(service, turns):
            beside = _median(written), _median(lambda: asked(None))
    return Cost(turns, first, again, present, *pages, write, *beside)


@contextmanager
def _drawing(service: Service, turns: int) -> Iterator[None]:
    """Have somebody ask as of ever other positions all the while."""
    done = Event()

    def draw() -> None:
        position = turns // 2
        while not done.is_set():
            position -= 1
            _at(service, Position(position)).recall(OWNER, SPACE, Question("who said that"))

    thread = Thread(target=draw)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def _at(service: Service, as_of: Position | None) -> Service:
    if as_of is None:
        return service
    return service.at(service.look_back(OWNER, [SPACE], as_of))


def _turn(chance: Random) -> NewTurn:
    return NewTurn(role="user", content=_text(chance))


def _text(chance: Random) -> str:
    words = (f"word{int(WORDS * chance.random() ** 3)}" for _ in range(SAID))
    return f"{' '.join(words)} said Name{chance.randrange(500)}."


def _taken(work: Callable[[], None]) -> float:
    begun = time.perf_counter()
    work()
    return round(1_000 * (time.perf_counter() - begun), 1)


def _median(work: Callable[[], None]) -> float:
    return statistics.median(_taken(work) for _ in range(REPEATED))

"""The worker: does what writes have left in the outbox, and keeps the house in order.

A loop around use cases that are handed in; it knows neither the store nor the model. It reports
what fails and goes on, because tomorrow's jobs should not wait for today's.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Event, Thread
from time import monotonic

import structlog

log = structlog.get_logger(__name__)

SHORTEST_PAUSE_S = 0.05
LONGEST_PAUSE_S = 1.0
"""How long a job may lie before an idle worker looks again."""
LONGEST_PAUSE_AFTER_FAILURE_S = 30.0
LONGEST_GIVING_WAY_S = 0.25
"""How long requests may hold up a step of the worker: it makes way, and is not starved."""


@dataclass(frozen=True, slots=True)
class Chore:
    """Something to do at the start and then every so often."""

    do: Callable[[], object]
    every_s: float


def _nobody(_longest_s: float) -> None:
    """Make way for nobody."""


@contextmanager
def working(
    enrich: Callable[[], int],
    *,
    chores: Sequence[Chore] = (),
    make_way: Callable[[float], object] = _nobody,
    name: str = "memsvc-worker",
) -> Iterator[None]:
    """Run the loop in a thread for as long as this lasts; leave when its present job is done."""
    stop = Event()
    thread = Thread(
        target=work_until,
        args=(stop, enrich),
        kwargs={"chores": chores, "make_way": make_way},
        name=name,
        daemon=True,
    )
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def work_until(
    stop: Event,
    enrich: Callable[[], int],
    *,
    chores: Sequence[Chore] = (),
    make_way: Callable[[float], object] = _nobody,
    clock: Callable[[], float] = monotonic,
    pause: Callable[[float], object] | None = None,
) -> None:
    """Call `enrich` until told to stop; it returns how many jobs it took, 0 when none is due.

    The pause doubles while there is nothing to do, and after failures grows further. `make_way`
    waits for a gap between requests, at most as long as it is told. `pause` replaces waiting on
    `stop`.
    """
    wait = pause or stop.wait
    pause_s = SHORTEST_PAUSE_S
    due_at = [clock()] * len(chores)
    while not stop.is_set():
        make_way(LONGEST_GIVING_WAY_S)
        try:
            for number, chore in enumerate(chores):
                if clock() >= due_at[number]:
                    due_at[number] = clock() + chore.every_s
                    chore.do()
            jobs = enrich()
        except Exception:  # the loop's edge: it reports and goes on
            log.exception("worker.failed")
            pause_s = min(pause_s * 2, LONGEST_PAUSE_AFTER_FAILURE_S)
            wait(pause_s)
            continue
        if jobs:
            pause_s = SHORTEST_PAUSE_S
            continue
        pause_s = min(pause_s * 2, LONGEST_PAUSE_S)
        wait(pause_s)

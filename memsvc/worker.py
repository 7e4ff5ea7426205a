"""The worker: does what writes have left in the outbox, and keeps the house in order.

A loop around use cases that are handed in; it knows neither the store nor the model. It reports
what fails and goes on, because tomorrow's jobs should not wait for today's.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread
from time import monotonic

import structlog

log = structlog.get_logger(__name__)

SHORTEST_PAUSE_S = 0.05
LONGEST_PAUSE_S = 1.0
"""How long a job may lie before an idle worker looks again."""
LONGEST_PAUSE_AFTER_FAILURE_S = 30.0
TEND_EVERY_S = 3_600.0


@contextmanager
def working(enrich: Callable[[], int], *, tend: Callable[[], object]) -> Iterator[None]:
    """Run the loop in a thread for as long as this lasts; leave when its present job is done."""
    stop = Event()
    thread = Thread(
        target=work_until, args=(stop, enrich), kwargs={"tend": tend}, name="memsvc-worker"
    )
    thread.daemon = True
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
    tend: Callable[[], object],
    clock: Callable[[], float] = monotonic,
    pause: Callable[[float], object] | None = None,
) -> None:
    """Call `enrich` until told to stop; it returns how many jobs it took, 0 when none is due.

    The pause doubles while there is nothing to do, and after failures grows further. `tend` is
    called at the start and then hourly. `pause` replaces waiting on `stop`.
    """
    wait = pause or stop.wait
    pause_s = SHORTEST_PAUSE_S
    tend_at = clock()
    while not stop.is_set():
        try:
            if clock() >= tend_at:
                tend_at = clock() + TEND_EVERY_S
                tend()
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

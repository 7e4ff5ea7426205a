"""Stopping a long statement of PostgreSQL's, such as the building of a graph or a vacuum."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread
from typing import Any

import structlog

log = structlog.get_logger(__name__)

LOOK_EVERY_S = 1.0


@contextmanager
def stopped_unless(go_on: Callable[[], bool], connection: Any, *, what: str) -> Iterator[None]:
    """Ask every second whether a statement may go on, and have it cancelled if not.

    `connection` is psycopg's. What was cancelled is left without an error; the log names it.
    """
    from psycopg.errors import QueryCanceled  # noqa: PLC0415  only who has PostgreSQL has it

    is_over = Event()

    def watch() -> None:
        while not is_over.wait(LOOK_EVERY_S):
            if not go_on():
                connection.cancel_safe()
                return

    watcher = Thread(target=watch, name="memsvc-watch", daemon=True)
    watcher.start()
    try:
        yield
    except QueryCanceled:
        log.info("statement.given_up", what=what)
    finally:
        is_over.set()
        watcher.join()

"""Vacuuming soon after something was deleted, so that its bytes need not wait for the server.

PostgreSQL leaves deleted rows in its files until a vacuum, and its own comes once a fifth of a
table has changed. Here a vacuum follows as soon as nobody reads from before the deletion any more:
it takes what points at the rows out of every index, zeroes vectors in graphs, and moves the rows
that are left in a page together, over those that are gone. What it does not do is to overwrite what
is left at the end of a page: that is done by the next rows that come there. `VACUUM FULL` writes
tables anew, and lets nobody read or write meanwhile, so that is left to whoever looks after the
server.
"""

import time
from collections.abc import Callable
from datetime import datetime
from typing import Any, NamedTuple

import structlog
from sqlalchemy import Connection, Engine, create_engine, text
from sqlalchemy.pool import NullPool

from store.database import is_postgres
from store.indexing import half_vectors, postings
from store.sharing import alive
from store.stopping import stopped_unless
from store.tables import (
    document_parts,
    documents,
    facts,
    feedback,
    links,
    metadata,
    note_versions,
    notes,
    pinned_questions,
    quarantine,
    spaces,
    streams,
    titles,
    turns,
)

log = structlog.get_logger(__name__)

TELLING = frozenset(
    table.name
    for table in (
        turns,
        quarantine,
        documents,
        document_parts,
        streams,
        facts,
        notes,
        note_versions,
        links,
        titles,
        feedback,
        pinned_questions,
        spaces,
    )
)
"""Tables of which one loses a row whenever something is deleted; what hangs on it goes, too."""

OURS = frozenset([*metadata.tables, half_vectors.name, postings.name])

RESTS = 20
"""So many times as long as a vacuum took, none is made: it is a twentieth of what goes on."""

_COUNTED = text(
    "SELECT relname, n_dead_tup, n_tup_del, last_vacuum, clock_timestamp() AS now "
    "FROM pg_stat_user_tables WHERE schemaname = current_schema()"
)
_READS_FROM_BEFORE = text(
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
    "AND pid <> pg_backend_pid() AND xact_start <= :moment"
)
_AS_THE_SERVER_DOES = "SET vacuum_cost_delay = '2ms'"
"""At the pace of the server's own vacuuming, which leaves the disk to others."""


class Counted(NamedTuple):
    """A table as the server counts it: dead rows, rows that were ever deleted, its last vacuum."""

    dead: int
    deleted: int
    vacuumed_at: datetime | None


class Deleted(NamedTuple):
    """How many rows had ever been deleted at a moment."""

    rows: int
    at: datetime


class Vacuuming:
    """Looks now and then whether anything was deleted, and has the server clear it away."""

    def __init__(self, engine: Engine, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._engine = create_engine(
            engine.url,
            poolclass=NullPool,
            isolation_level="AUTOCOMMIT",
            connect_args=alive(engine.url),
        )
        self._clock = clock
        self._cleared = -1
        self._waiting: Deleted | None = None
        self._rests_until = clock()

    def __call__(self, go_on: Callable[[], bool] = lambda: True) -> int:
        """Vacuum tables of which rows were deleted before the last look; return how many.

        Nobody waits for it: rows are read and written meanwhile, and a table that somebody else
        vacuums or builds an index of is left for the next time. Stops where `go_on` says so.
        """
        if self._clock() < self._rests_until:
            return 0
        with self._engine.connect() as connection:
            counted, now = _look(connection)
            if self._waiting is None:
                deleted = sum(each.deleted for name, each in counted.items() if name in TELLING)
                if deleted != self._cleared:
                    self._waiting = Deleted(deleted, now)
                return 0
            if connection.execute(_READS_FROM_BEFORE, {"moment": self._waiting.at}).scalar_one():
                return 0
            return self._clear(connection, counted, self._waiting, go_on)

    def _clear(
        self,
        connection: Connection,
        counted: dict[str, Counted],
        deleted: Deleted,
        go_on: Callable[[], bool],
    ) -> int:
        began = self._clock()
        dirty = sorted(name for name, each in counted.items() if each.dead)
        lent: Any = connection.connection.driver_connection
        with stopped_unless(go_on, lent, what="vacuum"), lent.cursor() as cursor:
            cursor.execute(_AS_THE_SERVER_DOES)
            for name in dirty:
                cursor.execute(f'VACUUM (INDEX_CLEANUP ON, SKIP_LOCKED) "{name}"')
        after, _ = _look(connection)
        left = [name for name in dirty if after[name].vacuumed_at == counted[name].vacuumed_at]
        took_s = self._clock() - began
        self._rests_until = self._clock() + RESTS * took_s
        if not left:
            self._cleared, self._waiting = deleted.rows, None
        log.info("store.vacuumed", tables=len(dirty), left=left, took_s=round(took_s, 1))
        return len(dirty) - len(left)


def vacuuming(engine: Engine) -> Vacuuming | None:
    """Return what vacuums a database of PostgreSQL; SQLite overwrites what is deleted at once."""
    return Vacuuming(engine) if is_postgres(engine) else None


def dead_rows(connection: Connection) -> int:
    """Return how many rows that are gone the server counts in its files still, about."""
    counted, _ = _look(connection)
    return sum(each.dead for each in counted.values())


def _look(connection: Connection) -> tuple[dict[str, Counted], datetime]:
    """Return what the server counts of our tables, and its time."""
    rows = connection.execute(_COUNTED).all()
    counted = {
        row.relname: Counted(row.n_dead_tup, row.n_tup_del, row.last_vacuum)
        for row in rows
        if row.relname in OURS
    }
    return counted, rows[0].now

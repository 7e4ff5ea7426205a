"""Opening SQLite: one file in WAL mode, with a pool of readers and one writer.

`synchronous=FULL` makes a commit survive power loss; group commit (see `store.uow`) makes it
cheap. `secure_delete` overwrites what a delete frees, because forgetting should be real.
"""

import json
import sqlite3
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.pool import NullPool, QueuePool

from store.database import WRITES

BUSY_TIMEOUT_MS = 5_000
CACHE_KIB = 8_192
"""Of each connection, one a reader; the system caches the file for all of them together."""
PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
    "secure_delete=ON",
    f"busy_timeout={BUSY_TIMEOUT_MS}",
    f"cache_size=-{CACHE_KIB}",
    "temp_store=MEMORY",
)

_ARGUMENTS = {"check_same_thread": False, "timeout": BUSY_TIMEOUT_MS / 1000}


def open_engine(path: Path, *, readers: int) -> Engine:
    """Return an engine over the SQLite file at `path`, made when it does not exist.

    Connections are handed out in autocommit; whoever uses one says BEGIN, because the driver's
    own habit of opening transactions late would break savepoints and consistent reads.
    """
    engine = create_engine(
        f"sqlite:///{path}",
        poolclass=QueuePool,
        pool_size=readers + 1,
        max_overflow=0,
        pool_timeout=30,
        # Whoever borrows a connection ends its own transaction; a second ROLLBACK costs 50 us.
        pool_reset_on_return=None,
        json_deserializer=_from_json,
        connect_args=_ARGUMENTS,
    )
    return _prepared(engine)


def open_beside(engine: Engine) -> Engine:
    """Return an engine over the same file whose every connection is closed after its use.

    For reads that leave something on their connection which no other may find.
    """
    return _prepared(create_engine(engine.url, poolclass=NullPool, connect_args=_ARGUMENTS))


def _from_json(text: str) -> Any:
    """Return what a JSON column holds; most metadata is empty, and a recall reads forty."""
    return {} if text == "{}" else json.loads(text)


def _prepared(engine: Engine) -> Engine:

    @event.listens_for(engine, "connect")
    def prepare(connection: sqlite3.Connection, _record: Any) -> None:
        connection.isolation_level = None
        try:
            for pragma in PRAGMAS:
                connection.execute(f"PRAGMA {pragma}")
        except sqlite3.Error:
            connection.close()  # SQLAlchemy does not have it yet and would leave it open
            raise

    @event.listens_for(engine, "begin")
    def begin(connection: Any) -> None:
        is_to_write = connection.get_execution_options().get(WRITES)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if is_to_write else "BEGIN")

    return engine

"""Opening PostgreSQL: a pool of connections, of which one transaction at a time may change rows.

Reads see one consistent view (`REPEATABLE READ`). A transaction that changes rows begins by taking
an advisory lock, so that writers of several processes come one after another as they do within
one; then each of its statements sees what was committed before it (`READ COMMITTED`).
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import URL, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import NullPool, QueuePool

from memsvc.domain.errors import DataDirectoryUnusable, StoreUnavailable
from store.database import BINARY, WRITES
from store.sharing import ALONE, OPEN, WRITING, alive

DRIVER = "postgresql+psycopg"

AS_IT_IS = 1
"""How PostgreSQL's protocol calls its own form of values; 0 is their text."""


def url_of(text: str) -> URL:
    """Read a URL such as `postgresql://user:password@host/name`. Raises `DataDirectoryUnusable`."""
    try:
        url = make_url(text)
    except ArgumentError as error:
        raise DataDirectoryUnusable(
            "MEMSVC_DATABASE is no URL; write postgresql://user:password@host:5432/name."
        ) from error
    if url.get_backend_name() != "postgresql":
        raise DataDirectoryUnusable(
            f"MEMSVC_DATABASE names {url.get_backend_name()}; only postgresql:// is known."
        )
    return url.set(drivername=DRIVER)


@dataclass(frozen=True, slots=True)
class Terms:
    """On what terms a database is used; 0 sets no limit.

    `is_shared` says that other processes write, too. One of those that may lead, which have a
    worker, does what one of them has to do.
    """

    is_shared: bool = False
    may_lead: bool = True
    statement_s: float = 0.0
    lock_s: float = 0.0

    def arguments(self, url: URL) -> dict[str, Any]:
        """Return what the driver is told of every connection."""
        limits = {"statement_timeout": self.statement_s, "lock_timeout": self.lock_s}
        told = [f"-c {name}={round(limit * 1_000)}" for name, limit in limits.items() if limit]
        return alive(url, *told)


def open_engine(text: str, *, readers: int, terms: Terms = Terms()) -> Engine:
    """Return an engine over the PostgreSQL database at a URL. Raises `DataDirectoryUnusable`."""
    url = url_of(text)
    engine = create_engine(
        url,
        isolation_level="REPEATABLE READ",
        poolclass=QueuePool,
        pool_size=readers + 1,  # and the writer
        max_overflow=0,
        pool_timeout=30,
        pool_pre_ping=True,
        connect_args=terms.arguments(url),
    )
    return _prepared(engine, terms)


def open_beside(engine: Engine) -> Engine:
    """Return an engine over the same database whose every connection is closed after its use."""
    made = create_engine(
        engine.url,
        isolation_level="REPEATABLE READ",
        poolclass=NullPool,
        connect_args=alive(engine.url),
    )
    return _prepared(made, Terms())


def _prepared(engine: Engine, terms: Terms) -> Engine:
    """Have writers of all processes come one after another, and bytes sent as they are.

    One that shares the database makes sure that it still does: it may have been cut off, and
    somebody may have taken the database for themselves meanwhile.
    """

    @event.listens_for(engine, "begin")
    def begin(connection: Any) -> None:
        if not connection.get_execution_options().get(WRITES):
            return
        if terms.is_shared:
            shared = f"SELECT pg_try_advisory_xact_lock_shared({OPEN})"
            if not connection.exec_driver_sql(shared).scalar_one():
                raise StoreUnavailable(ALONE)
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({WRITING})")

    @event.listens_for(engine, "before_cursor_execute", named=True)
    def execute(**told: Any) -> None:
        if told["context"].execution_options.get(BINARY):
            told["cursor"].format = AS_IT_IS

    return engine

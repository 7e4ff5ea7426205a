"""Opening PostgreSQL: a pool of connections, of which one transaction at a time may change rows.

Reads see one consistent view (`REPEATABLE READ`). A transaction that changes rows begins by taking
an advisory lock, so that writers of several processes come one after another as they do within
one; then each of its statements sees what was committed before it (`READ COMMITTED`).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import URL, Engine, create_engine, event, func, make_url, select
from sqlalchemy.exc import ArgumentError, OperationalError
from sqlalchemy.pool import NullPool, QueuePool

from memsvc.domain.errors import DataDirectoryInUse, DataDirectoryUnusable
from store.database import WRITES

WRITING = 0x6D656D73
"""The advisory lock of whoever changes rows: `mems`."""

OPEN = WRITING + 1
"""The advisory lock of the process that has the database open."""

DRIVER = "postgresql+psycopg"


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


def open_engine(text: str, *, readers: int) -> Engine:
    """Return an engine over the PostgreSQL database at a URL. Raises `DataDirectoryUnusable`."""
    engine = create_engine(
        url_of(text),
        isolation_level="REPEATABLE READ",
        poolclass=QueuePool,
        pool_size=readers + 2,  # and the writer, and what holds it against others
        max_overflow=0,
        pool_timeout=30,
        pool_pre_ping=True,
    )
    return _prepared(engine)


def open_beside(engine: Engine) -> Engine:
    """Return an engine over the same database whose every connection is closed after its use."""
    made = create_engine(engine.url, isolation_level="REPEATABLE READ", poolclass=NullPool)
    return _prepared(made)


@contextmanager
def kept_from_others(engine: Engine) -> Iterator[None]:
    """Hold the database against other processes while it lasts. Raises `DataDirectoryInUse`."""
    try:
        held = engine.connect().execution_options(isolation_level="AUTOCOMMIT")
    except OperationalError as error:
        raise DataDirectoryUnusable(
            f"The database at {engine.url.render_as_string()} cannot be reached ({error.orig}); "
            "start it, or correct MEMSVC_DATABASE."
        ) from error
    with held as connection:
        if not connection.execute(select(func.pg_try_advisory_lock(OPEN))).scalar_one():
            raise DataDirectoryInUse(
                "Another memsvc has this database open; talk to it over HTTP, or stop it."
            )
        try:
            yield
        finally:
            connection.execute(select(func.pg_advisory_unlock(OPEN)))


def _prepared(engine: Engine) -> Engine:
    @event.listens_for(engine, "begin")
    def begin(connection: Any) -> None:
        if connection.get_execution_options().get(WRITES):
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({WRITING})")

    return engine

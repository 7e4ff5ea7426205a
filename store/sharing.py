"""Who has a PostgreSQL database open, and with whom: told by advisory locks of one session each.

A process keeps one connection for as long as it has the database open. By that it holds `OPEN`,
alone or together with others that share the database, and `NAMES` for the name under which it
leases jobs, so that others see whether it lives. One of those that share and have a worker does
what need be done once only (`LEADING`). The server gives the locks of a process that ends to the
next one by itself; a connection that is lost is made again, and until it has its locks back nothing
is written.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from threading import Event, Thread
from types import TracebackType
from typing import Any, Self

import structlog
from sqlalchemy import URL, Connection, Engine, create_engine, func, literal, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from memsvc.domain.errors import DataDirectoryInUse, DataDirectoryUnusable

log = structlog.get_logger(__name__)

WRITING = 0x6D656D73
"""The advisory lock of whoever changes rows: `mems`."""

OPEN = WRITING + 1
"""That of who has the database open: alone, or shared."""

LEADING = WRITING + 2
"""That of the process which does what one of them has to do."""

BEGINNING = WRITING + 3
"""That of the process which brings what is derived in step, while it begins."""

NAMES = 0x6D656D74
"""The class of the locks that processes hold on their names."""

LOOK_EVERY_S = 1.0
"""How often a process looks whether it still has its locks; and how soon another one leads."""

_ALIVE = {
    "keepalives": 1,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "connect_timeout": 10,
}
_ALIVE_THERE = "-c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3"
"""Have either side notice within half a minute that the other's machine is gone."""

ALONE = "Another memsvc has this database open for itself; talk to it over HTTP, or stop it."
SHARED = (
    "Replicas or workers of memsvc share this database, and this needs it for itself; stop them, "
    "or join them with `memsvc serve --replica`."
)


def alive(url: URL, *more: str) -> dict[str, Any]:
    """Return what has the driver notice the loss of a connection; what the URL says comes first."""
    asked = url.query.get("options", "")
    options = " ".join([_ALIVE_THERE, *more, asked if isinstance(asked, str) else " ".join(asked)])
    given = {name: value for name, value in _ALIVE.items() if name not in url.query}
    return {**given, "options": options}


@dataclass(slots=True)
class Sharing:
    """Under what name, and how, a process has a database open; `alone` over a file, always."""

    name: str = ""
    is_shared: bool = False
    leads: Callable[[], bool] = field(default=lambda: True)
    """Whether this process is the one that does what one of them has to do."""

    holds: Callable[[], bool] = field(default=lambda: True)
    """Whether the database is still this process's to write, as far as it knows."""

    _engine: Engine | None = None

    @contextmanager
    def one_at_a_time(self) -> Iterator[None]:
        """Have no other process that shares the database in here meanwhile."""
        if self._engine is None:
            yield
            return
        with self._engine.connect() as connection:
            connection.execute(select(func.pg_advisory_lock(BEGINNING)))
            yield


class Presence:
    """The locks of one process, over one connection that is kept, and looked after in a thread."""

    def __init__(
        self, engine: Engine, *, name: str, is_shared: bool, may_lead: bool = True
    ) -> None:
        self._engine = create_engine(
            engine.url,
            poolclass=NullPool,
            isolation_level="AUTOCOMMIT",
            connect_args=alive(engine.url),
        )
        self._name = name
        self._is_shared = is_shared
        self._may_lead = may_lead
        self._connection: Connection | None = None
        self._leads = False
        self._stop = Event()
        self._thread = Thread(target=self._look, name="memsvc-presence", daemon=True)

    def __enter__(self) -> Self:
        """Take the locks. Raises `DataDirectoryInUse`, or `DataDirectoryUnusable`."""
        try:
            self._take()
        except DBAPIError as error:
            raise DataDirectoryUnusable(
                f"The database at {self._engine.url.render_as_string()} cannot be reached "
                f"({error.orig}); start it, or correct MEMSVC_DATABASE."
            ) from error
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._stop.set()
        self._thread.join()
        if self._connection is not None:
            with suppress(DBAPIError):  # else the server does so, once it sees that we are gone
                self._connection.execute(select(func.pg_advisory_unlock_all()))
        self._let_go()

    def sharing(self) -> Sharing:
        """Return what the service is told of it."""
        return Sharing(
            self._name,
            self._is_shared,
            leads=lambda: self._leads,
            holds=lambda: self._connection is not None,
            _engine=self._engine,
        )

    def _take(self) -> None:
        """Take the locks over a new connection. Raises `DataDirectoryInUse`."""
        with ExitStack() as stack:
            connection = stack.enter_context(self._engine.connect())
            self._open(connection)
            name = func.hashtext(literal(self._name))
            connection.execute(select(func.pg_advisory_lock(NAMES, name)))
            self._leads = self._led(connection)
            stack.pop_all()
        self._connection = connection

    def _open(self, connection: Connection) -> None:
        """Take the lock of who has the database open. Raises `DataDirectoryInUse`."""
        take = func.pg_try_advisory_lock_shared if self._is_shared else func.pg_try_advisory_lock
        if not connection.execute(select(take(OPEN))).scalar_one():
            raise DataDirectoryInUse(ALONE if self._is_shared else _why_not(connection))

    def _led(self, connection: Connection) -> bool:
        """Tell whether this process leads from now on: it may, and nobody else does."""
        if not self._may_lead:
            return False
        return bool(connection.execute(select(func.pg_try_advisory_lock(LEADING))).scalar_one())

    def _look(self) -> None:
        """Look after the connection until told to stop."""
        is_lost = False
        while not self._stop.wait(LOOK_EVERY_S):
            try:
                if self._connection is None:
                    self._take()
                    log.info("database.held_again", name=self._name)
                    is_lost = False
                elif self._leads or not self._may_lead:
                    self._connection.execute(select(literal(1)))
                else:
                    self._leads = self._led(self._connection)
            except (DBAPIError, DataDirectoryInUse) as error:
                self._let_go()
                if not is_lost:  # said once, however long it lasts
                    log.warning("database.lost", reason=str(getattr(error, "orig", error)))
                is_lost = True

    def _let_go(self) -> None:
        self._leads = False
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(DBAPIError):
                connection.invalidate()
                connection.close()


def living(connection: Connection) -> list[int]:
    """Return the hashes of the names of all processes that have the database open."""
    found = connection.execute(_LIVING, {"names": NAMES})
    return [row.hash for row in found]


_LIVING = text(
    "SELECT CASE WHEN objid::bigint > 2147483647 THEN objid::bigint - 4294967296 "
    "ELSE objid::bigint END AS hash FROM pg_locks "
    "WHERE locktype = 'advisory' AND granted AND objsubid = 2 AND classid = :names "
    "AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)
"""Class and object of a lock are shown without their signs, as the server keeps them."""

_SHARED_BY = text(
    "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted "
    "AND objsubid = 1 AND classid = 0 AND objid = :open AND mode = 'ShareLock' "
    "AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)


def _why_not(connection: Connection) -> str:
    shared = connection.execute(_SHARED_BY, {"open": OPEN}).scalar_one()
    return SHARED if shared else ALONE

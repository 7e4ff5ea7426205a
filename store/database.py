"""The database, of either kind: what whoever uses one asks of it, besides statements.

SQLite is one file of one process (`store.engine`), PostgreSQL a server for many
(`store.postgres`). Statements are the same for both, but for a few words (`store.either`).
"""

import sqlite3

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError, OperationalError

from memsvc.domain.errors import MemsvcError, StoreDamaged, StoreUnavailable

POSTGRESQL = "postgresql"

WRITES = "writes"
"""The option of connections whose transactions change rows: one such goes on at a time."""

BINARY = "binary"
"""The option of statements whose answers are mostly bytes: a server sends these as they are, and
not spelled out in digits, which are twice as long and have to be read."""

SERVER_DAMAGE = {"XX001", "XX002"}
"""The same of a server: data, or an index, that is not what was written."""

UNFIT = {"25006", "42501", "42703", "42P01"}
"""A server that lets nobody write, rights that are lacking, a column or a table that is gone."""

DAMAGE = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
PRIMARY = 0xFF
"""The part of SQLite's error codes that says what, the rest says where."""


def is_postgres(where: Engine | Connection) -> bool:
    """Tell which of the two kinds a database is."""
    return where.dialect.name == POSTGRESQL


def to_write(engine: Engine) -> Engine:
    """Return the engine for transactions that change rows."""
    if is_postgres(engine):
        return engine.execution_options(**{WRITES: True}, isolation_level="READ COMMITTED")
    return engine.execution_options(**{WRITES: True})


def is_damage(error: Exception) -> bool:
    """Tell whether an error says that the database's files are not what was written."""
    original = getattr(error, "orig", None)
    code = getattr(original, "sqlite_errorcode", 0)
    return code & PRIMARY in DAMAGE or getattr(original, "sqlstate", None) in SERVER_DAMAGE


def is_its_own(error: Exception) -> bool:
    """Tell whether an error says that the database failed, and not what it was asked."""
    state = getattr(getattr(error, "orig", None), "sqlstate", None)
    return isinstance(error, OperationalError) or is_damage(error) or state in UNFIT


def is_lost(error: Exception) -> bool:
    """Tell whether an error says that the connection to a server is no more."""
    return isinstance(error, DBAPIError) and error.connection_invalidated


def failed(error: Exception) -> MemsvcError:
    """Return what to tell whoever asked, of an error that is the database's own."""
    if isinstance(error, MemsvcError):
        return error
    reason = str(error.orig) if isinstance(error, DBAPIError) else type(error).__name__
    if is_damage(error):
        return StoreDamaged(
            f"The database is damaged ({reason}); stop the service and bring it back with "
            "`memsvc restore`."
        )
    return StoreUnavailable(
        f"The database could not do it ({reason}); nothing of this request was kept. "
        "Check the disk and the log, then send it again."
    )

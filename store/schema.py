"""The database's shape: bringing it up to date before anybody uses it.

An empty database is made as the tables are now; only one that an older memsvc has written is led
through the migrations. That both come to the same, `tests.store.test_schema` holds them to.
"""

from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, inspect, text
from sqlalchemy.exc import DBAPIError

from memsvc.domain.errors import DataDirectoryUnusable, SchemaTooNew
from store.database import is_postgres, to_write
from store.tables import metadata

HEAD = "0021"
"""The newest migration. A start whose database is new, or has it, need not import alembic."""

_REVISIONS = (
    "CREATE TABLE IF NOT EXISTS alembic_version (version_num VARCHAR(32) NOT NULL, "
    "CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num))"
)
"""As alembic makes it."""

_TEXTS = text(
    "SELECT relname, attname, format_type(atttypid, atttypmod) "
    "FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid "
    "WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace "
    "AND attcollation NOT IN (0, 'pg_catalog.\"C\"'::regcollation) AND NOT attisdropped"
)


def migrations() -> Path:
    """Return the migrations' folder: inside the wheel, or beside the packages in a checkout."""
    shipped = Path(__file__).parent / "migrations"
    return shipped if shipped.is_dir() else Path(__file__).parent.parent / "alembic"


def migrate(engine: Engine) -> str | None:
    """Bring the database to `HEAD` in one transaction; return the revision it came from.

    Raises `SchemaTooNew` when a newer memsvc has been here, and `DataDirectoryUnusable` when the
    file is no database or cannot be written.
    """
    try:
        return _migrate(engine)
    except DBAPIError as error:
        raise DataDirectoryUnusable(
            f"The database {engine.url.database} cannot be opened ({error.orig}); restore it from "
            "a backup, or name another directory in MEMSVC_DATA."
        ) from error


def _migrate(engine: Engine) -> str | None:
    with to_write(engine).connect() as connection:
        with connection.begin():
            revision = current(connection)
            if revision is None:
                _make(connection)
            elif revision != HEAD:
                _upgrade(connection, revision)
            if revision != HEAD and is_postgres(connection):
                _order_by_bytes(connection)
        return revision


def current(connection: Connection) -> str | None:
    """Return the database's revision; None when it is empty."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    revision: Any = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return None if revision is None else str(revision)


def _make(connection: Connection) -> None:
    """Make every table, and note the revision where alembic looks for it."""
    metadata.create_all(connection, checkfirst=False)
    connection.execute(text(_REVISIONS))
    connection.execute(text("INSERT INTO alembic_version VALUES (:head)"), {"head": HEAD})


def _order_by_bytes(connection: Connection) -> None:
    """Have every text compared by its bytes, as SQLite does, whatever the server's language is."""
    columns = connection.execute(_TEXTS).all()
    for table, column, kind in columns:
        connection.exec_driver_sql(
            f'ALTER TABLE "{table}" ALTER COLUMN "{column}" TYPE {kind} COLLATE "C"'
        )


def _upgrade(connection: Connection, revision: str) -> None:
    from alembic import command  # noqa: PLC0415  300 ms that most starts need not wait for
    from alembic.config import Config  # noqa: PLC0415
    from alembic.script import ScriptDirectory  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(migrations()))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if revision not in known:
        raise SchemaTooNew(
            f"The database is at revision {revision}, which this memsvc does not know; "
            "start the newer memsvc that wrote it."
        )
    command.upgrade(config, "head")

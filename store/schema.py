"""The database's shape: bringing it up to date before anybody uses it.

An empty database is made as the tables are now; only one that an older memsvc has written is led
through the migrations. That both come to the same, `tests.store.test_schema` holds them to.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Engine, inspect, text
from sqlalchemy.exc import DBAPIError

from memsvc.domain.errors import DataDirectoryUnusable, SchemaTooNew, SchemaTooOld
from store.database import is_postgres, to_write
from store.tables import metadata

if TYPE_CHECKING:  # at run time this import takes longer than most starts need wait
    from alembic.config import Config

HEAD = "0027"
"""The newest migration. A start whose database is new, or has it, need not import alembic."""

LEVEL = 2
"""What the code can serve. It rises with a migration that the code before it could not live with.

Since 2 a merge may be into a name that no turn writes, over which the code before stumbles.

A migration that only adds tables, and columns with a default, leaves it: then replicas of the
version before go on beside those of this one.
"""

_REVISIONS = (
    "CREATE TABLE IF NOT EXISTS alembic_version (version_num VARCHAR(32) NOT NULL, level INTEGER, "
    "CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num))"
)
"""As alembic makes it, which heeds no other column: beside the revision stands its level."""

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


def migrate(engine: Engine, *, is_rolling: bool = False) -> str | None:
    """Bring the database to `HEAD` in one transaction; return the revision it came from.

    With `is_rolling` others are at work meanwhile: only to what they can serve. Raises
    `SchemaTooOld` where they could not, `SchemaTooNew` when a newer memsvc has been here, and
    `DataDirectoryUnusable` when the file is no database or cannot be written.
    """
    try:
        return _migrate(engine, is_rolling=is_rolling)
    except DBAPIError as error:
        raise DataDirectoryUnusable(
            f"The database {engine.url.database} cannot be opened ({error.orig}); restore it from "
            "a backup, or name another directory in MEMSVC_DATA."
        ) from error


def refuse_unfit(engine: Engine) -> None:
    """See whether a database that is shared can be served as it is; nothing is changed.

    Raises `SchemaTooOld`, and `SchemaTooNew` when a newer memsvc brought it to a shape that this
    one cannot serve.
    """
    with engine.connect() as connection, connection.begin():
        revision = current(connection)
        if revision == HEAD:
            return
        if revision is None or revision in _known():
            raise SchemaTooOld(
                f"The database is at revision {revision or 'none'} and this memsvc needs {HEAD}; "
                "run `memsvc migrate`, and then start this again."
            )
        needs = _level(connection)
        if needs > LEVEL:
            raise SchemaTooNew(
                f"The database is at revision {revision}, which needs a memsvc of level {needs}; "
                f"this one is of level {LEVEL}: start a newer one."
            )


def _migrate(engine: Engine, *, is_rolling: bool) -> str | None:
    with to_write(engine).connect() as connection:
        with connection.begin():
            revision = current(connection)
            if is_rolling and revision is not None and _level(connection) != LEVEL:
                raise SchemaTooOld(
                    "What this version changes the replicas at work cannot live with; stop them, "
                    "and run `memsvc migrate` without --rolling."
                )
            if revision is None:
                _make(connection)
            elif revision != HEAD:
                _upgrade(connection, revision)
            if revision != HEAD:
                _note_level(connection)
            if revision != HEAD and is_postgres(connection):
                _order_by_bytes(connection)
        return revision


def current(connection: Connection) -> str | None:
    """Return the database's revision; None when it is empty."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    revision: Any = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return None if revision is None else str(revision)


def _level(connection: Connection) -> int:
    """Return what a memsvc must be able to do that is to serve the database as it is."""
    if not _notes_levels(connection):
        return 1
    noted = connection.execute(text("SELECT level FROM alembic_version")).scalar()
    return 1 if noted is None else int(noted)


def _notes_levels(connection: Connection) -> bool:
    """Tell whether the database was made or migrated since there are levels."""
    return "level" in {each["name"] for each in inspect(connection).get_columns("alembic_version")}


def _note_level(connection: Connection) -> None:
    """Note what a memsvc must be able to do that is to serve this shape."""
    if not _notes_levels(connection):
        connection.execute(text("ALTER TABLE alembic_version ADD COLUMN level INTEGER"))
    connection.execute(text("UPDATE alembic_version SET level = :level"), {"level": LEVEL})


def _make(connection: Connection) -> None:
    """Make every table, and note the revision where alembic looks for it."""
    metadata.create_all(connection, checkfirst=False)
    connection.execute(text(_REVISIONS))
    connection.execute(
        text("INSERT INTO alembic_version (version_num) VALUES (:head)"), {"head": HEAD}
    )


def _order_by_bytes(connection: Connection) -> None:
    """Have every text compared by its bytes, as SQLite does, whatever the server's language is."""
    columns = connection.execute(_TEXTS).all()
    for table, column, kind in columns:
        connection.exec_driver_sql(
            f'ALTER TABLE "{table}" ALTER COLUMN "{column}" TYPE {kind} COLLATE "C"'
        )


def _config() -> "Config":
    from alembic.config import Config  # noqa: PLC0415  300 ms that most starts need not wait for

    config = Config()
    config.set_main_option("script_location", str(migrations()))
    config.set_main_option("path_separator", "os")
    return config


def _known() -> set[str]:
    """Return the revisions that this memsvc can bring to its own."""
    from alembic.script import ScriptDirectory  # noqa: PLC0415  300 ms, as above

    return {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}


def _upgrade(connection: Connection, revision: str) -> None:
    from alembic import command  # noqa: PLC0415  300 ms that most starts need not wait for

    config = _config()
    config.attributes["connection"] = connection
    if revision not in _known():
        raise SchemaTooNew(
            f"The database is at revision {revision}, which this memsvc does not know; "
            "start the newer memsvc that wrote it."
        )
    command.upgrade(config, "head")

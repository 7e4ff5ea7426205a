"""Opening a database of either kind, by what names it: a file's path, or a server's URL."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import TypeAlias

from sqlalchemy import Engine

from store import engine as sqlite
from store import postgres
from store.database import is_postgres
from store.directory import held

Database: TypeAlias = Engine
"""An open database, to whoever only hands it on."""


def open_database(where: Path | str, *, readers: int) -> Engine:
    """Return an engine over the SQLite file at a path, or the PostgreSQL database at a URL.

    Raises `DataDirectoryUnusable`.
    """
    if isinstance(where, Path):
        return sqlite.open_engine(where, readers=readers)
    return postgres.open_engine(where, readers=readers)


@contextmanager
def lend_database(data: Path, url: str, *, readers: int) -> Iterator[Engine]:
    """Lend the database at a URL, or else that of the data directory; close it afterwards.

    Both are held against other processes meanwhile; the directory is made if need be. Raises
    `DataDirectoryInUse` or `DataDirectoryUnusable`.
    """
    with held(data) as file:
        engine = open_database(url or file, readers=readers)
        try:
            with kept_from_others(engine):
                yield engine
        finally:
            engine.dispose()


def kept_from_others(engine: Engine) -> AbstractContextManager[None]:
    """Hold a PostgreSQL database against other processes; a file is held by its directory.

    Raises `DataDirectoryInUse`.
    """
    return postgres.kept_from_others(engine) if is_postgres(engine) else nullcontext()


def open_beside(engine: Engine) -> Engine:
    """Return an engine over the same database whose every connection is closed after its use.

    For reads that leave something on their connection which no other may find.
    """
    if is_postgres(engine):
        return postgres.open_beside(engine)
    return sqlite.open_beside(engine)

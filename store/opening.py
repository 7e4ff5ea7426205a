"""Opening a database of either kind, by what names it: a file's path, or a server's URL."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeAlias

from sqlalchemy import Engine

from memsvc.domain.errors import DataDirectoryUnusable
from store import engine as sqlite
from store import postgres
from store.database import is_postgres
from store.directory import held
from store.postgres import Terms
from store.sharing import Presence, Sharing

Database: TypeAlias = Engine
"""An open database, to whoever only hands it on."""


def open_database(where: Path | str, *, readers: int, terms: Terms = Terms()) -> Engine:  # noqa: B008
    """Return an engine over the SQLite file at a path, or the PostgreSQL database at a URL.

    The terms are those of a server. Raises `DataDirectoryUnusable`.
    """
    if isinstance(where, Path):
        return sqlite.open_engine(where, readers=readers)
    return postgres.open_engine(where, readers=readers, terms=terms)


@contextmanager
def lend_database(data: Path, url: str, *, readers: int) -> Iterator[Engine]:
    """Lend the database at a URL, or else that of the data directory; close it afterwards.

    Both are held against other processes meanwhile; the directory is made if need be. Raises
    `DataDirectoryInUse` or `DataDirectoryUnusable`.
    """
    with share_database(data, url, readers=readers, name="") as (engine, _):
        yield engine


@contextmanager
def share_database(
    data: Path,
    url: str,
    *,
    readers: int,
    name: str,
    terms: Terms = Terms(),  # noqa: B008  frozen
) -> Iterator[tuple[Engine, Sharing]]:
    """Lend it as `lend_database` does, and with whom it is shared; `name` is of this start alone.

    The directory is always this process's own. Raises `DataDirectoryInUse` or
    `DataDirectoryUnusable`.
    """
    if terms.is_shared and not url:
        raise DataDirectoryUnusable(
            "Replicas and workers share a PostgreSQL database, and a file has one process; "
            "name a database in MEMSVC_DATABASE."
        )
    with held(data) as file:
        engine = open_database(url or file, readers=readers, terms=terms)
        try:
            if is_postgres(engine):
                held_by = Presence(
                    engine, name=name, is_shared=terms.is_shared, may_lead=terms.may_lead
                )
                with held_by as presence:
                    yield engine, presence.sharing()
            else:
                yield engine, Sharing(name)
        finally:
            engine.dispose()


@contextmanager
def kept_from_others(engine: Engine) -> Iterator[None]:
    """Hold a PostgreSQL database against other processes; a file is held by its directory.

    Raises `DataDirectoryInUse`.
    """
    if is_postgres(engine):
        with Presence(engine, name="", is_shared=False):
            yield
    else:
        yield


def open_beside(engine: Engine) -> Engine:
    """Return an engine over the same database whose every connection is closed after its use.

    For reads that leave something on their connection which no other may find.
    """
    if is_postgres(engine):
        return postgres.open_beside(engine)
    return sqlite.open_beside(engine)

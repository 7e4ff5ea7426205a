"""`memsvc move`: carry a whole store from a data directory to PostgreSQL, and back."""

import json
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import click

from memsvc.cli.backups import let_owner_in, refuse_to_overwrite
from memsvc.cli.reach import as_json
from memsvc.domain.errors import DataDirectoryUnusable
from memsvc.server.logs import configure
from store.backup import put_in_place, staging
from store.copying import copy_store, count_rows
from store.directory import DATABASE, KEY_FILE, held, write_key_file
from store.opening import Database, kept_from_others, open_database
from store.schema import HEAD, current
from store.uow import one_view


@dataclass(frozen=True, slots=True)
class Moved:
    """What was carried over."""

    rows: int
    revision: str


@click.command()
@click.argument("source", metavar="FROM")
@click.argument("target", metavar="TO")
@as_json
def move(source: str, target: str, *, as_json: bool) -> None:
    """Copy the store at FROM to TO; each is a data directory or a postgresql:// URL.

    TO must be empty, and nobody may have either open. Every row arrives with its key, and digests
    of all tables are held against FROM's before anything is kept; FROM stays as it is. Keys of FROM
    go on working; a directory gets the admin key of FROM's beside it, or a new one.
    """
    configure(level="warning")
    with _opened_to_read(source) as there:
        if _is_server(target):
            rows = _into_server(there, target)
        else:
            key_file = None if _is_server(source) else Path(source) / KEY_FILE
            rows = _into_directory(there, Path(target), key_file=key_file)
    if as_json:
        click.echo(json.dumps(asdict(Moved(rows, HEAD))))
        return
    click.echo(f"moved {rows:,} rows; the digests of all tables are the same")
    if _is_server(target):
        click.echo("set MEMSVC_DATABASE to go on with it")


def _is_server(named: str) -> bool:
    return "://" in named


@contextmanager
def _opened_to_read(source: str) -> Iterator[Database]:
    """Lend the database to copy, held against others. Raises `DataDirectoryUnusable`."""
    with ExitStack() as stack:
        if _is_server(source):
            engine = open_database(source, readers=2)
        elif (Path(source) / DATABASE).exists():
            engine = open_database(stack.enter_context(held(Path(source))), readers=2)
        else:
            raise DataDirectoryUnusable(f"{source} holds no database to move.")
        stack.callback(engine.dispose)
        stack.enter_context(kept_from_others(engine))
        with one_view(engine) as connection:
            revision = current(connection)
        if revision != HEAD:
            raise DataDirectoryUnusable(
                f"The store to move is at revision {revision or 'nothing'}, and this memsvc is at "
                f"{HEAD}; run `memsvc migrate` on it first."
            )
        yield engine


def _into_server(there: Database, url: str) -> int:
    engine = open_database(url, readers=2)
    try:
        with kept_from_others(engine):
            return _copied(there, engine)
    finally:
        engine.dispose()


def _into_directory(there: Database, directory: Path, *, key_file: Path | None) -> int:
    with held(directory) as database:
        refuse_to_overwrite(directory, "name another directory")
        with staging(directory) as folder:
            engine = open_database(folder / DATABASE, readers=2)
            try:
                rows = _copied(there, engine)
                if not let_owner_in(engine, key_file=key_file, into=folder) and key_file:
                    write_key_file(folder, key_file.read_text().strip())
            finally:
                engine.dispose()
            put_in_place(folder / DATABASE, database)
            (folder / KEY_FILE).replace(directory / KEY_FILE)
    return rows


def _copied(there: Database, here: Database) -> int:
    with one_view(there) as source:
        every = count_rows(source)
    with click.progressbar(
        length=every, label="moving rows", file=sys.stderr, hidden=not sys.stderr.isatty()
    ) as bar:
        return copy_store(there, here, told=bar.update)

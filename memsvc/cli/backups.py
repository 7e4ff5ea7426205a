"""`memsvc backup` and `memsvc restore`: everything in one file, and back again."""

import json
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from memsvc.app.admit import Admit
from memsvc.app.stand_as_then import Stands
from memsvc.app.tend import EMBEDDER
from memsvc.app.verify import Verify
from memsvc.cli.backups_then import moment_or_position, stood_again, tell, told_as_json
from memsvc.cli.reach import as_json, data_option, reaching, settings_with
from memsvc.domain.errors import BackupDamaged, DataDirectoryNotEmpty, DataDirectoryUnusable
from memsvc.local import OWNER
from memsvc.sdk.client import Client
from memsvc.server.logs import configure
from memsvc.world import RandomIds, SystemClock
from store.backup import (
    Archive,
    check_pages,
    drop_derived,
    put_in_place,
    staging,
    unpacked,
)
from store.checks import Examined
from store.copying import copy_store
from store.directory import DATABASE, KEY_FILE, LOCK, held, write_key_file
from store.opening import Database, kept_from_others, lend_database, open_database
from store.schema import migrate
from store.uow import SqlKeeping

if TYPE_CHECKING:
    from click._termui_impl import ProgressBar

    from memsvc.config import Settings

PART = ".part"


@dataclass(frozen=True, slots=True)
class _Contents:
    """What a staged database turned out to hold."""

    spaces: int
    turns: int
    has_new_key: bool


@click.command()
@click.argument("dest", type=click.Path(path_type=Path))
@reaching
@as_json
def backup(dest: Path, *, local: bool, data: Path | None, as_json: bool) -> None:
    """Copy the whole installation, every space and key, to DEST: a file, or a folder for it.

    A running service makes the copy while it is at work; the key must be an admin's of all spaces.
    With --local or --data the directory of a service that does not run is copied.
    """
    name = f"memsvc-{datetime.now(UTC):%Y%m%dT%H%M%SZ}.tar"
    file = dest / name if dest.is_dir() else dest
    part = file.with_name(file.name + PART)
    try:
        with _taken(local=local, data=data) as chunks:
            _write(part, chunks)
        with part.open("rb") as written:
            manifest = unpacked(written)
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)
    if as_json:
        click.echo(json.dumps({"file": str(file), **asdict(manifest)}))
    else:
        click.echo(f"backed up a database of {manifest.bytes:,} bytes to {file}")


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@data_option
@click.option("--replace", is_flag=True, help="Put it in place of what the directory holds.")
@click.option(
    "--at", help="A time, e.g. 2026-05-01T09:30Z, or a ledger position of --space: as it stood."
)
@click.option("--space", help="The space that is to stand as it stood at --at; without it, every.")
@as_json
def restore(
    file: Path,
    *,
    data: Path | None,
    replace: bool,
    at: str | None,
    space: str | None,
    as_json: bool,
) -> None:
    """Check the backup FILE in full, then make it the data directory's database.

    Nothing changes unless all of it is whole: checksum, pages, ledgers, indexes. Keys of the backup
    go on working; when the directory's key file holds none of them, a new admin key is made.

    With --at, spaces are first taken back to how they stood, and held to the digest that they had;
    what was forgotten since stays forgotten.
    """
    to = moment_or_position(at, space=space)
    settings = settings_with(data=data)
    configure(level="warning")
    key_file = settings.data / KEY_FILE
    with held(settings.data) as database:
        if not settings.database and not replace:
            otherwise = "name another directory with --data, or say --replace to put the backup"
            refuse_to_overwrite(settings.data, f"{otherwise} in place of what is there")
        with staging(settings.data) as folder:
            staged = folder / DATABASE
            with file.open("rb") as opened:
                manifest = unpacked(opened, staged)
            check_pages(staged)
            found = _made_ready(staged, key_file=key_file)
            stands: Sequence[Stands] = ()
            if to is not None:
                stands = stood_again(staged, settings, space=space, to=to)
                found = _counted_again(staged, found)
            if settings.database:
                _put_on_server(staged, settings, replace=replace)
            else:
                put_in_place(staged, database)
            if found.has_new_key:
                (folder / KEY_FILE).replace(key_file)
    if as_json:
        told = {"key_file": str(key_file), **({"stands": told_as_json(stands)} if at else {})}
        click.echo(json.dumps({**asdict(manifest), **asdict(found), **told}))
        return
    click.echo(f"restored {found.turns:,} turns in {found.spaces} spaces, as of {manifest.made_at}")
    tell(stands)
    click.echo(f"admin key{', made anew' if found.has_new_key else ''}: {key_file}")


def _put_on_server(staged: Path, settings: "Settings", *, replace: bool) -> None:
    """Copy a staged database to the server, in one go; with `replace`, in place of all it holds."""
    source = open_database(staged, readers=1)
    target = open_database(settings.database, readers=1)
    try:
        with kept_from_others(target):
            copy_store(source, target, replacing=replace)
            drop_derived(settings.data)
    finally:
        source.dispose()
        target.dispose()


@contextmanager
def _taken(*, local: bool, data: Path | None) -> Iterator[Iterable[bytes]]:
    """Lend a backup as it is read: of a running service, or of a directory that nobody has open."""
    if not local and data is None:
        with Client() as client:
            yield client.backup()
        return
    settings = settings_with(data=data)
    configure(level="warning")
    if not settings.database and not (settings.data / DATABASE).exists():
        raise DataDirectoryUnusable(f"{settings.data} holds no database to back up.")
    with lend_database(settings.data, settings.database, readers=2) as engine:
        taken = Archive(engine, settings.data).take(at=SystemClock().now())
        yield _shown(taken.chunks(), size=taken.size)


def _shown(chunks: Iterable[bytes], *, size: int) -> Iterator[bytes]:
    bar: ProgressBar[int]
    with click.progressbar(
        length=size, label="backing up", file=sys.stderr, hidden=not sys.stderr.isatty()
    ) as bar:
        for chunk in chunks:
            bar.update(len(chunk))
            yield chunk


def _write(file: Path, chunks: Iterable[bytes]) -> None:
    """Write a file that only its owner may read: it holds everybody's memory."""
    file.unlink(missing_ok=True)
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
        out.writelines(chunks)
        out.flush()
        os.fsync(out.fileno())


def refuse_to_overwrite(directory: Path, otherwise: str) -> None:
    """Raise `DataDirectoryNotEmpty` for a directory that holds something, with what else to do."""
    there = sorted(entry.name for entry in directory.iterdir() if entry.name != LOCK)
    if there:
        raise DataDirectoryNotEmpty(f"{directory} is not empty (it holds {there[0]}); {otherwise}.")


def _made_ready(staged: Path, *, key_file: Path) -> _Contents:
    """Bring a staged database up to date, check all of it, and see that its owner can get in."""
    engine = open_database(staged, readers=2)
    try:
        migrate(engine)
        spaces, turns = _checked(Examined(engine))
        is_new = let_owner_in(engine, key_file=key_file, into=staged.parent)
    finally:
        engine.dispose()
    return _Contents(spaces, turns, is_new)


def _counted_again(staged: Path, found: _Contents) -> _Contents:
    """Check a staged database once more, after spaces were taken back in it."""
    engine = open_database(staged, readers=2)
    try:
        spaces, turns = _checked(Examined(engine))
    finally:
        engine.dispose()
    return _Contents(spaces, turns, found.has_new_key)


def let_owner_in(engine: Database, *, key_file: Path | None, into: Path) -> bool:
    """See that an admin's key is there: that of a file, or else one made anew, kept in a folder.

    Tell whether it was made anew.
    """
    keeping = SqlKeeping(engine, apply=lambda _delta: None, waiting_limit=1)
    keeping.start()
    with closing(keeping):
        admit = Admit(keeping, SystemClock(), RandomIds())
        there = key_file.read_text().strip() if key_file and key_file.exists() else None
        return admit.let_owner_in(there, keep=partial(write_key_file, into))


def _checked(found: Examined) -> tuple[int, int]:
    """Hold every ledger and index of a staged database to its rows; count spaces and turns."""
    keeping = found.keeping
    with keeping.read() as reading:
        fingerprint = reading.rules.get(EMBEDDER)
    tallies = found.tallies(fingerprint=fingerprint)
    broken = [f"the indexes of space {tally.space}" for tally in tallies if not tally.is_whole]
    if found.strays():
        broken.append("terms or vectors without their turn")
    verify = Verify(keeping)
    with click.progressbar(
        tallies, label="checking ledgers", file=sys.stderr, hidden=not sys.stderr.isatty()
    ) as running:
        for tally in running:
            verdict = verify(OWNER, tally.space)
            if not verdict.is_whole:
                broken.append(f"the ledger of {tally.space} ({verdict.reason})")
    if broken:
        raise BackupDamaged(f"This backup is not whole: {'; '.join(broken)}.")
    return len(tallies), sum(tally.turns for tally in tallies)

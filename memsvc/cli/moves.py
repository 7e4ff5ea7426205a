"""`memsvc export` and `memsvc import`: a whole space out as a file of JSON lines, and in again."""

import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING

import click

from memsvc.cli.reach import as_json, reached, reaching, show
from memsvc.sdk.lines import DownloadCheck, TrailerLine
from memsvc.sdk.wire import Imported

if TYPE_CHECKING:
    from click._termui_impl import ProgressBar

CHUNK = 64 * 1024
PART = ".part"
ENDS = 2
"""Lines of an export that are neither stream nor turn: its header and its trailer."""


@click.command()
@click.argument("space")
@click.argument("file", required=False, type=click.Path(dir_okay=False, path_type=Path))
@click.option("--vectors", is_flag=True, help="Carry the vectors along.")
@reaching
@as_json
def export(
    space: str,
    file: Path | None,
    *,
    vectors: bool,
    local: bool,
    data: Path | None,
    as_json: bool,
) -> None:
    """Write the whole SPACE to FILE, one JSON object a line; to standard output without FILE."""
    if file is None and as_json:
        raise click.UsageError("With --json name a FILE: standard output can hold only one of two.")
    with reached(local=local, data=data) as client, _written_to(file) as out:
        found = client.space(space)
        about = found.info()
        chunks = _shown(found.export(vectors=vectors), lines=about.streams + about.turns + ENDS)
        trailer = _copied(chunks, out)
    if as_json:
        show(trailer)
    elif file is not None:
        click.echo(f"exported {_turns(trailer.turns)} of {space} to {file}")


@click.command("import")
@click.argument("space")
@click.argument("file", type=click.File("rb"))
@click.option(
    "--restore-forgotten",
    is_flag=True,
    help="Also bring back turns that were deleted in the space since the export.",
)
@reaching
@as_json
def import_file(
    space: str,
    file: IO[bytes],
    *,
    restore_forgotten: bool,
    local: bool,
    data: Path | None,
    as_json: bool,
) -> None:
    """Bring the lines of FILE (standard input, for -) into SPACE. Safe to run again."""
    with reached(local=local, data=data) as client:
        done = client.space(space).import_from(_sent(file), restore_forgotten=restore_forgotten)
    if as_json:
        show(done)
        return
    click.echo(f"imported {_turns(done.turns)} into {space}, ledger position {done.position}")
    if done.documents:
        click.echo(f"documents made: {done.documents:,}", err=True)
    if done.facts or done.rulings or done.merges or done.unlinkings:
        told = f"facts: {done.facts:,}, rulings: {done.rulings:,}"
        told += f", merges of entities: {done.merges:,}, unlinkings: {done.unlinkings:,}"
        click.echo(told, err=True)
    _say_notes(done)
    if done.present:
        click.echo(f"there already, and left as they are: {_turns(done.present)}", err=True)
    if done.forgotten:
        click.echo(
            f"deleted here, and stay so: {_turns(done.forgotten)}; --restore-forgotten brings back",
            err=True,
        )


def _say_notes(done: Imported) -> None:
    if done.notes or done.links:
        click.echo(f"notes: {done.notes:,}, links: {done.links:,}", err=True)
    if done.feedback:
        click.echo(f"feedback on turns: {done.feedback:,}", err=True)
    if done.titles:
        click.echo(f"titles of events: {done.titles:,}", err=True)
    if done.notes_left_out:
        click.echo(f"notes without their turns, left out: {done.notes_left_out:,}", err=True)


@contextmanager
def _written_to(file: Path | None) -> Iterator[IO[bytes]]:
    """Lend a file that takes its name only when all of it is written; else standard output."""
    if file is None:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    part = file.with_name(file.name + PART)
    try:
        with part.open("wb") as out:
            yield out
            out.flush()
            os.fsync(out.fileno())
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)


def _copied(chunks: Iterable[bytes], out: IO[bytes]) -> TrailerLine:
    check = DownloadCheck()
    for chunk in chunks:
        check.feed(chunk)
        out.write(chunk)
    return check.end()


def _shown(chunks: Iterable[bytes], *, lines: int) -> Iterator[bytes]:
    """Pass an export on, with a bar on standard error that counts its lines."""
    bar: ProgressBar[int]
    with click.progressbar(
        length=lines, label="exporting", file=sys.stderr, hidden=not sys.stderr.isatty()
    ) as bar:
        for chunk in chunks:
            bar.update(chunk.count(b"\n"))
            yield chunk


def _sent(file: IO[bytes]) -> Iterator[bytes]:
    """Read a file, with a bar on standard error that counts its bytes."""
    size = 0  # not known of a pipe, which gets no bar
    if file.seekable():
        size = file.seek(0, os.SEEK_END)
        file.seek(0)
    bar: ProgressBar[int]
    with click.progressbar(
        length=size, label="importing", file=sys.stderr, hidden=not (size and sys.stderr.isatty())
    ) as bar:
        while chunk := file.read(CHUNK):
            yield chunk
            bar.update(len(chunk))


def _turns(count: int) -> str:
    return f"{count:,} {'turn' if count == 1 else 'turns'}"

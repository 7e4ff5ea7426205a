"""`memsvc document`: files into memory, and what is there of them."""

import re
from pathlib import Path

import click
from pydantic import TypeAdapter

from memsvc.cli.reach import as_json, looking_back, reached, reaching, seen, show, show_all
from memsvc.sdk.checked import MAX_NAME
from memsvc.sdk.document_calls import Said
from memsvc.sdk.documents import DocumentInfo, WrittenDocument

_WRITTEN = TypeAdapter(list[WrittenDocument])


@click.group()
def document() -> None:
    """Write files (txt, md, html, pdf) as documents; show, list and delete them."""


@document.command()
@click.argument("space")
@click.argument(
    "files",
    nargs=-1,
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
)
@click.option("--id", "name", help="The document's id; the file's name when left out.")
@click.option("--title", help="What it is called; its own title when left out.")
@click.option("--media-type", help="What it is, where its name does not say so.")
@click.option("--later", is_flag=True, help="Do not wait for vectors: found by words at once.")
@reaching
@as_json
def add(
    space: str,
    files: tuple[Path, ...],
    *,
    name: str | None,
    title: str | None,
    media_type: str | None,
    later: bool,
    local: bool,
    data: Path | None,
    as_json: bool,
) -> None:
    """Write FILES to SPACE; a file of a name that is there already replaces that document."""
    if len(files) > 1 and (name or title):
        raise click.UsageError("--id and --title are for one file at a time.")
    with reached(local=local, data=data) as client:
        said: Said = {
            "title": title,
            "media_type": media_type,
            "embed": "later" if later else "now",
        }
        documents = client.space(space).documents
        writing = (documents.write(file=file, id=name or _id_of(file), **said) for file in files)
        if as_json:
            click.echo(_WRITTEN.dump_json(list(writing), indent=2))
        else:
            for written in writing:
                click.echo(_line(written))


def _id_of(file: Path) -> str:
    """Return the file's name as far as an id can hold it."""
    kept = re.sub(r"[^\w.:@+=~\- ]", "-", file.name).lstrip(".:@+=~- ")[:MAX_NAME]
    return kept or "document"


def _line(written: WrittenDocument) -> str:
    return (
        f"{written.id}: {len(written.parts)} parts, {written.added} paragraphs added, "
        f"{written.kept} kept, {written.removed} removed, version {written.version}"
    )


@document.command("list")
@click.argument("space")
@looking_back
@reaching
@as_json
def list_all(space: str, *, local: bool, data: Path | None, as_json: bool) -> None:
    """List the documents of SPACE."""
    with reached(local=local, data=data) as client:
        found = list(seen(client, space).documents.list())
    show_all(found, _listed, as_json=as_json)


def _listed(each: DocumentInfo) -> str:
    return (
        f"{each.id}  {each.updated_at:%Y-%m-%d %H:%M} UTC  {each.media_type}  "
        f"{each.parts} parts, {each.turns} paragraphs  {each.title or ''}"
    ).rstrip()


@document.command("show")
@click.argument("space")
@click.argument("name", metavar="ID")
@looking_back
@reaching
@as_json
def show_one(space: str, name: str, *, local: bool, data: Path | None, as_json: bool) -> None:
    """Show the parts of document ID of SPACE."""
    with reached(local=local, data=data) as client:
        found = seen(client, space).documents.get(name)
    if as_json:
        show(found)
        return
    click.echo(f"{found.id}  {found.title or ''}  version {found.version}")
    for part in found.parts:
        click.echo(f"  {part.name}: {len(part.turns)} paragraphs in stream {part.stream}")


@document.command()
@click.argument("space")
@click.argument("name", metavar="ID")
@reaching
@as_json
def delete(space: str, name: str, *, local: bool, data: Path | None, as_json: bool) -> None:
    """Delete document ID of SPACE with everything derived from it."""
    with reached(local=local, data=data) as client:
        gone = client.space(space).documents.delete(name)
    if as_json:
        show(gone)
    else:
        click.echo(f"deleted {name}: {gone.streams} parts, {gone.turns} paragraphs")

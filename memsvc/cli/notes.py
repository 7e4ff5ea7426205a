"""`memsvc notes`: write notes, list and read them, edit, link and delete them."""

from pathlib import Path

import click
from pydantic import TypeAdapter

from memsvc.cli.reach import as_json, looking_back, reached, reaching, seen, show, show_all
from memsvc.domain.note import LinkKind
from memsvc.sdk.checked import MAX_PAGE
from memsvc.sdk.notes import LinkInfo, NoteInfo, NoteVersion

_VERSIONS = TypeAdapter(list[NoteVersion])


@click.group()
def notes() -> None:
    """Keep notes: one idea each, with what helps to find it."""


@notes.command("add")
@click.argument("space")
@click.argument("content")
@click.option("--keyword", "keywords", multiple=True, help="What it is about; repeatable.")
@click.option("--tag", "tags", multiple=True, help="A broad category; repeatable.")
@click.option("--context", default="", help="One sentence on what it is about.")
@reaching
@as_json
def add(
    space: str,
    content: str,
    keywords: tuple[str, ...],
    tags: tuple[str, ...],
    context: str,
    *,
    local: bool,
    data: Path | None,
    as_json: bool,
) -> None:
    """Keep CONTENT as a note of SPACE."""
    with reached(local=local, data=data) as client:
        written = client.space(space).notes.create(
            content, keywords=keywords, tags=tags, context=context
        )
    if as_json:
        show(written)
    elif written.held is not None:
        click.echo(f"{written.id}  held as {written.held.id}: see `memsvc quarantine list`")
    else:
        click.echo(f"{written.id}  written, version {written.version}")


@notes.command("list")
@click.argument("space")
@click.option("--tag", help="Only those with this tag.")
@click.option("--keyword", help="Only those with this keyword.")
@click.option("--entity", help="Only those on turns that name this, in any spelling.")
@click.option("--text", help="Only those whose content holds this.")
@looking_back
@reaching
@as_json
def list_all(
    space: str,
    *,
    tag: str | None,
    keyword: str | None,
    entity: str | None,
    text: str | None,
    local: bool,
    data: Path | None,
    as_json: bool,
) -> None:
    """List the notes of SPACE in the order of writing."""
    with reached(local=local, data=data) as client:
        found = list(
            seen(client, space).notes.list(
                tag=tag, keyword=keyword, entity=entity, text=text, page=MAX_PAGE
            )
        )
    show_all(found, _note, as_json=as_json)


def _note(note: NoteInfo) -> str:
    tags = f"  [{', '.join(note.tags)}]" if note.tags else ""
    return f"{note.id}  {' '.join(note.content.split())}{tags}"


@notes.command("show")
@click.argument("space")
@click.argument("note")
@click.option("--versions", is_flag=True, help="What it was before, with who changed it and why.")
@looking_back
@reaching
@as_json
def show_one(
    space: str, note: str, *, versions: bool, local: bool, data: Path | None, as_json: bool
) -> None:
    """Show NOTE of SPACE with its links, or its versions."""
    with reached(local=local, data=data) as client:
        memory = seen(client, space)
        found = memory.notes.get(note)
        history = list(memory.notes.versions(note)) if versions else []
    if as_json:
        if versions:
            click.echo(_VERSIONS.dump_json(history, indent=2))
        else:
            show(found)
        return
    if not versions:
        click.echo(found.content)
        _tell(found)
        for link in found.links:
            click.echo(_line(link, note))
    for version in history:
        click.echo(
            f"version {version.position} by {version.maker}: {version.reason or 'no reason'}"
        )
        _tell(version)


@notes.command("edit")
@click.argument("space")
@click.argument("note")
@click.option("--version", type=int, required=True, help="The version that you read.")
@click.option("--keyword", "keywords", multiple=True, help="In place of all; repeatable.")
@click.option("--tag", "tags", multiple=True, help="In place of all; repeatable.")
@click.option("--context", help="In place of the present one.")
@click.option("--reason", default="", help="Why, for whoever reads its versions.")
@reaching
@as_json
def edit(
    space: str,
    note: str,
    *,
    version: int,
    keywords: tuple[str, ...],
    tags: tuple[str, ...],
    context: str | None,
    reason: str,
    local: bool,
    data: Path | None,
    as_json: bool,
) -> None:
    """Give NOTE of SPACE other keywords, tags or context."""
    with reached(local=local, data=data) as client:
        edited = client.space(space).notes.edit(
            note,
            version=version,
            keywords=keywords or None,
            tags=tags or None,
            context=context,
            reason=reason,
        )
    if as_json:
        show(edited)
    else:
        click.echo(f"{edited.id}  version {edited.version}")


@notes.command("link")
@click.argument("space")
@click.argument("start")
@click.argument("end")
@click.option(
    "--kind",
    type=click.Choice([kind.value for kind in LinkKind]),
    default=LinkKind.RELATED.value,
    show_default=True,
    help="What START does with END.",
)
@click.option("--reason", default="", help="Why, for whoever reads it.")
@reaching
@as_json
def link(
    space: str,
    start: str,
    end: str,
    *,
    kind: str,
    reason: str,
    local: bool,
    data: Path | None,
    as_json: bool,
) -> None:
    """Link the note START of SPACE to the note END."""
    with reached(local=local, data=data) as client:
        made = client.space(space).links.create(start, end, kind=LinkKind(kind), reason=reason)
    if as_json:
        show(made)
    else:
        click.echo(_line(made, start))


@notes.command("delete")
@click.argument("space")
@click.argument("note")
@reaching
@as_json
def delete(space: str, note: str, *, local: bool, data: Path | None, as_json: bool) -> None:
    """Delete NOTE of SPACE for good, with its turn if it was written outright."""
    with reached(local=local, data=data) as client:
        deleted = client.space(space).notes.delete(note)
    if as_json:
        show(deleted)
    else:
        click.echo(f"{deleted.id}  deleted, {deleted.turns} turns with it")


def _tell(facets: NoteInfo | NoteVersion) -> None:
    for name, words in (
        ("keywords", ", ".join(facets.keywords)),
        ("tags", ", ".join(facets.tags)),
        ("context", facets.context),
    ):
        if words:
            click.echo(f"  {name}: {words}")


def _line(link: LinkInfo, note: str) -> str:
    kind = link.kind.replace("_", " ")
    way = f"-> {link.end}" if link.start == note else f"<- {link.start}"
    return f"  {kind} {way}{f'  ({link.reason})' if link.reason else ''}"

"""`memsvc quarantine`: what is held in a space, and what is decided on it."""

from itertools import islice
from pathlib import Path

import click

from memsvc.cli.reach import as_json, reached, reaching, show, show_all
from memsvc.sdk.quarantine import Decided, HeldInfo

BEGINNING = 100
"""Characters of a text that a list shows."""

in_space = click.option("--space", required=True, help="The space to look in.")


@click.group()
def quarantine() -> None:
    """List what a space holds back, release it or reject it."""


@quarantine.command("list")
@in_space
@click.option("--limit", type=click.IntRange(min=1), default=50, show_default=True)
@reaching
@as_json
def list_held(space: str, *, limit: int, local: bool, data: Path | None, as_json: bool) -> None:
    """List what is held, with the reasons."""
    with reached(local=local, data=data) as client:
        found = list(islice(client.space(space).quarantine.list(page=min(limit, 100)), limit))
    show_all(found, _line, as_json=as_json)


def _line(held: HeldInfo) -> str:
    rules = ", ".join(reason.rule for reason in held.reasons)
    text = " ".join(held.content.split())[:BEGINNING]
    return f"{held.id}  {held.stream}  {held.source}  [{rules}]  {text}"


@quarantine.command("release")
@in_space
@click.argument("held")
@reaching
@as_json
def release(space: str, held: str, *, local: bool, data: Path | None, as_json: bool) -> None:
    """Keep HELD after all, as the turn of that id."""
    with reached(local=local, data=data) as client:
        _tell(client.space(space).quarantine.release(held), as_json=as_json)


@quarantine.command("reject")
@in_space
@click.argument("held")
@reaching
@as_json
def reject(space: str, held: str, *, local: bool, data: Path | None, as_json: bool) -> None:
    """Purge HELD; the same words are refused from now on."""
    with reached(local=local, data=data) as client:
        _tell(client.space(space).quarantine.reject(held), as_json=as_json)


def _tell(done: Decided, *, as_json: bool) -> None:
    if as_json:
        show(done)
    else:
        click.echo(f"{done.ruling} {done.id}")

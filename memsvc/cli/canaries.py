"""`memsvc canaries`: plant them, list them, look for them."""

import sys
from pathlib import Path

import click

from memsvc.cli.reach import as_json, reached, reaching, show
from memsvc.sdk.canaries import PlantedCanaries

FOUND_WRONG = 1


@click.group()
def canaries() -> None:
    """Plant sentences that stand nowhere else, and look where they leaked to."""


@canaries.command()
@click.argument("space")
@click.option("--count", type=int, default=5, show_default=True, help="How many, 20 at most.")
@reaching
@as_json
def plant(space: str, *, count: int, local: bool, data: Path | None, as_json: bool) -> None:
    """Plant canaries in SPACE."""
    with reached(local=local, data=data) as client:
        planted = client.space(space).canaries.plant(count)
    _tell(planted, as_json=as_json)


@canaries.command("list")
@click.argument("space")
@reaching
@as_json
def list_all(space: str, *, local: bool, data: Path | None, as_json: bool) -> None:
    """List the canaries of SPACE with the words to look for elsewhere."""
    with reached(local=local, data=data) as client:
        planted = client.space(space).canaries.planted()
    _tell(planted, as_json=as_json)


@canaries.command()
@click.argument("space")
@reaching
@as_json
def check(space: str, *, local: bool, data: Path | None, as_json: bool) -> None:
    """Look for the canaries of SPACE in every row; exit 1 when one is where it should not be."""
    with reached(local=local, data=data) as client:
        looked = client.space(space).canaries.check()
    if as_json:
        show(looked)
    else:
        click.echo(f"{looked.canaries} looked for, {looked.gone} of them gone")
        for one in looked.found:
            click.echo(f"{one.id} is in {one.where} of {one.space or 'no space named here'}")
    if not looked.ok:
        sys.exit(FOUND_WRONG)


def _tell(planted: PlantedCanaries, *, as_json: bool) -> None:
    if as_json:
        show(planted)
    for one in [] if as_json else planted.canaries:
        click.echo(f"{one.id}  {one.turn}  {one.token}{'' if one.stands else '  (gone)'}")

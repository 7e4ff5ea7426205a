"""`memsvc migrate` and `memsvc model`: bring database and embedding model up to date."""

import json
from pathlib import Path

import click

from memsvc.cli.reach import as_json, data_option, settings_with
from memsvc.llm.exported import read
from memsvc.llm.provision import renew
from memsvc.server.logs import configure
from store.opening import lend_database
from store.schema import HEAD
from store.schema import migrate as bring_up


@click.command()
@data_option
@as_json
def migrate(*, data: Path | None, as_json: bool) -> None:
    """Bring the database to the shape of this version; `serve` does so too."""
    settings = settings_with(data=data)
    configure(level="warning")
    with lend_database(settings.data, settings.database, readers=1) as engine:
        came_from = bring_up(engine)
    if as_json:
        click.echo(json.dumps({"from": came_from, "to": HEAD}))
    elif came_from == HEAD:
        click.echo(f"the database is at revision {HEAD} already")
    else:
        click.echo(f"migrated from {came_from or 'nothing'} to revision {HEAD}")


@click.command()
@click.option("--name", help="Which model, instead of MEMSVC_EMBEDDER.")
@as_json
def model(*, name: str | None, as_json: bool) -> None:
    """Bring in the embedding model: find it, export it once, print folder and fingerprint."""
    settings = settings_with(embedder=name)
    configure(level="warning")
    click.echo(f"bringing in {settings.embedder} …", err=True)
    folder = renew(settings.embedder, settings.models)
    fingerprint = read(folder).fingerprint.text
    if as_json:
        click.echo(json.dumps({"folder": str(folder), "fingerprint": fingerprint}))
    else:
        click.echo(f"{folder}\n{fingerprint}")

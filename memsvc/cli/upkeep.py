"""`memsvc migrate` and `memsvc model`: bring database and embedding model up to date."""

import json
from contextlib import closing
from functools import partial
from pathlib import Path

import click

from memsvc.app.admit import Admit
from memsvc.cli.reach import as_json, data_option, settings_with
from memsvc.llm.exported import read
from memsvc.llm.provision import renew
from memsvc.server.logs import configure
from memsvc.world import RandomIds, SystemClock
from store.directory import write_key_file
from store.opening import Database, share_database
from store.postgres import Terms
from store.schema import HEAD
from store.schema import migrate as bring_up
from store.uow import SqlKeeping


@click.command()
@click.option(
    "--rolling",
    is_flag=True,
    help="Beside replicas at work, which a migration that only adds something does not disturb.",
)
@data_option
@as_json
def migrate(*, rolling: bool, data: Path | None, as_json: bool) -> None:
    """Bring the database to the shape of this version, and make the first admin key.

    `serve` does both, too; replicas and workers do neither.
    """
    settings = settings_with(data=data)
    configure(level="warning")
    terms = Terms(
        is_shared=rolling,
        may_lead=False,
        statement_s=settings.database_statement_s,
        lock_s=settings.database_lock_s,
    )
    with share_database(
        settings.data, settings.database, readers=1, name="migrate", terms=terms
    ) as (engine, _):
        came_from = bring_up(engine, is_rolling=rolling)
        _make_first_key(engine, settings.data)
    if as_json:
        click.echo(json.dumps({"from": came_from, "to": HEAD}))
    elif came_from == HEAD:
        click.echo(f"the database is at revision {HEAD} already")
    else:
        click.echo(f"migrated from {came_from or 'nothing'} to revision {HEAD}")


def _make_first_key(engine: Database, data: Path) -> None:
    keeping = SqlKeeping(engine, apply=lambda _delta: None, waiting_limit=1)
    keeping.start()
    with closing(keeping):
        admit = Admit(keeping, SystemClock(), RandomIds())
        admit.make_first(keep=partial(write_key_file, data))


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

"""`memsvc facts`: recorded extractions into a space as facts, and what is there of them."""

from pathlib import Path

import click
from pydantic import TypeAdapter

from memsvc.cli.reach import as_json, looking_back, reached, reaching, seen
from memsvc.evals.stating import StatedExtractions, state_extracted
from memsvc.ingest.extract.triples import read_openie
from memsvc.sdk.checked import MAX_PAGE
from memsvc.sdk.facts import FactInfo

_STATED = TypeAdapter(StatedExtractions)
_LISTED = TypeAdapter(list[FactInfo])


@click.group()
def facts() -> None:
    """Have turns say what was extracted from them, and list what they say."""


@facts.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--space", required=True, help="The space whose turns say them.")
@reaching
@as_json
def import_file(file: Path, *, space: str, local: bool, data: Path | None, as_json: bool) -> None:
    """State the triples of FILE, recorded as HippoRAG's OpenIE. Safe to run again."""
    extracted = read_openie(file.read_bytes(), name=file.name)
    with reached(local=local, data=data) as client:
        done = state_extracted(client.space(space), extracted)
    if as_json:
        click.echo(_STATED.dump_json(done, indent=2))
        return
    click.echo(
        f"passages: {done.passages:,} found among the turns of {space}, {done.unmatched:,} not"
    )
    click.echo(
        f"facts: {done.added:,} new, {done.extended:,} said by further turns, "
        f"{done.known:,} known already, {done.passed_over:,} passed over"
    )


@facts.command("list")
@click.option("--space", required=True, help="The space whose facts are listed.")
@click.option("--entity", help="Only what begins or ends in this, in any spelling.")
@looking_back
@reaching
@as_json
def list_all(
    *, space: str, entity: str | None, local: bool, data: Path | None, as_json: bool
) -> None:
    """List facts in the order in which they were stated first."""
    with reached(local=local, data=data) as client:
        found = list(seen(client, space).facts.list(entity=entity, page=MAX_PAGE))
    if as_json:
        click.echo(_LISTED.dump_json(found, indent=2))
        return
    for fact in found:
        turns = "1 turn" if len(fact.turns) == 1 else f"{len(fact.turns):,} turns"
        click.echo(f"{fact.id}  {fact.subject} | {fact.predicate} | {fact.object}  ({turns})")

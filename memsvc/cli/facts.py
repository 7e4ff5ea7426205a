"""`memsvc facts`: recorded extractions into a space as facts, and what is there of them."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import click
from pydantic import TypeAdapter

from memsvc.cli.reach import as_json, looking_back, reached, reaching, seen, show, show_all
from memsvc.domain.validity import FactState
from memsvc.evals.spaces.stating import StatedExtractions, state_extracted
from memsvc.ingest.extract.triples import read_openie
from memsvc.sdk.checked import MAX_PAGE
from memsvc.sdk.facts import ConflictInfo, FactInfo

_STATED = TypeAdapter(StatedExtractions)


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
@click.option("--predicate", help="Only by this predicate, or another that means the same.")
@looking_back
@click.option(
    "--state",
    type=click.Choice([state.value for state in FactState]),
    multiple=True,
    help="Only what stands so now; repeatable.",
)
@click.option(
    "--valid-at", type=click.DateTime(), help="Only what held at this moment in the world; UTC."
)
@click.option("--include-superseded", is_flag=True, help="Also what others took the place of.")
@reaching
@as_json
def list_all(
    *,
    space: str,
    entity: str | None,
    predicate: str | None,
    state: tuple[str, ...],
    valid_at: datetime | None,
    include_superseded: bool,
    local: bool,
    data: Path | None,
    as_json: bool,
) -> None:
    """List facts in the order in which they were stated first."""
    with reached(local=local, data=data) as client:
        found = list(
            seen(client, space).facts.list(
                entity=entity,
                predicate=predicate,
                state=[FactState(each) for each in state],
                valid_at=_utc(valid_at),
                include_superseded=include_superseded,
                page=MAX_PAGE,
            )
        )
    show_all(found, _line, as_json=as_json)


@facts.command("conflicts")
@click.option("--space", required=True, help="The space whose conflicts are listed.")
@click.option("--entity", help="Only those about this, in any spelling.")
@click.option("--predicate", help="Only those of this predicate, or another that means the same.")
@looking_back
@reaching
@as_json
def list_conflicts(
    *,
    space: str,
    entity: str | None,
    predicate: str | None,
    local: bool,
    data: Path | None,
    as_json: bool,
) -> None:
    """List what cannot all hold: what holds now first, then what it took the place of."""
    with reached(local=local, data=data) as client:
        listed = seen(client, space).facts.conflicts
        found = list(listed(entity=entity, predicate=predicate, page=MAX_PAGE))
    show_all(found, _lines, as_json=as_json)


def _lines(conflict: ConflictInfo) -> str:
    facts = (f"  {_line(fact)}" for fact in conflict.facts)
    return "\n".join((f"{conflict.subject} | {conflict.relation}", *facts))


@facts.command("supersede")
@click.argument("fact")
@click.option("--space", required=True, help="The space that the fact is in.")
@click.option("--by", help="The id of the fact that took its place.")
@click.option("--at", type=click.DateTime(), help="From when on it held no longer; UTC.")
@click.option("--reason", help="Why, for those who ask later.")
@reaching
@as_json
def supersede(
    fact: str,
    *,
    space: str,
    by: str | None,
    at: datetime | None,
    reason: str | None,
    local: bool,
    data: Path | None,
    as_json: bool,
) -> None:
    """Say that FACT holds no longer, and which fact took its place, if any did."""
    with reached(local=local, data=data) as client:
        of_space = client.space(space).facts
        held = of_space.get(fact)
        said = of_space.supersede(fact, version=held.version, by=by, at=_utc(at), reason=reason)
    _tell(said, as_json=as_json)


@facts.command("decide")
@click.argument("fact")
@click.option("--space", required=True, help="The space that the fact is in.")
@click.option("--state", type=click.Choice(["current", "superseded"]), help="How it stands.")
@click.option("--winner", help="The id of the fact that holds in its place.")
@click.option("--reason", required=True, help="Why, for those who ask later.")
@reaching
@as_json
def decide(
    fact: str,
    *,
    space: str,
    state: Literal["current", "superseded"] | None,
    winner: str | None,
    reason: str,
    local: bool,
    data: Path | None,
    as_json: bool,
) -> None:
    """Decide whether FACT holds, or which fact does; no statement changes that."""
    if (state is None) == (winner is None):
        message = "Say --state or --winner."
        raise click.UsageError(message)
    with reached(local=local, data=data) as client:
        of_space = client.space(space).facts
        held = of_space.get(fact)
        said = of_space.decide(
            fact, version=held.version, state=state, winner=winner, reason=reason
        )
    _tell(said, as_json=as_json)


@facts.command("take-back")
@click.argument("fact")
@click.argument("ruling")
@click.option("--space", required=True, help="The space that the fact is in.")
@reaching
@as_json
def take_back(
    fact: str, ruling: str, *, space: str, local: bool, data: Path | None, as_json: bool
) -> None:
    """Take RULING about FACT back."""
    with reached(local=local, data=data) as client:
        said = client.space(space).facts.take_back(fact, ruling)
    _tell(said, as_json=as_json)


def _tell(fact: FactInfo, *, as_json: bool) -> None:
    if as_json:
        show(fact)
        return
    click.echo(_line(fact))
    for ruling in fact.rulings:
        click.echo(f"  {ruling.id}  {ruling.verdict}: {ruling.reason}")


def _line(fact: FactInfo) -> str:
    turns = "1 turn" if len(fact.turns) == 1 else f"{len(fact.turns):,} turns"
    since = "" if fact.valid_from is None else f"{fact.valid_from:%Y-%m-%d}"
    until = "" if fact.valid_to is None else f"{fact.valid_to:%Y-%m-%d}"
    said = f"{fact.id}  {fact.subject} | {fact.predicate} | {fact.object}"
    return f"{said}  ({turns}; {fact.state}, {since}..{until})"


def _utc(moment: datetime | None) -> datetime | None:
    return None if moment is None else moment.replace(tzinfo=UTC)

"""`memsvc rollback`: take a space back to where it stood, or out of a run; seen first if wanted.

And `memsvc runs`, which lists these runs, and `memsvc digest`, which tells whether a space stands
as it stood.
"""

from itertools import islice
from pathlib import Path

import click

from memsvc.cli.curve import moment
from memsvc.cli.reach import as_json, looking_back, reached, reaching, seen, show, show_all
from memsvc.sdk.rollbacks import RolledBack
from memsvc.sdk.runs import RunInfo


@click.command()
@click.argument("space")
@click.option(
    "--to", help="A position of the ledger, or a time, e.g. 2026-05-01T09:30Z: as it stood then."
)
@click.option(
    "--run", help="The run of enrichment that is to be taken back, as `memsvc runs` lists it."
)
@click.option(
    "--include-turns", is_flag=True, help="Also delete the turns that came since, for good."
)
@click.option("--reason", default="", help="Why; it stays with the versions that this makes.")
@click.option("--dry-run", is_flag=True, help="Only say what would change.")
@reaching
@as_json
def rollback(
    space: str,
    *,
    to: str | None,
    run: str | None,
    include_turns: bool,
    reason: str,
    dry_run: bool,
    local: bool,
    data: Path | None,
    as_json: bool,
) -> None:
    """Roll what is derived or edited in SPACE back; what was forgotten stays forgotten."""
    target = int(to) if to is not None and to.isdecimal() else to
    with reached(local=local, data=data) as client:
        done = client.space(space).rollback(
            target, run=run, include_turns=include_turns, reason=reason, dry_run=dry_run
        )
    if as_json:
        show(done)
    else:
        _tell(done)


@click.command()
@click.argument("space")
@click.option("--last", default=20, show_default=True, type=click.IntRange(min=1), help="How many.")
@reaching
@as_json
def runs(space: str, *, last: int, local: bool, data: Path | None, as_json: bool) -> None:
    """List the runs of enrichment in SPACE, the newest first, with what of each stands."""
    with reached(local=local, data=data) as client:
        found = list(islice(client.space(space).runs(), last))
    show_all(found, _line, as_json=as_json)
    if not found and not as_json:
        click.echo("no run of enrichment has changed anything")


@click.command()
@click.argument("space")
@looking_back
@reaching
@as_json
def digest(space: str, *, local: bool, data: Path | None, as_json: bool) -> None:
    """Print a keyed digest of all that stands in SPACE; equal ones mean equal states."""
    with reached(local=local, data=data) as client:
        taken = seen(client, space).digest()
    if as_json:
        show(taken)
        return
    for thing, part in taken.parts.items():
        click.echo(f"{thing.value:<9} {part.count:>9,}  {part.digest}")
    click.echo(f"{'all':<9} {'':>9}  {taken.digest}  at position {taken.position}")


def _line(run: RunInfo) -> str:
    told = f"{run.id}  {moment(run.started_at)} UTC  {run.step}  {_standing(run)}"
    return f"{told}\n    {run.maker}"


def _standing(run: RunInfo) -> str:
    if run.rolled_back is not None:
        return f"rolled back at position {run.rolled_back}"
    counts = ", ".join(f"{thing}: {count:,}" for thing, count in run.made.items())
    return (counts or "nothing of it stands") + ("" if run.ended_at else ", and goes on")


def _tell(done: RolledBack) -> None:
    for one in done.changes:
        click.echo(f"{one.undoing.value:<9} {one.thing.value:<9} {one.id}")
    changed = sum(one.undoing.value != "kept" for one in done.changes)
    if done.dry_run:
        click.echo(f"would change {changed:,}; nothing has changed")
    elif changed:
        click.echo(f"changed {changed:,}; `--to {done.before}` undoes it")
    else:
        click.echo("changed nothing")

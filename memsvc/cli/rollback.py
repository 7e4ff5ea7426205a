"""`memsvc rollback`: take a space back to where it stood, or out of a run; seen first if wanted.

And `memsvc digest`, which tells whether a space stands as it stood.
"""

from pathlib import Path

import click

from memsvc.cli.reach import as_json, looking_back, reached, reaching, seen, show
from memsvc.sdk.rollbacks import RolledBack


@click.command()
@click.argument("space")
@click.option(
    "--to", help="A position of the ledger, or a time, e.g. 2026-05-01T09:30Z: as it stood then."
)
@click.option("--run", help="The run of enrichment whose notes and links are to go.")
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

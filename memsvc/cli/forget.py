"""`memsvc forget`: what is to go from a space, seen first if wanted."""

from datetime import datetime
from pathlib import Path

import click

from memsvc.cli.reach import as_json, reached, reaching, show
from memsvc.cli.times import Moment
from memsvc.sdk.receipts import Forgotten


@click.command()
@click.argument("space")
@click.option("--subject", help="Turns that name this, in any spelling and through merges.")
@click.option("--text", help="Turns that hold this verbatim, but for case and white space.")
@click.option("--turn", "turns", multiple=True, help="The turn of this id; repeatable.")
@click.option("--stream", "streams", multiple=True, help="In this stream only; repeatable.")
@click.option("--since", type=Moment(), help="From this time on, e.g. 2026-05-01T09:30Z.")
@click.option("--until", type=Moment(), help="Up to, not including, this time.")
@click.option("--dry-run", is_flag=True, help="Only say what would go.")
@reaching
@as_json
def forget(
    space: str,
    *,
    subject: str | None,
    text: str | None,
    turns: tuple[str, ...],
    streams: tuple[str, ...],
    since: datetime | None,
    until: datetime | None,
    dry_run: bool,
    local: bool,
    data: Path | None,
    as_json: bool,
) -> None:
    """Forget the turns of SPACE that all options hold of, and leave a receipt."""
    with reached(local=local, data=data) as client:
        done = client.space(space).forget(
            turns=turns or None,
            where={"streams": list(streams)} if streams else None,
            since=since,
            until=until,
            subject=subject,
            text=text,
            dry_run=dry_run,
        )
    if as_json:
        show(done)
    else:
        _tell(done)


def _tell(done: Forgotten) -> None:
    for turn in done.first_turns:
        click.echo(f"{turn.id}  {turn.stream}  {' '.join(turn.text.split())}")
    counts = ", ".join(
        f"{count:,} {name.replace('_', ' ')}"
        for name, count in done.counts.model_dump().items()
        if count
    )
    if done.dry_run:
        click.echo(f"would forget {counts or 'nothing'}; nothing has changed")
    else:
        click.echo(f"forgot {counts or 'nothing'}; receipt {done.id}")

"""`memsvc novelty`: how much of a text a memory holds already, from a terminal."""

from pathlib import Path

import click

from memsvc.cli.reach import as_json, looking_back, reached, reaching, seen, show
from memsvc.sdk.novelty import NearestTurn


@click.command()
@click.argument("space")
@click.argument("text")
@click.option("-k", type=click.IntRange(0, 20), default=3, show_default=True, help="Nearest turns.")
@reaching
@looking_back
@as_json
def novelty(
    space: str, text: str, *, k: int, local: bool, data: Path | None, as_json: bool
) -> None:
    """Say how new TEXT is to SPACE: known, altered, similar or new; and what comes nearest."""
    with reached(local=local, data=data) as client:
        found = seen(client, space).novelty(text, k=k)
    if as_json:
        show(found)
        return
    click.echo(f"{found.verdict}  {found.novelty:.2f}")
    for near in found.nearest:
        click.echo(_told(near))


def _told(near: NearestTurn) -> str:
    who = f"{near.speaker}: " if near.speaker else ""
    lines = [
        f"{near.score:.2f}  {near.at:%Y-%m-%d %H:%M} UTC  {near.stream}  {who}{near.text}",
        *(
            f"      {each.kind}: {each.theirs or 'nothing'} there, {each.ours or 'nothing'} here"
            for each in near.differs
        ),
    ]
    return "\n".join(lines)

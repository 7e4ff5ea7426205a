"""`memsvc order`: when and where things happened, from a terminal."""

from pathlib import Path

import click

from memsvc.cli.reach import as_json, reached, reaching, show
from memsvc.sdk.wire import Located


@click.command()
@click.argument("space")
@click.argument("a")
@click.argument("b")
@reaching
@as_json
def order(space: str, a: str, b: str, *, local: bool, data: Path | None, as_json: bool) -> None:
    """Say which of the passages A and B came first in SPACE, and where each of them stands."""
    with reached(local=local, data=data) as client:
        ordered = client.space(space).order(a, b)
    if as_json:
        show(ordered)
        return
    click.echo(f"{ordered.first or 'not known'}: {ordered.reason}")
    for name, located in (("a", ordered.a), ("b", ordered.b)):
        click.echo(f"{name}  {_place(located)}")


def _place(located: Located | None) -> str:
    if located is None:
        return "not found"
    often = f", first of {located.occurrences}" if located.occurrences > 1 else ""
    return (
        f"{located.at:%Y-%m-%d %H:%M} UTC  {located.stream} #{located.seq}  "
        f"from character {located.start}  {located.match.value} {located.score:.2f}{often}"
    )

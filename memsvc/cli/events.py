"""`memsvc events`: what streams were cut into, as a list or as the curve that they were cut by."""

from collections.abc import Iterator
from pathlib import Path
from shutil import get_terminal_size

import click
from pydantic import TypeAdapter

from memsvc.cli.curve import clipped, drawn, moment, words
from memsvc.cli.reach import as_json, looking_back, reached, reaching, seen
from memsvc.sdk.events import EventInfo, OpenTail

_EVENTS = TypeAdapter(list[EventInfo])
SHOWN = 2
"""Representatives of which a list shows the first words, of an event without a title."""


@click.command()
@click.argument("space")
@click.option("--stream", help="Only this stream; then its open end is told, too.")
@click.option("--plot", is_flag=True, help="Draw the surprise curve of --stream, a line a unit.")
@looking_back
@reaching
@as_json
def events(
    space: str, *, stream: str | None, plot: bool, local: bool, data: Path | None, as_json: bool
) -> None:
    """List the events of SPACE in the order in which they closed, or draw how they were cut."""
    if plot and (stream is None or as_json):
        raise click.UsageError("--plot draws one stream: name it with --stream, and leave --json.")
    with reached(local=local, data=data) as client:
        memory = seen(client, space)
        found = list(memory.events(stream=stream, texts=True))
        tail = None if stream is None else memory.tail(stream)
    width = get_terminal_size().columns
    if as_json:
        click.echo(_EVENTS.dump_json(found, indent=2))
    elif plot and tail is not None:
        for line in drawn(found, tail, width=width):
            click.echo(line)
    else:
        for line in _listed(found, tail, width=width):
            click.echo(line)


def _listed(found: list[EventInfo], tail: OpenTail | None, *, width: int) -> Iterator[str]:
    if not found:
        yield "no event has closed yet"
    for event in found:
        yield f"{event.id}  {event.stream} {_extent(event)}  {_when(event)}  {event.boundary}"
        if event.title is not None:
            yield clipped(f"    {event.title}", width)
            continue
        turns = {turn.id: turn for turn in event.turns}
        for place in event.representatives[:SHOWN]:
            yield f"    {words(turns[event.units[place].turn], width - 4)}"
    if tail is not None and (tail.units or tail.waiting):
        units = "unit" if len(tail.units) == 1 else "units"
        waiting = f", {tail.waiting} more turns wait for vectors" if tail.waiting else ""
        yield clipped(
            f"open  {tail.stream} from {tail.start.seq} on: {len(tail.units)} {units}{waiting}",
            width,
        )


def _extent(event: EventInfo) -> str:
    """Return the first and last unit that there is room for between its two edges."""
    last = (
        _number(event.end.seq, event.end.piece - 1) if event.end.piece else str(event.end.seq - 1)
    )
    first = _number(event.start.seq, event.start.piece)
    return first if first == last else f"{first}-{last}"


def _number(seq: int, piece: int) -> str:
    return f"{seq}.{piece}" if piece else str(seq)


def _when(event: EventInfo) -> str:
    if event.first_at is None or event.last_at is None:
        return "nothing stands"
    first, last = moment(event.first_at), moment(event.last_at)
    if first == last:
        return f"{first} UTC"
    day = first[:10]
    return f"{first} to {last.removeprefix(day).strip()} UTC"

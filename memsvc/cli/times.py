"""`memsvc order`, `timeline`, `places`, `whereabouts`: when and where, from a terminal."""

from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

import click
from typing_extensions import override

from memsvc.cli.reach import as_json, looking_back, reached, reaching, seen, show, show_all
from memsvc.sdk.wire import Located, PlaceInfo, Sighting, TimelineItem


@click.command()
@click.argument("space")
@click.argument("a")
@click.argument("b")
@looking_back
@reaching
@as_json
def order(space: str, a: str, b: str, *, local: bool, data: Path | None, as_json: bool) -> None:
    """Say which of the passages A and B came first in SPACE, and where each of them stands."""
    with reached(local=local, data=data) as client:
        ordered = seen(client, space).order(a, b)
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


class Moment(click.ParamType[datetime]):
    """A time after RFC 3339, or a date; without an offset in UTC."""

    name = "time"

    @override
    def convert(
        self, value: str, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is no time such as 2026-05-01T09:30Z or 2026-05-01", param, ctx)
        return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


@click.command()
@click.argument("space")
@click.option("--since", type=Moment(), help="From this time on, e.g. 2026-05-01T09:30Z.")
@click.option("--until", type=Moment(), help="Up to, not including, this time.")
@click.option("--stream", help="Of this stream only.")
@click.option("--place", help="At this place only.")
@click.option("--limit", type=click.IntRange(min=1), default=50, show_default=True)
@looking_back
@reaching
@as_json
def timeline(
    space: str,
    *,
    since: datetime | None,
    until: datetime | None,
    stream: str | None,
    place: str | None,
    limit: int,
    local: bool,
    data: Path | None,
    as_json: bool,
) -> None:
    """Print what happened in SPACE between two times, whatever its stream, in order."""
    with reached(local=local, data=data) as client:
        walked = seen(client, space).timeline(
            since=since, until=until, stream=stream, place=place, page=min(limit, 100)
        )
        items = list(islice(walked, limit))
    show_all(items, _happened, as_json=as_json)


def _happened(item: TimelineItem) -> str:
    where = f"{item.stream} @ {item.place}" if item.place else item.stream
    turn = item.turn
    said = "" if turn is None else f"{turn.speaker or turn.role}: {turn.content}"
    return f"{item.at:%Y-%m-%d %H:%M} UTC  {where}  {said}"


@click.command()
@click.argument("space")
@looking_back
@reaching
@as_json
def places(space: str, *, local: bool, data: Path | None, as_json: bool) -> None:
    """List the places of SPACE with how many turns happened there, and when the last did."""
    with reached(local=local, data=data) as client:
        found = list(seen(client, space).places())
    show_all(found, _listed, as_json=as_json)


def _listed(place: PlaceInfo) -> str:
    return f"{place.turns:>7}  {place.last_at:%Y-%m-%d %H:%M} UTC  {place.name}"


@click.command()
@click.argument("space")
@click.argument("of")
@click.option("--limit", type=click.IntRange(0, 100), default=10, show_default=True)
@looking_back
@reaching
@as_json
def whereabouts(
    space: str, of: str, *, limit: int, local: bool, data: Path | None, as_json: bool
) -> None:
    """Say where OF was last: where the latest turn of SPACE happened that names it."""
    with reached(local=local, data=data) as client:
        found = seen(client, space).whereabouts(of, limit=limit)
    if as_json:
        show(found)
    elif found.last is None:
        click.echo("never seen at any place")
    else:
        for sighting in (found.last, *found.earlier):
            click.echo(_sighted(sighting))


def _sighted(sighting: Sighting) -> str:
    who = f"{sighting.speaker}: " if sighting.speaker else ""
    return (
        f"{sighting.place}  {sighting.at:%Y-%m-%d %H:%M} UTC  {sighting.stream} #{sighting.seq}  "
        f"{who}{sighting.text}"
    )

"""`memsvc pins`: questions that a space is asked again, and whether their answers still hold."""

import json
import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click
from pydantic import BaseModel

from memsvc.cli.reach import as_json, reached, reaching, show, show_all
from memsvc.cli.times import Moment
from memsvc.domain.errors import InvalidField
from memsvc.sdk.checked import MAX_K, MAX_PAGE
from memsvc.sdk.pinned import PinInfo

if TYPE_CHECKING:
    from memsvc.sdk.client import Space
    from memsvc.sdk.wire import Recalled

FOUND_WRONG = 1


class Expected(BaseModel):
    """A turn that should answer. `place` counts hits from 1; None where it is none of them."""

    turn: str
    place: int | None
    gone: bool


class PinAsked(BaseModel):
    """What became of a pinned question; `moved` is what finds all, in another order."""

    id: str
    question: str
    state: Literal["holds", "moved", "lost"]
    expected: list[Expected]
    first: str | None


class PinsAsked(BaseModel):
    """All that is pinned in a space, asked once."""

    space: str
    asked: int
    lost: int
    pins: list[PinAsked]


@click.group()
def pins() -> None:
    """Keep questions with the turns that should answer them, and see whether they still do."""


@pins.command()
@click.argument("space")
@click.argument("question")
@click.argument("turns", nargs=-1, required=True)
@click.option("--recipe", help="Which recipe is asked; else the one that SPACE is set to.")
@click.option("-k", type=click.IntRange(1, MAX_K), default=10, show_default=True, help="Hits.")
@click.option("--filters", help="Which turns may answer, as JSON; as in the body of a recall.")
@click.option("--since", type=Moment(), help="Only what happened from this time on.")
@click.option("--until", type=Moment(), help="Only what happened before this time.")
@reaching
@as_json
def add(
    space: str,
    question: str,
    turns: tuple[str, ...],
    *,
    recipe: str | None,
    k: int,
    filters: str | None,
    since: datetime | None,
    until: datetime | None,
    local: bool,
    data: Path | None,
    as_json: bool,
) -> None:
    """Have QUESTION find TURNS of SPACE, by their ids, the best first."""
    between = None if since is None and until is None else {"since": since, "until": until}
    with reached(local=local, data=data) as client:
        made = client.space(space).pinned.pin(
            question, turns, recipe=recipe, k=k, filters=_filters(filters), between=between
        )
    if as_json:
        show(made)
    else:
        click.echo(_line(made))


@pins.command("list")
@click.argument("space")
@reaching
@as_json
def list_all(space: str, *, local: bool, data: Path | None, as_json: bool) -> None:
    """List what is pinned in SPACE, in the order of pinning."""
    with reached(local=local, data=data) as client:
        found = list(client.space(space).pinned.list(page=MAX_PAGE))
    show_all(found, _line, as_json=as_json)


@pins.command()
@click.argument("space")
@click.argument("pin")
@reaching
def remove(space: str, pin: str, *, local: bool, data: Path | None) -> None:
    """Have PIN, by its id, asked no more."""
    with reached(local=local, data=data) as client:
        client.space(space).pinned.unpin(pin)
    click.echo(f"unpinned: {pin}")


@pins.command()
@click.argument("space")
@reaching
@as_json
def run(space: str, *, local: bool, data: Path | None, as_json: bool) -> None:
    """Ask all that is pinned in SPACE; exit 1 when any question finds an expected turn no more."""
    with reached(local=local, data=data) as client:
        room = client.space(space)
        asked = []
        for pin in room.pinned.list(page=MAX_PAGE):
            asked.append(_judged(pin, _ask(room, pin)))
            if not as_json:
                _tell(asked[-1])
    lost = sum(each.state == "lost" for each in asked)
    if as_json:
        show(PinsAsked(space=space, asked=len(asked), lost=lost, pins=asked))
    else:
        click.echo(f"{len(asked)} asked, {lost} lost something")
    if lost:
        sys.exit(FOUND_WRONG)


def _ask(room: "Space", pin: PinInfo) -> "Recalled":
    between = None if pin.between is None else pin.between.model_dump()
    filters = pin.filters.model_dump()
    return room.recall(pin.question, k=pin.k, recipe=pin.recipe, filters=filters, between=between)


def _judged(pin: PinInfo, recalled: "Recalled") -> PinAsked:
    """Say what became of it; turns that say the very same are one hit."""
    place_of: dict[str, int] = {}
    for place, hit in enumerate(recalled.hits, 1):
        for turn in hit.turns:
            place_of.setdefault(turn, place)
    expected = [
        Expected(turn=turn, place=place_of.get(turn), gone=turn in pin.gone)
        for turn in pin.expected
    ]
    places = [each.place for each in expected if each.place is not None]
    state: Literal["holds", "moved", "lost"] = "holds" if places == sorted(places) else "moved"
    return PinAsked(
        id=pin.id,
        question=pin.question,
        state="lost" if len(places) < len(expected) else state,
        expected=expected,
        first=recalled.hits[0].id if recalled.hits else None,
    )


def _tell(asked: PinAsked) -> None:
    click.echo(f"{asked.state:<5}  {asked.id}  {_one_line(asked.question)}")
    for each in asked.expected if asked.state != "holds" else ():
        gone = "gone" if each.gone else "not found"
        click.echo(f"  {each.turn}  {gone if each.place is None else f'hit {each.place}'}")


def _line(pin: PinInfo) -> str:
    gone = f", {len(pin.gone)} gone" if pin.gone else ""
    by = pin.recipe or "the space's recipe"
    return f"{pin.id}  {_one_line(pin.question)}  ({len(pin.expected)} of {pin.k} hits, {by}{gone})"


def _filters(said: str | None) -> dict[str, Any] | None:
    if said is None:
        return None
    try:
        found = json.loads(said)
    except ValueError as error:
        raise InvalidField(f"--filters is not JSON: {error}.", field="filters") from error
    if not isinstance(found, dict):
        raise InvalidField('--filters is an object, as {"user_id": "ann"}.', field="filters")
    return found


def _one_line(question: str) -> str:
    return " ".join(question.split())

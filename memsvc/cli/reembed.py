"""`memsvc reembed`: change the embedding model of a service while it is at work."""

import json
import time
from pathlib import Path
from typing import Any

import click

from memsvc.cli.reach import as_json, reached, reaching, show
from memsvc.domain.errors import InvalidField
from memsvc.sdk.reembedding import ModelsCompared, Reembedding

LOOK_EVERY_S = 2.0


@click.group()
def reembed() -> None:
    """Change the embedding model with no downtime: begin, compare, switch, undo, drop."""


@reembed.command("begin")
@click.argument("model")
@reaching
@as_json
def begin(model: str, *, local: bool, data: Path | None, as_json: bool) -> None:
    """Make vectors of MODEL beside those in use, in the background."""
    with reached(local=local, data=data) as client:
        _tell(client.reembedding.begin(model), as_json=as_json)


@reembed.command("status")
@click.option("--wait", is_flag=True, help="Look again until nothing is left.")
@reaching
@as_json
def status(*, wait: bool, local: bool, data: Path | None, as_json: bool) -> None:
    """Print how far the change has come, whole and by space."""
    with reached(local=local, data=data) as client:
        found = client.reembedding.progress()
        while wait and found.left and found.missing is None:
            click.echo(f"\r{_left(found)}   ", nl=False, err=True)
            time.sleep(LOOK_EVERY_S)
            found = client.reembedding.progress()
    _tell(found, as_json=as_json)


@reembed.command("compare")
@click.argument("questions", type=click.File(), required=False)
@click.option("-k", type=click.IntRange(1, 100), default=10, show_default=True, help="Hits.")
@click.option("--pinned", is_flag=True, help="Ask what is pinned as well; without a file anyway.")
@click.option(
    "--space", "spaces", multiple=True, help="Only what is pinned in this space; repeatable."
)
@reaching
@as_json
def compare(
    questions: Any,
    *,
    k: int,
    pinned: bool,
    spaces: tuple[str, ...],
    local: bool,
    data: Path | None,
    as_json: bool,
) -> None:
    """Ask both models what is pinned, or the QUESTIONS of a file, before switching.

    One JSON object a line: `space`, `question`, and `expected` with ids of turns where the answer
    is known.
    """
    try:
        asked = [json.loads(line) for line in questions or () if line.strip()]
    except json.JSONDecodeError as error:
        message = f"A line is not JSON: {error.msg}."
        raise InvalidField(message, field="questions") from error
    with reached(local=local, data=data) as client:
        found = client.reembedding.compare(
            asked, k=k, pinned=pinned or questions is None, spaces=spaces
        )
    if as_json:
        show(found)
    else:
        _tell_compared(found)


@reembed.command("switch")
@reaching
@as_json
def switch(*, local: bool, data: Path | None, as_json: bool) -> None:
    """Have every space recalled by the next model from now on."""
    with reached(local=local, data=data) as client:
        _tell(client.reembedding.switch(), as_json=as_json)


@reembed.command("undo")
@reaching
@as_json
def undo(*, local: bool, data: Path | None, as_json: bool) -> None:
    """Have every space recalled by the model before again."""
    with reached(local=local, data=data) as client:
        _tell(client.reembedding.undo(), as_json=as_json)


@reembed.command("drop")
@reaching
@as_json
def drop(*, local: bool, data: Path | None, as_json: bool) -> None:
    """Delete the vectors that are not in use; before a switch this gives the next model up."""
    with reached(local=local, data=data) as client:
        _tell(client.reembedding.drop(), as_json=as_json)


def _tell(found: Reembedding, *, as_json: bool) -> None:
    if as_json:
        show(found)
        return
    if found.before is None or found.after is None:
        click.echo("the embedding model was never changed")
        return
    click.echo(f"{found.stage}: from {found.before.name} to {found.after.name}")
    click.echo(f"spaces are recalled by {found.present}")
    if found.stage not in ("making", "switched"):
        return
    click.echo(_left(found))
    for each in found.spaces:
        failed = f", {each.parked} failed" if each.parked else ""
        click.echo(f"  {each.space}: {each.turns} turns, {each.left} left{failed}")
    if found.missing is not None:
        click.echo(f"it rests: {found.missing}")


def _left(found: Reembedding) -> str:
    if not found.left:
        return f"{found.turns} turns, nothing left"
    rate = "" if found.rate is None else f", {found.rate:.0f} a second"
    eta = "" if found.eta_s is None else f", about {found.eta_s:.0f} s"
    return f"{found.turns} turns, {found.left} left{rate}{eta}"


def _tell_compared(found: ModelsCompared) -> None:
    if not found.questions:
        click.echo("nothing is pinned, so nothing was asked; give a file of questions")
        return
    click.echo(f"{found.questions} questions, {found.k} hits each")
    click.echo(
        f"{found.overlap:.1%} of hits in both, {found.changed:.1%} of answers changed, "
        f"{found.lost_first:.1%} lost their first hit, {found.worse:.1%} are worse"
    )
    gain = found.gain
    if gain is None:
        click.echo("no question has expected turns: which model is better, this cannot tell")
    else:
        click.echo(
            f"recall@{found.k} {gain.before:.3f} before, {gain.after:.3f} after: "
            f"{gain.after - gain.before:+.3f} ({gain.low:+.3f} to {gain.high:+.3f}) "
            f"over {gain.questions} questions"
        )
    pins = found.pins
    if pins is not None:
        more = f", {pins.left_out} more were not asked" if pins.left_out else ""
        click.echo(
            f"pinned: {pins.worse:.1%} of {pins.questions} lose turns that should answer, "
            f"{pins.lost} together{more}"
        )
    for each in found.answers:
        if each.worse or (each.pin is not None and each.lost):
            lost = f"  (lost {', '.join(each.lost)})" if each.lost else ""
            click.echo(f"worse  {each.space}: {each.question}{lost}")

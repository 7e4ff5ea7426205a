"""`memsvc feedback`: what hits were worth, said and listed."""

from pathlib import Path
from typing import Literal, cast

import click

from memsvc.cli.reach import as_json, reached, reaching, show, show_all
from memsvc.domain.feedback import Judgement
from memsvc.sdk.checked import MAX_PAGE
from memsvc.sdk.feedback import FeedbackInfo


@click.group()
def feedback() -> None:
    """Say whether a hit helped, was wrong or is outdated."""


@feedback.command()
@click.argument("space")
@click.argument("turn")
@click.argument("verdict", type=click.Choice([one.value for one in Judgement]))
@click.option("--question", help="What had been asked.")
@reaching
@as_json
def give(
    space: str,
    turn: str,
    verdict: str,
    *,
    question: str | None,
    local: bool,
    data: Path | None,
    as_json: bool,
) -> None:
    """Say that TURN of SPACE, a hit's id, helped, was wrong or is outdated."""
    said = cast("Literal['helped', 'wrong', 'outdated']", verdict)
    with reached(local=local, data=data) as client:
        given = client.space(space).feedback.give(turn, said, question=question)
    if as_json:
        show(given)
    else:
        click.echo(_line(given))


@feedback.command("list")
@click.argument("space")
@click.option("--turn", help="Only what is said of this turn.")
@reaching
@as_json
def list_all(
    space: str, *, turn: str | None, local: bool, data: Path | None, as_json: bool
) -> None:
    """List what is said of the turns of SPACE."""
    with reached(local=local, data=data) as client:
        found = list(client.space(space).feedback.list(turn=turn, page=MAX_PAGE))
    show_all(found, _line, as_json=as_json)


@feedback.command("take-back")
@click.argument("space")
@click.argument("feedback")
@reaching
def take_back(space: str, feedback: str, *, local: bool, data: Path | None) -> None:
    """Have FEEDBACK, by its id, said no more."""
    with reached(local=local, data=data) as client:
        client.space(space).feedback.take_back(feedback)
    click.echo(f"taken back: {feedback}")


def _line(given: FeedbackInfo) -> str:
    asked = "" if given.question is None else f"  ({' '.join(given.question.split())})"
    return f"{given.id}  {given.turn}  {given.verdict}  by {given.actor}{asked}"

"""`memsvc experiences`: what was tried with tools, kept and asked for."""

from pathlib import Path

import click

from memsvc.cli.reach import as_json, reached, reaching, show
from memsvc.domain.experience import STREAM, ExperienceOutcome
from memsvc.sdk.experiences import ExperienceHit


@click.group()
def experiences() -> None:
    """Keep what was tried with a tool, and ask what was before trying again."""


@experiences.command()
@click.argument("space")
@click.option("--tool", required=True, help="The tool that was called.")
@click.option("--intent", required=True, help="What was wanted, in words.")
@click.option("--call", required=True, help="What was called with, for instance JSON.")
@click.option(
    "--outcome",
    required=True,
    type=click.Choice([outcome.value for outcome in ExperienceOutcome]),
    help="How it ended.",
)
@click.option("--error", help="What the tool said was wrong.")
@click.option("--fix", help="What to do otherwise, or what made it work.")
@click.option("--stream", default=STREAM, show_default=True, help="Where it is written.")
@reaching
@as_json
def keep(
    space: str,
    *,
    tool: str,
    intent: str,
    call: str,
    outcome: str,
    error: str | None,
    fix: str | None,
    stream: str,
    local: bool,
    data: Path | None,
    as_json: bool,
) -> None:
    """Keep one experience in SPACE."""
    said = {"tool": tool, "intent": intent, "call": call, "outcome": outcome}
    more = {name: text for name, text in (("error", error), ("fix", fix)) if text is not None}
    with reached(local=local, data=data) as client:
        written = client.space(space).experiences.keep([said | more], stream=stream)
    if as_json:
        show(written)
    else:
        click.echo(f"kept {written.turns[0].id} in {space}/{stream}")


@experiences.command()
@click.argument("space")
@click.argument("intent")
@click.option("--tool", help="Only with this tool.")
@click.option("-k", type=int, default=5, show_default=True, help="Experiences at most.")
@reaching
@as_json
def recall(
    space: str,
    intent: str,
    *,
    tool: str | None,
    k: int,
    local: bool,
    data: Path | None,
    as_json: bool,
) -> None:
    """Say what was tried in SPACE for something like INTENT: what worked first."""
    with reached(local=local, data=data) as client:
        recalled = client.space(space).experiences.recall(intent, tool=tool, k=k)
    if as_json:
        show(recalled)
    elif not recalled.experiences:
        click.echo("nothing tried yet")
    for one in [] if as_json else recalled.experiences:
        _tell(one)


def _tell(one: ExperienceHit) -> None:
    times = f", {len(one.turns)} times" if len(one.turns) > 1 else ""
    click.echo(f"{one.outcome}  {one.tool}  {' '.join(one.intent.split())}{times}")
    for name, text in (("call", one.call), ("error", one.error), ("fix", one.fix)):
        if text is not None:
            click.echo(f"    {name}: {' '.join(text.split())}")

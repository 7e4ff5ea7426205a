"""`memsvc profile`: what should always be known about a user."""

from pathlib import Path

import click

from memsvc.cli.reach import as_json, reached, reaching, show
from memsvc.domain.profile import PROFILE_TOKENS


@click.command()
@click.argument("space")
@click.option("--budget", type=int, default=PROFILE_TOKENS, show_default=True, help="Tokens.")
@click.option("--user-id", help="Only what is kept about this user.")
@click.option("--speaker", help="Only what this speaker says.")
@reaching
@as_json
def profile(
    space: str,
    *,
    budget: int,
    user_id: str | None,
    speaker: str | None,
    local: bool,
    data: Path | None,
    as_json: bool,
) -> None:
    """Print standing instructions, facts and preferences of the user of SPACE."""
    with reached(local=local, data=data) as client:
        found = client.space(space).profile(budget_tokens=budget, user_id=user_id, speaker=speaker)
    if as_json:
        show(found)
    else:
        click.echo(found.text or "nothing known", nl=not found.text)

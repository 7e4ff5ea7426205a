"""`python -m tests.torture`: see the package."""

import json
import sys
from contextlib import nullcontext
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from memsvc.evals.speed.stores_beside import is_at_hand
from memsvc.server.logs import configure
from tests.postgres import running_server
from tests.torture.faults import FAULTS, tried
from tests.torture.run import table, tortured
from tests.torture.scenarios import SCENARIOS

if TYPE_CHECKING:
    from click._termui_impl import ProgressBar

FOUND_WRONG = 1


@click.command()
@click.option("--kills", type=click.IntRange(min=0), default=200, show_default=True)
@click.option("--seed", type=int, default=2026, show_default=True, help="Of moments and content.")
@click.option(
    "--scenario",
    "names",
    multiple=True,
    type=click.Choice([scenario.name for scenario in SCENARIOS]),
    help="This one alone; repeatable.",
)
@click.option("--faults/--no-faults", default=True, help="Also the faults beside kills.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON for machines.")
def torture(*, kills: int, seed: int, names: tuple[str, ...], faults: bool, as_json: bool) -> None:
    """Kill the service at random moments and look what is left; exit 1 if anything is wrong."""
    configure(level="error")
    chosen = [scenario for scenario in SCENARIOS if not names or scenario.name in names]
    if not is_at_hand(""):
        click.echo("no PostgreSQL at hand: scenarios on a server are left out", err=True)
        chosen = [scenario for scenario in chosen if not scenario.on_a_server]
    needs_server = any(scenario.on_a_server for scenario in chosen)
    bar: ProgressBar[int]
    with (
        running_server() if needs_server else nullcontext("") as server,
        click.progressbar(
            length=kills, label="killing", file=sys.stderr, hidden=not sys.stderr.isatty()
        ) as bar,
    ):
        outcomes = tortured(
            kills=kills,
            seed=seed,
            scenarios=chosen,
            server=server,
            progress=lambda _outcome: bar.update(1),
        )
    verdicts = [tried(fault) for fault in FAULTS] if faults else []
    if as_json:
        told = {
            "kills": [asdict(outcome) for outcome in outcomes],
            "faults": [asdict(verdict) for verdict in verdicts],
        }
        click.echo(json.dumps(told, indent=2))
    else:
        click.echo(table(outcomes))
        for verdict in verdicts:
            click.echo(f"{verdict.fault}: {verdict.outcome}")
    clean = [outcome.is_clean for outcome in outcomes] + [each.is_clean for each in verdicts]
    if not all(clean):
        sys.exit(FOUND_WRONG)


if __name__ == "__main__":
    torture()

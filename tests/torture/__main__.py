"""`python -m tests.torture`: see the package."""

import json
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from memsvc.server.logs import configure
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
    bar: ProgressBar[int]
    with click.progressbar(
        length=kills, label="killing", file=sys.stderr, hidden=not sys.stderr.isatty()
    ) as bar:
        outcomes = tortured(
            kills=kills, seed=seed, scenarios=chosen, progress=lambda _outcome: bar.update(1)
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

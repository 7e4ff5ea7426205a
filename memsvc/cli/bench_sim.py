"""`memsvc bench scale-sim`: a model of scale from a report, held against what was measured."""

import json
from dataclasses import asdict
from pathlib import Path
from random import Random
from typing import Any

import click

from memsvc.cli.reach import as_json
from memsvc.evals.reports.report import aligned, readable
from memsvc.evals.speed.capacity import Model, model_of, table_of_model
from memsvc.evals.speed.costs import RECALL, WRITE
from memsvc.evals.speed.simulate import Draw, Served, arriving, capacity, shares_of, simulated

PERCENTS = (50, 95, 99)
PROBED_S = 30.0


@click.command("scale-sim")
@click.argument("report", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--turns", type=click.IntRange(min=1), default=1_000_000, show_default=True)
@click.option("--spaces", type=click.IntRange(min=1), default=1_000, show_default=True)
@click.option(
    "--skew",
    type=click.FloatRange(min=0),
    default=0.8,
    show_default=True,
    help="Space n is asked as n to the power of minus this.",
)
@click.option(
    "--open-share",
    type=click.FloatRange(0, 1),
    default=1.0,
    show_default=True,
    help="Part of the turns whose spaces are in memory at a time.",
)
@click.option(
    "--writes",
    type=click.FloatRange(min=0),
    default=10.0,
    show_default=True,
    help="Turns written a second, over all databases.",
)
@click.option("--recalls", type=click.FloatRange(min=0), default=10.0, show_default=True)
@click.option(
    "--databases",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    help="Services with a database each, over which spaces are placed.",
)
@click.option(
    "--cores",
    type=click.FloatRange(min=0.1),
    default=2.0,
    show_default=True,
    help="Of each service.",
)
@click.option("--seconds", type=click.FloatRange(min=1), default=120.0, show_default=True)
@click.option("--seed", type=int, default=0, show_default=True)
@as_json
def scale_sim(
    report: Path,
    *,
    turns: int,
    spaces: int,
    skew: float,
    open_share: float,
    writes: float,
    recalls: float,
    databases: int,
    cores: float,
    seconds: float,
    seed: int,
    as_json: bool,
) -> None:
    """Say what a load takes, from the costs in REPORT (the JSON of `memsvc bench all`).

    First the model and how far it is off: what it says of the load in the report, beside what was
    measured there. Then the load that is asked about, over one or several databases.
    """
    model = model_of(json.loads(report.read_text(encoding="utf-8")))
    checked = checked_against_load(model, seed=seed)
    planned = _planned(
        model,
        Random(seed),  # noqa: S311  nothing secret
        turns=turns,
        spaces=spaces,
        skew=skew,
        open_share=open_share,
        writes=writes,
        recalls=recalls,
        databases=databases,
        cores=cores,
        seconds=seconds,
    )
    if as_json:
        click.echo(readable({"check": checked, "plan": planned}))
        return
    click.echo("\n".join(aligned(table_of_model(model))))
    click.echo(f"\nheld against the load of the report, on {model.cores:.2f} cores:")
    click.echo(
        "\n".join(
            aligned(
                [
                    ["", "simulated", "measured", "error"],
                    *(
                        [
                            name,
                            f"{one['simulated']:,.1f}",
                            f"{one['measured']:,.1f}",
                            f"{one['error']:+.0%}",
                        ]
                        for name, one in checked.items()
                    ),
                ]
            )
        )
    )
    click.echo(
        f"\n{turns:,} turns in {spaces:,} spaces, {writes:g} writes/s, {recalls:g} recalls/s:"
    )
    click.echo("\n".join(aligned([[name, said] for name, said in planned["said"].items()])))


def checked_against_load(model: Model, *, seed: int) -> dict[str, dict[str, float]]:
    """Simulate what the report measured under load; return both, and the error of the model."""
    chance = Random(seed)  # noqa: S311  nothing secret
    draw = Draw(model.costs, chance, with_sender=True, spread=model.is_quiet)
    writes = model.loaded["capacity, 16 writers"]
    recalls = model.loaded["capacity, 16 readers beside them"]
    found = {
        "capacity, requests/s": (
            capacity(draw, cores=model.cores, seconds=PROBED_S),
            writes + recalls,
        )
    }
    coming = arriving(draw, {WRITE: writes / 2, RECALL: recalls / 2}, PROBED_S * 4)
    half = simulated(coming, cores=model.cores)
    for kind in (WRITE, RECALL):
        for percent in PERCENTS:
            name = f"{kind}, half capacity, p{percent}"
            found[f"{name}, ms"] = (_percentile(half, kind, percent), model.loaded[name])
    return {
        name: {"simulated": ours, "measured": measured, "error": ours / measured - 1}
        for name, (ours, measured) in found.items()
    }


def _planned(
    model: Model,
    chance: Random,
    *,
    turns: int,
    spaces: int,
    skew: float,
    open_share: float,
    writes: float,
    recalls: float,
    databases: int,
    cores: float,
    seconds: float,
) -> dict[str, Any]:
    a_space = turns // spaces
    needs = model.needs(
        turns=turns, a_space=a_space, writes_s=writes, recalls_s=recalls, open_share=open_share
    )
    dearer = model.processor_s(RECALL, turns=a_space) / model.processor_s(RECALL)
    draw = Draw(model.costs, chance, {RECALL: dearer}, spread=model.is_quiet)
    shares = shares_of(spaces, databases, skew=skew)
    served: list[Served] = []
    for share in shares:
        coming = arriving(draw, {WRITE: writes * share, RECALL: recalls * share}, seconds)
        served += simulated(coming, cores=cores)
    latencies = {
        f"{kind}, p{percent}": _percentile(served, kind, percent)
        for kind in (WRITE, RECALL)
        for percent in PERCENTS
    }
    busiest = max(shares) * needs.cores / cores
    said = {
        "cores kept busy": f"{needs.cores:.2f} of {databases * cores:g}",
        "memory": f"{needs.memory_bytes / 1e9:.2f} GB in all",
        "disk": f"{needs.disk_bytes / 1e9:.1f} GB in all",
        "busiest database": f"{max(shares):.1%} of the requests, cores {busiest:.0%} busy",
        **{name: f"{value:,.1f} ms" for name, value in latencies.items()},
    }
    if busiest >= 1:
        said["beware"] = "the busiest database cannot keep up: its times grow without end"
    return {**asdict(needs), "busiest": busiest, "latencies_ms": latencies, "said": said}


def _percentile(served: list[Served], kind: str, percent: int) -> float:
    took = sorted(one.took_s for one in served if one.kind == kind)
    if not took:
        return float("nan")
    return took[min(len(took) - 1, len(took) * percent // 100)] * 1e3

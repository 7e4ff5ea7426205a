"""`memsvc bench`: how fast the service is, beside the parts it is made of and its peers."""

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import click

from memsvc.cli.bench_all import bench_all
from memsvc.cli.bench_models import behind, rerank, schemas, surprisal
from memsvc.cli.bench_sim import scale_sim
from memsvc.cli.benched import Measured, data_option, lent, say, told
from memsvc.cli.evaluate.options import file_argument, report_option
from memsvc.cli.reach import as_json, settings_with
from memsvc.evals.datasets.locomo import load_locomo
from memsvc.evals.datasets.multihop import load_corpus, load_multihop
from memsvc.evals.datasets.texts import load_texts
from memsvc.evals.growth.curves import curves_of
from memsvc.evals.growth.hops import measure_hops
from memsvc.evals.growth.million import measure_million
from memsvc.evals.growth.plots import plot_scale
from memsvc.evals.growth.recalls import measure_recalls
from memsvc.evals.growth.recalls import table as recalls_table
from memsvc.evals.growth.scale import measure_scale
from memsvc.evals.reports.report import keep, readable
from memsvc.evals.speed.graph import measure_graph
from memsvc.evals.speed.load import Scale, measure_load
from memsvc.evals.speed.looking_back import measure_past
from memsvc.evals.speed.service import measure_speed, table
from memsvc.models import open_embedder
from memsvc.spawned import free_port

port_option = click.option(
    "--port", type=click.IntRange(0, 65_535), default=0, help="Port to serve at; 0 for a free one."
)
SMALLEST = 100

real_option = click.option(
    "--real",
    type=click.IntRange(min=SMALLEST),
    default=20_000,
    show_default=True,
    help="Turns that are really embedded; the others are copies of them.",
)
questions_option = click.option(
    "--questions", type=click.IntRange(min=10), default=300, show_default=True
)
seed_option = click.option("--seed", type=int, default=0, show_default=True)


def sizes_option(*sizes: int) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Return the option that says at which sizes to measure, if not at these."""
    return click.option(
        "--turns",
        "sizes",
        type=click.IntRange(min=SMALLEST),
        multiple=True,
        default=sizes,
        show_default=True,
        help="Sizes to measure at, rising; repeatable.",
    )


@click.group(invoke_without_command=True)
@port_option
@click.option(
    "--writes", type=click.IntRange(10, 10_000), default=200, help="Single turns to write."
)
@as_json
@click.pass_context
def bench(ctx: click.Context, port: int, writes: int, *, as_json: bool) -> None:
    """Measure speed over HTTP beside the bare embedder, in one run. Read the ratios."""
    if ctx.invoked_subcommand is not None:
        return
    with lent(None, name="bench") as folder:
        figures = measure_speed(
            folder,
            port=port or free_port(),
            embedder=open_embedder(settings_with()),
            writes=writes,
            progress=say,
        )
    click.echo(
        json.dumps([asdict(each) for each in figures], indent=2) if as_json else table(figures)
    )


bench.add_command(bench_all)
bench.add_command(scale_sim)
bench.add_command(schemas)
bench.add_command(rerank)
bench.add_command(surprisal)
bench.add_command(behind)


@bench.command()
@file_argument
@click.option(
    "--turns",
    "sizes",
    type=click.IntRange(min=SMALLEST),
    multiple=True,
    default=(1_000, 10_000, 100_000),
    show_default=True,
    help="Sizes to measure at, rising; repeatable.",
)
@click.option("--questions", type=click.IntRange(min=10), default=300, show_default=True)
@click.option(
    "--self-asked",
    type=click.IntRange(min=10),
    default=2_000,
    show_default=True,
    help="Turns to ask for by their own text.",
)
@click.option("--seed", type=int, default=0, show_default=True)
@data_option
@click.option(
    "--report",
    type=click.Path(file_okay=False, path_type=Path),
    help="Keep the dated report, and plots of it, in this folder.",
)
@port_option
@as_json
def scale(
    files: tuple[Path, ...],
    *,
    sizes: tuple[int, ...],
    questions: int,
    self_asked: int,
    seed: int,
    data: Path | None,
    report: Path | None,
    port: int,
    as_json: bool,
) -> None:
    """Measure as one space grows, with the sentences and questions of JSON FILES of any kind."""
    with lent(data, name="scale") as folder:
        found = measure_scale(
            folder,
            load_texts(files),
            sizes=sorted(sizes),
            questions=questions,
            self_asked=self_asked,
            port=port or free_port(),
            embedder=open_embedder(settings_with()),
            seed=seed,
            progress=say,
        )
    measured = Measured({"seed": seed, **found.as_json()})
    if report is not None:
        file = keep(measured, report, kind="scale")
        plot = plot_scale(found, file.with_suffix(".svg"))
        click.echo(f"report: {file} {plot or '(no plot: matplotlib is not installed)'}", err=True)
    click.echo(readable(measured.as_json()) if as_json else found.table())


@bench.command()
@file_argument
@sizes_option(20_000, 100_000)
@real_option
@questions_option
@seed_option
@data_option
@as_json
def recall(
    files: tuple[Path, ...],
    *,
    sizes: tuple[int, ...],
    real: int,
    questions: int,
    seed: int,
    data: Path | None,
    as_json: bool,
) -> None:
    """Measure recalls of large spaces over HTTP and by stage, with sentences of JSON FILES."""
    with lent(data, name="recalls") as folder:
        found = measure_recalls(
            folder,
            load_texts(files),
            sizes=sorted(sizes),
            real=real,
            questions=questions,
            embedder=open_embedder(settings_with()),
            seed=seed,
            progress=say,
        )
    measured = Measured(
        {
            "settings": {"real": real, "questions": questions, "seed": seed},
            "sizes": [one.as_json() for one in found],
        }
    )
    click.echo(readable(measured.as_json()) if as_json else recalls_table(found))


@bench.command()
@file_argument
@sizes_option(1_000, 10_000, 100_000, 1_000_000)
@real_option
@questions_option
@seed_option
@data_option
@report_option
@as_json
def million(
    files: tuple[Path, ...],
    *,
    sizes: tuple[int, ...],
    real: int,
    questions: int,
    seed: int,
    data: Path | None,
    report: Path | None,
    as_json: bool,
) -> None:
    """Measure bytes, start, recall and search up to a million turns, with texts of JSON FILES.

    With --data a run that was broken off goes on where it was.
    """
    with lent(data, name="million") as folder:
        folder.mkdir(parents=True, exist_ok=True)
        found = measure_million(
            folder,
            load_texts(files),
            sizes=sorted(sizes),
            real=real,
            questions=questions,
            embedder=open_embedder(settings_with()),
            seed=seed,
            progress=say,
        )
    measured = Measured({"settings": {"questions": questions, "seed": seed}, **found.as_json()})
    if report is not None:
        file = keep(measured, report, kind="million")
        plot = file.with_suffix(".svg")
        plot.write_text(curves_of(found), encoding="utf-8")
        click.echo(f"report: {file} {plot}", err=True)
    click.echo(readable(measured.as_json()) if as_json else found.table())


@bench.command()
@click.option(
    "--seconds", type=click.FloatRange(min=1), default=60, help="How long half capacity lasts."
)
@report_option
@port_option
@as_json
def load(seconds: float, report: Path | None, port: int, *, as_json: bool) -> None:
    """Load the service: 16 writers and 16 readers at half its capacity, then at three times it."""
    with lent(None, name="load") as folder:
        figures = measure_load(
            folder, port=port or free_port(), scale=Scale(seconds=seconds), progress=say
        )
    settings = {"seconds": seconds, "embedder": settings_with().embedder}
    told(figures, settings, report, kind="load", as_json=as_json)


@bench.command()
@click.option(
    "--nodes",
    "sizes",
    type=click.IntRange(min=1_000),
    multiple=True,
    default=(10_000, 100_000, 1_000_000),
    show_default=True,
    help="Sizes to measure at, with ten edges a node; repeatable.",
)
@click.option("--questions", type=click.IntRange(min=10), default=60, show_default=True)
@click.option("--seed", type=int, default=0, show_default=True)
@click.option(
    "--passages",
    nargs=2,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A corpus and its multi-hop questions: measure what two hops cost a recall.",
)
@click.option(
    "--chats",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Chats in LoCoMo's schema, to measure the same.",
)
@click.option(
    "--turns",
    type=click.IntRange(min=SMALLEST),
    default=100_000,
    show_default=True,
    help="Turns in a space of copied passages or chats.",
)
@click.option(
    "--data", type=click.Path(file_okay=False, path_type=Path), help="Keep these spaces here."
)
@report_option
@as_json
def graph(
    sizes: tuple[int, ...],
    *,
    questions: int,
    seed: int,
    passages: tuple[Path, Path] | None,
    chats: Path | None,
    turns: int,
    data: Path | None,
    report: Path | None,
    as_json: bool,
) -> None:
    """Measure the graph's PageRank, writes and loading beside other libraries, in one run.

    With --passages or --chats, what two hops cost a recall as well, beside the whole recall.
    """
    figures = measure_graph(sizes=sizes, questions=questions, seed=seed, progress=say)
    sets = [load_multihop(passages[1], load_corpus(passages[0]))] if passages else []
    sets += [load_locomo(chats)] if chats else []
    with lent(data, name="hops") as folder:
        if sets:
            embedder = open_embedder(settings_with())
            figures += measure_hops(folder, sets, turns=turns, embedder=embedder, progress=say)
    settings = {"nodes": sizes, "questions": questions, "seed": seed, "turns": turns}
    told(figures, settings, report, kind="graph", as_json=as_json)


@bench.command()
@click.option(
    "--turns",
    "sizes",
    type=click.IntRange(SMALLEST, 1_000_000),
    multiple=True,
    default=(1_000, 10_000),
    show_default=True,
    help="Turns of a space; repeatable.",
)
def past(sizes: tuple[int, ...]) -> None:
    """Measure recalls as of an earlier position, and what others wait for them. Prints JSON."""
    for turns in sizes:
        with lent(None, name="bench") as folder:
            click.echo(json.dumps(asdict(measure_past(folder, turns))))

"""`memsvc bench all`: every target of speed and size beside its peers, in one dated report."""

from pathlib import Path

import click

from memsvc.cli.benched import Measured, lent, say
from memsvc.cli.evaluate.options import report_option
from memsvc.cli.reach import as_json, settings_with
from memsvc.evals.bench.beside import missed
from memsvc.evals.bench.extent import FULL, QUICK, Setting
from memsvc.evals.bench.page import bench_page, bench_plot, table_of
from memsvc.evals.bench.run import measure_bench
from memsvc.evals.datasets.texts import load_texts
from memsvc.evals.reports.report import commit_id, keep, readable
from memsvc.llm.provision import prepare
from memsvc.models import HASHING, open_embedder

KIND = "bench"


@click.command("all")
@click.argument("files", nargs=-1, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--quick", is_flag=True, help="Small sizes: some three minutes.")
@click.option(
    "--database",
    default="",
    help="A PostgreSQL database to write to; without one, a server is started if one is installed.",
)
@click.option("--seed", type=int, default=0, show_default=True)
@report_option
@as_json
def bench_all(
    files: tuple[Path, ...],
    *,
    quick: bool,
    database: str,
    seed: int,
    report: Path | None,
    as_json: bool,
) -> None:
    """Measure speed and size beside peers, with the sentences of FILES (JSON, Markdown).

    Half an hour on two idle cores, or three minutes with --quick. What is not installed is left
    out and said to be.
    """
    extent = QUICK if quick else FULL
    settings = settings_with()
    texts = load_texts(files or _own_pages()).asking(extent.questions)
    exported = None
    if settings.embedder != HASHING:
        exported = prepare(settings.embedder, settings.models)
    with lent(None, name=KIND) as folder:
        setting = Setting(
            data=folder,
            texts=texts,
            embedder=open_embedder(settings),
            exported=exported,
            model=settings.embedder,
            threads=settings.embedder_threads,
            database=database,
            seed=seed,
            progress=say,
        )
        found = measure_bench(extent, setting)
    measured = Measured({"seed": seed, "embedder": settings.embedder, **found.as_json()})
    if report is not None:
        file = keep(measured, report, kind=KIND if not quick else f"{KIND}-quick")
        plot = file.with_suffix(".svg")
        plot.write_text(bench_plot(found), encoding="utf-8")
        day = measured.day.isoformat()
        page = bench_page(found, day=day, commit=commit_id(), plot=plot.name)
        file.with_suffix(".md").write_text(page, encoding="utf-8")
        click.echo(f"report: {file}", err=True)
    click.echo(readable(measured.as_json()) if as_json else table_of(found.parts))
    for row in missed(found.parts):
        click.echo(f"missed: {row.work}", err=True)


def _own_pages() -> list[Path]:
    """Return the project's own pages where they are beside the package: real text, in English."""
    docs = Path(__file__).resolve().parents[2] / "docs"
    found = sorted(docs.rglob("*.md"))
    if not found:
        message = "Name files of text; this installation has no pages of its own."
        raise click.UsageError(message)
    return found

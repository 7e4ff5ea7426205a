"""`memsvc bench schemas`, `rerank`, `surprisal` and `behind`: what language models do and cost.

Nothing of them needs a download: the models have real shapes and random weights, or a script.
"""

import json
import sys
from pathlib import Path
from typing import Any, cast

import click

from memsvc.cli.benched import Measured, data_option, lent, say
from memsvc.cli.evaluate.options import report_option
from memsvc.cli.reach import as_json, settings_with
from memsvc.evals.models.behind import SLOW_S, measure_behind
from memsvc.evals.models.constraining import measure_fits
from memsvc.evals.models.reranking import RerankSpeed, measure_rerank, page_of
from memsvc.evals.models.surprisal import Task, measure_surprisal
from memsvc.evals.reports.report import commit_id, keep
from memsvc.evals.speed.service import Figure, table
from memsvc.llm.chip import chip_name
from memsvc.llm.loading import Precision, default_device, default_precision
from memsvc.llm.made import FORMS
from memsvc.models import open_embedder
from memsvc.server.logs import configure

form_option = click.option(
    "--form", type=click.Choice(list(FORMS)), default="tiny", show_default=True, help="Its shape."
)
device_option = click.option("--device", help="cpu, cuda or cuda:1; a GPU where there is one.")
precision_option = click.option(
    "--dtype", "precision", type=click.Choice(("bf16", "fp32")), help="bf16 on a GPU unless told."
)


@click.command()
@click.option("--generations", type=click.IntRange(min=1), default=1_000, show_default=True)
@click.option("--seed", type=int, default=0, show_default=True)
@form_option
@device_option
@report_option
@as_json
def schemas(
    generations: int,
    *,
    seed: int,
    form: str,
    device: str | None,
    report: Path | None,
    as_json: bool,
) -> None:
    """Draw answers of every shape of enrichment from random weights, and read them by schema.

    Ends with 1 when one of them does not fit.
    """
    fits = measure_fits(generations, form=form, device=device, seed=seed, progress=say)
    settings = {"generations": generations, "seed": seed, "form": form}
    _keep(report, "schemas", settings, fits.as_json())
    click.echo(json.dumps(fits.as_json(), indent=2) if as_json else fits.line)
    for each in fits.unfit[:10]:
        click.echo(each, err=True)
    if fits.unfit:
        sys.exit(1)


@click.command()
@click.option("--candidates", type=click.IntRange(2, 20), default=20, show_default=True)
@click.option(
    "--tokens",
    type=click.IntRange(1, 256),
    multiple=True,
    default=(30, 60, 120),
    show_default=True,
    help="Tokens of a candidate; several times for several lengths.",
)
@click.option("--rounds", type=click.IntRange(min=1), default=3, show_default=True)
@click.option(
    "--form",
    "forms",
    type=click.Choice(list(FORMS)),
    multiple=True,
    default=("tiny",),
    show_default=True,
    help="Its shape; several times for several models.",
)
@device_option
@precision_option
@report_option
@as_json
def rerank(
    candidates: int,
    *,
    tokens: tuple[int, ...],
    rounds: int,
    forms: tuple[str, ...],
    device: str | None,
    precision: str | None,
    report: Path | None,
    as_json: bool,
) -> None:
    """Measure an order read off one token beside the same order written out, by one model."""
    device = device or default_device()
    known = cast("Precision | None", precision) or default_precision(device)
    settings = {"precision": known, "device": chip_name(device), "rounds": rounds}
    found: list[RerankSpeed] = []
    whole: dict[str, Any] = {"shapes": []}
    for form in forms:
        for one in measure_rerank(
            form,
            device=device,
            precision=known,
            candidates=candidates,
            tokens=tokens,
            rounds=rounds,
            progress=say,
        ):
            found.append(one)
            whole["shapes"].append(one.as_json())
            # After each shape, because a large one may take longer than somebody waits.
            _keep_with_page(report, f"rerank-{'-'.join(forms)}-{known}", settings, whole, found)
    _show([figure for one in found for figure in one.figures()], whole, as_json=as_json)


@click.command()
@click.option("--batch-tokens", type=click.IntRange(min=64), default=16_384, show_default=True)
@click.option("--window", type=click.IntRange(min=64), default=4_096, show_default=True)
@form_option
@device_option
@precision_option
@report_option
@as_json
def surprisal(
    batch_tokens: int,
    *,
    window: int,
    form: str,
    device: str | None,
    precision: str | None,
    report: Path | None,
    as_json: bool,
) -> None:
    """Measure how fast surprise is told of long streams, beside the chip's matrix rate."""
    task = Task(form, device, cast("Precision | None", precision), batch_tokens, window)
    found = measure_surprisal(task, progress=say)
    _keep(report, f"surprisal-{form}-{found.precision}", {}, found.as_json())
    _show(found.figures(), found.as_json(), as_json=as_json)


@click.command()
@click.option("--writes", type=click.IntRange(min=10), default=500, show_default=True)
@data_option
@report_option
@as_json
def behind(writes: int, *, data: Path | None, report: Path | None, as_json: bool) -> None:
    """Measure writes before a slow model and one that is gone, beside writes without a model."""
    configure(level="error")  # that a model is gone is no news here
    with lent(data, name="behind") as folder:
        found = measure_behind(
            folder, embedder=open_embedder(settings_with()), writes=writes, progress=say
        )
    _keep(report, "behind", {"slow_s": SLOW_S}, found.as_json())
    _show(found.figures(), found.as_json(), as_json=as_json)


def _show(figures: list[Figure], whole: dict[str, Any], *, as_json: bool) -> None:
    click.echo(json.dumps(whole, indent=2) if as_json else table(figures))


def _keep(
    folder: Path | None, name: str, settings: dict[str, Any], figures: dict[str, Any]
) -> Measured:
    measured = Measured({"settings": settings, "figures": figures})
    if folder is not None:
        click.echo(f"report: {keep(measured, folder, kind=name)}", err=True)
    return measured


def _keep_with_page(
    folder: Path | None,
    name: str,
    settings: dict[str, Any],
    figures: dict[str, Any],
    found: list[RerankSpeed],
) -> None:
    measured = _keep(folder, name, settings, figures)
    if folder is not None:
        page = page_of(found, day=measured.day, settings={"commit": commit_id(), **settings})
        (folder / f"{measured.day.isoformat()}-{name}.md").write_text(page, encoding="utf-8")

"""`memsvc eval abstain`: whether a recall knows that the memory does not hold the answer."""

from pathlib import Path

import click

from memsvc.cli.evaluate.options import (
    READERS,
    form_option,
    limit_option,
    paths_argument,
    report_option,
)
from memsvc.cli.evaluate.showing import passing, told
from memsvc.cli.reach import as_json
from memsvc.evals.datasets.dataset import joined
from memsvc.evals.quality.abstain import evaluate_abstaining


@click.command()
@paths_argument
@form_option()
@limit_option
@report_option
@as_json
def abstain(
    paths: tuple[Path, ...], *, form: str, limit: int | None, report: Path | None, as_json: bool
) -> None:
    """Ask the questions in PATHS with their evidence in memory and without it."""
    data = joined([READERS[form](path) for path in paths])
    with passing() as at:
        found = evaluate_abstaining(
            at.client,
            data.first(limit),
            embedder=at.embedder,
            analyzer=at.analyzer,
            run=at.run,
            today=at.today,
            progress=at.progress,
        )
    told(found, report, kind=f"abstain-{form}-{data.name}", as_json=as_json)

"""`memsvc eval notes`: what notes and their links add."""

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
from memsvc.evals.datasets.multihop import load_corpus, load_multihop
from memsvc.evals.quality.notes import Present, evaluate_notes, note_recipes
from retrieval.recipes import RECIPES


@click.command()
@paths_argument
@form_option("multihop")
@click.option(
    "--corpus",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The passages that multi-hop questions are asked of.",
)
@limit_option
@report_option
@as_json
def notes(
    paths: tuple[Path, ...],
    *,
    form: str,
    corpus: Path | None,
    limit: int | None,
    report: Path | None,
    as_json: bool,
) -> None:
    """Ask the questions in PATHS with and without notes, and with their links followed."""
    if form == "multihop" and corpus is None:
        raise click.UsageError(
            "--form multihop asks for --corpus too: what questions are asked of."
        )
    if corpus is not None:
        passages = load_corpus(corpus)
        data = joined([load_multihop(path, passages) for path in paths])
    else:
        data = joined([READERS[form](path) for path in paths])
    present = Present()
    recipes = RECIPES | dict(note_recipes(present))
    with passing(recipes) as at:
        found = evaluate_notes(
            at.client,
            data.first(limit),
            present=present,
            embedder=at.embedder,
            analyzer=at.analyzer,
            run=at.run,
            today=at.today,
            settings={} if limit is None else {"limit": limit},
            progress=at.progress,
        )
    told(found, report, kind=f"notes-{data.name}", as_json=as_json)

"""`memsvc eval sort` and `segmentation`: what came first, and where one event ends."""

from datetime import UTC, datetime
from pathlib import Path

import click

from memsvc.cli.evaluate.options import file_argument, paths_argument, report_option
from memsvc.cli.evaluate.showing import passing, told
from memsvc.cli.reach import as_json, settings_with
from memsvc.evals.datasets.dialogues import load_dialogues
from memsvc.evals.datasets.sequences import load_sequences, pairs_of
from memsvc.evals.quality.segmentation import evaluate_segmentation
from memsvc.evals.quality.sort import VARIANTS, evaluate_order
from memsvc.ingest.words import words_of
from memsvc.models import open_embedder


@click.command("sort")
@paths_argument
@click.option(
    "--pairs",
    type=click.IntRange(min=1),
    default=100,
    show_default=True,
    help="Pairs for each length of excerpt and segment and each distance.",
)
@click.option("--seed", type=int, default=0, show_default=True, help="Which pairs are drawn.")
@click.option("--verbatim", is_flag=True, help="Leave out the segments that lost words or order.")
@report_option
@as_json
def evaluate_sort(
    paths: tuple[Path, ...],
    *,
    pairs: int,
    seed: int,
    verbatim: bool,
    report: Path | None,
    as_json: bool,
) -> None:
    """Ask which of two segments came first, of texts or data sets in PATHS (the task of SORT)."""
    texts = load_sequences(paths)
    with passing() as at:
        found = evaluate_order(
            at.client,
            texts,
            pairs_of(texts, each=pairs, seed=seed),
            name="+".join(path.stem for path in paths),
            run=at.run,
            today=at.today,
            seed=seed,
            settings={"pairs_a_cell": pairs, "embedder": at.embedder.fingerprint.text},
            variants=VARIANTS[:1] if verbatim else VARIANTS,
            progress=at.progress,
        )
    told(found, report, kind=f"sort-{found.dataset}", as_json=as_json)


@click.command()
@file_argument
@click.option("--limit", type=click.IntRange(min=1), help="Cut the first N dialogues only.")
@report_option
@as_json
def segmentation(
    files: tuple[Path, ...], *, limit: int | None, report: Path | None, as_json: bool
) -> None:
    """Cut the dialogues in FILES into events, beside plain ways to cut them."""
    dialogues = load_dialogues(files)[:limit]
    settings = settings_with()
    found = evaluate_segmentation(
        dialogues,
        name="+".join(file.stem for file in files),
        embedder=open_embedder(settings),
        analyzer=words_of(settings.language),
        language=settings.language,
        today=datetime.now(UTC).date(),
    )
    told(found, report, kind=f"segmentation-{found.dataset}", as_json=as_json)

"""`memsvc eval notes`: what notes and their links add."""

import uuid
from datetime import UTC, datetime
from pathlib import Path

import click

from memsvc.cli.evaluate.options import READERS, report_option
from memsvc.cli.evaluate.showing import bars, told
from memsvc.cli.reach import as_json, settings_with
from memsvc.evals.dataset import joined
from memsvc.evals.multihop import load_corpus, load_multihop
from memsvc.evals.notes import Present, evaluate_notes, note_recipes
from memsvc.evals.passing import Remembering, passing_service
from memsvc.ingest.words import words_of
from memsvc.wiring import open_embedder
from retrieval.recipes import RECIPES


@click.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option(
    "--form",
    type=click.Choice([*READERS, "multihop"]),
    default="locomo",
    show_default=True,
    help="In whose form the data is; LongMemEval's is pooled.",
)
@click.option(
    "--corpus",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The passages that multi-hop questions are asked of.",
)
@click.option("--limit", type=click.IntRange(min=1), help="Ask the first N questions only.")
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
    settings = settings_with()
    embedder = Remembering(open_embedder(settings))
    present = Present()
    recipes = RECIPES | dict(note_recipes(present))
    with (
        passing_service(settings, embedder=embedder, recipes=recipes) as client,
        bars() as progress,
    ):
        found = evaluate_notes(
            client,
            data.first(limit),
            present=present,
            embedder=embedder,
            analyzer=words_of(settings.language),
            run=uuid.uuid4().hex[:8],
            today=datetime.now(UTC).date(),
            settings={} if limit is None else {"limit": limit},
            progress=progress,
        )
    told(found, report, kind=f"notes-{data.name}", as_json=as_json)

"""`memsvc eval poison`: what attackers write among the first hits."""

import uuid
from datetime import UTC, datetime
from pathlib import Path

import click

from memsvc.cli.evaluate.options import folder_argument, report_option
from memsvc.cli.evaluate.showing import bars, told
from memsvc.cli.reach import as_json, settings_with
from memsvc.evals.attacks import load_attacks
from memsvc.evals.multihop import load_corpus, load_multihop
from memsvc.evals.passing import Remembering, passing_service
from memsvc.evals.poison import evaluate_poison
from memsvc.wiring import open_embedder
from retrieval.recipes import RECIPES


@click.command()
@folder_argument
@click.argument("questions", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--corpus",
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The passages that attacks are planted among.",
)
@report_option
@as_json
def poison(
    folder: Path, questions: Path, *, corpus: Path, report: Path | None, as_json: bool
) -> None:
    """Plant the attacks of FOLDER among passages, and ask: what gets into the first five hits.

    FOLDER holds PoisonedRAG's and BIPIA's files. The multi-hop QUESTIONS of the passages say what
    the defence costs clean texts.
    """
    settings = settings_with()
    embedder = Remembering(open_embedder(settings))
    (asked,) = load_multihop(questions, load_corpus(corpus)).spaces
    with (
        passing_service(settings, embedder=embedder, recipes=RECIPES) as client,
        bars() as progress,
    ):
        found = evaluate_poison(
            client,
            attacks=load_attacks(folder),
            corpus=asked,
            run=uuid.uuid4().hex[:8],
            today=datetime.now(UTC).date(),
            settings={"embedder": embedder.fingerprint.text},
            progress=progress,
        )
    told(found, report, kind="poison", as_json=as_json)

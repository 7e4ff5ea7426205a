"""`memsvc eval poison`: what attackers write among the first hits."""

from pathlib import Path

import click

from memsvc.cli.evaluate.options import folder_argument, report_option
from memsvc.cli.evaluate.showing import passing, told
from memsvc.cli.reach import as_json
from memsvc.evals.datasets.attacks import load_attacks
from memsvc.evals.datasets.multihop import load_corpus, load_multihop
from memsvc.evals.quality.poison import evaluate_poison


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
    (asked,) = load_multihop(questions, load_corpus(corpus)).spaces
    with passing() as at:
        found = evaluate_poison(
            at.client,
            attacks=load_attacks(folder),
            corpus=asked,
            run=at.run,
            today=at.today,
            settings={"embedder": at.embedder.fingerprint.text},
            progress=at.progress,
        )
    told(found, report, kind="poison", as_json=as_json)

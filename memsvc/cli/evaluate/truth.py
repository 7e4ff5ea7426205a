"""`memsvc eval updates` and `conflict`: what holds now, and what contradicts what."""

from datetime import UTC, datetime
from pathlib import Path

import click

from memsvc.cli.evaluate.options import report_option
from memsvc.cli.evaluate.showing import passing, told
from memsvc.cli.reach import as_json, settings_with
from memsvc.evals.datasets.beam import load_beam
from memsvc.evals.datasets.conflictqa import load_conflictqa
from memsvc.evals.datasets.locomo import load_locomo
from memsvc.evals.datasets.longmemeval import load_longmemeval
from memsvc.evals.quality.conflict import evaluate_conflict
from memsvc.evals.quality.updates import evaluate_updates
from memsvc.evals.quality.variants import variants
from memsvc.evals.spaces.passing import Remembering
from memsvc.models import open_embedder
from retrieval.recipes import RECIPES


@click.command()
@click.argument("files", nargs=-1, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--longmemeval",
    "haystacks",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Ask the knowledge-update questions of this LongMemEval file too, pooled.",
)
@click.option(
    "--beam",
    "chats",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Ask the knowledge_update questions of the BEAM chats in this folder too.",
)
@click.option("--seed", type=int, default=0, show_default=True, help="Which pairs are made.")
@report_option
@as_json
def updates(
    files: tuple[Path, ...],
    *,
    haystacks: Path | None,
    chats: Path | None,
    seed: int,
    report: Path | None,
    as_json: bool,
) -> None:
    """Ask for what was updated: whether the newer is above the older, and labelled rightly.

    Pairs made by rule are planted among the conversations of LoCoMo FILES, or alone.
    """
    chatter = [asked for file in files for asked in load_locomo(file).spaces]
    data = [
        *([load_longmemeval(haystacks, pooled=True)] if haystacks else []),
        *([load_beam(chats)] if chats else []),
    ]
    with passing(RECIPES | dict(variants())) as at:
        found = evaluate_updates(
            at.client,
            chatter=chatter,
            data=data,
            run=at.run,
            today=at.today,
            seed=seed,
            settings={"embedder": at.embedder.fingerprint.text},
            progress=at.progress,
        )
    told(found, report, kind="updates", as_json=as_json)


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--seed", type=int, default=0, show_default=True, help="Which resamples are drawn.")
@report_option
@as_json
def conflict(file: Path, *, seed: int, report: Path | None, as_json: bool) -> None:
    """Tell passages that contradict each other from those that do not, in ConflictQA's FILE.

    What is to be chosen is chosen on the first half of its questions and shown on the second.
    """
    found = evaluate_conflict(
        load_conflictqa(file),
        name=file.stem,
        embedder=Remembering(open_embedder(settings_with())),
        today=datetime.now(UTC).date(),
        seed=seed,
    )
    told(found, report, kind=f"conflict-{found.dataset}", as_json=as_json)

"""`memsvc eval retention`, `recognition` and `forget`: what is kept, known again, and gone."""

from pathlib import Path

import click

from memsvc.cli.evaluate.options import (
    READERS,
    file_argument,
    form_option,
    limit_option,
    paths_argument,
    report_option,
)
from memsvc.cli.evaluate.showing import passing, told
from memsvc.cli.reach import as_json
from memsvc.evals.datasets.dataset import joined
from memsvc.evals.datasets.texts import Texts, load_texts
from memsvc.evals.quality.forget import evaluate_forgetting
from memsvc.evals.quality.recognition import LAGS, evaluate_recognition
from memsvc.evals.quality.retention import evaluate_retention


@click.command()
@paths_argument
@form_option()
@limit_option
@report_option
@as_json
def retention(
    paths: tuple[Path, ...], *, form: str, limit: int | None, report: Path | None, as_json: bool
) -> None:
    """Ask the questions in PATHS where but a part of the turns may answer, kept in many ways."""
    data = joined([READERS[form](path) for path in paths])
    with passing() as at:
        found = evaluate_retention(
            at.client,
            data.first(limit),
            embedder=at.embedder,
            analyzer=at.analyzer,
            run=at.run,
            today=at.today,
            progress=at.progress,
        )
    told(found, report, kind=f"retention-{form}-{data.name}", as_json=as_json)


@click.command()
@paths_argument
@form_option()
@click.option(
    "--filler",
    "fillers",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="JSON files whose sentences are written in between; repeatable.",
)
@click.option(
    "--lag",
    "lags",
    multiple=True,
    type=click.IntRange(min=1),
    help=f"Other writes after which cues are asked again; repeatable. {LAGS[1:]} if left out.",
)
@click.option("--probes", type=click.IntRange(min=1), default=500, show_default=True)
@click.option("--seed", type=int, default=0, show_default=True, help="What is drawn by chance.")
@report_option
@as_json
def recognition(
    paths: tuple[Path, ...],
    *,
    form: str,
    fillers: tuple[Path, ...],
    lags: tuple[int, ...],
    probes: int,
    seed: int,
    report: Path | None,
    as_json: bool,
) -> None:
    """Ask whether the turns in PATHS are known again, altered or new, and found by a cue.

    All are in one space, into which sentences of other files are then written. Without --filler
    there is nothing to write in between, and cues are asked once.
    """
    data = joined([READERS[form](path) for path in paths])
    asked_at = sorted({0, *(lags or LAGS)}) if fillers else [0]
    own = {turn.text for asked in data.spaces for turn in asked.turns}
    texts = load_texts(fillers) if fillers else None
    sentences = [] if texts is None else [one for one in texts.sentences if one not in own]
    filler = Texts(tuple(sentences), ()).stretched(asked_at[-1], seed=seed) if sentences else []
    with passing() as at:
        found = evaluate_recognition(
            at.client,
            data,
            fillers=filler,
            lags=asked_at,
            probes=probes,
            embedder=at.embedder,
            analyzer=at.analyzer,
            run=at.run,
            today=at.today,
            seed=seed,
            settings={
                "fillers_real": min(len(sentences), asked_at[-1]),
                "fillers_made": max(asked_at[-1] - len(sentences), 0),
            },
            progress=at.progress,
        )
    told(found, report, kind=f"recognition-{form}-{data.name}", as_json=as_json)


@click.command()
@file_argument
@report_option
@as_json
def forget(files: tuple[Path, ...], *, report: Path | None, as_json: bool) -> None:
    """Forget a tenth of the conversations in FILES, as LoCoMo has them, and look for it."""
    data = joined([READERS["locomo"](file) for file in files])
    with passing() as at:
        found = evaluate_forgetting(
            at.client,
            data,
            run=at.run,
            today=at.today,
            progress=at.progress,
        )
    told(found, report, kind=f"forget-{data.name}", as_json=as_json)

"""`memsvc eval retention`, `recognition` and `forget`: what is kept, known again, and gone."""

import uuid
from datetime import UTC, datetime
from pathlib import Path

import click

from memsvc.cli.evaluate.options import READERS, file_argument, report_option
from memsvc.cli.evaluate.showing import bars, told
from memsvc.cli.reach import as_json, settings_with
from memsvc.evals.dataset import joined
from memsvc.evals.forget import evaluate_forgetting
from memsvc.evals.passing import Remembering, passing_service
from memsvc.evals.recognition import LAGS, evaluate_recognition
from memsvc.evals.retention import evaluate_retention
from memsvc.evals.texts import Texts, load_texts
from memsvc.ingest.words import words_of
from memsvc.wiring import open_embedder
from retrieval.recipes import RECIPES


@click.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option(
    "--form",
    type=click.Choice(list(READERS)),
    default="locomo",
    show_default=True,
    help="In whose form the data is; LongMemEval's is pooled.",
)
@click.option("--limit", type=click.IntRange(min=1), help="Ask the first N questions only.")
@report_option
@as_json
def retention(
    paths: tuple[Path, ...], *, form: str, limit: int | None, report: Path | None, as_json: bool
) -> None:
    """Ask the questions in PATHS where but a part of the turns may answer, kept in many ways."""
    data = joined([READERS[form](path) for path in paths])
    settings = settings_with()
    embedder = Remembering(open_embedder(settings))
    with (
        passing_service(settings, embedder=embedder, recipes=RECIPES) as client,
        bars() as progress,
    ):
        found = evaluate_retention(
            client,
            data.first(limit),
            embedder=embedder,
            analyzer=words_of(settings.language),
            run=uuid.uuid4().hex[:8],
            today=datetime.now(UTC).date(),
            progress=progress,
        )
    told(found, report, kind=f"retention-{form}-{data.name}", as_json=as_json)


@click.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option(
    "--form",
    type=click.Choice(list(READERS)),
    default="locomo",
    show_default=True,
    help="In whose form the data is; LongMemEval's is pooled.",
)
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
    settings = settings_with()
    embedder = Remembering(open_embedder(settings))
    with (
        passing_service(settings, embedder=embedder, recipes=RECIPES) as client,
        bars() as progress,
    ):
        found = evaluate_recognition(
            client,
            data,
            fillers=filler,
            lags=asked_at,
            probes=probes,
            embedder=embedder,
            analyzer=words_of(settings.language),
            run=uuid.uuid4().hex[:8],
            today=datetime.now(UTC).date(),
            seed=seed,
            settings={
                "fillers_real": min(len(sentences), asked_at[-1]),
                "fillers_made": max(asked_at[-1] - len(sentences), 0),
            },
            progress=progress,
        )
    told(found, report, kind=f"recognition-{form}-{data.name}", as_json=as_json)


@click.command()
@file_argument
@report_option
@as_json
def forget(files: tuple[Path, ...], *, report: Path | None, as_json: bool) -> None:
    """Forget a tenth of the conversations in FILES, as LoCoMo has them, and look for it."""
    data = joined([READERS["locomo"](file) for file in files])
    settings = settings_with()
    embedder = Remembering(open_embedder(settings))
    with (
        passing_service(settings, embedder=embedder, recipes=RECIPES) as client,
        bars() as progress,
    ):
        found = evaluate_forgetting(
            client,
            data,
            run=uuid.uuid4().hex[:8],
            today=datetime.now(UTC).date(),
            progress=progress,
        )
    told(found, report, kind=f"forget-{data.name}", as_json=as_json)

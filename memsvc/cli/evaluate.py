"""`memsvc eval`: how well the service finds, measured on public data beside plain baselines."""

import json
import sys
import tempfile
import uuid
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

import memsvc
from memsvc.cli.reach import as_json, settings_with
from memsvc.evals.locomo import Conversation, Locomo, load_locomo
from memsvc.evals.run import Progress, evaluate_locomo
from memsvc.ingest.words import words_of
from memsvc.wiring import open_embedder

if TYPE_CHECKING:
    from click._termui_impl import ProgressBar

WHOLE = "conversations"
"""What the evaluation calls its progress over all conversations; each has its own bar here."""

file_argument = click.argument(
    "files",
    nargs=-1,
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
)


@click.group("eval")
def evaluate() -> None:
    """Measure recall on public data; each run has its baselines beside it."""


@evaluate.command()
@file_argument
@click.option("--limit", type=click.IntRange(min=1), help="Ask the first N questions only.")
@click.option("--recipe", "recipes", multiple=True, help="Measure this recipe too; repeatable.")
@click.option(
    "--report",
    type=click.Path(file_okay=False, path_type=Path),
    help="Keep the dated report in this folder.",
)
@as_json
def locomo(
    files: tuple[Path, ...],
    *,
    limit: int | None,
    recipes: tuple[str, ...],
    report: Path | None,
    as_json: bool,
) -> None:
    """Ask the questions of LoCoMo FILES of a service in a passing data directory."""
    settings = settings_with()
    data = _joined([load_locomo(file) for file in files], limit=limit)
    with (
        tempfile.TemporaryDirectory(prefix="memsvc-eval-") as folder,
        memsvc.open(folder) as client,
        _shown() as progress,
    ):
        found = evaluate_locomo(
            client,
            data,
            embedder=open_embedder(settings),
            analyzer=words_of(settings.language),
            run=uuid.uuid4().hex[:8],
            today=datetime.now(UTC).date(),
            recipes=recipes,
            settings={} if limit is None else {"limit": limit},
            progress=progress,
        )
    if report is not None:
        click.echo(f"report: {found.save(report, kind=f'locomo-{data.name}')}", err=True)
    click.echo(json.dumps(found.as_json(), indent=2) if as_json else found.table())


def _joined(parts: Sequence[Locomo], *, limit: int | None) -> Locomo:
    """Return all conversations as one data set, with as many questions as wanted."""
    whole = replace(
        parts[0],
        name="+".join(part.name for part in parts),
        conversations=tuple(each for part in parts for each in part.conversations),
        unlabelled=sum(part.unlabelled for part in parts),
    )
    if limit is None:
        return whole
    return replace(whole, conversations=tuple(_first(whole.conversations, limit)))


def _first(conversations: Sequence[Conversation], limit: int) -> Iterator[Conversation]:
    for conversation in conversations:
        questions = conversation.questions[:limit]
        limit -= len(questions)
        if questions:
            yield replace(conversation, questions=questions)


@contextmanager
def _shown() -> Iterator[Progress]:
    """Show a bar on standard error for each conversation, one after the other."""
    with ExitStack() as stack:
        bars: dict[str, ProgressBar[int]] = {}

        def progress(what: str, done: int, of: int) -> None:
            if what == WHOLE:
                return
            if what not in bars:
                stack.close()
                bar = click.progressbar(length=of, label=what, file=sys.stderr)
                bars[what] = stack.enter_context(bar)
            bars[what].update(done + 1 - bars[what].pos)

        yield progress

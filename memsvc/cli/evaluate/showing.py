"""What evaluations go through: a service that passes, bars while they last, and what is told."""

import sys
import uuid
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import click

from memsvc.cli.reach import settings_with
from memsvc.config import Settings
from memsvc.evals.progress import SPACES, Progress
from memsvc.evals.quality.run import RERANKED_ROW, Way
from memsvc.evals.reports.report import Dated, keep, readable
from memsvc.evals.spaces.passing import Remembering, passing_service
from memsvc.ingest.words import words_of
from memsvc.llm.provision import short_name
from memsvc.models import open_embedder
from memsvc.ports.language import LanguageModel
from memsvc.ports.lexicon import Analyzer
from memsvc.ports.models import Embedder
from memsvc.sdk.client import Client
from retrieval.recipes import RECIPES
from retrieval.stage import Recipe

if TYPE_CHECKING:
    from click._termui_impl import ProgressBar


class Found(Dated, Protocol):
    """What an evaluation found, whichever it is; `--json` prints its object."""

    def table(self) -> str:
        """Lay it out for a terminal."""


def told(found: Found, folder: Path | None, *, kind: str, as_json: bool) -> None:
    """Print what was found, and keep it in a folder if there is one."""
    if folder is not None:
        click.echo(f"report: {keep(found, folder, kind=kind)}", err=True)
    click.echo(readable(found.as_json()) if as_json else found.table())


@dataclass(frozen=True, slots=True)
class Passing:
    """A service over an empty directory, and what is true of the whole evaluation."""

    client: Client
    settings: Settings
    embedder: Embedder
    run: str
    today: date
    progress: Progress

    @property
    def analyzer(self) -> Analyzer:
        """The words of the service's language."""
        return words_of(self.settings.language)

    @property
    def reranked(self) -> Mapping[str, Way]:
        """The row of a service that has a reranker; none without."""
        return RERANKED_ROW if self.settings.reranker else {}

    @property
    def told(self) -> dict[str, str]:
        """What a report says of the service beside its embedder and its words."""
        named = self.settings.reranker
        return {"reranker": short_name(named)} if named else {}


@contextmanager
def passing(
    recipes: Mapping[str, Recipe] = RECIPES, *, language_model: LanguageModel | None = None
) -> Iterator[Passing]:
    """Lend a service with these recipes that is gone afterwards, and show how far things are."""
    settings = settings_with()
    embedder = Remembering(open_embedder(settings))
    with (
        passing_service(
            settings, embedder=embedder, recipes=recipes, language_model=language_model
        ) as client,
        bars() as progress,
    ):
        run, today = uuid.uuid4().hex[:8], datetime.now(UTC).date()
        yield Passing(client, settings, embedder, run, today, progress)


@contextmanager
def bars() -> Iterator[Progress]:
    """Show a bar on standard error for each space, one after the other."""
    with ExitStack() as stack:
        shown: dict[str, ProgressBar[int]] = {}

        def progress(what: str, done: int, of: int) -> None:
            if what == SPACES:
                return
            if what not in shown:
                stack.close()
                bar = click.progressbar(length=of, label=what, file=sys.stderr)
                shown[what] = stack.enter_context(bar)
            shown[what].update(done + 1 - shown[what].pos)

        yield progress

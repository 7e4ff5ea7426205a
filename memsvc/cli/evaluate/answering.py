"""What `memsvc eval answer` and `orders` share: which model answers which questions, and how."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import Any

import click

from memsvc.cli.evaluate.options import READERS, form_option, limit_option, report_option
from memsvc.cli.evaluate.showing import Found, told
from memsvc.cli.reach import as_json
from memsvc.domain.errors import InvalidField
from memsvc.evals.answering.asking import Asking, ask_all
from memsvc.evals.answering.contexts import Ask
from memsvc.evals.answering.kept import Answers
from memsvc.evals.answering.models import ReadingSettings
from memsvc.evals.datasets.dataset import DataSet
from memsvc.evals.progress import Progress
from memsvc.llm.openai_http import HttpModel
from memsvc.llm.openai_sending import Endpoint, Sending
from memsvc.ports.language import LanguageModel

SKIPPED = (
    "skipped: no language model is set; name one that speaks the OpenAI form by "
    "MEMSVC_LLM_URL (for instance http://127.0.0.1:8000/v1) and MEMSVC_LLM_MODEL, or by "
    "MEMSVC_READER_URL and MEMSVC_READER_MODEL for this alone."
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """The questions that are to be answered, by whom, and what the options ask for besides."""

    data: DataSet
    form: str
    models: ReadingSettings
    reader: Endpoint
    limit: int | None
    budget: int
    at_once: int
    within_s: float
    report: Path | None
    as_json: bool

    @property
    def asked_as(self) -> str:
        """What answers are kept under, so that those to other contexts are told apart."""
        return f"{self.form}/{self.data.name}/{self.budget}"

    def opened(self, endpoint: Endpoint) -> HttpModel:
        """Open a model; whoever asks closes it."""
        tokens = self.models.llm_tokens or None
        return HttpModel(Sending(endpoint), at_once=self.at_once, context_tokens=tokens)

    def file(self, kind: str) -> Path | None:
        """Return the file in which answers are kept; None where nothing is kept."""
        name = f"{kind}-{self.form}-{self.data.name}.jsonl"
        return None if self.report is None else self.report / name

    def asked(
        self,
        asks: Sequence[Ask],
        *,
        reader: LanguageModel,
        judge: LanguageModel | None = None,
        file: Path | None,
        progress: Progress,
    ) -> Asking:
        """Have the model answer what the file holds no answer to."""
        return ask_all(
            asks,
            form=self.asked_as,
            reader=reader,
            judge=judge,
            kept=Answers(file),
            at_once=self.at_once,
            within_s=self.within_s,
            progress=progress,
        )

    def tell(self, made: Found, found: Asking, *, file: Path | None, kind: str) -> None:
        """Say where answers are and which did not come, and print the report."""
        if file is not None:
            click.echo(f"answers: {file}", err=True)
        for why in sorted(set(found.open.values())):
            click.echo(f"unanswered: {why}; run the same command again to ask again.", err=True)
        kind = f"{kind}-{self.form}-{self.data.name}"
        told(made, self.report, kind=kind, as_json=self.as_json)


def answering(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the questions, the model and the options, as one `Wanted`.

    Without a model it is not run, and that is said.
    """

    @click.argument("path", type=click.Path(exists=True, path_type=Path))
    @form_option()
    @limit_option
    @click.option(
        "--budget",
        type=click.IntRange(min=1),
        default=2_000,
        show_default=True,
        help="Tokens of the context that a question is asked with.",
    )
    @click.option(
        "--at-once",
        type=click.IntRange(1, 64),
        default=4,
        show_default=True,
        help="Questions that the model is asked at the same time.",
    )
    @click.option(
        "--timeout",
        type=click.FloatRange(min=0, min_open=True),
        default=120.0,
        show_default=True,
        help="Seconds within which a question is answered, tries included, or left open.",
    )
    @report_option
    @as_json
    @wraps(command)
    def with_options(
        path: Path,
        *,
        form: str,
        limit: int | None,
        budget: int,
        at_once: int,
        timeout: float,
        report: Path | None,
        as_json: bool,
        **own: Any,
    ) -> None:
        models = ReadingSettings()
        reader = models.reader()
        if reader is None:
            click.echo(SKIPPED, err=as_json)
            if as_json:
                click.echo("{}")
            return
        data = READERS[form](path).first(limit)
        if all(question.answer is None for question in data.questions):
            detail = f"{path} has no question with an answer to compare with; name data that has."
            raise InvalidField(detail, field="path")
        wanted = Wanted(
            data, form, models, reader, limit, budget, at_once, timeout, report, as_json
        )
        command(wanted=wanted, **own)

    return with_options

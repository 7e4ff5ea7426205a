"""`memsvc eval answer`: how well a language model answers with what the service recalls."""

from contextlib import ExitStack, closing
from pathlib import Path

import click

from memsvc.cli.evaluate.options import READERS, form_option, limit_option, report_option
from memsvc.cli.evaluate.showing import passing, told
from memsvc.cli.reach import as_json
from memsvc.domain.errors import InvalidField
from memsvc.evals.answering.asking import ask_all
from memsvc.evals.answering.contexts import asks_of
from memsvc.evals.answering.kept import Answers
from memsvc.evals.answering.models import ReadingSettings
from memsvc.evals.answering.report import report_of
from memsvc.llm.openai_http import HttpModel
from memsvc.llm.openai_sending import Endpoint, Sending

SKIPPED = (
    "skipped: no language model is set; name one that speaks the OpenAI form by "
    "MEMSVC_LLM_URL (for instance http://127.0.0.1:8000/v1) and MEMSVC_LLM_MODEL, or by "
    "MEMSVC_READER_URL and MEMSVC_READER_MODEL for this alone."
)


@click.command()
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
def answer(
    path: Path,
    *,
    form: str,
    limit: int | None,
    budget: int,
    at_once: int,
    timeout: float,
    report: Path | None,
    as_json: bool,
) -> None:
    """Let a language model answer the questions in PATH: alone, and with what is recalled.

    The model is that of MEMSVC_LLM_URL and MEMSVC_LLM_MODEL, or one for this alone, named by
    MEMSVC_READER_URL, MEMSVC_READER_MODEL and perhaps MEMSVC_READER_KEY; MEMSVC_JUDGE_MODEL names
    one that judges the answers. Without a model nothing is done, and that is no error. With
    --report, answers are kept as they come, and a run that was cut off goes on.
    """
    models = ReadingSettings()
    endpoint = models.reader()
    if endpoint is None:
        click.echo(SKIPPED, err=as_json)
        if as_json:
            click.echo("{}")
        return
    data = READERS[form](path).first(limit)
    if all(question.answer is None for question in data.questions):
        detail = f"{path} has no question with an answer to compare with; name data that has."
        raise InvalidField(detail, field="path")
    file = None if report is None else report / f"answers-{form}-{data.name}.jsonl"
    with passing() as at, ExitStack() as stack:

        def asked(one: Endpoint) -> HttpModel:
            tokens = models.llm_tokens or None
            model = HttpModel(Sending(one), at_once=at_once, context_tokens=tokens)
            return stack.enter_context(closing(model))

        reader, judging = asked(endpoint), models.judge()
        asks = asks_of(at.client, data, run=at.run, budget_tokens=budget, progress=at.progress)
        found = ask_all(
            asks,
            form=f"{form}/{data.name}/{budget}",
            reader=reader,
            judge=None if judging is None else asked(judging),
            kept=Answers(file),
            at_once=at_once,
            within_s=timeout,
            progress=at.progress,
        )
        made = report_of(
            asks,
            found,
            form=f"{form}/{data.name}/{budget}",
            dataset=data.name,
            reader=reader,
            made_by={
                "reader": endpoint.model,
                "judge": None if judging is None else judging.model,
                "budget_tokens": budget,
                "questions_without_answer": sum(q.answer is None for q in data.questions),
                "limit": limit,
            },
            day=at.today,
        )
    if file is not None:
        click.echo(f"answers: {file}", err=True)
    for why in sorted(set(found.open.values())):
        click.echo(f"unanswered: {why}; run the same command again to ask again.", err=True)
    told(made, report, kind=f"answers-{form}-{data.name}", as_json=as_json)

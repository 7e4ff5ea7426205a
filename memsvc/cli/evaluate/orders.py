"""`memsvc eval orders`: whether a language model's answers hang on the order of the evidence."""

from contextlib import closing
from pathlib import Path

import click

from memsvc.cli.evaluate.answers import SKIPPED
from memsvc.cli.evaluate.options import READERS, form_option, limit_option, report_option
from memsvc.cli.evaluate.showing import passing, told
from memsvc.cli.reach import as_json
from memsvc.domain.errors import InvalidField
from memsvc.evals.answering.asking import ask_all
from memsvc.evals.answering.kept import Answers
from memsvc.evals.answering.models import ReadingSettings
from memsvc.evals.answering.orders import asks_in_orders, order_report
from memsvc.llm.openai_http import HttpModel
from memsvc.llm.openai_sending import Sending


@click.command()
@click.argument("path", type=click.Path(exists=True, path_type=Path))
@form_option()
@limit_option
@click.option(
    "--orders",
    "wanted",
    type=click.IntRange(2, 12),
    default=4,
    show_default=True,
    help="Orders that a question is asked in: as packed, backwards, then by chance.",
)
@click.option("--seed", type=int, default=0, show_default=True, help="Which orders are drawn.")
@click.option(
    "--budget",
    type=click.IntRange(min=1),
    default=2_000,
    show_default=True,
    help="Tokens of the context that a question is asked with.",
)
@click.option("--at-once", type=click.IntRange(1, 64), default=4, show_default=True)
@click.option(
    "--timeout", type=click.FloatRange(min=0, min_open=True), default=120.0, show_default=True
)
@report_option
@as_json
def orders(
    path: Path,
    *,
    form: str,
    limit: int | None,
    wanted: int,
    seed: int,
    budget: int,
    at_once: int,
    timeout: float,
    report: Path | None,
    as_json: bool,
) -> None:
    """Let a language model answer with the same context in several orders, and count flips.

    The model is that of `memsvc eval answer`; without one nothing is done, and that is no error.
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
    file = None if report is None else report / f"answers-orders-{form}-{data.name}.jsonl"
    asked_as = f"{form}/{data.name}/{budget}"
    model = HttpModel(Sending(endpoint), at_once=at_once, context_tokens=models.llm_tokens or None)
    with passing() as at, closing(model) as reader:
        asks = asks_in_orders(
            at.client,
            data,
            run=at.run,
            budget_tokens=budget,
            orders=wanted,
            seed=seed,
            progress=at.progress,
        )
        found = ask_all(
            asks,
            form=asked_as,
            reader=reader,
            judge=None,
            kept=Answers(file),
            at_once=at_once,
            within_s=timeout,
            progress=at.progress,
        )
        made = order_report(
            asks,
            found,
            form=asked_as,
            dataset=data.name,
            reader=reader,
            made_by={
                "reader": endpoint.model,
                "orders": wanted,
                "seed": seed,
                "budget_tokens": budget,
                "limit": limit,
            },
            day=at.today,
        )
    if file is not None:
        click.echo(f"answers: {file}", err=True)
    for why in sorted(set(found.open.values())):
        click.echo(f"unanswered: {why}; run the same command again to ask again.", err=True)
    told(made, report, kind=f"orders-{form}-{data.name}", as_json=as_json)

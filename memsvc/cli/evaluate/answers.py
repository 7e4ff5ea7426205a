"""`memsvc eval answer`: how well a language model answers with what the service recalls."""

from contextlib import ExitStack, closing

import click

from memsvc.cli.evaluate.answering import Wanted, answering
from memsvc.cli.evaluate.showing import passing
from memsvc.evals.answering.contexts import asks_of
from memsvc.evals.answering.report import report_of


@click.command()
@answering
def answer(*, wanted: Wanted) -> None:
    """Let a language model answer the questions in PATH: alone, and with what is recalled.

    The model is that of MEMSVC_LLM_URL and MEMSVC_LLM_MODEL, or one for this alone, named by
    MEMSVC_READER_URL, MEMSVC_READER_MODEL and perhaps MEMSVC_READER_KEY; MEMSVC_JUDGE_MODEL names
    one that judges the answers. Without a model nothing is done, and that is no error. With
    --report, answers are kept as they come, and a run that was cut off goes on.
    """
    data, judging = wanted.data, wanted.models.judge()
    file = wanted.file("answers")
    with passing() as at, ExitStack() as models:
        reader = models.enter_context(closing(wanted.opened(wanted.reader)))
        judge = None if judging is None else models.enter_context(closing(wanted.opened(judging)))
        asks = asks_of(
            at.client, data, run=at.run, budget_tokens=wanted.budget, progress=at.progress
        )
        found = wanted.asked(asks, reader=reader, judge=judge, file=file, progress=at.progress)
        made = report_of(
            asks,
            found,
            form=wanted.asked_as,
            dataset=data.name,
            reader=reader,
            made_by={
                "reader": wanted.reader.model,
                "judge": None if judging is None else judging.model,
                "budget_tokens": wanted.budget,
                "questions_without_answer": sum(q.answer is None for q in data.questions),
                "limit": wanted.limit,
            },
            day=at.today,
        )
    wanted.tell(made, found, file=file, kind="answers")

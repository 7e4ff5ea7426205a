"""`memsvc eval orders`: whether a language model's answers hang on the order of the evidence."""

from contextlib import closing

import click

from memsvc.cli.evaluate.answering import Wanted, answering
from memsvc.cli.evaluate.showing import passing
from memsvc.evals.answering.orders import asks_in_orders, order_report


@click.command()
@answering
@click.option(
    "--orders",
    "count",
    type=click.IntRange(2, 12),
    default=4,
    show_default=True,
    help="Orders that a question is asked in: as packed, backwards, then by chance.",
)
@click.option("--seed", type=int, default=0, show_default=True, help="Which orders are drawn.")
def orders(*, count: int, seed: int, wanted: Wanted) -> None:
    """Let a language model answer with the same context in several orders, and count flips.

    The model is that of `memsvc eval answer`; without one nothing is done, and that is no error.
    """
    data = wanted.data
    file = wanted.file("answers-orders")
    with passing() as at, closing(wanted.opened(wanted.reader)) as reader:
        asks = asks_in_orders(
            at.client,
            data,
            run=at.run,
            budget_tokens=wanted.budget,
            orders=count,
            seed=seed,
            progress=at.progress,
        )
        found = wanted.asked(asks, reader=reader, file=file, progress=at.progress)
        made = order_report(
            asks,
            found,
            form=wanted.asked_as,
            dataset=data.name,
            reader=reader,
            made_by={
                "reader": wanted.reader.model,
                "orders": count,
                "seed": seed,
                "budget_tokens": wanted.budget,
                "limit": wanted.limit,
            },
            day=at.today,
        )
    wanted.tell(made, found, file=file, kind="orders")

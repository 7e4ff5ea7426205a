"""What several evaluations are told: their data, in whose form it is, and where reports go."""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

import click

from memsvc.evals.datasets.beam import load_beam
from memsvc.evals.datasets.dataset import DataSet
from memsvc.evals.datasets.locomo import load_locomo
from memsvc.evals.datasets.longmemeval import load_longmemeval

file_argument = click.argument(
    "files",
    nargs=-1,
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
)
folder_argument = click.argument(
    "folder", type=click.Path(exists=True, file_okay=False, path_type=Path)
)
paths_argument = click.argument(
    "paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path)
)
limit_option = click.option(
    "--limit", type=click.IntRange(min=1), help="Ask the first N questions only."
)
peers_option = click.option(
    "--peers/--no-peers",
    default=True,
    show_default=True,
    help="Measure other projects' ways of finding beside it; they take as long as it does.",
)
report_option = click.option(
    "--report",
    type=click.Path(file_okay=False, path_type=Path),
    help="Keep the dated report in this folder.",
)


READERS: Mapping[str, Callable[[Path], DataSet]] = {
    "locomo": load_locomo,
    "longmemeval": partial(load_longmemeval, pooled=True),
    "beam": load_beam,
}
"""How data is read whose turns share a space; BEAM's is a folder."""


def form_option(*more: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Return the option that says in whose form data is: one of `READERS`, or of `more`."""
    return click.option(
        "--form",
        type=click.Choice([*READERS, *more]),
        default="locomo",
        show_default=True,
        help="In whose form the data is; LongMemEval's is pooled.",
    )

"""How far an evaluation is, and what it found."""

import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from memsvc.evals.calibration import Calibration
from memsvc.evals.conflict import ConflictReport
from memsvc.evals.forget import ForgetReport
from memsvc.evals.poison import PoisonReport
from memsvc.evals.recognition import RecognitionReport
from memsvc.evals.report import Report, readable
from memsvc.evals.run import (
    SPACES,
    Progress,
)
from memsvc.evals.updates import UpdatesReport

if TYPE_CHECKING:
    from click._termui_impl import ProgressBar


def told(
    found: Report
    | Calibration
    | ConflictReport
    | UpdatesReport
    | ForgetReport
    | RecognitionReport
    | PoisonReport,
    folder: Path | None,
    *,
    kind: str,
    as_json: bool,
) -> None:
    """Print what was found, and keep it in a folder if there is one."""
    if folder is not None:
        click.echo(f"report: {found.save(folder, kind=kind)}", err=True)
    click.echo(readable(found.as_json()) if as_json else found.table())


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

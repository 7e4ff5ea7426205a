"""What benchmarks share: the folder that they fill, and how what they measured is told and kept."""

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import click

from memsvc.evals.reports.report import commit_id, keep, readable
from memsvc.evals.speed.service import Figure, table

data_option = click.option(
    "--data", type=click.Path(file_okay=False, path_type=Path), help="Keep the data here."
)


def _today() -> date:
    return datetime.now(UTC).date()


@dataclass(frozen=True, slots=True)
class Measured:
    """What was measured today, and by which commit."""

    facts: Mapping[str, Any]
    day: date = field(default_factory=_today)

    def as_json(self) -> dict[str, Any]:
        """Return the object that `--json` prints."""
        return {"commit": commit_id(), "date": self.day.isoformat(), **self.facts}


@contextmanager
def lent(data: Path | None, *, name: str) -> Iterator[Path]:
    """Lend the folder `data`, or for None one that is gone afterwards."""
    if data is not None:
        yield data
        return
    with tempfile.TemporaryDirectory(prefix=f"memsvc-{name}-") as folder:
        yield Path(folder)


def told(
    figures: Sequence[Figure],
    settings: Mapping[str, Any],
    report: Path | None,
    *,
    kind: str,
    as_json: bool,
) -> None:
    """Print figures with what they were measured by, and keep them in a folder if there is one."""
    measured = Measured(
        {"settings": dict(settings), "figures": [asdict(figure) for figure in figures]}
    )
    if report is not None:
        click.echo(f"report: {keep(measured, report, kind=kind)}", err=True)
    click.echo(readable(measured.as_json()) if as_json else table(figures))


def say(what: str) -> None:
    """Say on standard error what is being measured."""
    click.echo(f"measuring: {what}", err=True)

"""`memsvc eval synonyms`: when two names mean the same."""

from datetime import UTC, datetime
from pathlib import Path

import click

from memsvc.cli.evaluate.options import report_option
from memsvc.cli.evaluate.showing import told
from memsvc.cli.reach import as_json, settings_with
from memsvc.evals.datasets.aliases import CHECK, load_pairs, own_pairs
from memsvc.evals.quality.synonyms import TARGET, calibrate
from memsvc.models import open_embedder


@click.command()
@click.argument(
    "file", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@click.option(
    "--precision",
    type=click.FloatRange(0.5, 1.0),
    default=TARGET,
    show_default=True,
    help="The share of joined pairs that are to mean the same.",
)
@click.option("--seed", type=int, default=0, show_default=True, help="Which resamples are drawn.")
@report_option
@as_json
def synonyms(
    file: Path | None, *, precision: float, seed: int, report: Path | None, as_json: bool
) -> None:
    """Choose the cosine from which two names are synonyms, by labelled pairs of names.

    FILE has lines of name, other, 1 or 0 for whether they mean the same, and perhaps a kind,
    separated by tabs or commas. Without it, the project's own pairs choose.
    """
    found = calibrate(
        own_pairs() if file is None else load_pairs(file),
        name="aliases" if file is None else file.stem,
        embedder=open_embedder(settings_with()),
        today=datetime.now(UTC).date(),
        target=precision,
        check=own_pairs(CHECK) if file is None else (),
        seed=seed,
    )
    told(found, report, kind=f"synonyms-{found.dataset}", as_json=as_json)

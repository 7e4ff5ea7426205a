"""`memsvc eval all` and `halves`: every data set of a folder in one run."""

import uuid
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import click

from memsvc.cli.evaluate.options import (
    folder_argument,
    limit_option,
    peers_option,
    report_option,
)
from memsvc.cli.evaluate.showing import passing, told
from memsvc.cli.reach import as_json, settings_with
from memsvc.domain.errors import InvalidField
from memsvc.evals.datasets.dataset import Asked
from memsvc.evals.datasets.folders import HAYSTACKS, MULTIHOP, Held, held_in
from memsvc.evals.datasets.multihop import load_corpus, recorded_of
from memsvc.evals.everything.page import page_of
from memsvc.evals.everything.picture import drawn
from memsvc.evals.everything.report import Costs, Everything, Part, changed, last_kept, measured
from memsvc.evals.everything.unfinished import Unfinished
from memsvc.evals.peers.baselines import Terms
from memsvc.evals.peers.multihop import SHOWN, multihop_rankings
from memsvc.evals.peers.projects import PEERS, RECORDED_PEERS, peer_rankings
from memsvc.evals.peers.rows import Ranked
from memsvc.evals.progress import Progress
from memsvc.evals.quality.halves import halved, shaken
from memsvc.evals.quality.openie import openie_rankings
from memsvc.evals.quality.run import DEFAULT_RECIPE, DEFAULT_ROW, Way, graded_ways
from memsvc.evals.quality.run import evaluate as measure
from memsvc.evals.quality.variants import variants, ways_without
from memsvc.evals.reports.graded import Graded
from memsvc.evals.reports.report import ROWS, Report, code_id, readable
from memsvc.ingest.extract.triples import read_openie
from memsvc.ports.models import Embedder
from retrieval.recipes import RECIPES

QUICKLY = 25
"""Questions of each data set that a quick run asks."""

CONFIGURING = {"embedder", "surprise_model", "language"}
"""Settings by which something else is found."""


@click.command()
@folder_argument
@click.option(
    "--report",
    type=click.Path(file_okay=False, path_type=Path),
    required=True,
    help="Keep the dated report in this folder: JSON, Markdown and a plot.",
)
@click.option("--quick", is_flag=True, help=f"Ask the first {QUICKLY} questions of each only.")
@limit_option
@click.option("--ablate", is_flag=True, help="Measure the default with parts more and less.")
@peers_option
@as_json
def evaluate_all(
    folder: Path,
    *,
    report: Path,
    quick: bool,
    limit: int | None,
    ablate: bool,
    peers: bool,
    as_json: bool,
) -> None:
    """Measure recall on every data set below FOLDER, and keep one dated report of all.

    Files of LoCoMo and LongMemEval and chats of BEAM are known by what they hold, multi-hop
    questions by the corpus beside them. LongMemEval is asked pooled and by haystack. What changed
    is told against the last such report in the folder of reports. Each data set is kept when it is
    done: a run that was cut off goes on where the same is asked of the same code on the same day.
    """
    held = _held(folder)
    day = datetime.now(UTC).date()
    before = last_kept(report)
    first = limit or (QUICKLY if quick else None)
    asked = {"of": str(folder.resolve()), "first": first, "ablate": ablate, "peers": peers}
    configured = settings_with().model_dump(mode="json", include=CONFIGURING)
    unfinished = Unfinished.beside(
        report, day=day, asked={"code": code_id(), **asked, **configured}
    )
    done = unfinished.parts()
    for one in held:
        if one.title in done:
            click.echo(f"measured before: {one.title}", err=True)
        else:
            done[one.title] = _measured(one, first=first, ablate=ablate, peers=peers)
            unfinished.keep(list(done.values()))
    parts = [done[one.title] for one in held]
    found = Everything(day, parts, changed(parts, before))
    plot = f"{day.isoformat()}-all.svg"
    page = page_of(found, plot=plot)
    for file in found.save(report, told=page, drawn=drawn(found)):
        click.echo(f"report: {file}", err=True)
    unfinished.end()
    click.echo(readable(found.as_json()) if as_json else page)


def _held(folder: Path) -> list[Held]:
    """Return the data sets of a folder. Raises `InvalidField` where there is none."""
    held = held_in(folder)
    if not held:
        raise InvalidField(
            f"{folder} holds no data of LoCoMo, LongMemEval or BEAM, and no multi-hop questions "
            "beside their corpus; name a folder that does.",
            field="folder",
        )
    return held


def _measured(held: Held, *, first: int | None, ablate: bool, peers: bool) -> Part:
    """Measure a data set in a service of its own, so that none finds another's vectors at hand."""
    click.echo(f"measuring: {held.title}", err=True)
    return measured(held, partial(_report, first=first, ablate=ablate, peers=peers))


def _report(held: Held, costs: Costs, *, first: int | None, ablate: bool, peers: bool) -> Report:
    extracted, recorded = None, None
    if held.corpus is not None and held.openie is not None:
        extracted = read_openie(held.openie.read_bytes(), name=held.openie.stem)
        recorded = recorded_of(load_corpus(held.corpus), extracted)
    with passing(RECIPES | dict(variants())) as at:

        def beside(asked: Asked, embedder: Embedder, terms: Terms, told: Progress) -> Ranked:
            rows: Ranked = {}
            if held.kind == MULTIHOP:
                rows |= multihop_rankings(
                    asked,
                    embedder=embedder,
                    terms=terms,
                    recorded=recorded,
                    ablate=ablate,
                    progress=told,
                )
            if peers:
                rows |= peer_rankings(asked, embedder=embedder, terms=terms, progress=told)
            if extracted is not None:
                run = uuid.uuid4().hex[:8]
                rows |= openie_rankings(at.client, asked, extracted=extracted, run=run)
            return rows

        return measure(
            at.client,
            held.load().first(first),
            embedder=at.embedder,
            analyzer=at.analyzer,
            run=at.run,
            today=at.today,
            ways={**DEFAULT_ROW, **at.reranked, **(ways_without() if ablate else {})},
            beside=beside,
            shown=SHOWN if held.kind == MULTIHOP else None,
            plain_contexts=True,
            settings={
                **at.told,
                **({} if first is None else {"limit": first}),
                ROWS: (PEERS if peers else {}) | RECORDED_PEERS,
            },
            watch=costs.watch,
            progress=at.progress,
        )


@click.command()
@folder_argument
@click.option(
    "--settings",
    "count",
    type=click.IntRange(min=1, max=1_000),
    default=40,
    show_default=True,
    help="How many settings of the weights are asked beside the default's.",
)
@click.option("--seed", type=int, default=0, show_default=True, help="Which settings are drawn.")
@limit_option
@report_option
@as_json
def evaluate_halves(
    folder: Path, *, count: int, seed: int, limit: int | None, report: Path | None, as_json: bool
) -> None:
    """Choose the default's weights anew by half of FOLDER's questions, and ask the other half.

    How much of what the default reaches on these questions is owed to having been chosen by them.
    Every question is asked once for each setting. LongMemEval is asked pooled.
    """
    held = [one for one in _held(folder) if one.kind != HAYSTACKS]
    recipes = shaken(count, seed=seed)
    ways = {DEFAULT_RECIPE: Way(), **{name: Way(name) for name in recipes}}
    graded: dict[str, Graded] = {}
    for one in held:
        click.echo(f"measuring: {one.title}", err=True)
        with passing(RECIPES | recipes) as at:
            graded[one.title] = graded_ways(
                at.client,
                one.load().first(limit),
                run=at.run,
                ways=ways,
                progress=at.progress,
            )
    found = halved(graded, today=datetime.now(UTC).date(), seed=seed)
    told(found, report, kind="halves", as_json=as_json)

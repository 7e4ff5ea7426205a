"""`memsvc eval` of recall: data sets of questions with evidence, and two reports of one."""

import uuid
from collections.abc import Callable, Collection
from contextlib import nullcontext
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import Any

import click

from memsvc.cli.evaluate.helper import helper, said_option
from memsvc.cli.evaluate.options import (
    file_argument,
    folder_argument,
    limit_option,
    peers_option,
    report_option,
)
from memsvc.cli.evaluate.showing import passing, told
from memsvc.cli.reach import as_json
from memsvc.evals.datasets.beam import load_beam
from memsvc.evals.datasets.dataset import Asked, DataSet, joined
from memsvc.evals.datasets.folders import held_in, questions_of
from memsvc.evals.datasets.locomo import load_locomo
from memsvc.evals.datasets.longmemeval import load_longmemeval
from memsvc.evals.datasets.made_questions import make_questions
from memsvc.evals.datasets.multihop import data_of, load_corpus, load_multihop, recorded_of
from memsvc.evals.peers.baselines import Terms
from memsvc.evals.peers.multihop import SHOWN, multihop_rankings
from memsvc.evals.peers.projects import PEERS, RECORDED_PEERS, peer_rankings
from memsvc.evals.peers.rows import Ranked
from memsvc.evals.peers.ts_rank import TS_RANKS, ts_ranking
from memsvc.evals.progress import Progress
from memsvc.evals.quality.openie import openie_rankings
from memsvc.evals.quality.replayed import replayed_rankings
from memsvc.evals.quality.run import CLUED_ROWS, DEFAULT_RECIPE, DEFAULT_ROW, Beside, Way
from memsvc.evals.quality.run import evaluate as measure
from memsvc.evals.quality.variants import variants, ways_without
from memsvc.evals.reports.compare import compare_reports, load_reports
from memsvc.evals.reports.graded import Shown
from memsvc.evals.reports.report import OURS, ROWS, readable
from memsvc.evals.speed.stores_beside import is_at_hand, lent_server
from memsvc.ingest.extract.triples import read_openie
from memsvc.ports.language import LanguageModel
from memsvc.ports.models import Embedder
from memsvc.sdk.client import Client
from retrieval.bridge import ARM as BRIDGES
from retrieval.recipes import RECIPES, ablations


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the options of an evaluation ask for besides its data."""

    limit: int | None
    recipes: tuple[str, ...]
    without: tuple[str, ...]
    ablate: bool
    clues: bool
    said: Path | None
    peers: bool
    ts_rank: bool
    report: Path | None
    as_json: bool


def measuring(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options that every evaluation has, as one `Wanted`."""

    @limit_option
    @click.option("--recipe", "recipes", multiple=True, help="Measure this recipe too; repeatable.")
    @click.option(
        "--without",
        multiple=True,
        type=click.Choice(sorted(ablations())),
        help="Measure the default without this part too; repeatable.",
    )
    @click.option("--ablate", is_flag=True, help="Measure the default with parts more and less.")
    @click.option("--clues", is_flag=True, help="Measure clues of a language model too.")
    @said_option
    @peers_option
    @click.option("--ts-rank", is_flag=True, help="Measure PostgreSQL's ranking of words too.")
    @report_option
    @as_json
    @wraps(command)
    def with_options(
        *,
        limit: int | None,
        recipes: tuple[str, ...],
        without: tuple[str, ...],
        ablate: bool,
        clues: bool,
        said: Path | None,
        peers: bool,
        ts_rank: bool,
        report: Path | None,
        as_json: bool,
        **own: Any,
    ) -> None:
        wanted = Wanted(
            limit, recipes, without, ablate, clues, said, peers, ts_rank, report, as_json
        )
        command(wanted=wanted, **own)

    return with_options


@click.command()
@file_argument
@measuring
def locomo(files: tuple[Path, ...], *, wanted: Wanted) -> None:
    """Ask the questions of LoCoMo FILES, each conversation in a space of its own."""
    _evaluate(joined([load_locomo(file) for file in files]), wanted, kind="locomo")


@click.command()
@file_argument
@click.option("--pooled", is_flag=True, help="Put the sessions of all haystacks in one space.")
@measuring
def longmemeval(files: tuple[Path, ...], *, pooled: bool, wanted: Wanted) -> None:
    """Ask the questions of LongMemEval FILES, each haystack in a space of its own."""
    parts = [load_longmemeval(file, pooled=pooled) for file in files]
    _evaluate(joined(parts), wanted, kind="longmemeval")


@click.command()
@folder_argument
@measuring
def beam(folder: Path, *, wanted: Wanted) -> None:
    """Ask the questions of BEAM's chats in FOLDER, each chat in a space of its own."""
    _evaluate(load_beam(folder), wanted, kind="beam")


@click.command()
@click.argument(
    "questions", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@click.option(
    "--corpus",
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The passages that the questions are asked of.",
)
@click.option(
    "--openie",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Recorded extractions of the passages; they make a row more.",
)
@click.option(
    "--replayed",
    is_flag=True,
    help="With --openie: a row more, of turns that a language model has read which answers what "
    "was recorded.",
)
@click.option(
    "--sift-facts",
    is_flag=True,
    help="With --openie: a row more, where a language model says which of the recorded facts "
    "matter to a question.",
)
@measuring
def multihop(
    questions: Path | None,
    *,
    corpus: Path,
    openie: Path | None,
    replayed: bool,
    sift_facts: bool,
    wanted: Wanted,
) -> None:
    """Ask the multi-hop QUESTIONS of a corpus of passages, all in one space.

    Without QUESTIONS, two-hop questions are made of the corpus by rule.
    """
    passages = load_corpus(corpus)
    if questions is not None:
        data = load_multihop(questions, passages)
    else:
        data = data_of(passages, make_questions(passages), name=f"{corpus.stem}-made")
    recorded = None
    served: Callable[[Client, Asked, LanguageModel | None], Ranked] | None = None
    if openie is not None:
        extracted = read_openie(openie.read_bytes(), name=openie.stem)
        recorded = recorded_of(passages, extracted)
        run = uuid.uuid4().hex[:8]

        def served(client: Client, asked: Asked, model: LanguageModel | None) -> Ranked:
            sifted = sift_facts and model is not None
            rows = openie_rankings(client, asked, extracted=extracted, run=run, sifted=sifted)
            return rows | (replayed_rankings(asked, extracted, run=run) if replayed else {})

    def beside(asked: Asked, embedder: Embedder, terms: Terms, progress: Progress) -> Ranked:
        return multihop_rankings(
            asked,
            embedder=embedder,
            terms=terms,
            recorded=recorded,
            ablate=wanted.ablate,
            progress=progress,
        )

    _evaluate(
        data,
        wanted,
        kind="multihop",
        beside=beside,
        served=served,
        shown=SHOWN,
        without=(BRIDGES,),
        sift_facts=sift_facts,
    )


@click.command()
@click.argument("reports", nargs=2, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--data",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="A folder with the data, below which the texts of the questions are looked up.",
)
@as_json
def diff(reports: tuple[Path, Path], *, data: Path | None, as_json: bool) -> None:
    """Compare two REPORTS of the same questions: what the second finds more than the first.

    Either two of one data set or two of `memsvc eval all`. With --data, the questions that changed
    are listed by category with their texts, which reports do not hold.
    """
    found, left = compare_reports(*map(load_reports, reports))
    held = [] if data is None else held_in(data)
    asked = {
        title: questions_of(held, one.dataset, count=len(one.main.before))
        for title, one in found.items()
    }
    if as_json:
        objects = {title: one.as_json(asked[title]) for title, one in found.items()}
        alone = len(objects) == 1 and not left
        click.echo(readable(next(iter(objects.values())) if alone else {"data": objects}))
        return
    click.echo("\n\n".join(one.table(asked[title]) for title, one in found.items()))
    if left:
        click.echo(f"\nnot in both with as many questions: {', '.join(left)}")


def _no_rows(_asked: Asked) -> Ranked:
    return {}


def _evaluate(
    data: DataSet,
    wanted: Wanted,
    *,
    kind: str,
    beside: Beside | None = None,
    served: Callable[[Client, Asked, LanguageModel | None], Ranked] | None = None,
    shown: Shown | None = None,
    without: Collection[str] = (),
    sift_facts: bool = False,
) -> None:
    """Measure a service in a passing data directory; print what was found, and keep it.

    The default is also measured without each part in `without`. Beside it there are the rows of
    `beside`, and those for which `served` asks the service in its own way, which is told the
    language model that helps.
    """
    if wanted.ts_rank and not is_at_hand(""):
        raise click.UsageError("No PostgreSQL is at hand that could be started.")
    with (
        helper(wanted.said, is_wanted=wanted.clues or sift_facts) as model,
        passing(RECIPES | dict(variants()), language_model=model) as at,
        lent_server("") if wanted.ts_rank else nullcontext("") as server,
        ts_ranking(server) if wanted.ts_rank else nullcontext(_no_rows) as by_ts_rank,
    ):

        def every(asked: Asked, embedder: Embedder, terms: Terms, told: Progress) -> Ranked:
            rows = {} if beside is None else beside(asked, embedder, terms, told)
            if wanted.peers:
                rows |= peer_rankings(asked, embedder=embedder, terms=terms, progress=told)
            rows |= by_ts_rank(asked)
            return rows | ({} if served is None else served(at.client, asked, model))

        found = measure(
            at.client,
            data.first(wanted.limit),
            embedder=at.embedder,
            analyzer=at.analyzer,
            run=at.run,
            today=at.today,
            ways={
                **DEFAULT_ROW,
                **at.reranked,
                **(CLUED_ROWS if wanted.clues and model is not None else {}),
                **{f"{OURS}:{recipe}": Way(recipe) for recipe in wanted.recipes},
                **{
                    f"{OURS} -{part}": Way(f"{DEFAULT_RECIPE}-{part}")
                    for part in (*without, *wanted.without)
                },
                **(ways_without() if wanted.ablate else {}),
            },
            beside=every,
            shown=shown,
            settings={
                **at.told,
                **({} if model is None else {"language_model": model.name}),
                **({} if wanted.limit is None else {"limit": wanted.limit}),
                ROWS: (PEERS if wanted.peers else {})
                | (TS_RANKS if wanted.ts_rank else {})
                | RECORDED_PEERS,
            },
            progress=at.progress,
        )
    told(found, wanted.report, kind=f"{kind}-{data.name}", as_json=wanted.as_json)

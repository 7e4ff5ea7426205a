"""`memsvc eval`: how well the service finds, measured on public data beside plain baselines."""

import sys
import uuid
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial, wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from memsvc.cli.reach import as_json, settings_with
from memsvc.evals.aliases import CHECK, load_pairs, own_pairs
from memsvc.evals.attacks import load_attacks
from memsvc.evals.baselines import Terms
from memsvc.evals.beam import load_beam
from memsvc.evals.calibration import Calibration
from memsvc.evals.compare import compare, load_kept
from memsvc.evals.conflict import ConflictReport, evaluate_conflict
from memsvc.evals.conflictqa import load_conflictqa
from memsvc.evals.dataset import Asked, DataSet, joined
from memsvc.evals.dialogues import load_dialogues
from memsvc.evals.forget import ForgetReport, evaluate_forgetting
from memsvc.evals.locomo import load_locomo
from memsvc.evals.longmemeval import load_longmemeval
from memsvc.evals.made_questions import make_questions
from memsvc.evals.multihop import data_of, load_corpus, load_multihop, recorded_of
from memsvc.evals.multihop_rows import SHOWN, multihop_rankings
from memsvc.evals.notes import Present, evaluate_notes, note_recipes
from memsvc.evals.openie import openie_rankings
from memsvc.evals.passing import Remembering, passing_service
from memsvc.evals.poison import PoisonReport, evaluate_poison
from memsvc.evals.recognition import LAGS, RecognitionReport, evaluate_recognition
from memsvc.evals.report import OURS, Report, readable
from memsvc.evals.retention import evaluate_retention
from memsvc.evals.run import (
    DEFAULT_RECIPE,
    DEFAULT_ROW,
    SPACES,
    Beside,
    Progress,
    Ranked,
    Shown,
    Way,
)
from memsvc.evals.run import evaluate as measure
from memsvc.evals.segmentation import evaluate_segmentation
from memsvc.evals.sequences import load_sequences, pairs_of
from memsvc.evals.sort import VARIANTS, evaluate_order
from memsvc.evals.synonyms import TARGET, calibrate
from memsvc.evals.texts import Texts, load_texts
from memsvc.evals.updates import UpdatesReport, evaluate_updates
from memsvc.evals.variants import variants, ways_without
from memsvc.ingest.extract.triples import read_openie
from memsvc.ingest.words import words_of
from memsvc.ports.models import Embedder
from memsvc.sdk.client import Client
from memsvc.wiring import open_embedder
from retrieval.bridge import ARM as BRIDGES
from retrieval.recipes import RECIPES, ablations

if TYPE_CHECKING:
    from click._termui_impl import ProgressBar

file_argument = click.argument(
    "files",
    nargs=-1,
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
)
folder_argument = click.argument(
    "folder", type=click.Path(exists=True, file_okay=False, path_type=Path)
)


report_option = click.option(
    "--report",
    type=click.Path(file_okay=False, path_type=Path),
    help="Keep the dated report in this folder.",
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the options of an evaluation ask for besides its data."""

    limit: int | None
    recipes: tuple[str, ...]
    without: tuple[str, ...]
    ablate: bool
    report: Path | None
    as_json: bool


def measuring(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options that every evaluation has, as one `Wanted`."""

    @click.option("--limit", type=click.IntRange(min=1), help="Ask the first N questions only.")
    @click.option("--recipe", "recipes", multiple=True, help="Measure this recipe too; repeatable.")
    @click.option(
        "--without",
        multiple=True,
        type=click.Choice(sorted(ablations())),
        help="Measure the default without this part too; repeatable.",
    )
    @click.option("--ablate", is_flag=True, help="Measure the default with parts more and less.")
    @report_option
    @as_json
    @wraps(command)
    def with_options(
        *,
        limit: int | None,
        recipes: tuple[str, ...],
        without: tuple[str, ...],
        ablate: bool,
        report: Path | None,
        as_json: bool,
        **own: Any,
    ) -> None:
        command(wanted=Wanted(limit, recipes, without, ablate, report, as_json), **own)

    return with_options


@click.group("eval")
def evaluate() -> None:
    """Measure recall on public data; each run has its baselines beside it."""


@evaluate.command()
@file_argument
@measuring
def locomo(files: tuple[Path, ...], *, wanted: Wanted) -> None:
    """Ask the questions of LoCoMo FILES, each conversation in a space of its own."""
    _evaluate(joined([load_locomo(file) for file in files]), wanted, kind="locomo")


@evaluate.command()
@file_argument
@click.option("--pooled", is_flag=True, help="Put the sessions of all haystacks in one space.")
@measuring
def longmemeval(files: tuple[Path, ...], *, pooled: bool, wanted: Wanted) -> None:
    """Ask the questions of LongMemEval FILES, each haystack in a space of its own."""
    parts = [load_longmemeval(file, pooled=pooled) for file in files]
    _evaluate(joined(parts), wanted, kind="longmemeval")


@evaluate.command()
@folder_argument
@measuring
def beam(folder: Path, *, wanted: Wanted) -> None:
    """Ask the questions of BEAM's chats in FOLDER, each chat in a space of its own."""
    _evaluate(load_beam(folder), wanted, kind="beam")


@evaluate.command("sort")
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option(
    "--pairs",
    type=click.IntRange(min=1),
    default=100,
    show_default=True,
    help="Pairs for each length of excerpt and segment and each distance.",
)
@click.option("--seed", type=int, default=0, show_default=True, help="Which pairs are drawn.")
@click.option("--verbatim", is_flag=True, help="Leave out the segments that lost words or order.")
@report_option
@as_json
def evaluate_sort(
    paths: tuple[Path, ...],
    *,
    pairs: int,
    seed: int,
    verbatim: bool,
    report: Path | None,
    as_json: bool,
) -> None:
    """Ask which of two segments came first, of texts or data sets in PATHS (the task of SORT)."""
    texts = load_sequences(paths)
    settings = settings_with()
    embedder = Remembering(open_embedder(settings))
    with (
        passing_service(settings, embedder=embedder, recipes=RECIPES) as client,
        _shown() as progress,
    ):
        found = evaluate_order(
            client,
            texts,
            pairs_of(texts, each=pairs, seed=seed),
            name="+".join(path.stem for path in paths),
            run=uuid.uuid4().hex[:8],
            today=datetime.now(UTC).date(),
            seed=seed,
            settings={"pairs_a_cell": pairs, "embedder": embedder.fingerprint.text},
            variants=VARIANTS[:1] if verbatim else VARIANTS,
            progress=progress,
        )
    _told(found, report, kind=f"sort-{found.dataset}", as_json=as_json)


@evaluate.command()
@file_argument
@click.option("--limit", type=click.IntRange(min=1), help="Cut the first N dialogues only.")
@report_option
@as_json
def segmentation(
    files: tuple[Path, ...], *, limit: int | None, report: Path | None, as_json: bool
) -> None:
    """Cut the dialogues in FILES into events, beside plain ways to cut them."""
    dialogues = load_dialogues(files)[:limit]
    settings = settings_with()
    found = evaluate_segmentation(
        dialogues,
        name="+".join(file.stem for file in files),
        embedder=open_embedder(settings),
        analyzer=words_of(settings.language),
        language=settings.language,
        today=datetime.now(UTC).date(),
    )
    _told(found, report, kind=f"segmentation-{found.dataset}", as_json=as_json)


@evaluate.command()
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
@measuring
def multihop(questions: Path | None, *, corpus: Path, openie: Path | None, wanted: Wanted) -> None:
    """Ask the multi-hop QUESTIONS of a corpus of passages, all in one space.

    Without QUESTIONS, two-hop questions are made of the corpus by rule.
    """
    passages = load_corpus(corpus)
    if questions is not None:
        data = load_multihop(questions, passages)
    else:
        data = data_of(passages, make_questions(passages), name=f"{corpus.stem}-made")
    recorded, served = None, None
    if openie is not None:
        extracted = read_openie(openie.read_bytes(), name=openie.stem)
        recorded = recorded_of(passages, extracted)
        served = partial(openie_rankings, extracted=extracted, run=uuid.uuid4().hex[:8])

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
    )


@evaluate.command()
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
    _told(found, report, kind=f"synonyms-{found.dataset}", as_json=as_json)


@evaluate.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--seed", type=int, default=0, show_default=True, help="Which resamples are drawn.")
@report_option
@as_json
def conflict(file: Path, *, seed: int, report: Path | None, as_json: bool) -> None:
    """Tell passages that contradict each other from those that do not, in ConflictQA's FILE.

    What is to be chosen is chosen on the first half of its questions and shown on the second.
    """
    found = evaluate_conflict(
        load_conflictqa(file),
        name=file.stem,
        embedder=Remembering(open_embedder(settings_with())),
        today=datetime.now(UTC).date(),
        seed=seed,
    )
    _told(found, report, kind=f"conflict-{found.dataset}", as_json=as_json)


READERS: Mapping[str, Callable[[Path], DataSet]] = {
    "locomo": load_locomo,
    "longmemeval": partial(load_longmemeval, pooled=True),
    "beam": load_beam,
}
"""How data is read whose turns share a space; BEAM's is a folder."""


@evaluate.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option(
    "--form",
    type=click.Choice(list(READERS)),
    default="locomo",
    show_default=True,
    help="In whose form the data is; LongMemEval's is pooled.",
)
@click.option("--limit", type=click.IntRange(min=1), help="Ask the first N questions only.")
@report_option
@as_json
def retention(
    paths: tuple[Path, ...], *, form: str, limit: int | None, report: Path | None, as_json: bool
) -> None:
    """Ask the questions in PATHS where but a part of the turns may answer, kept in many ways."""
    data = joined([READERS[form](path) for path in paths])
    settings = settings_with()
    embedder = Remembering(open_embedder(settings))
    with (
        passing_service(settings, embedder=embedder, recipes=RECIPES) as client,
        _shown() as progress,
    ):
        found = evaluate_retention(
            client,
            data.first(limit),
            embedder=embedder,
            analyzer=words_of(settings.language),
            run=uuid.uuid4().hex[:8],
            today=datetime.now(UTC).date(),
            progress=progress,
        )
    _told(found, report, kind=f"retention-{form}-{data.name}", as_json=as_json)


@evaluate.command()
@click.argument("files", nargs=-1, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--longmemeval",
    "haystacks",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Ask the knowledge-update questions of this LongMemEval file too, pooled.",
)
@click.option(
    "--beam",
    "chats",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Ask the knowledge_update questions of the BEAM chats in this folder too.",
)
@click.option("--seed", type=int, default=0, show_default=True, help="Which pairs are made.")
@report_option
@as_json
def updates(
    files: tuple[Path, ...],
    *,
    haystacks: Path | None,
    chats: Path | None,
    seed: int,
    report: Path | None,
    as_json: bool,
) -> None:
    """Ask for what was updated: whether the newer is above the older, and labelled rightly.

    Pairs made by rule are planted among the conversations of LoCoMo FILES, or alone.
    """
    settings = settings_with()
    embedder = Remembering(open_embedder(settings))
    chatter = [asked for file in files for asked in load_locomo(file).spaces]
    data = [
        *([load_longmemeval(haystacks, pooled=True)] if haystacks else []),
        *([load_beam(chats)] if chats else []),
    ]
    with (
        passing_service(settings, embedder=embedder, recipes=RECIPES | dict(variants())) as client,
        _shown() as progress,
    ):
        found = evaluate_updates(
            client,
            chatter=chatter,
            data=data,
            run=uuid.uuid4().hex[:8],
            today=datetime.now(UTC).date(),
            seed=seed,
            settings={"embedder": embedder.fingerprint.text},
            progress=progress,
        )
    _told(found, report, kind="updates", as_json=as_json)


@evaluate.command()
@folder_argument
@click.argument("questions", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--corpus",
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The passages that attacks are planted among.",
)
@report_option
@as_json
def poison(
    folder: Path, questions: Path, *, corpus: Path, report: Path | None, as_json: bool
) -> None:
    """Plant the attacks of FOLDER among passages, and ask: what gets into the first five hits.

    FOLDER holds PoisonedRAG's and BIPIA's files. The multi-hop QUESTIONS of the passages say what
    the defence costs clean texts.
    """
    settings = settings_with()
    embedder = Remembering(open_embedder(settings))
    (asked,) = load_multihop(questions, load_corpus(corpus)).spaces
    with (
        passing_service(settings, embedder=embedder, recipes=RECIPES) as client,
        _shown() as progress,
    ):
        found = evaluate_poison(
            client,
            attacks=load_attacks(folder),
            corpus=asked,
            run=uuid.uuid4().hex[:8],
            today=datetime.now(UTC).date(),
            settings={"embedder": embedder.fingerprint.text},
            progress=progress,
        )
    _told(found, report, kind="poison", as_json=as_json)


@evaluate.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option(
    "--form",
    type=click.Choice([*READERS, "multihop"]),
    default="locomo",
    show_default=True,
    help="In whose form the data is; LongMemEval's is pooled.",
)
@click.option(
    "--corpus",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The passages that multi-hop questions are asked of.",
)
@click.option("--limit", type=click.IntRange(min=1), help="Ask the first N questions only.")
@report_option
@as_json
def notes(
    paths: tuple[Path, ...],
    *,
    form: str,
    corpus: Path | None,
    limit: int | None,
    report: Path | None,
    as_json: bool,
) -> None:
    """Ask the questions in PATHS with and without notes, and with their links followed."""
    if form == "multihop" and corpus is None:
        raise click.UsageError(
            "--form multihop asks for --corpus too: what questions are asked of."
        )
    if corpus is not None:
        passages = load_corpus(corpus)
        data = joined([load_multihop(path, passages) for path in paths])
    else:
        data = joined([READERS[form](path) for path in paths])
    settings = settings_with()
    embedder = Remembering(open_embedder(settings))
    present = Present()
    recipes = RECIPES | dict(note_recipes(present))
    with (
        passing_service(settings, embedder=embedder, recipes=recipes) as client,
        _shown() as progress,
    ):
        found = evaluate_notes(
            client,
            data.first(limit),
            present=present,
            embedder=embedder,
            analyzer=words_of(settings.language),
            run=uuid.uuid4().hex[:8],
            today=datetime.now(UTC).date(),
            settings={} if limit is None else {"limit": limit},
            progress=progress,
        )
    _told(found, report, kind=f"notes-{data.name}", as_json=as_json)


@evaluate.command()
@file_argument
@report_option
@as_json
def forget(files: tuple[Path, ...], *, report: Path | None, as_json: bool) -> None:
    """Forget a tenth of the conversations in FILES, as LoCoMo has them, and look for it."""
    data = joined([READERS["locomo"](file) for file in files])
    settings = settings_with()
    embedder = Remembering(open_embedder(settings))
    with (
        passing_service(settings, embedder=embedder, recipes=RECIPES) as client,
        _shown() as progress,
    ):
        found = evaluate_forgetting(
            client,
            data,
            run=uuid.uuid4().hex[:8],
            today=datetime.now(UTC).date(),
            progress=progress,
        )
    _told(found, report, kind=f"forget-{data.name}", as_json=as_json)


@evaluate.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option(
    "--form",
    type=click.Choice(list(READERS)),
    default="locomo",
    show_default=True,
    help="In whose form the data is; LongMemEval's is pooled.",
)
@click.option(
    "--filler",
    "fillers",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="JSON files whose sentences are written in between; repeatable.",
)
@click.option(
    "--lag",
    "lags",
    multiple=True,
    type=click.IntRange(min=1),
    help=f"Other writes after which cues are asked again; repeatable. {LAGS[1:]} if left out.",
)
@click.option("--probes", type=click.IntRange(min=1), default=500, show_default=True)
@click.option("--seed", type=int, default=0, show_default=True, help="What is drawn by chance.")
@report_option
@as_json
def recognition(
    paths: tuple[Path, ...],
    *,
    form: str,
    fillers: tuple[Path, ...],
    lags: tuple[int, ...],
    probes: int,
    seed: int,
    report: Path | None,
    as_json: bool,
) -> None:
    """Ask whether the turns in PATHS are known again, altered or new, and found by a cue.

    All are in one space, into which sentences of other files are then written. Without --filler
    there is nothing to write in between, and cues are asked once.
    """
    data = joined([READERS[form](path) for path in paths])
    asked_at = sorted({0, *(lags or LAGS)}) if fillers else [0]
    own = {turn.text for asked in data.spaces for turn in asked.turns}
    texts = load_texts(fillers) if fillers else None
    sentences = [] if texts is None else [one for one in texts.sentences if one not in own]
    filler = Texts(tuple(sentences), ()).stretched(asked_at[-1], seed=seed) if sentences else []
    settings = settings_with()
    embedder = Remembering(open_embedder(settings))
    with (
        passing_service(settings, embedder=embedder, recipes=RECIPES) as client,
        _shown() as progress,
    ):
        found = evaluate_recognition(
            client,
            data,
            fillers=filler,
            lags=asked_at,
            probes=probes,
            embedder=embedder,
            analyzer=words_of(settings.language),
            run=uuid.uuid4().hex[:8],
            today=datetime.now(UTC).date(),
            seed=seed,
            settings={
                "fillers_real": min(len(sentences), asked_at[-1]),
                "fillers_made": max(asked_at[-1] - len(sentences), 0),
            },
            progress=progress,
        )
    _told(found, report, kind=f"recognition-{form}-{data.name}", as_json=as_json)


@evaluate.command()
@click.argument("reports", nargs=2, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@as_json
def diff(reports: tuple[Path, Path], *, as_json: bool) -> None:
    """Compare two REPORTS of the same questions: what the second finds more than the first."""
    found = compare(*(load_kept(report) for report in reports))
    click.echo(readable(found.as_json()) if as_json else found.table())


def _evaluate(
    data: DataSet,
    wanted: Wanted,
    *,
    kind: str,
    beside: Beside | None = None,
    served: Callable[[Client, Asked], Ranked] | None = None,
    shown: Shown | None = None,
    without: Collection[str] = (),
) -> None:
    """Measure a service in a passing data directory; print what was found, and keep it.

    The default is also measured without each part in `without`. Beside it there are the rows of
    `beside`, and those for which `served` asks the service in its own way.
    """
    settings = settings_with()
    embedder = Remembering(open_embedder(settings))
    with (
        passing_service(settings, embedder=embedder, recipes=RECIPES | dict(variants())) as client,
        _shown() as progress,
    ):

        def every(asked: Asked, embedder: Embedder, terms: Terms, told: Progress) -> Ranked:
            plain = {} if beside is None else beside(asked, embedder, terms, told)
            return plain | ({} if served is None else served(client, asked))

        found = measure(
            client,
            data.first(wanted.limit),
            embedder=embedder,
            analyzer=words_of(settings.language),
            run=uuid.uuid4().hex[:8],
            today=datetime.now(UTC).date(),
            ways={
                **DEFAULT_ROW,
                **{f"{OURS}:{recipe}": Way(recipe) for recipe in wanted.recipes},
                **{
                    f"{OURS} -{part}": Way(f"{DEFAULT_RECIPE}-{part}")
                    for part in (*without, *wanted.without)
                },
                **(ways_without() if wanted.ablate else {}),
            },
            beside=every,
            shown=shown,
            settings={} if wanted.limit is None else {"limit": wanted.limit},
            progress=progress,
        )
    _told(found, wanted.report, kind=f"{kind}-{data.name}", as_json=wanted.as_json)


def _told(
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
def _shown() -> Iterator[Progress]:
    """Show a bar on standard error for each space, one after the other."""
    with ExitStack() as stack:
        bars: dict[str, ProgressBar[int]] = {}

        def progress(what: str, done: int, of: int) -> None:
            if what == SPACES:
                return
            if what not in bars:
                stack.close()
                bar = click.progressbar(length=of, label=what, file=sys.stderr)
                bars[what] = stack.enter_context(bar)
            bars[what].update(done + 1 - bars[what].pos)

        yield progress

"""`memsvc write`, `recall` and `verify`: the memory itself, from a terminal."""

import json
import sys
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, TypedDict, get_args

import click
from pydantic import TypeAdapter, ValidationError
from typing_extensions import override

from memsvc.cli.reach import as_json, as_of, looking_back, reached, reaching, seen, show
from memsvc.cli.recalled import print_doubts, print_explained, print_hits
from memsvc.cli.times import Moment
from memsvc.domain.errors import InvalidField
from memsvc.domain.recall import CONTIGUITY
from memsvc.sdk.checked import MAX_BATCH
from memsvc.sdk.client import Space
from memsvc.sdk.wire import (
    HelpTime,
    NewTurn,
    PackingOrder,
    Recalled,
    RecalledTogether,
    Written,
)

FOUND_WRONG = 1
_TURNS = TypeAdapter(list[NewTurn])
_WRITTEN = TypeAdapter(list[Written])


class NumberOfHits(click.ParamType[int | Literal["auto"]]):
    """A number, or the word that leaves it to the service."""

    name = "integer|auto"

    @override
    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> int | Literal["auto"]:
        """Return what was named, or fail as an option does."""
        return "auto" if value == "auto" else click.INT.convert(value, param, ctx)


class _Said(TypedDict):
    """What the options of a recall ask for, however many spaces it goes to."""

    k: int | Literal["auto"]
    budget_tokens: int
    now: datetime | None
    recipe: str | None
    kinds: Sequence[Literal["turn", "event", "note"]] | None
    contiguity: float
    order: PackingOrder
    repeat: bool
    include_superseded: bool
    rerank: bool | None
    clues: HelpTime | None
    sift_facts: HelpTime | None
    explain: bool


@click.command()
@click.argument("space")
@click.argument("stream")
@click.argument("text", required=False)
@click.option("--speaker", help="Who says it, by name.")
@click.option(
    "--expires-at",
    metavar="TIME",
    help="From when on TEXT counts as deleted, e.g. 2027-01-31T18:00Z.",
)
@click.option("--role", default="user", show_default=True, help="user, assistant, tool, …")
@click.option(
    "--file",
    "file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help='Turns as a JSON list, {"turns": […]}, or one JSON object a line (.jsonl).',
)
@reaching
@as_json
def write(
    space: str,
    stream: str,
    text: str | None,
    *,
    speaker: str | None,
    role: str,
    expires_at: str | None,
    file: Path | None,
    local: bool,
    data: Path | None,
    as_json: bool,
) -> None:
    """Append TEXT (or standard input, for -) or the turns of a file to STREAM of SPACE."""
    if (text is None) == (file is None):
        raise click.UsageError("Give either TEXT (- reads standard input) or --file.")
    if file is not None and expires_at is not None:
        raise click.UsageError("--expires-at is for TEXT; turns of a file say it themselves.")
    turns = (
        _turns_in(file)
        if file
        else [_turn(text or "", speaker=speaker, role=role, expires_at=expires_at)]
    )
    with reached(local=local, data=data) as client:
        written = list(_written(client.space(space), stream, turns))
    if as_json:
        click.echo(_WRITTEN.dump_json(written, indent=2))
    else:
        count = sum(len(each.turns) for each in written)
        click.echo(
            f"wrote {count} {'turn' if count == 1 else 'turns'} to {space}/{stream}, "
            f"ledger position {written[-1].position}"
        )


def _turn(text: str, **facts: str | None) -> NewTurn:
    content = sys.stdin.read().rstrip("\n") if text == "-" else text
    return _parsed([{"content": content, **facts}])[0]


def _turns_in(file: Path) -> list[NewTurn]:
    try:
        text = file.read_text(encoding="utf-8")
        if file.suffix == ".jsonl":
            raw: Any = [json.loads(line) for line in text.splitlines() if line.strip()]
        else:
            raw = json.loads(text)
    except ValueError as error:
        raise InvalidField(f"{file} cannot be read as JSON: {error}.", field="file") from error
    turns = _parsed(raw["turns"] if isinstance(raw, dict) and "turns" in raw else raw)
    if not turns:
        raise InvalidField(f"{file} holds no turns.", field="file")
    return turns


def _parsed(raw: object) -> list[NewTurn]:
    try:
        return _TURNS.validate_python(raw)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "turns"
        what = first["msg"].removeprefix("Value error, ")
        raise InvalidField(f"turn {where}: {what}.", field=where) from error


def _written(space: Space, stream: str, turns: Sequence[NewTurn]) -> Iterator[Written]:
    batches = [turns[begin : begin + MAX_BATCH] for begin in range(0, len(turns), MAX_BATCH)]
    with click.progressbar(
        length=len(turns), label="writing", file=sys.stderr, hidden=len(batches) == 1
    ) as bar:
        for batch in batches:
            yield space.write(stream, batch)
            bar.update(len(batch))


@click.command()
@click.argument("space")
@click.argument("question")
@click.option(
    "-k",
    type=NumberOfHits(),
    default="10",
    show_default=True,
    help="Hits at most; auto for as many as are relevant.",
)
@click.option("--budget", type=int, default=2_000, show_default=True, help="Tokens of context.")
@click.option(
    "--now", type=Moment(), help="From when QUESTION tells times, as in `last week`; else now."
)
@click.option("--recipe", help="Which recipe ranks; else the one that SPACE is set to.")
@click.option("--events", is_flag=True, help="Answer with events instead of turns.")
@click.option("--notes", is_flag=True, help="Answer with notes instead of turns.")
@click.option(
    "--contiguity",
    type=float,
    default=CONTIGUITY,
    show_default=True,
    help="Share of the budget for what stands beside hits.",
)
@click.option(
    "--order",
    type=click.Choice(["time", "score", "ends", "auto"]),
    default="time",
    show_default=True,
    help="Context as things happened, best hit first, best hits at both ends, or as it is needed.",
)
@click.option("--repeat", is_flag=True, help="Say the context twice, for small readers.")
@click.option(
    "--include-superseded", is_flag=True, help="Also find what others say has been superseded."
)
@click.option(
    "--rerank/--no-rerank",
    default=None,
    help="Have a reranker read the best candidates; as it is if one is set up.",
)
@click.option(
    "--clues",
    type=click.Choice(get_args(HelpTime)),
    help="When a language model writes what else to look for; else as SPACE is set.",
)
@click.option(
    "--sift-facts",
    type=click.Choice(get_args(HelpTime)),
    help="When a language model says which facts matter; else as SPACE is set.",
)
@click.option("--explain", is_flag=True, help="Also print what each stage did.")
@click.option("--profile", is_flag=True, help="Begin the context with the user's profile.")
@click.option("--also", multiple=True, metavar="SPACE", help="Ask this space too; repeatable.")
@looking_back
@reaching
@as_json
def recall(
    space: str,
    question: str,
    *,
    k: int | Literal["auto"],
    budget: int,
    now: datetime | None,
    recipe: str | None,
    events: bool,
    notes: bool,
    contiguity: float,
    order: PackingOrder,
    repeat: bool,
    include_superseded: bool,
    rerank: bool | None,
    clues: HelpTime | None,
    sift_facts: HelpTime | None,
    explain: bool,
    profile: bool,
    also: tuple[str, ...],
    local: bool,
    data: Path | None,
    as_json: bool,
) -> None:
    """Ask SPACE a QUESTION: hits best first, each with the arms that found it."""
    if events and notes:
        raise click.UsageError("Name one of --events and --notes: all hits are of one kind.")
    said: _Said = {
        "k": k,
        "budget_tokens": budget,
        "now": now,
        "recipe": recipe,
        "kinds": ["event"] if events else ["note"] if notes else None,
        "contiguity": contiguity,
        "order": order,
        "repeat": repeat,
        "include_superseded": include_superseded,
        "rerank": rerank,
        "clues": clues,
        "sift_facts": sift_facts,
        "explain": explain,
    }
    if profile and also:
        raise click.UsageError("--profile is for one space; leave --also out.")
    recalled: Recalled | RecalledTogether
    with reached(local=local, data=data) as client:
        if also:
            recalled = client.recall(question, spaces=[space, *also], as_of=as_of(), **said)
        else:
            recalled = seen(client, space).recall(question, include_profile=profile, **said)
    if as_json:
        show(recalled)
        return
    print_hits(recalled)
    print_doubts(recalled)
    if explain:
        print_explained(recalled)


@click.command()
@click.argument("space")
@reaching
@as_json
def verify(space: str, *, local: bool, data: Path | None, as_json: bool) -> None:
    """Check the ledger of SPACE, and the turns it speaks of; exit 1 when it is broken."""
    with reached(local=local, data=data) as client:
        verdict = client.space(space).verify_ledger()
    if as_json:
        show(verdict)
    elif verdict.is_whole:
        click.echo(f"whole: {verdict.entries} entries, head {verdict.head[:16]}")
    else:
        click.echo(f"broken at position {verdict.broken_at}: {verdict.reason}")
    if not verdict.is_whole:
        sys.exit(FOUND_WRONG)

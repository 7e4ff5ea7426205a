"""`memsvc write`, `recall` and `verify`: the memory itself, from a terminal."""

import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Literal, TypedDict

import click
from pydantic import TypeAdapter, ValidationError

from memsvc.cli.reach import as_json, as_of, looking_back, reached, reaching, seen, show
from memsvc.domain.errors import InvalidField
from memsvc.domain.recall import CONTIGUITY, Certainty, PathStep
from memsvc.sdk.checked import MAX_BATCH
from memsvc.sdk.client import Space
from memsvc.sdk.wire import Hit, NamePath, NewTurn, Recalled, RecalledTogether, StageTrace, Written

FOUND_WRONG = 1
_TURNS = TypeAdapter(list[NewTurn])
_WRITTEN = TypeAdapter(list[Written])


class _Said(TypedDict):
    """What the options of a recall ask for, however many spaces it goes to."""

    k: int
    budget_tokens: int
    recipe: str
    kinds: Sequence[Literal["turn", "event", "note"]] | None
    contiguity: float
    order: Literal["time", "score"]
    include_superseded: bool
    rerank: bool | None
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
@click.option("-k", type=int, default=10, show_default=True, help="Hits at most.")
@click.option("--budget", type=int, default=2_000, show_default=True, help="Tokens of context.")
@click.option("--recipe", default="default", show_default=True, help="Which recipe ranks.")
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
    type=click.Choice(["time", "score"]),
    default="time",
    show_default=True,
    help="What the context begins with: what happened first, or the best hit.",
)
@click.option(
    "--include-superseded", is_flag=True, help="Also find what others say has been superseded."
)
@click.option(
    "--rerank/--no-rerank",
    default=None,
    help="Have a reranker read the best candidates; as it is if one is set up.",
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
    k: int,
    budget: int,
    recipe: str,
    events: bool,
    notes: bool,
    contiguity: float,
    order: Literal["time", "score"],
    include_superseded: bool,
    rerank: bool | None,
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
        "recipe": recipe,
        "kinds": ["event"] if events else ["note"] if notes else None,
        "contiguity": contiguity,
        "order": order,
        "include_superseded": include_superseded,
        "rerank": rerank,
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
    _print_hits(recalled)
    _print_doubts(recalled)
    for name, trace in _traces(recalled):
        if name is not None:
            click.echo(f"{name}:")
        for stage in trace:
            click.echo(_stage(stage))


def _traces(
    recalled: Recalled | RecalledTogether,
) -> Iterator[tuple[str | None, Sequence[StageTrace]]]:
    if isinstance(recalled, RecalledTogether):
        yield from (recalled.traces or {}).items()
    else:
        yield None, recalled.trace or ()


def _print_hits(recalled: Recalled | RecalledTogether) -> None:
    if not recalled.hits:
        click.echo("nothing found")
    for place, hit in enumerate(recalled.hits, 1):
        who = hit.speaker or hit.role
        where = hit.title or hit.stream
        if not isinstance(recalled, Recalled):
            where = f"{hit.space} / {where}"
        said = hit.text if hit.kind != "turn" else f"{who}: {hit.text}"
        click.echo(f"{place:>2}. {hit.at:%Y-%m-%d %H:%M} UTC  {where}  {said}")
        click.echo(f"    {hit.score:.3f} = {_reasons(hit)}")
        if (newer := hit.superseded_by) is not None:
            may_be = "may be " if newer.certainty is Certainty.MAYBE else ""
            click.echo(f"    {may_be}superseded by {newer.id} of {newer.at:%Y-%m-%d %H:%M} UTC")
        if hit.disputed_by:
            click.echo(f"    disputed by {', '.join(hit.disputed_by)}")
        for path in (said.path for said in hit.why.values() if said.path is not None):
            click.echo(f"    {_told(path)}")


def _print_doubts(recalled: Recalled | RecalledTogether) -> None:
    """Say that the memory may not hold the answer, and which arms could not be asked."""
    if recalled.abstain and recalled.holds is not None:
        click.echo(f"memory may not hold this: probability {recalled.holds.probability:.2f}")
    if recalled.missing_arms:
        click.echo(f"not asked: {', '.join(recalled.missing_arms)}", err=True)


def _reasons(hit: Hit) -> str:
    arms = sorted(hit.why.items(), key=lambda arm: -arm[1].share)
    return ", ".join(f"{name} {said.share:.3f} (rank {said.rank})" for name, said in arms)


def _told(path: NamePath) -> str:
    """Say in one line by which name a hit was reached."""
    if path.mass:
        return f"walked {' > '.join(path.nodes[:-1])} > this turn, {path.mass[-1]:.3f} of it"
    *seed, name, _ = path.nodes
    steps = ["the subject of" if step is PathStep.IS_ABOUT else "named by" for step in path.steps]
    if seed:
        return f"via {name}: {steps[0]} {seed[0]}, {steps[1]} this turn"
    return f"via {name}, asked for: {steps[0]} this turn"


def _stage(stage: StageTrace) -> str:
    facts = ", ".join(f"{name} {fact}" for name, fact in stage.facts.items())
    return f"  {stage.took_ms:6.2f} ms  {stage.candidates:>4} left  {stage.stage}  {facts}".rstrip()


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

"""How what was recalled is shown on a terminal."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

import click

from memsvc.domain.recall import Certainty, PathStep
from memsvc.sdk.wire import Hit, NamePath, Recalled, RecalledTogether, StageTrace, Understood

SUPERSEDED: Mapping[Certainty, str] = {
    Certainty.MAYBE: "may be superseded",
    Certainty.STATED: "superseded",
    Certainty.CORRECTED: "corrected",
}
"""What a hit is by the one that holds, or may hold, in its place."""


def print_explained(recalled: Recalled | RecalledTogether) -> None:
    """Print what was read off the question, and what each stage did."""
    for name, understood, trace in _explained(recalled):
        if name is not None:
            click.echo(f"{name}:")
        for time in understood.times:
            click.echo(f"  {time.words!r}: {_day(time.since)} up to {_day(time.until)}")
        for stage in trace:
            click.echo(_stage(stage))


def _explained(
    recalled: Recalled | RecalledTogether,
) -> Iterator[tuple[str | None, Understood, Sequence[StageTrace]]]:
    """Yield what was understood and done, of each space by its name where several were asked."""
    if isinstance(recalled, Recalled):
        yield None, recalled.understood or Understood(times=[]), recalled.trace or ()
        return
    understood: Mapping[str, Understood] = recalled.understood or {}
    for name, trace in (recalled.traces or {}).items():
        yield name, understood.get(name, Understood(times=[])), trace


def _day(moment: datetime | None) -> str:
    return "any time" if moment is None else f"{moment:%Y-%m-%d %H:%M} UTC"


def print_hits(recalled: Recalled | RecalledTogether) -> None:
    """Print hits best first, each with the arms that found it."""
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
            why = "" if newer.reason is None else f": {newer.reason}"
            told = SUPERSEDED[newer.certainty]
            click.echo(f"    {told} by {newer.id} of {newer.at:%Y-%m-%d %H:%M} UTC{why}")
        if hit.disputed_by:
            click.echo(f"    disputed by {', '.join(hit.disputed_by)}")
        for path in (said.path for said in hit.why.values() if said.path is not None):
            click.echo(f"    {_told(path)}")


def print_doubts(recalled: Recalled | RecalledTogether) -> None:
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

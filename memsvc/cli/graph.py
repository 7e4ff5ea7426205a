"""`memsvc graph`: a part of the graph, its counts, and all of it for other programs."""

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Literal

import click

from memsvc.cli.reach import as_json, looking_back, reached, reaching, seen, show
from memsvc.cli.unnamed import WithUnnamed
from memsvc.sdk.graphs import GraphStats, GraphView

in_space = click.option("--space", required=True, help="The space to look in.")


@click.group(cls=WithUnnamed, unnamed="show")
def graph() -> None:
    """Look at the graph of a space: around --node, or what a --question activates."""


@graph.command("show")
@in_space
@click.option("--node", help="Where to start: entity:NAME, turn:ID, event:ID or fact:ID.")
@click.option("--question", help="What is asked.")
@click.option("--depth", type=click.IntRange(1, 3), default=1, show_default=True)
@click.option("--limit", type=click.IntRange(1, 500), default=20, show_default=True)
@looking_back
@reaching
@as_json
def show_part(
    *,
    space: str,
    node: str | None,
    question: str | None,
    depth: int,
    limit: int,
    local: bool,
    data: Path | None,
    as_json: bool,
) -> None:
    """Print the nodes around --node, or those that a --question leads to, with edges or paths."""
    with reached(local=local, data=data) as client:
        verbs = seen(client, space).graph
        if node is not None and question is None:
            view = verbs.around(node, depth=depth, limit=limit)
        elif question is not None and node is None:
            view = verbs.activated(question, limit=limit)
        else:
            raise click.UsageError("Say where to look: --node or --question.")
    if as_json:
        show(view)
        return
    for line in _lines(view):
        click.echo(line)


def _lines(view: GraphView) -> Iterator[str]:
    for node in view.nodes:
        mass = "" if node.mass is None else f"{node.mass:.4f}  "
        seed = "* " if node.seed else ""
        label = "" if node.label == node.id else f"  {node.label}"
        yield f"{mass}{seed}{node.node}{label}"
    if view.paths:
        yield ""
        for path in view.paths:
            steps = zip(path.steps, path.nodes[1:], strict=True)
            told = (f" -{'+'.join(step.kinds)}- {to}" for step, to in steps)
            begun = "by" if path.steps else "by starting at"
            yield f"{path.share:.0%} {begun} {path.nodes[0]}{''.join(told)}"
    elif view.edges:
        yield ""
        for edge in view.edges:
            yield f"{edge.one} -{edge.kind} {edge.weight:.2f}- {edge.other}"
    if view.is_truncated:
        yield "and more; ask for more with --limit"


@graph.command()
@in_space
@looking_back
@reaching
@as_json
def stats(*, space: str, local: bool, data: Path | None, as_json: bool) -> None:
    """Count nodes and edges, and say how they hang together."""
    with reached(local=local, data=data) as client:
        found = seen(client, space).graph.stats()
    if as_json:
        show(found)
        return
    for line in _counted(found):
        click.echo(line)


def _counted(found: GraphStats) -> Iterator[str]:
    for what, counts in (("nodes", found.nodes), ("edges", found.edges)):
        told = ", ".join(f"{count} {kind}" for kind, count in counts.items())
        yield f"{what}: {told or 'none'}"
    if found.shape is None:
        yield "too large for more than counts"
        return
    shape = found.shape
    sizes = ", ".join(map(str, shape.largest))
    yield f"components: {shape.components}, the largest of {sizes or 'nothing'}"
    for hub in shape.hubs:
        yield f"hub: {hub.node} with {hub.neighbours} neighbours  {hub.label}"
    yield f"communities: {shape.communities}"
    for each in shape.densest:
        yield f"community of {each.size}: {', '.join(each.members)}"


@graph.command()
@in_space
@click.argument("file", type=click.File("wb"), default="-")
@click.option(
    "--format",
    "written_as",
    type=click.Choice(["graphml", "json"]),
    default="graphml",
    show_default=True,
)
@looking_back
@reaching
def export(
    file: BinaryIO,
    *,
    space: str,
    written_as: Literal["graphml", "json"],
    local: bool,
    data: Path | None,
) -> None:
    """Write the graph to FILE for other programs, or to standard output."""
    with reached(local=local, data=data) as client:
        file.writelines(seen(client, space).graph.export(written_as))

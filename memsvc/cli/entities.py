"""`memsvc entities`: what turns name or do not, and which of it is one."""

from itertools import islice
from pathlib import Path

import click

from memsvc.cli.reach import as_json, looking_back, reached, reaching, seen, show, show_all
from memsvc.cli.unnamed import WithUnnamed
from memsvc.sdk.entities import EntityDetail, EntityInfo, MergeInfo, UnlinkingInfo

SHOWN = 10
"""Turns of one entity that are printed."""

in_space = click.option("--space", required=True, help="The space to look in.")


@click.group(cls=WithUnnamed, unnamed="show")
def entities() -> None:
    """List what turns name, show one by NAME, merge, rename, unlink turns, and take that back.

    An entity that is called like one of these commands is shown by `entities show NAME`.
    """


@entities.command("show")
@click.argument("name", required=False)
@in_space
@click.option("--prefix", default="", help="Only those whose name begins so.")
@click.option("--limit", type=click.IntRange(min=1), default=50, show_default=True)
@looking_back
@reaching
@as_json
def show_one(
    name: str | None,
    *,
    space: str,
    prefix: str,
    limit: int,
    local: bool,
    data: Path | None,
    as_json: bool,
) -> None:
    """List the entities of a space by name; or show NAME, with who names it and its facts."""
    with reached(local=local, data=data) as client:
        verbs = seen(client, space).entities
        if name is not None:
            detail = verbs.get(name)
            if as_json:
                show(detail)
            else:
                _tell(detail)
            return
        found = list(islice(verbs.list(prefix=prefix, page=min(limit, 100)), limit))
    show_all(found, _line, as_json=as_json)


def _line(entity: EntityInfo) -> str:
    about = f", {entity.about} about it" if entity.about else ""
    facts = f", {entity.facts} facts" if entity.facts else ""
    merged = f"  = {', '.join(entity.merged)}" if entity.merged else ""
    return f"{entity.spelled}  [{entity.name}]  {entity.turns} turns{about}{facts}{merged}"


def _tell(detail: EntityDetail) -> None:
    click.echo(_line(detail))
    for fact in detail.stated:
        click.echo(f"  {fact.id}  {fact.subject} {fact.predicate} {fact.object}")
    for turn in detail.newest[:SHOWN]:
        click.echo(
            f"  {turn.id}  {turn.at:%Y-%m-%d %H:%M} UTC  {turn.stream} #{turn.seq}  "
            f"{turn.speaker or turn.role}: {turn.content}"
        )
    if len(detail.newest) > SHOWN:
        click.echo(f"  and {detail.turns - SHOWN} more")


@entities.command()
@click.argument("name")
@click.argument("into")
@in_space
@reaching
@as_json
def merge(
    name: str, into: str, *, space: str, local: bool, data: Path | None, as_json: bool
) -> None:
    """Say that NAME is INTO, until that is taken back."""
    with reached(local=local, data=data) as client:
        made = client.space(space).entities.merge(name, into)
    if as_json:
        show(made)
    else:
        click.echo(f"{made.id}: {made.name} is {made.into} from now on")


@entities.command()
@click.argument("name")
@click.argument("to")
@in_space
@reaching
@as_json
def rename(
    name: str, to: str, *, space: str, local: bool, data: Path | None, as_json: bool
) -> None:
    """Call NAME otherwise, whether turns write that or not."""
    with reached(local=local, data=data) as client:
        done = client.space(space).entities.rename(name, to)
    if as_json:
        show(done)
    elif done.merge is None:
        click.echo(f"{done.name} is called so again")
    else:
        click.echo(f"{done.merge.id}: {done.merge.name} is called {to} from now on")


@entities.command()
@in_space
@looking_back
@reaching
@as_json
def merges(*, space: str, local: bool, data: Path | None, as_json: bool) -> None:
    """List which entities were merged or renamed, in the order in which that was done."""
    with reached(local=local, data=data) as client:
        found = list(seen(client, space).merges.list())
    show_all(found, _pointer, as_json=as_json)


def _pointer(merge: MergeInfo) -> str:
    if merge.spelled is not None:
        return f"{merge.id}  {merge.name} is called {merge.spelled}"
    return f"{merge.id}  {merge.name} is {merge.into}"


@entities.command()
@click.argument("merge_id", metavar="MERGE")
@in_space
@reaching
def undo(merge_id: str, *, space: str, local: bool, data: Path | None) -> None:
    """Take a merge or rename back by its id; everything is as it was before."""
    with reached(local=local, data=data) as client:
        client.space(space).merges.undo(merge_id)
    click.echo(f"took {merge_id} back")


@entities.command()
@click.argument("name")
@click.argument("turns", nargs=-1, required=True, metavar="TURN...")
@in_space
@reaching
@as_json
def unlink(
    name: str,
    turns: tuple[str, ...],
    *,
    space: str,
    local: bool,
    data: Path | None,
    as_json: bool,
) -> None:
    """Say that TURNs do not name NAME, until that is taken back."""
    with reached(local=local, data=data) as client:
        made = client.space(space).entities.unlink(name, turns)
    show_all(made.unlinked, _said, as_json=as_json)


@entities.command()
@in_space
@looking_back
@reaching
@as_json
def unlinked(*, space: str, local: bool, data: Path | None, as_json: bool) -> None:
    """List which turns do not name what was found in them, in the order in which that was said."""
    with reached(local=local, data=data) as client:
        found = list(seen(client, space).unlinked.list())
    show_all(found, _said, as_json=as_json)


@entities.command()
@click.argument("unlinking")
@in_space
@reaching
def relink(unlinking: str, *, space: str, local: bool, data: Path | None) -> None:
    """Take an UNLINKING back by its id: the turn names that again."""
    with reached(local=local, data=data) as client:
        client.space(space).unlinked.undo(unlinking)
    click.echo(f"took {unlinking} back")


def _said(unlinking: UnlinkingInfo) -> str:
    return f"{unlinking.id}  {unlinking.turn} does not name {unlinking.name}"

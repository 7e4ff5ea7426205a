"""`memsvc keys`: who may do what."""

from pathlib import Path

import click

from memsvc.cli.reach import as_json, reached, reaching, show, show_all
from memsvc.domain.access import ALL_SPACES, Role
from memsvc.sdk.wire import KeyInfo


@click.group()
def keys() -> None:
    """List, make and revoke keys; for an admin of all spaces."""


@keys.command("list")
@reaching
@as_json
def list_keys(*, local: bool, data: Path | None, as_json: bool) -> None:
    """List the keys, without their secrets."""
    with reached(local=local, data=data) as client:
        found = list(client.keys.list())
    show_all(found, _line, as_json=as_json)


def _line(key: KeyInfo) -> str:
    made = f"{key.created_at:%Y-%m-%d}"
    return f"{key.id}  {key.role:<6}  {made}  {key.name}  [{', '.join(key.spaces)}]"


@keys.command("create")
@click.argument("name")
@click.option(
    "--role",
    type=click.Choice([role.value for role in Role]),
    default=Role.WRITER.value,
    show_default=True,
    help="A reader recalls; a writer also writes; an admin also deletes spaces.",
)
@click.option("--space", "spaces", multiple=True, help="A space it opens; repeatable.")
@click.option("--all-spaces", is_flag=True, help="It opens every space, also later ones.")
@reaching
@as_json
def create_key(
    name: str,
    *,
    role: str,
    spaces: tuple[str, ...],
    all_spaces: bool,
    local: bool,
    data: Path | None,
    as_json: bool,
) -> None:
    """Make a key called NAME and print its secret, this once."""
    if all_spaces == bool(spaces):
        raise click.UsageError(
            "Say which spaces it opens: --space NAME (repeatable) or --all-spaces."
        )
    opened = [ALL_SPACES] if all_spaces else list(spaces)
    with reached(local=local, data=data) as client:
        made = client.keys.create(name, role=role, spaces=opened)
    if as_json:
        show(made)
    else:
        click.echo(f"{made.id} for {name}; its secret is shown this once:", err=True)
        click.echo(made.secret)


@keys.command("revoke")
@click.argument("key_id")
@reaching
def revoke_key(key_id: str, *, local: bool, data: Path | None) -> None:
    """Make the key KEY_ID useless from now on."""
    with reached(local=local, data=data) as client:
        client.keys.revoke(key_id)
    click.echo(f"revoked {key_id}")

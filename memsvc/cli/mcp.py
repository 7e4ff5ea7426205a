"""`memsvc mcp`: the memory's tools over standard input and output, for a client that starts it.

Standard output belongs to the protocol alone. Where a service runs, it is asked; else the data
directory is opened in this process, which then has it to itself.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import anyio
import click

from memsvc.cli.reach import reaching, settings_with
from memsvc.domain.access import ALL_SPACES
from memsvc.domain.errors import ServiceUnreachable, SpaceNotFound
from memsvc.sdk.address import is_named, service_url
from memsvc.sdk.aio import AsyncClient

if TYPE_CHECKING:
    from memsvc.sdk.wire import KeyInfo

USUAL = "default"
"""The space where neither the command nor the key names one: a person with one memory has it."""

IN_PROCESS = "memsvc://local"
"""What addresses of memories begin with where no service has one."""


@click.command()
@click.option(
    "--space",
    help="The space of tools that are told none; else the key's only one, else `default`.",
)
@reaching
def mcp(*, space: str | None, local: bool, data: Path | None) -> None:
    """Offer the memory's tools over the Model Context Protocol, on standard input and output."""
    anyio.run(partial(_serve, space=space, local=local, data=data))


async def _serve(*, space: str | None, local: bool, data: Path | None) -> None:
    from memsvc.mcp.speaking import Tools, converse  # noqa: PLC0415  comes with [mcp]

    async with _reached(local=local or data is not None, data=data) as (client, address):
        usual = space_of(await client.keys.mine(), space)
        await converse(Tools(client, usual, address, lambda: datetime.now(UTC)))


@asynccontextmanager
async def _reached(*, local: bool, data: Path | None) -> AsyncIterator[tuple[AsyncClient, str]]:
    """Lend a client of the memory, and what the addresses of what it holds begin with."""
    if not local and await _is_served():
        async with AsyncClient() as client:
            yield client, service_url(None)
        return
    from memsvc.local import opened  # noqa: PLC0415  the whole service; HTTP does without

    async with opened(settings_with(data=data)) as client:
        yield client, IN_PROCESS


async def _is_served() -> bool:
    """Tell whether a service runs; one whose address was given has to."""
    if is_named():
        return True
    try:
        async with AsyncClient(retries=0) as client:
            await client.health()
    except ServiceUnreachable as error:
        return error.may_have_arrived
    return True


def space_of(key: "KeyInfo", named: str | None) -> str:
    """Return the space of tools that are told none. Raises `SpaceNotFound` for a foreign one."""
    sees_all = ALL_SPACES in key.spaces
    if named is not None:
        if not sees_all and named not in key.spaces:
            raise SpaceNotFound(named)
        return named
    return key.spaces[0] if len(key.spaces) == 1 and not sees_all else USUAL

"""How a command reaches a memory: over HTTP, or in process with `--local` or `--data`."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click
from pydantic import BaseModel, ValidationError
from pydantic_core import to_json

import memsvc
from memsvc.domain.errors import InvalidField

if TYPE_CHECKING:  # at run time commands that ask nobody do without the client
    from memsvc.config import Settings
    from memsvc.sdk.client import Client, Space

AS_OF = "memsvc.as_of"
"""Where the context of a command keeps as of when it reads."""

F = TypeVar("F", bound=Callable[..., Any])
M = TypeVar("M", bound=BaseModel)

as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON for machines.")

data_option = click.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    help="The data directory, instead of MEMSVC_DATA.",
)


def reaching(command: F) -> F:
    """Give a command the options that say which memory it speaks to."""
    local = click.option(
        "--local", is_flag=True, help="Open the data directory in process; no service is asked."
    )
    data = click.option(
        "--data",
        type=click.Path(file_okay=False, path_type=Path),
        help="The same, with this data directory.",
    )
    return local(data(command))


def looking_back(command: F) -> F:
    """Give a command that reads the option that says as of when; `seen` heeds it."""
    option = click.option(
        "--as-of",
        expose_value=False,
        callback=_remember,
        help="As the space was: a position of its ledger, or a time, e.g. 2026-05-01T09:30Z.",
    )
    return option(command)


def _remember(ctx: click.Context, _param: click.Parameter, value: str | None) -> None:
    ctx.meta[AS_OF] = int(value) if value is not None and value.isdecimal() else value


def as_of() -> Any:
    """Return as of when the command was told to look; None for the present."""
    return click.get_current_context().meta.get(AS_OF)


def seen(client: "Client", name: str) -> "Space":
    """Return the space of that name, as of when the command was told to look."""
    return client.space(name) if as_of() is None else client.space(name).at(as_of())


@contextmanager
def reached(*, local: bool, data: Path | None) -> "Iterator[Client]":
    """Lend a client of the memory that the options name."""
    if local or data is not None:
        settings_with(data=data)  # so that a setting that is wrong is said in one line
        with memsvc.open(data) as client:
            yield client
    else:
        from memsvc.sdk.client import Client  # noqa: PLC0415  `serve` would wait for its import

        with Client() as client:
            yield client


def settings_with(**overrides: Any) -> "Settings":
    """Return the settings of the environment with these on top. Raises `InvalidField`."""
    from memsvc.config import Settings  # noqa: PLC0415  comes with [server]; HTTP does without

    given = {name: value for name, value in overrides.items() if value is not None}
    try:
        return Settings(**given)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        name = str(first["loc"][0])
        raise InvalidField(
            f"The setting {name} (MEMSVC_{name.upper()}) is not valid: {first['msg']}.", field=name
        ) from error


def show(answer: BaseModel) -> None:
    """Print an answer as JSON."""
    click.echo(answer.model_dump_json(indent=2))


def show_all(found: Sequence[M], line: Callable[[M], str], *, as_json: bool) -> None:
    """Print answers as JSON, or what `line` says of each."""
    if as_json:
        click.echo(to_json(found, indent=2))
        return
    for each in found:
        click.echo(line(each))

"""How a command reaches a memory: over HTTP, or in process with `--local` or `--data`."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click
from pydantic import BaseModel, ValidationError

import memsvc
from memsvc.domain.errors import InvalidField
from memsvc.sdk.client import Client

if TYPE_CHECKING:
    from memsvc.config import Settings

F = TypeVar("F", bound=Callable[..., Any])

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


@contextmanager
def reached(*, local: bool, data: Path | None) -> Iterator[Client]:
    """Lend a client of the memory that the options name."""
    if local or data is not None:
        settings_with(data=data)  # so that a setting that is wrong is said in one line
        with memsvc.open(data) as client:
            yield client
    else:
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

"""`memsvc serve`: the service over HTTP, until it is told to stop."""

import gc
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import click
import uvicorn
from typing_extensions import override

from memsvc.cli import BROKEN
from memsvc.cli.reach import data_option, settings_with
from memsvc.server.door import Door
from memsvc.server.logs import configure

if TYPE_CHECKING:
    from fastapi import FastAPI

    from memsvc.config import Settings

KEY_FILE = "admin.key"
GRACE_S = 10
BACKLOG = 2_048
KEEP_ALIVE_S = 30
"""Longer than clients keep an idle connection (httpx: 5 s), so that none is closed under a request
that is just being sent."""


replica_option = click.option(
    "--replica",
    is_flag=True,
    default=None,
    help="Share the database with others, instead of MEMSVC_REPLICA.",
)


class CannotListen(click.ClickException):
    """The address is taken, or is none of this machine's."""

    exit_code = BROKEN

    @override
    def show(self, file: IO[Any] | None = None) -> None:
        click.echo(f"error: {self.message}", err=True)


@click.command()
@click.option("--host", help="Address to listen on, instead of MEMSVC_HOST.")
@click.option("--port", type=int, help="Port to listen on, instead of MEMSVC_PORT; 0 takes any.")
@replica_option
@data_option
def serve(*, host: str | None, port: int | None, replica: bool | None, data: Path | None) -> None:
    """Run the service: REST, health, metrics and the enrichment worker in one process."""
    settings = settings_with(host=host, port=port, replica=replica, data=data)
    configure(level=settings.log_level, as_json=settings.log_json)
    refused: list[BaseException] = []

    def give_up(error: BaseException) -> None:
        refused.append(error)
        server.should_exit = True

    def build() -> "FastAPI":
        with _kept_for_good():
            # /healthz waits for neither of them, so they are not imported above.
            from memsvc.server.factory import build_app  # noqa: PLC0415
            from memsvc.wiring import open_service  # noqa: PLC0415

        return build_app(settings, open_service=open_service, on_failure=give_up)

    server = uvicorn.Server(
        uvicorn.Config(
            Door(build, on_failure=give_up),
            lifespan="on",
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_keep_alive=KEEP_ALIVE_S,
            timeout_graceful_shutdown=GRACE_S,
        )
    )
    with _listening(settings) as listener:
        _announce(settings, listener)
        with suppress(KeyboardInterrupt):  # Ctrl-C is how a person ends it
            server.run(sockets=[listener])
    if refused:
        raise refused[0]


@contextmanager
def _kept_for_good() -> Iterator[None]:
    """Have nothing collected while modules are imported, and what they made not looked at again.

    It stays as long as the process. Looking through it in vain takes a tenth of the import's time,
    and later, whenever everything is collected, a pause of 0.1 s in the midst of requests.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def _listening(settings: "Settings") -> socket.socket:
    """Bind before anything is loaded, so that a taken port is said at once."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    try:
        return socket.create_server(
            (settings.host, settings.port), family=family, backlog=BACKLOG, reuse_port=False
        )
    except OSError as error:
        raise CannotListen(
            f"Cannot listen on {settings.host} port {settings.port} "
            f"({os.strerror(error.errno or 0)}); stop what does, or name another with --port."
        ) from error


def _announce(settings: "Settings", listener: socket.socket) -> None:
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    url = f"http://{host}:{listener.getsockname()[1]}"
    click.echo(f"memsvc listens on {url}")
    if not settings.replica:  # `memsvc migrate` has made it, elsewhere
        click.echo(f"admin key: {settings.data / KEY_FILE}")
    click.echo(f"admin page: {url}/admin/")
    click.echo(f"documentation: {url}/docs")

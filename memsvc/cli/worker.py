"""`memsvc worker`: enrichment and upkeep beside replicas of the service, without its API."""

import json
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread
from typing import TYPE_CHECKING

import click
from typing_extensions import override

from memsvc.cli.reach import data_option, settings_with
from memsvc.server.logs import configure

if TYPE_CHECKING:
    from memsvc.domain.errors import MemsvcError
    from memsvc.server.opening import Opening


@click.command()
@click.option("--host", help="Address of the health checks, instead of MEMSVC_HOST.")
@click.option("--port", type=int, help="Port to answer /healthz and /readyz on; none without.")
@data_option
def worker(*, host: str | None, port: int | None, data: Path | None) -> None:
    """Work off what writes have left to do, beside replicas that share a database."""
    settings = settings_with(host=host, data=data, replica=True, enrich=True)
    configure(level=settings.log_level, as_json=settings.log_json)
    from memsvc.server.opening import Opening  # noqa: PLC0415  `--help` does without
    from memsvc.wiring import open_service  # noqa: PLC0415  the same

    refused: list[MemsvcError] = []
    stop = Event()

    def give_up(error: "MemsvcError") -> None:
        refused.append(error)
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: stop.set())
    opening = Opening(
        lambda: open_service(settings),
        with_worker=True,
        make_way=lambda _longest_s: None,
        on_failure=give_up,
    )
    with _answering(opening, settings.host, port):
        opening.start()
        stop.wait()
        opening.close()
    if refused:
        raise refused[0]


@contextmanager
def _answering(opening: "Opening", host: str, port: int | None) -> Iterator[None]:
    """Answer health checks at a port, if one is named."""
    if port is None:
        yield
        return

    class Health(BaseHTTPRequestHandler):
        """Says that the process lives, and whether it can work."""

        def do_GET(self) -> None:
            """Answer as the service does."""
            if self.path == "/healthz":
                self._say(HTTPStatus.OK, {"status": "ok"})
            elif self.path == "/readyz":
                parts = opening.parts()
                is_ready = all(state.startswith(("ok", "off")) for state in parts.values())
                status = HTTPStatus.OK if is_ready else HTTPStatus.SERVICE_UNAVAILABLE
                self._say(status, {"ready": is_ready, "parts": parts})
            else:
                self.send_error(HTTPStatus.NOT_FOUND)

        def _say(self, status: HTTPStatus, body: object) -> None:
            content = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        @override
        def log_message(self, format: str, *args: object) -> None:
            """Say nothing: somebody asks every few seconds."""

    with ThreadingHTTPServer((host, port), Health) as server:
        Thread(target=server.serve_forever, name="memsvc-health", daemon=True).start()
        try:
            yield
        finally:
            server.shutdown()

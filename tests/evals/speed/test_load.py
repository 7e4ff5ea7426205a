"""The load command: what it counts, and that a stall cannot hide from it."""

import socketserver
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from typing_extensions import override

from memsvc.evals.speed.load import Scale, measure_load
from memsvc.evals.speed.sender import Sending, request, send_all
from memsvc.spawned import free_port

STALL_S = 0.4
REFUSAL = b"HTTP/1.1 429 x\r\nRetry-After: 1\r\nContent-Length: 2\r\n\r\nno"


@contextmanager
def stalling() -> Iterator[int]:
    """Serve on a port, one request at a time, of which the first takes long."""
    turn = threading.Lock()
    stalls = iter([STALL_S])

    class Answering(socketserver.StreamRequestHandler):
        @override
        def handle(self) -> None:
            while self.rfile.readline():
                while self.rfile.readline().strip():
                    pass
                with turn:
                    time.sleep(next(stalls, 0))
                self.wfile.write(REFUSAL)

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True
        block_on_close = False

    with Server(("127.0.0.1", 0), Answering) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join()


def test_a_stall_counts_for_every_request_that_was_due_meanwhile() -> None:
    head = request("/", b"", host="x", key="k")
    with stalling() as port:
        sendings = [Sending(n * 0.05, "write", f"w{n}", head, b"") for n in range(6)]
        outcomes = send_all("127.0.0.1", port, sendings)

    assert [(o.name, o.status, o.retry_after) for o in outcomes] == [
        (f"w{n}", 429, True) for n in range(6)
    ]
    for sending, outcome in zip(sendings, outcomes, strict=True):
        assert outcome.took_s >= STALL_S - sending.at_s - 0.01


def test_what_gets_no_answer_has_status_zero() -> None:
    head = request("/", b"", host="x", key="k")

    (outcome,) = send_all("127.0.0.1", free_port(), [Sending(0, "write", "w", head, b"")])

    assert outcome.status == 0


def test_under_load_nothing_is_lost_and_nothing_kept_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MEMSVC_EMBEDDER", "hashing")
    scale = Scale(seconds=1, filled=50, idle=10, probing_s=0.3, later=64)

    figures = measure_load(tmp_path, port=free_port(), scale=scale, progress=lambda _: None)

    found = {figure.name: figure.value for figure in figures}
    assert found["acknowledged turns"] >= 64 + 10
    assert found["of these lost"] == 0
    assert found["turns kept twice"] == 0
    assert found["half capacity, neither success nor 429"] == 0
    assert found["saturation, of these without Retry-After"] == 0

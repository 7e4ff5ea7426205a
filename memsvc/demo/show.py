"""Start a service, write the sample to it over HTTP, ask it, print hits with their reasons."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path

from memsvc.domain.errors import NotReady, ServiceUnreachable
from memsvc.sdk.client import Client, Space
from memsvc.sdk.wire import Hit

PATIENCE_S = 60.0
HITS_SHOWN = 3
REASONS_SHOWN = 3


def show(data: Path, *, port: int) -> None:
    """Run the whole demonstration; at a terminal, leave the service up until Enter is pressed."""
    sample = json.loads((files("memsvc.demo") / "conversation.json").read_text())
    address = f"http://127.0.0.1:{port}"
    with _serving(data, port), _connected(address, data) as client:
        space = client.space(sample["space"])
        _write(space, sample["sessions"])
        for question in sample["questions"]:
            _ask(space, question)
        context = space.recall(sample["questions"][0], k=2, budget_tokens=200).context
        print(f"\nThe same, ready for a prompt:\n\n{context}\n")
        print(f"The API's pages:  {address}/docs")
        print(f"Your own service: memsvc serve   (then {address}/docs again)")
        if sys.stdin.isatty():
            input("The demo's service is still up. Press Enter to stop it. ")


@contextmanager
def _serving(data: Path, port: int) -> Iterator[None]:
    environment = {
        **os.environ,
        "MEMSVC_DATA": str(data),
        "MEMSVC_PORT": str(port),
        "MEMSVC_LOG_LEVEL": "warning",
    }
    command = [sys.executable, "-m", "memsvc.cli", "serve"]
    service = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)  # noqa: S603
    try:
        yield
    finally:
        service.terminate()
        service.wait(timeout=PATIENCE_S)


@contextmanager
def _connected(address: str, data: Path) -> Iterator[Client]:
    """Wait until the service is ready; its key file is there by then."""
    deadline = time.monotonic() + PATIENCE_S
    key_file = data / "admin.key"
    while True:
        try:
            with Client(address, "none", retries=0) as anyone:
                if anyone.ready().ready:
                    break
        except (ServiceUnreachable, NotReady):
            pass
        if time.monotonic() > deadline:
            message = f"The service did not become ready within {PATIENCE_S:.0f} s."
            raise NotReady(message)
        time.sleep(0.05)
    with Client(address, key_file.read_text().strip()) as client:
        yield client


def _write(space: Space, sessions: list[dict[str, object]]) -> None:
    for session in sessions:
        begun = time.perf_counter()
        written = space.write(
            str(session["stream"]),
            session["turns"],  # type: ignore[arg-type]  # JSON of our own, checked by the wire
            title=str(session["title"]),
        )
        took_ms = (time.perf_counter() - begun) * 1_000
        print(
            f"wrote {len(written.turns)} turns to {session['stream']}: durable, embedded and "
            f"searchable after {took_ms:.0f} ms (ledger position {written.position})"
        )


def _ask(space: Space, question: str) -> None:
    begun = time.perf_counter()
    recalled = space.recall(question, k=HITS_SHOWN)
    took_ms = (time.perf_counter() - begun) * 1_000
    print(f"\n? {question}   ({took_ms:.0f} ms)")
    for place, hit in enumerate(recalled.hits, start=1):
        print(f"  {place}. {hit.speaker}, {hit.at:%d %B %Y}: {hit.text}")
        print(f"     score {hit.score:.2f} = {_reasons(hit)}")


def _reasons(hit: Hit) -> str:
    """Name what added most to the hit's score, with the hit's rank there."""
    arms = sorted(hit.why.items(), key=lambda arm: -arm[1].share)[:REASONS_SHOWN]
    return " + ".join(f"{name} {score.share:.2f} (rank {score.rank})" for name, score in arms)

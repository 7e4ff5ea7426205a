"""`memsvc serve` as a process: it answers at once, imports no torch, and ends as it is told."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from store.directory import held
from tests.models import onnx_folder

ROOT = Path(__file__).parents[2]
PATIENCE_S = 60.0
"""For a machine that has other things to do; how fast it is, the benchmarks say."""


@contextmanager
def served(data: Path, *, embedder: str, flags: tuple[str, ...] = ()) -> Iterator[tuple[str, Path]]:
    """Run the command on any free port; lend its address and the file its stderr goes to."""
    log = data.parent / "stderr.log"
    command = [sys.executable, *flags, "-m", "memsvc.cli", "serve", "--port", "0"]
    environment = os.environ | {"MEMSVC_DATA": str(data), "MEMSVC_EMBEDDER": embedder}
    with log.open("w") as stderr:
        process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=stderr, text=True
        )
    try:
        assert process.stdout is not None
        (url,) = re.findall(r"http://\S+", process.stdout.readline())
        yield url, log
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 0


def until(url: str, *, status: int) -> httpx.Response:
    """Ask until it answers with this status."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        try:
            answer = httpx.get(url, timeout=5)
        except httpx.TransportError:
            time.sleep(0.01)
            continue
        if answer.status_code == status:
            return answer
        time.sleep(0.02)
    raise TimeoutError(url)


@pytest.mark.parametrize(
    "embedder", ["hashing", pytest.param("the default", marks=pytest.mark.model)]
)
def test_it_serves_without_importing_torch(tmp_path: Path, embedder: str) -> None:
    named = embedder if embedder == "hashing" else str(onnx_folder())
    with served(tmp_path / "data", embedder=named, flags=("-X", "importtime")) as (url, log):
        until(f"{url}/healthz", status=200)
        until(f"{url}/readyz", status=200)
        key = (tmp_path / "data" / "admin.key").read_text().strip()
        written = httpx.post(
            f"{url}/v1/spaces/alice/streams/chat/turns",
            json={"turns": [{"content": "tea"}]},
            headers={"Authorization": f"Bearer {key}"},
        )
        assert written.status_code == 201

    imported = re.findall(r"\| +([\w.]+)$", log.read_text(), re.MULTILINE)
    assert "memsvc.wiring" in imported
    heavy = {"torch", "transformers", "sentence_transformers"}
    assert heavy.isdisjoint(name.partition(".")[0] for name in imported)


def test_health_waits_for_neither_routes_nor_store_nor_model() -> None:
    """What must be imported before /healthz answers is imported late, or not at all."""
    program = (
        "import sys, memsvc.cli.serve, memsvc.config\n"
        "late = {'sqlalchemy', 'alembic', 'faiss', 'onnxruntime', 'tokenizers', 'torch', 'numpy',\n"
        "        'fastapi', 'starlette', 'httpx', 'prometheus_client', 'mcp', 'networkx',\n"
        "        'graph', 'retrieval', 'store', 'memsvc.sdk', 'memsvc.app', 'memsvc.wiring'}\n"
        "print(sorted(late & set(sys.modules)))"
    )

    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, check=True, capture_output=True, text=True
    )

    assert done.stdout.strip() == "[]"


def test_a_library_that_is_missing_behind_the_door_ends_it_with_the_extra_to_install(
    tmp_path: Path,
) -> None:
    program = (
        "import sys\n"
        "sys.modules['fastapi'] = None\n"
        "from memsvc.cli.family import memsvc\n"
        "memsvc(['serve', '--port', '0'])"
    )

    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env=os.environ | {"MEMSVC_DATA": str(tmp_path), "MEMSVC_EMBEDDER": "hashing"},
        check=False,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
    )

    assert done.returncode == 5
    assert done.stderr == ("error: fastapi is not installed; run `pip install 'memsvc[server]'`.\n")


def test_a_directory_in_use_ends_it_with_one_line_and_code_5(tmp_path: Path) -> None:
    environment = os.environ | {"MEMSVC_DATA": str(tmp_path), "MEMSVC_EMBEDDER": "hashing"}
    with held(tmp_path):
        done = subprocess.run(
            [sys.executable, "-m", "memsvc.cli", "serve", "--port", "0"],
            cwd=ROOT,
            env=environment,
            check=False,
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
        )

    assert done.returncode == 5
    assert done.stderr.startswith("error: Another memsvc has")
    assert done.stderr.count("\n") == 1

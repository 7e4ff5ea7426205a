"""`memsvc forget`, from a terminal."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import structlog
from click.testing import CliRunner, Result

from memsvc.cli.family import USAGE, memsvc
from memsvc.local import open as memsvc_open

Run = Callable[..., Result]
SAID = ["We sailed to Lisbon.", "It rained on Bob Crane."]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    """Run the command over a directory with a space of two turns."""
    monkeypatch.setenv("MEMSVC_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("MEMSVC_EMBEDDER", "hashing")
    with memsvc_open(tmp_path / "data") as client:
        client.space("sea").write("log", [{"content": each} for each in SAID])

    def invoke(*words: str) -> Result:
        return CliRunner().invoke(memsvc, ["forget", "sea", *words, "--local"])

    yield invoke
    structlog.reset_defaults()


def test_what_would_go_is_seen_first_and_then_goes(run: Run) -> None:
    turn, sum_up = run("--subject", "LISBON", "--dry-run").stdout.splitlines()
    assert turn.endswith(f"log  {SAID[0]}")
    assert sum_up.startswith("would forget 1 turns, ")

    done = run("--subject", "LISBON").stdout
    assert done.startswith("forgot 1 turns, ")
    assert "; receipt r_" in done
    assert json.loads(run("--text", "lisbon", "--json").stdout)["counts"]["turns"] == 0


def test_options_narrow_each_other(run: Run) -> None:
    assert run("--stream", "log", "--until", "2001-01-01").stdout.startswith("forgot nothing")
    assert run("--stream", "log", "--since", "2001-01-01").stdout.startswith("forgot 2 turns")


def test_saying_nothing_is_refused(run: Run) -> None:
    refused = run()
    assert (refused.exit_code, refused.stderr.count("\n")) == (USAGE, 1)

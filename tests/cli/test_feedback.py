"""`memsvc feedback`: given, listed and taken back from a terminal."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import structlog
from click.testing import CliRunner, Result

from memsvc.cli.family import memsvc
from memsvc.local import open as memsvc_open
from memsvc.sdk.wire import NewTurn

Run = Callable[..., Result]


@pytest.fixture
def turn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setenv("MEMSVC_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("MEMSVC_EMBEDDER", "hashing")
    with memsvc_open(tmp_path / "data") as client:
        written = client.space("alice").write("chat", [NewTurn(content="Tea at four.")])
    yield written.turns[0].id
    structlog.reset_defaults()


def run(*words: str) -> Result:
    return CliRunner().invoke(memsvc, ["feedback", *words, "--local"])


def test_feedback_is_given_listed_and_taken_back(turn: str) -> None:
    given = run("give", "alice", turn, "helped", "--question", "When is tea?")
    assert given.exit_code == 0, given.stderr
    assert f"  {turn}  helped  by local  (When is tea?)" in given.stdout

    listed = run("list", "alice")
    (as_json,) = json.loads(run("list", "alice", "--turn", turn, "--json").stdout)
    back = run("take-back", "alice", as_json["id"])

    assert listed.stdout == given.stdout
    assert back.stdout == f"taken back: {as_json['id']}\n"
    assert run("list", "alice").stdout == ""
    assert run("take-back", "alice", as_json["id"]).exit_code == 3

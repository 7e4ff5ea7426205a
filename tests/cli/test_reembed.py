"""`memsvc reembed`: what it prints, and what it exits with."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import structlog
from click.testing import CliRunner, Result

import memsvc
from memsvc.cli.family import memsvc as family

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    monkeypatch.setenv("MEMSVC_EMBEDDER", "hashing")
    folder = tmp_path / "data"
    with memsvc.open(folder, embedder="hashing") as client:
        client.space("alice").write("chat", [{"content": "My dog is called Rex."}])

    def invoke(*words: object) -> Result:
        told = [str(word) for word in words]
        return CliRunner().invoke(family, ["reembed", *told, "--data", str(folder)])

    yield invoke
    structlog.reset_defaults()


def test_a_change_is_begun_looked_at_compared_switched_and_ended(run: Run, tmp_path: Path) -> None:
    questions = tmp_path / "questions.jsonl"
    questions.write_text(json.dumps({"space": "alice", "question": "Who is Rex?"}) + "\n")

    assert run("status").stdout == "the embedding model was never changed\n"
    assert run("begin", "hashing-128").stdout.startswith("making: from hashing to hashing-128\n")
    assert "alice: 1 turns, 0 left" in run("status", "--wait").stdout
    compared = run("compare", questions)
    assert compared.stdout.startswith("1 questions, 10 hits each\n100.0% of hits in both")
    assert "this cannot tell" in compared.stdout
    assert run("compare").stdout.startswith("nothing is pinned")
    with memsvc.open(tmp_path / "data") as client:
        turn = next(iter(client.space("alice").turns())).id
        client.space("alice").pinned.pin("Who is Rex?", [turn])
    assert "pinned: 0.0% of 1 lose turns that should answer, 0 together" in run("compare").stdout
    assert "2 questions" in run("compare", questions, "--pinned", "--space", "alice").stdout
    assert "spaces are recalled by hashing/fp32/128" in run("switch").stdout
    assert json.loads(run("undo", "--json").stdout)["stage"] == "making"
    run("switch")
    assert run("drop").stdout.startswith("ended:")
    found = CliRunner().invoke(family, ["doctor", "--data", str(tmp_path / "data")])
    assert found.exit_code == 0, found.stdout
    assert "by a change from hashing to hashing-128 that is ended" in found.stdout


def test_what_is_refused_ends_in_a_line_and_a_code(run: Run, tmp_path: Path) -> None:
    refused = run("switch")
    assert (refused.exit_code, refused.stderr.count("\n")) == (3, 1)
    torn = tmp_path / "torn.jsonl"
    torn.write_text("{")
    assert run("compare", torn).exit_code == 2

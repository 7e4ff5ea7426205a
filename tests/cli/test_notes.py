"""`memsvc notes`: notes from a terminal."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from memsvc.cli.family import memsvc

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command line over a directory."""
    monkeypatch.setenv("MEMSVC_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("MEMSVC_EMBEDDER", "hashing")

    def invoke(*words: str) -> Result:
        return CliRunner().invoke(memsvc, ["notes", *words, "--local"])

    return invoke


def add(run: Run, content: str, *more: str) -> str:
    done = run("add", "alice", content, *more, "--json")
    assert done.exit_code == 0, done.output
    return str(json.loads(done.stdout)["id"])


def test_notes_are_written_listed_edited_linked_and_deleted(run: Run) -> None:
    one = add(run, "Allergic to peanuts", "--tag", "health", "--context", "What she eats.")
    two = add(run, "Peanuts are legumes", "--keyword", "legumes")

    listed = run("list", "alice", "--tag", "Health")
    assert listed.stdout == f"{one}  Allergic to peanuts  [health]\n"

    version = str(json.loads(run("show", "alice", one, "--json").stdout)["version"])
    edited = run("edit", "alice", one, "--version", version, "--tag", "food", "--reason", "better")
    assert edited.stdout.startswith(f"{one}  version ")
    stale = run("edit", "alice", one, "--version", version, "--tag", "else")
    assert stale.exit_code == 3

    linked = run("link", "alice", two, one, "--kind", "elaborates", "--reason", "says what")
    assert linked.stdout == f"  elaborates -> {one}  (says what)\n"
    shown = run("show", "alice", one)
    assert shown.stdout == (
        "Allergic to peanuts\n  tags: food\n  context: What she eats.\n"
        f"  elaborates <- {two}  (says what)\n"
    )
    history = run("show", "alice", one, "--versions").stdout
    assert "tags: health" in history
    assert "by local: better" in history

    assert run("delete", "alice", two).stdout == f"{two}  deleted, 1 turns with it\n"
    assert run("list", "alice").stdout == f"{one}  Allergic to peanuts  [food]\n"
    assert run("show", "alice", two).exit_code == 3

"""`memsvc experiences`: kept and asked for from a terminal."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import structlog
from click.testing import CliRunner, Result

from memsvc.cli.family import memsvc

Run = Callable[..., Result]
BOOK = ("keep", "alice", "--tool", "book", "--intent", "Book a table.", "--call")


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    monkeypatch.setenv("MEMSVC_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("MEMSVC_EMBEDDER", "hashing")
    yield lambda *words: CliRunner().invoke(memsvc, ["experiences", *words, "--local"])
    structlog.reset_defaults()


def test_what_was_tried_is_told_with_what_worked_first(run: Run) -> None:
    attempt = (*BOOK, "book('Friday')", "--outcome", "failure", "--error", "no date")
    failed, again = run(*attempt), run(*attempt)
    assert failed.exit_code == again.exit_code == 0, failed.stderr
    assert failed.stdout.endswith(" in alice/tools\n")
    run(*BOOK, "book('2026-05-01')", "--outcome", "success")

    told = run("recall", "alice", "Book a table")

    assert told.stdout.splitlines() == [
        "success  book  Book a table.",
        "    call: book('2026-05-01')",
        "failure  book  Book a table., 2 times",
        "    call: book('Friday')",
        "    error: no date",
    ]
    as_json = json.loads(run("recall", "alice", "Book a table", "--json").stdout)
    assert [len(one["turns"]) for one in as_json["experiences"]] == [1, 2]
    assert run("recall", "alice", "Book", "--tool", "none").stdout == "nothing tried yet\n"

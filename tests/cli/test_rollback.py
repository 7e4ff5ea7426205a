"""`memsvc rollback`, `memsvc runs` and `memsvc digest`, from a terminal."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from time import monotonic, sleep

import pytest
import structlog
from click.testing import CliRunner, Result

from memsvc.cli.family import USAGE, memsvc
from memsvc.local import open as memsvc_open

Run = Callable[..., Result]
PATIENCE_S = 30.0


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    """Run a command over a directory with a space of a note, which was edited since position 5."""
    monkeypatch.setenv("MEMSVC_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("MEMSVC_EMBEDDER", "hashing")
    with memsvc_open(tmp_path / "data") as client:
        space = client.space("sea")
        note = space.notes.create("We sailed to Lisbon.", tags=["sea"])
        space.notes.edit(note.id, version=note.version, tags=["land"])

    def invoke(command: str, *words: str) -> Result:
        return CliRunner().invoke(memsvc, [command, "sea", *words, "--local"])

    yield invoke
    structlog.reset_defaults()


def test_what_would_change_is_seen_first_and_then_changes_and_comes_back(run: Run) -> None:
    before = run("digest").stdout.splitlines()
    (position,) = {line.rpartition(" ")[2] for line in before if line.startswith("all")}
    to = str(int(position) - 1)
    seen, sum_up = run("rollback", "--to", to, "--dry-run").stdout.splitlines()
    assert seen.startswith("revised   note      n_")
    assert sum_up == "would change 1; nothing has changed"
    assert run("digest").stdout.splitlines() == before

    done = run("rollback", "--to", to, "--reason", "by mistake").stdout
    assert f"changed 1; `--to {position}` undoes it" in done
    then = json.loads(run("digest", "--as-of", to, "--json").stdout)
    now = json.loads(run("digest", "--json").stdout)
    assert now["digest"] == then["digest"]
    assert run("rollback", "--to", to).stdout == "changed nothing\n"
    assert "changed 1;" in run("rollback", "--to", position).stdout
    assert run("digest").stdout.splitlines()[:-1] == before[:-1]


def test_saying_nothing_is_refused(run: Run) -> None:
    refused = run("rollback")
    assert (refused.exit_code, refused.stderr.count("\n")) == (USAGE, 1)


def test_a_run_that_is_not_there_is_told(run: Run) -> None:
    refused = run("rollback", "--run", "u_none")
    assert refused.exit_code == 3
    assert "'u_none'" in refused.stderr


def test_runs_are_listed_and_taken_back_by_their_ids(run: Run, tmp_path: Path) -> None:
    assert run("runs").stdout == "no run of enrichment has changed anything\n"
    with memsvc_open(tmp_path / "data") as client:
        space = client.space("sea")
        space.configure(version=space.info().version, notes={"least_tokens": 1})
        for day in (1, 2):
            at = f"2026-01-0{day}T09:00:00Z"
            space.write("log", [{"content": f"We sailed to Lisbon on day {day}.", "at": at}])
        until = monotonic() + PATIENCE_S
        while not list(space.runs()) and monotonic() < until:
            sleep(0.05)

    first, maker = run("runs").stdout.splitlines()
    assert " UTC  notes  note: " in first
    assert maker.strip() == json.loads(run("runs", "--json").stdout)[0]["maker"]
    name = first.split()[0]
    assert "retired   note" in run("rollback", "--run", name).stdout

    after, _ = run("runs", "--last", "1").stdout.splitlines()
    assert "rolled back at position" in after

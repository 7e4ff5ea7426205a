"""`memsvc move`: a store goes to PostgreSQL and back and answers as before; so do backups."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import structlog
from click.testing import CliRunner, Result

import memsvc
from memsvc.cli.family import memsvc as family

pytestmark = pytest.mark.postgres

Run = Callable[..., Result]
QUESTION = "Where did we see herons?"


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    monkeypatch.setenv("MEMSVC_EMBEDDER", "hashing")
    monkeypatch.delenv("MEMSVC_KEY", raising=False)

    def invoke(*words: object, database: str = "") -> Result:
        monkeypatch.setenv("MEMSVC_DATABASE", database)
        return CliRunner().invoke(family, [str(word) for word in words])

    yield invoke
    structlog.reset_defaults()


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data directory with a conversation, a note, and a turn that was deleted."""
    folder = tmp_path / "data"
    with memsvc.open(folder, embedder="hashing") as client:
        space = client.space("alice")
        said = ["We saw herons in Oslo.", "Then owls in Lima.", "This goes."]
        written = space.write("chat", [{"content": text, "metadata": {"n": 1}} for text in said])
        space.notes.create("Herons wade.", tags=["bird"])
        space.delete_turn(written.turns[-1].id)
    return folder


def told(folder: Path, database: str = "") -> tuple[str, list[str]]:
    """Return the digest of the space, and what a recall answers."""
    with memsvc.open(folder, embedder="hashing", database=database) as client:
        space = client.space("alice")
        hits = space.recall(QUESTION, filters={"metadata": {"n": 1.0}}).hits
        return space.digest().digest, [hit.id for hit in hits]


def test_a_store_answers_the_same_there_and_back(
    run: Run, data: Path, database_url: str, tmp_path: Path
) -> None:
    before = told(data)
    there = run("move", data, database_url)
    assert there.exit_code == 0, there.output
    assert "the digests of all tables are the same" in there.stdout
    assert told(tmp_path / "beside", database_url) == before

    back = run("move", database_url, tmp_path / "back", "--json")
    assert back.exit_code == 0, back.output
    assert told(tmp_path / "back") == before
    assert (tmp_path / "back" / "admin.key").stat().st_mode & 0o777 == 0o600


def test_what_holds_something_is_not_moved_over(
    run: Run, data: Path, database_url: str, tmp_path: Path
) -> None:
    assert run("move", data, database_url).exit_code == 0
    again = run("move", data, database_url)
    assert again.exit_code == 3
    assert "is not empty" in again.stderr
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "letter.txt").write_text("Dear Ann")
    assert "holds letter.txt" in run("move", database_url, tmp_path / "full").stderr


def test_what_is_not_there_or_is_open_is_not_moved(
    run: Run, data: Path, database_url: str, tmp_path: Path
) -> None:
    assert "holds no database" in run("move", tmp_path / "nothing", database_url).stderr
    with memsvc.open(tmp_path / "beside", embedder="hashing", database=database_url):
        assert "has this database open" in run("move", data, database_url).stderr
    with memsvc.open(data, embedder="hashing"):
        assert "Another memsvc has" in run("move", data, database_url).stderr


def test_a_backup_of_either_is_restored_to_either(
    run: Run, data: Path, database_url: str, tmp_path: Path
) -> None:
    before = told(data)
    of_file, of_server = tmp_path / "file.tar", tmp_path / "server.tar"
    assert run("backup", of_file, "--data", data).exit_code == 0

    beside = tmp_path / "beside"
    restored = run("restore", of_file, "--data", beside, database=database_url)
    assert restored.exit_code == 0, restored.output
    assert told(beside, database_url) == before
    refused = run("restore", of_file, "--data", beside, database=database_url)
    assert refused.exit_code == 3
    replaced = run("restore", of_file, "--data", beside, "--replace", database=database_url)
    assert replaced.exit_code == 0, replaced.output

    taken = run("backup", of_server, "--data", beside, database=database_url)
    assert taken.exit_code == 0, taken.output
    assert run("restore", of_server, "--data", tmp_path / "again").exit_code == 0
    assert told(tmp_path / "again") == before


def test_the_doctor_looks_into_the_database(run: Run, data: Path, database_url: str) -> None:
    assert run("move", data, database_url).exit_code == 0
    found = run("doctor", "--data", data, database=database_url)
    assert "ledger of alice" in found.stdout
    assert "WRONG" not in found.stdout.replace("WRONG  model", "")
    migrated = run("migrate", "--data", data, database=database_url)
    assert "already" in migrated.stdout

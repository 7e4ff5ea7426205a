"""`memsvc backup` and `restore`: a directory goes into a file and comes out as it was."""

import json
import os
import sqlite3
import stat
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
import structlog
from click.testing import CliRunner, Result

import memsvc
from memsvc.cli.family import memsvc as family
from memsvc.domain.errors import KeyRequired
from memsvc.sdk.client import Client
from memsvc.spawned import free_port, spawned
from store.directory import held

Run = Callable[..., Result]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data directory with one turn."""
    folder = tmp_path / "data"
    with memsvc.open(folder, embedder="hashing") as client:
        client.space("alice").write("chat", [{"content": "tea"}])
    return folder


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    monkeypatch.setenv("MEMSVC_EMBEDDER", "hashing")
    monkeypatch.delenv("MEMSVC_KEY", raising=False)

    def invoke(*words: object) -> Result:
        return CliRunner().invoke(family, [str(word) for word in words])

    yield invoke
    structlog.reset_defaults()


@pytest.fixture
def backup(run: Run, data: Path, tmp_path: Path) -> Path:
    file = tmp_path / "backup.tar"
    assert run("backup", file, "--data", data).exit_code == 0
    return file


def test_a_restored_directory_passes_the_doctor_and_holds_what_was_written(
    run: Run, backup: Path, tmp_path: Path
) -> None:
    there = tmp_path / "there"

    restored = run("restore", backup, "--data", there)

    assert restored.stdout.startswith("restored 1 turns in 1 spaces")
    assert run("doctor", "--data", there).exit_code == 0
    with memsvc.open(there, embedder="hashing") as client:
        assert [turn.content for turn in client.space("alice").turns()] == ["tea"]


def test_a_backup_and_what_is_made_of_it_are_their_owners_alone(
    run: Run, backup: Path, tmp_path: Path
) -> None:
    run("restore", backup, "--data", tmp_path / "there")

    for path in (backup, *(tmp_path / "there").iterdir()):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path


def test_a_folder_gets_a_file_with_the_time_in_its_name(
    run: Run, data: Path, tmp_path: Path
) -> None:
    (tmp_path / "backups").mkdir()

    told = json.loads(run("backup", tmp_path / "backups", "--data", data, "--json").stdout)

    assert [str(file) for file in (tmp_path / "backups").iterdir()] == [told["file"]]


def test_what_is_there_is_not_overwritten_unless_it_is_said(
    run: Run, data: Path, backup: Path
) -> None:
    with memsvc.open(data, embedder="hashing") as client:
        client.space("alice").write("chat", [{"content": "coffee"}])

    refused = run("restore", backup, "--data", data)
    with memsvc.open(data, embedder="hashing") as client:
        assert client.space("alice").info().turns == 2
    replaced = run("restore", backup, "--data", data, "--replace")

    assert (refused.exit_code, replaced.exit_code) == (3, 0)
    assert "--replace" in refused.stderr
    with memsvc.open(data, embedder="hashing") as client:
        assert client.space("alice").info().turns == 1


def test_a_key_file_that_opens_the_backup_stays_and_any_other_is_made_anew(
    run: Run, data: Path, backup: Path, tmp_path: Path
) -> None:
    before = (data / "admin.key").read_text()

    kept = json.loads(run("restore", backup, "--data", data, "--replace", "--json").stdout)
    made = json.loads(run("restore", backup, "--data", tmp_path / "new", "--json").stdout)

    assert (kept["has_new_key"], made["has_new_key"]) == (False, True)
    assert (data / "admin.key").read_text() == before
    assert (tmp_path / "new" / "admin.key").read_text() != before


@pytest.mark.parametrize("damage", ["cut", "ledger", "revision", "terms"])
def test_a_backup_that_is_not_whole_changes_nothing(
    run: Run, data: Path, tmp_path: Path, damage: str
) -> None:
    statement = {
        "ledger": "UPDATE turns SET content = 'forged'",
        "revision": "UPDATE alembic_version SET version_num = '9999'",
        "terms": "DELETE FROM terms",
        "cut": "SELECT 1",
    }[damage]
    with closing(sqlite3.connect(data / "memsvc.db")) as connection, connection:
        connection.execute(statement)
    file = tmp_path / "bad.tar"
    run("backup", file, "--data", data)
    if damage == "cut":
        os.truncate(file, file.stat().st_size - 20_000)

    refused = run("restore", file, "--data", tmp_path / "there")

    assert (refused.exit_code, refused.stderr.count("\n")) == (5, 1), refused.output
    assert [path.name for path in (tmp_path / "there").iterdir()] == ["memsvc.lock"]


def test_a_directory_in_use_is_neither_copied_nor_replaced(
    run: Run, data: Path, backup: Path, tmp_path: Path
) -> None:
    with held(data):
        assert run("backup", tmp_path / "x.tar", "--data", data).exit_code == 5
        assert run("restore", backup, "--data", data, "--replace").exit_code == 5
    assert not (tmp_path / "x.tar").exists()


def test_a_directory_without_a_database_has_nothing_to_back_up(run: Run, tmp_path: Path) -> None:
    assert run("backup", tmp_path / "x.tar", "--data", tmp_path / "empty").exit_code == 5
    assert not (tmp_path / "empty").exists()


def test_a_running_service_is_backed_up_over_http(
    run: Run, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, there = tmp_path / "live.tar", tmp_path / "there"
    with spawned(data, port=free_port()) as service:
        monkeypatch.setenv("MEMSVC_URL", service.address)
        monkeypatch.setenv("MEMSVC_DATA", str(data))
        service.client.space("alice").write("chat", [{"content": "coffee"}])
        writer = service.client.keys.create("bot", role="writer", spaces=["alice"]).secret

        assert run("backup", file).exit_code == 0
        service.client.space("alice").write("chat", [{"content": "too late"}])
        monkeypatch.setenv("MEMSVC_KEY", writer)
        assert run("backup", tmp_path / "refused.tar").exit_code == 3

    assert run("restore", file, "--data", there).exit_code == 0
    with spawned(there, port=free_port()) as service:
        turns = [turn.content for turn in service.client.space("alice").turns()]
        assert turns == ["tea", "coffee"]
        with Client(service.address, writer) as bot:
            assert bot.space("alice").info().turns == 2, "keys of the backup go on working"
        with Client(service.address, "msk_wrong") as nobody, pytest.raises(KeyRequired):
            nobody.space("alice").info()
    assert not (tmp_path / "refused.tar").exists()

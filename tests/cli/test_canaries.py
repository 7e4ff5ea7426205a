"""`memsvc canaries`, and what `memsvc doctor` sees of them."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import structlog
from click.testing import CliRunner, Result

from memsvc.cli.family import memsvc
from memsvc.local import open as memsvc_open
from memsvc.sdk.wire import NewTurn
from store.directory import DATABASE, SNAPSHOTS


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("MEMSVC_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("MEMSVC_EMBEDDER", "hashing")
    yield tmp_path / "data"
    structlog.reset_defaults()


def run(*words: str) -> Result:
    return CliRunner().invoke(memsvc, [*words])


def planted(count: int = 2) -> list[dict[str, Any]]:
    done = run("canaries", "plant", "alice", "--count", str(count), "--local", "--json")
    assert done.exit_code == 0, done.stderr
    found: list[dict[str, Any]] = json.loads(done.stdout)["canaries"]
    return found


def findings() -> dict[str, tuple[bool, str]]:
    done = run("doctor", "--json")
    found = {one["check"]: (one["ok"], one["detail"]) for one in json.loads(done.stdout)}
    assert (done.exit_code == 0) == all(ok for ok, _ in found.values())
    return {check: told for check, told in found.items() if check.startswith("canar")}


def smuggle(folder: Path, words: str, space: str = "bob") -> None:
    """Put words into a turn of a space behind the service's back."""
    with memsvc_open(folder) as client:
        client.space(space).write("chat", [NewTurn(content="Tea at four.")])
    statement = "UPDATE terms SET terms = ? WHERE space = (SELECT key FROM spaces WHERE name = ?)"
    with closing(sqlite3.connect(folder / DATABASE)) as connection, connection:
        assert connection.execute(statement, (words, space)).rowcount == 1


def test_canaries_are_planted_listed_and_looked_for(folder: Path) -> None:
    one, other = planted()

    listed = run("canaries", "list", "alice", "--local").stdout.splitlines()
    checked = run("canaries", "check", "alice", "--local")

    assert listed == [f"{each['id']}  {each['turn']}  {each['token']}" for each in (one, other)]
    assert (checked.exit_code, checked.stdout) == (0, "2 looked for, 0 of them gone\n")


def test_a_deleted_space_leaves_no_canary_and_the_doctor_says_so(folder: Path) -> None:
    planted(3)
    with memsvc_open(folder) as client:
        client.space("bob").write("chat", [NewTurn(content="Tea at four.")])
        client.space("alice").delete()

    assert findings() == {
        "canaries": (
            True,
            "3 looked for in rows, index copies and memsvc.db's bytes, 3 of them gone",
        )
    }


def test_a_canary_that_was_smuggled_into_another_space_is_found(folder: Path) -> None:
    one, _ = planted()
    smuggle(folder, f"tea {one['token']}")

    found = findings()
    checked = run("canaries", "check", "alice", "--local")

    assert found["canaries"][0] is False
    assert found[f"canary {one['id']}"] == (False, "planted in alice, is in terms of bob")
    assert len(found) == 2
    assert checked.exit_code == 1
    assert f"{one['id']} is in terms of bob" in checked.stdout


def test_what_outlives_a_deleted_space_is_found_in_rows_and_bytes(folder: Path) -> None:
    (one,) = planted(1)
    smuggle(folder, one["token"])
    with memsvc_open(folder) as client:
        client.space("alice").delete()

    with closing(sqlite3.connect(folder / DATABASE)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    done = run("doctor")

    where = [line for line in done.stdout.splitlines() if f"canary {one['id']}" in line]
    told = "planted in alice and gone, is in"
    assert where == [
        f"WRONG  canary {one['id']}: {told} terms of bob",
        f"WRONG  canary {one['id']}: {told} {DATABASE}",
    ]


def test_an_index_copy_that_holds_a_strange_canary_is_found(folder: Path) -> None:
    (one,) = planted(1)
    copies = folder / SNAPSHOTS
    copies.mkdir(exist_ok=True)
    (copies / "99.indexes").write_bytes(b"\0" * 9 + one["token"].encode())

    found = findings()

    assert found[f"canary {one['id']}"] == (False, "planted in alice, is in 99.indexes")


def test_without_canaries_the_doctor_says_nothing_of_them(folder: Path) -> None:
    with memsvc_open(folder) as client:
        client.space("bob").write("chat", [NewTurn(content="Tea at four.")])

    assert findings() == {}

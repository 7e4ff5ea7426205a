"""`memsvc.open`: the same client, in process."""

import subprocess
import sys
from pathlib import Path

import pytest

import memsvc
from memsvc.domain.errors import DataDirectoryInUse, InvalidField, TurnNotFound


def test_it_writes_and_recalls_without_a_server_or_a_key(tmp_path: Path) -> None:
    with memsvc.open(tmp_path, embedder="hashing") as client:
        space = client.space("alice")
        space.write("chat", [{"content": "I moved to Lisbon in May."}])

        assert "Lisbon" in space.recall("Where does she live? Lisbon?").context


def test_what_was_written_is_there_when_it_is_opened_again(tmp_path: Path) -> None:
    with memsvc.open(tmp_path, embedder="hashing") as client:
        client.space("alice").write("chat", [{"content": "tea"}])

    with memsvc.open(tmp_path, embedder="hashing") as client:
        assert client.space("alice").info().turns == 1


def test_a_directory_that_is_open_cannot_be_opened_again(tmp_path: Path) -> None:
    with (
        memsvc.open(tmp_path, embedder="hashing"),
        pytest.raises(DataDirectoryInUse, match="another directory"),
    ):
        memsvc.open(tmp_path, embedder="hashing")


def test_errors_are_those_of_the_tree(tmp_path: Path) -> None:
    with memsvc.open(tmp_path, embedder="hashing") as client:
        client.space("alice").make()

        with pytest.raises(TurnNotFound):
            client.space("alice").turn("t_none")
        with pytest.raises(InvalidField):
            client.space("-alice").make()


def test_closing_twice_does_nothing(tmp_path: Path) -> None:
    client = memsvc.open(tmp_path, embedder="hashing")

    client.close()
    client.close()

    with memsvc.open(tmp_path, embedder="hashing") as again:
        assert again.ready().ready


@pytest.mark.sqlite
def test_a_program_that_forgets_to_close_still_ends_and_keeps_what_it_wrote(
    tmp_path: Path,
) -> None:
    program = (
        "import memsvc, sys\n"
        "client = memsvc.open(sys.argv[1], embedder='hashing')\n"
        "client.space('alice').write('chat', [{'content': 'tea'}])\n"
    )

    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)],
        check=False,
        timeout=60,
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[2],
    )

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    with memsvc.open(tmp_path, embedder="hashing") as client:
        assert client.space("alice").info().turns == 1

"""The data directory: one process at a time, and what is secret in it stays its owner's."""

import stat
import subprocess
import sys
from pathlib import Path

import pytest

from memsvc.domain.errors import DataDirectoryInUse, DataDirectoryUnusable
from store.directory import DATABASE, KEY_FILE, held, write_key_file
from tests.worlds import open_world

TAKE_IT = """
import sys
from pathlib import Path
from memsvc.domain.errors import DataDirectoryInUse
from store.directory import held
try:
    with held(Path(sys.argv[1])):
        print("held")
except DataDirectoryInUse as error:
    print(error.code)
"""


def other_process(folder: Path) -> str:
    done = subprocess.run(
        [sys.executable, "-c", TAKE_IT, str(folder)], capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_directory_is_made_for_its_owner_alone(tmp_path: Path) -> None:
    with held(tmp_path / "deep" / "data") as database:
        assert database == tmp_path / "deep" / "data" / DATABASE
    assert mode(tmp_path / "deep" / "data") == 0o700


def test_a_second_process_is_told_that_the_directory_is_in_use(tmp_path: Path) -> None:
    with held(tmp_path):
        assert other_process(tmp_path) == DataDirectoryInUse.code
    assert other_process(tmp_path) == "held"


def test_a_second_opening_in_the_same_process_is_refused_too(tmp_path: Path) -> None:
    with (
        held(tmp_path),
        pytest.raises(DataDirectoryInUse, match=str(tmp_path)),
        held(tmp_path),
    ):
        pass


def test_an_error_inside_gives_the_directory_back(tmp_path: Path) -> None:
    with pytest.raises(KeyError), held(tmp_path):
        raise KeyError
    with held(tmp_path):
        pass


def test_a_file_in_the_directorys_place_makes_it_unusable(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("in the way")
    with pytest.raises(DataDirectoryUnusable, match="MEMSVC_DATA"), held(tmp_path / "data"):
        pass


def test_a_path_through_a_file_is_unusable(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(DataDirectoryUnusable), held(tmp_path / "file" / "data"):
        pass


def test_a_folder_in_the_lock_files_place_makes_it_unusable(tmp_path: Path) -> None:
    (tmp_path / "memsvc.lock").mkdir()
    with pytest.raises(DataDirectoryUnusable), held(tmp_path):
        pass


@pytest.mark.sqlite
def test_a_folder_in_the_databases_place_makes_it_unusable(tmp_path: Path) -> None:
    (tmp_path / DATABASE).mkdir()
    with pytest.raises(DataDirectoryUnusable), open_world(tmp_path):
        pass


def test_the_key_file_is_its_owners_alone_and_holds_the_key(tmp_path: Path) -> None:
    path = write_key_file(tmp_path, "msk_secret")
    assert path == tmp_path / KEY_FILE
    assert mode(path) == 0o600
    assert path.read_text() == "msk_secret\n"


def test_a_key_file_that_others_could_read_is_closed_to_them(tmp_path: Path) -> None:
    (tmp_path / KEY_FILE).write_text("an older and much longer secret than the new one")
    (tmp_path / KEY_FILE).chmod(0o644)
    path = write_key_file(tmp_path, "msk_secret")
    assert mode(path) == 0o600
    assert path.read_text() == "msk_secret\n"


def test_the_first_start_leaves_a_key_that_opens_everything_and_later_ones_leave_it(
    tmp_path: Path,
) -> None:
    with open_world(tmp_path) as world:
        secret = (tmp_path / KEY_FILE).read_text().strip()
        assert world.service.admit(secret).sees_all
    with open_world(tmp_path) as world:
        assert (tmp_path / KEY_FILE).read_text().strip() == secret
        assert world.service.admit(secret).sees_all

"""The world that most tests of use cases happen in."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from memsvc.world import CountingIds
from tests.postgres import lent
from tests.worlds import World, open_world


@pytest.fixture(scope="session")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder after its first start. To migrate takes longer than most tests."""
    folder = tmp_path_factory.mktemp("founded")
    with open_world(folder):
        return folder


@pytest.fixture
def world(request: pytest.FixtureRequest, tmp_path: Path, founded: Path) -> Iterator[World]:
    """An empty service over `tmp_path`; of a test `on_either`, over PostgreSQL as well."""
    if getattr(request, "param", "file") != "file":
        with lent(request, request.param) as url, open_world(tmp_path, database=url) as opened:
            yield opened
        return
    shutil.copytree(founded, tmp_path, dirs_exist_ok=True)
    ids = CountingIds()
    for _ in range(2):  # the first admin key has the first secret and the second id
        ids.new("taken")
    with open_world(tmp_path, ids=ids) as opened:
        yield opened

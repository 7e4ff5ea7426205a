"""What is shipped: one wheel of four packages, whose SDK needs httpx and pydantic alone."""

import os
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = ("memsvc", "store", "graph", "retrieval", "alembic")

BARE = """
import sys

FORBIDDEN = {"numpy", "sqlalchemy", "alembic", "fastapi", "faiss", "click", "structlog", "torch",
             "onnxruntime", "pydantic_settings", "networkx", "prometheus_client"}


class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in FORBIDDEN:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


sys.meta_path.insert(0, Absent())
sys.path[:0] = sys.argv[1:]
import memsvc

assert memsvc.__file__.startswith(sys.argv[1]), memsvc.__file__
from memsvc import Client, MemsvcError, Space

client = Client("http://127.0.0.1:9", key="msk_none")
print(type(client).__module__, issubclass(MemsvcError, Exception), Space.__name__)
client.close()
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build without a network: the build backend is one of the development tools."""
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, ROOT],
        check=True,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
    )
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def names(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as opened:
        return set(opened.namelist())


def test_every_source_file_is_in_the_wheel(names: set[str]) -> None:
    ours = {
        str(path.relative_to(ROOT)).replace("alembic/", "store/migrations/", 1)
        for folder in SOURCES
        for path in (ROOT / folder).rglob("*.py")
    }
    assert ours - names == set()


def test_every_file_of_the_admin_page_is_in_the_wheel(names: set[str]) -> None:
    page = ROOT / "memsvc/server/admin/page"
    ours = {str(path.relative_to(ROOT)) for path in page.rglob("*") if path.is_file()}
    assert "memsvc/server/admin/page/index.html" in ours
    assert ours - names == set()


def test_the_wheel_says_that_it_is_typed_and_brings_its_migrations_and_licence(
    names: set[str],
) -> None:
    assert "memsvc/py.typed" in names
    assert "store/migrations/versions/0001_first_tables.py" in names
    assert {"store/migrations/env.py", "store/migrations/script.py.mako"} <= names
    assert any(name.endswith("licenses/LICENSE") for name in names)


def test_the_wheel_holds_nothing_but_the_four_packages(names: set[str]) -> None:
    tops = {name.split("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {
        "memsvc",
        "store",
        "graph",
        "retrieval",
    }
    assert not [name for name in names if name.endswith((".pyc", ".db"))]


def test_the_sdk_comes_out_of_the_wheel_with_httpx_and_pydantic_alone(
    wheel: Path, tmp_path: Path
) -> None:
    """-I keeps the checkout and the environment out, -S the site hooks of the environment."""
    with zipfile.ZipFile(wheel) as opened:
        opened.extractall(tmp_path)
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", BARE, tmp_path, sysconfig.get_path("purelib")],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
    )
    assert done.stdout.split() == ["memsvc.sdk.client", "True", "Space"], done.stderr

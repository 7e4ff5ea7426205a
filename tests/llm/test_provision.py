"""Finding a model and making it ready."""

import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from memsvc.domain.errors import ModelMissing
from memsvc.llm.embed_onnx import open_onnx
from memsvc.llm.exported import CARD_FILE
from memsvc.llm.provision import prepare, resolve, short_name, slug
from tests.llm.tiny import tiny_model
from tests.models import onnx_folder

pytestmark = pytest.mark.model


@pytest.fixture
def tiny_folder(tmp_path: Path) -> Path:
    """Return the folder of a small sentence-transformers model."""
    folder = tmp_path / "tiny"
    tiny_model().save(str(folder))
    return folder


def test_a_ready_folder_is_used_as_it_is(tmp_path: Path) -> None:
    assert prepare(str(onnx_folder()), tmp_path) == onnx_folder()
    assert list(tmp_path.iterdir()) == []


def test_an_export_is_found_again(tmp_path: Path) -> None:
    shutil.copytree(onnx_folder(), tmp_path / "all-MiniLM-L6-v2")

    assert prepare("sentence-transformers/all-MiniLM-L6-v2", tmp_path) == (
        tmp_path / "all-MiniLM-L6-v2"
    )


def test_the_default_model_comes_from_the_installed_package() -> None:
    folder = resolve("all-MiniLM-L6-v2")

    assert isinstance(folder, Path)
    assert (folder / "modules.json").is_file()


def test_a_name_that_is_nowhere_here_is_left_to_the_hub() -> None:
    assert resolve("some-organisation/some-model") == "some-organisation/some-model"
    assert resolve("some-model") == "sentence-transformers/some-model"


def test_a_path_to_nothing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelMissing, match="There is no folder"):
        resolve(str(tmp_path / "nothing"))


def test_a_folder_without_a_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelMissing, match="holds neither"):
        resolve(str(tmp_path))


@pytest.mark.parametrize(
    ("name", "short"),
    [("all-MiniLM-L6-v2", "all-MiniLM-L6-v2"), ("BAAI/bge-small-en", "bge-small-en")],
)
def test_a_fingerprint_carries_the_last_part_of_a_name(name: str, short: str) -> None:
    assert short_name(name) == short


def test_a_model_trained_anew_in_its_place_gets_another_export(tmp_path: Path) -> None:
    weights = tmp_path / "model.safetensors"
    weights.write_bytes(b"before")
    before = slug(str(tmp_path))
    weights.write_bytes(b"afterwards")

    assert slug(str(tmp_path)) != before


def test_two_that_prepare_one_model_at_once_get_the_same_ready_folder(
    tiny_folder: Path, tmp_path: Path
) -> None:
    models = tmp_path / "models"

    with ThreadPoolExecutor(2) as threads:
        first, second = threads.map(prepare, [str(tiny_folder)] * 2, [models] * 2)

    assert first == second
    assert [folder.name for folder in models.iterdir()] == [first.name]
    assert open_onnx(first).embed(["hello"]).shape == (1, 16)


def test_an_unfinished_folder_makes_room(tiny_folder: Path, tmp_path: Path) -> None:
    folder = tmp_path / slug(str(tiny_folder))
    folder.mkdir()
    (folder / CARD_FILE).write_text("left behind", encoding="utf-8")

    assert open_onnx(prepare(str(tiny_folder), tmp_path)).max_tokens == 32


def test_an_export_that_fails_says_why_and_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "broken").mkdir()

    with pytest.raises(ModelMissing, match=r"holds neither.*pip install 'memsvc\[models\]'"):
        prepare(str(tmp_path / "broken"), tmp_path / "models")


def test_without_sentence_transformers_the_reader_is_told_to_install_it(tmp_path: Path) -> None:
    program = (
        "import sys; sys.modules['sentence_transformers'] = None\n"
        "from pathlib import Path\n"
        "from memsvc.domain.errors import ModelMissing\n"
        "from memsvc.llm.provision import prepare\n"
        "try: prepare('all-MiniLM-L6-v2', Path(sys.argv[1]))\n"
        "except ModelMissing as missing: print(missing.detail)"
    )

    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)], capture_output=True, text=True, check=True
    )

    assert "is not installed. Install what loads models with `pip install" in done.stdout


def test_a_model_in_the_hubs_cache_is_found_there(tmp_path: Path) -> None:
    """In a process of its own, because the cache's place is read once, at import."""
    cached = tmp_path / "hub" / "models--some--model"
    snapshot = cached / "snapshots" / "abc123"
    tiny_model().save(str(snapshot))
    (cached / "refs").mkdir()
    (cached / "refs" / "main").write_text("abc123", encoding="utf-8")
    program = "from memsvc.llm.provision import resolve; print(resolve('some/model'))"

    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"HF_HOME": str(tmp_path), "HF_HUB_CACHE": str(tmp_path / "hub")},
    )

    assert done.stdout.strip() == str(snapshot)

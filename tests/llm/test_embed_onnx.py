"""Opening an exported folder, and what the reader is told when it cannot be opened."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from memsvc.domain.errors import ModelMissing, ModelUnavailable
from memsvc.llm.embed_onnx import OnnxEmbedder, open_onnx
from memsvc.llm.exported import CARD_FILE, GRAPH_FILE, TOKENIZER_FILE, Card, is_ready, write_card
from tests.models import onnx_embedder, onnx_folder

pytestmark = pytest.mark.model


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a copy of the exported model that a test may spoil."""
    return Path(shutil.copytree(onnx_folder(), tmp_path / "model"))


def test_an_embedder_runs_without_torch() -> None:
    program = (
        "import sys; from pathlib import Path; from memsvc.llm.embed_onnx import open_onnx;"
        "embedder = open_onnx(Path(sys.argv[1]));"
        "print(embedder.embed(['hello']).shape, len(embedder.tokens('hello')),"
        "{'torch', 'transformers', 'sentence_transformers'} & set(sys.modules))"
    )

    done = subprocess.run(
        [sys.executable, "-c", program, str(onnx_folder())],
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout.strip() == "(1, 384) 1 set()"


def test_importing_the_module_imports_no_model_library() -> None:
    program = (
        "import sys, memsvc.llm.embed_onnx, memsvc.llm.embed_st, memsvc.llm.provision;"
        "print({'torch', 'onnxruntime', 'tokenizers', 'sentence_transformers'} & set(sys.modules))"
    )

    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )

    assert done.stdout.strip() == "set()"


@pytest.mark.parametrize("file", [GRAPH_FILE, TOKENIZER_FILE, CARD_FILE])
def test_a_folder_without_one_of_its_files_is_not_ready(folder: Path, file: str) -> None:
    (folder / file).unlink()

    assert not is_ready(folder)
    with pytest.raises(ModelMissing, match="MEMSVC_EMBEDDER"):
        open_onnx(folder)


@pytest.mark.parametrize("file", [GRAPH_FILE, TOKENIZER_FILE])
def test_a_file_that_changed_is_refused(folder: Path, file: str) -> None:
    with (folder / file).open("ab") as stream:
        stream.write(b" ")

    with pytest.raises(ModelMissing, match=f"{file} is not the file"):
        open_onnx(folder)


@pytest.mark.parametrize("card", ["", "{}", json.dumps({"name": "x", "dimension": "many"})])
def test_a_card_that_cannot_be_read_is_refused(folder: Path, card: str) -> None:
    (folder / CARD_FILE).write_text(card, encoding="utf-8")

    with pytest.raises(ModelMissing, match=f"{CARD_FILE} cannot be read"):
        open_onnx(folder)


def test_a_graph_that_is_none_is_refused(folder: Path) -> None:
    (folder / GRAPH_FILE).write_bytes(b"no graph")
    write_card(folder, "x", dimension=384, max_tokens=256, weights="0" * 64)

    with pytest.raises(ModelMissing, match="export it anew"):
        open_onnx(folder)


class TiredSession:
    """A session that has no memory left."""

    def run(self, *_: Any) -> Any:
        raise MemoryError("no more")


def test_a_run_that_fails_says_that_it_may_be_tried_again(folder: Path) -> None:
    whole = onnx_embedder()
    tired = OnnxEmbedder(
        TiredSession(),
        Card("x", "fp32", 384, 256, "0" * 64, {}),
        cutter=whole._cutter,
        measurer=whole._measurer,
        pad_id=0,
        failures=(),
    )

    with pytest.raises(ModelUnavailable, match="try again"):
        tired.embed(["hello"])

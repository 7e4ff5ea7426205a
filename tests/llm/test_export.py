"""Exporting: what is written says what the reference says, or nothing is written."""

from pathlib import Path

import numpy as np
import pytest
import torch

from memsvc.domain.errors import ModelMissing, ModelUnavailable
from memsvc.llm.embed_onnx import open_onnx
from memsvc.llm.embed_st import embedder_of, export_onnx, load, weights_of
from memsvc.llm.export import main
from tests.llm.tiny import tiny_model

pytestmark = pytest.mark.model

TEXTS = ("hello", "one more word , alice ?", "cats " * 100, "")


@pytest.mark.parametrize("pooling", ["mean", "cls", "max"])
def test_an_export_pools_as_the_model_says(tmp_path: Path, pooling: str) -> None:
    model = tiny_model(pooling=pooling)

    export_onnx(model, tmp_path / "out", name="tiny")

    exported, reference = open_onnx(tmp_path / "out"), embedder_of(model, name="tiny")
    np.testing.assert_allclose(exported.embed(TEXTS), reference.embed(TEXTS), atol=1e-5)
    assert exported.fingerprint == reference.fingerprint


def test_an_export_leaves_nothing_beside_its_folder(tmp_path: Path) -> None:
    export_onnx(tiny_model(), tmp_path / "out", name="tiny")

    assert [entry.name for entry in tmp_path.iterdir()] == ["out"]


def test_an_export_that_disagrees_with_the_reference_is_not_kept(tmp_path: Path) -> None:
    """A prompt that sentence-transformers adds to every text is not part of the graph."""
    model = tiny_model()
    model.prompts = {"always": "alice cats alice cats "}
    model.default_prompt_name = "always"

    with pytest.raises(ModelMissing, match="disagrees"):
        export_onnx(model, tmp_path / "out", name="tiny")

    assert list(tmp_path.iterdir()) == []


def test_an_export_gives_way_to_one_that_was_finished_before_it(tmp_path: Path) -> None:
    export_onnx(tiny_model(), tmp_path / "out", name="first")

    export_onnx(tiny_model(), tmp_path / "out", name="second")

    assert open_onnx(tmp_path / "out").fingerprint.model.startswith("first@")
    assert [entry.name for entry in tmp_path.iterdir()] == ["out"]


def test_an_export_takes_the_place_of_an_unfinished_one(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "model.onnx").write_bytes(b"half")

    export_onnx(tiny_model(), tmp_path / "out", name="tiny")

    assert open_onnx(tmp_path / "out").max_tokens == 32
    assert [entry.name for entry in tmp_path.iterdir()] == ["out"]


def test_an_export_that_may_not_be_written_fails_as_the_system_says(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")

    with pytest.raises(FileExistsError):
        export_onnx(tiny_model(), tmp_path / "file" / "out", name="tiny")


def test_a_model_whose_tokens_cannot_be_placed_is_refused(tmp_path: Path) -> None:
    model = tiny_model()
    model[0].processor = object()  # type: ignore[assignment] # one that has no tokenizer

    with pytest.raises(ModelMissing, match="no fast tokenizer"):
        export_onnx(model, tmp_path / "out", name="tiny")


def test_torch_failing_says_that_it_may_be_tried_again() -> None:
    model = tiny_model()
    embedder = embedder_of(model, name="tiny")
    for name, parameter in model.named_parameters():
        if name.endswith("query.weight"):
            parameter.data = torch.zeros(3, 3)

    with pytest.raises(ModelUnavailable, match="try again"):
        embedder.embed(["hello"])


def test_other_weights_under_the_same_name_have_another_fingerprint() -> None:
    model = tiny_model()
    before = weights_of(model)
    next(iter(model.parameters())).data[0] += 1.0

    assert weights_of(model) != before == weights_of(tiny_model())


def test_a_model_that_cannot_be_loaded_is_missing(tmp_path: Path) -> None:
    with pytest.raises(ModelMissing, match="could not be loaded"):
        load(tmp_path)


def test_the_command_makes_a_ready_folder(tmp_path: Path) -> None:
    tiny_model().save(str(tmp_path / "tiny"))

    assert main([str(tmp_path / "tiny"), str(tmp_path / "out")]) == 0
    assert open_onnx(tmp_path / "out").fingerprint.model.startswith("tiny@")


def test_the_command_says_how_it_is_used(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    assert "NAME FOLDER" in capsys.readouterr().err


def test_the_command_says_why_it_failed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path), str(tmp_path / "out")]) == 1
    assert "holds neither" in capsys.readouterr().err

"""Exporting: what is written says what the reference says, or nothing is written."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from memsvc.domain.errors import ModelMissing, ModelUnavailable
from memsvc.llm.embed_onnx import open_onnx
from memsvc.llm.embed_st import embedder_of, export_onnx, load, weights_of
from memsvc.llm.export import main
from memsvc.llm.exported import CARD_FILE, PROJECTION_FILE
from memsvc.llm.provision import prepare, renew
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


def test_an_export_tells_tokens_as_the_last_layer_does(tmp_path: Path) -> None:
    model = tiny_model()

    export_onnx(model, tmp_path / "out", name="tiny")

    exported = open_onnx(tmp_path / "out")
    found = exported.embed_with_tokens(TEXTS)
    np.testing.assert_array_equal(found.vectors, exported.embed(TEXTS))
    assert found.tokens is not None
    assert [len(own) for own in found.tokens] == [1, 6, 30, 0]
    fingerprint = exported.token_fingerprint
    assert fingerprint is not None
    assert fingerprint.model.startswith(f"{exported.fingerprint.model}+")
    assert (fingerprint.precision, fingerprint.dimension) == ("int8", found.tokens[0].shape[1])


def test_what_an_export_learns_is_the_same_every_time(tmp_path: Path) -> None:
    for name in ("one", "two"):
        export_onnx(tiny_model(), tmp_path / name, name="tiny")

    one, two = (open_onnx(tmp_path / name).token_fingerprint for name in ("one", "two"))
    assert one == two


def test_tokens_may_be_switched_off(tmp_path: Path) -> None:
    export_onnx(tiny_model(), tmp_path / "out", name="tiny")

    embedder = open_onnx(tmp_path / "out", tokens=False)

    assert embedder.token_fingerprint is None
    assert embedder.embed_with_tokens(TEXTS).tokens is None


def older(folder: Path) -> None:
    """Make a folder what it was before tokens were told."""
    (folder / PROJECTION_FILE).unlink()
    card = json.loads((folder / CARD_FILE).read_text("utf-8"))
    del card["sha256"][PROJECTION_FILE]
    (folder / CARD_FILE).write_text(json.dumps(card), "utf-8")


def test_a_folder_from_before_goes_on_without_tokens_and_with_its_fingerprint(
    tmp_path: Path,
) -> None:
    export_onnx(tiny_model(), tmp_path / "out", name="tiny")
    before = open_onnx(tmp_path / "out").fingerprint
    older(tmp_path / "out")

    embedder = open_onnx(tmp_path / "out")

    assert embedder.token_fingerprint is None
    assert embedder.embed_with_tokens(TEXTS).tokens is None
    assert embedder.fingerprint == before


def test_a_folder_from_before_is_made_anew_where_that_is_asked_for(tmp_path: Path) -> None:
    tiny_model().save(str(tmp_path / "tiny"))
    models = tmp_path / "models"
    folder = prepare(str(tmp_path / "tiny"), models)
    before = open_onnx(folder).fingerprint
    older(folder)
    assert prepare(str(tmp_path / "tiny"), models) == folder
    assert open_onnx(folder).token_fingerprint is None

    assert renew(str(tmp_path / "tiny"), models) == folder

    assert open_onnx(folder).token_fingerprint is not None
    assert open_onnx(folder).fingerprint == before
    assert [entry.name for entry in models.iterdir()] == [folder.name]


def test_a_projection_that_changed_or_went_is_refused(tmp_path: Path) -> None:
    export_onnx(tiny_model(), tmp_path / "out", name="tiny")
    with (tmp_path / "out" / PROJECTION_FILE).open("ab") as stream:
        stream.write(b" ")
    with pytest.raises(ModelMissing, match=f"{PROJECTION_FILE} is not the file"):
        open_onnx(tmp_path / "out")

    (tmp_path / "out" / PROJECTION_FILE).unlink()
    with pytest.raises(ModelMissing, match=f"does not hold {PROJECTION_FILE}"):
        open_onnx(tmp_path / "out")

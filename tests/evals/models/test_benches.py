"""What measures models of chance: small here, and the figures themselves are nobody's business."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from memsvc.cli.family import memsvc
from memsvc.evals.models.constraining import SHAPES, Fits, draw_fits
from memsvc.llm.chip import work_a_token
from memsvc.llm.made import made, made_local
from memsvc.ports.language import Reply, Spent
from memsvc.prompts import shapes
from memsvc.prompts.shaped import Shape
from memsvc.prompts.shapes import JudgementSaid

pytestmark = pytest.mark.model


def ran(*arguments: str) -> Any:
    result = CliRunner().invoke(memsvc, ["bench", *arguments, "--device", "cpu", "--json"])
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_every_shape_of_a_prompt_is_drawn() -> None:
    """A shape that is new is drawn by itself, or as a part of one that is."""
    schemas = [shape.model_json_schema() for shape in SHAPES]
    drawn = {name for one in schemas for name in (one["title"], *one.get("$defs", ()))}

    assert drawn == {
        one.__name__
        for one in vars(shapes).values()
        if isinstance(one, type) and issubclass(one, Shape) and one is not Shape
    }


def test_every_answer_of_random_weights_fits_its_schema() -> None:
    """The first 72 that `memsvc bench schemas` draws: every shape, in rooms large and small."""
    fits = draw_fits(made_local("tiny", device="cpu"), 72, seed=3, progress=lambda _: None)

    assert fits.unfit == []
    assert fits.valid == fits.drawn == 72
    assert set(fits.by_shape) == {shape.__name__ for shape in SHAPES}


def test_what_was_drawn_is_kept_in_a_report(tmp_path: Path) -> None:
    found = ran("schemas", "--generations", "9", "--report", str(tmp_path))

    (report,) = tmp_path.iterdir()
    assert json.loads(report.read_text(encoding="utf-8"))["figures"] == found
    assert found["valid"] == sum(found["by_shape"].values()) == 9


def test_an_answer_that_does_not_fit_is_counted_and_shown() -> None:
    fits = Fits()
    spent = Spent(1, 1, 0.0)

    fits.count(JudgementSaid, Reply('{"ended": 3}', spent))
    fits.count(JudgementSaid, Reply('{"ended": [', spent, is_whole=False))

    assert (fits.valid, fits.cut_off) == (0, 1)
    assert len(fits.unfit) == 1


def test_one_token_is_measured_beside_the_whole_order(tmp_path: Path) -> None:
    how = ("--candidates", "4", "--tokens", "3", "--tokens", "9", "--rounds", "2")
    short, long = ran("rerank", *how, "--report", str(tmp_path))["shapes"]

    # `[A]>[B]>[C]>[D]` in quotes.
    assert short["written_tokens"] >= 4
    assert long["prompt_tokens"] - short["prompt_tokens"] == pytest.approx(4 * 6, abs=4)
    ratios = [
        written / both
        for written, both in zip(
            short["seconds"]["written"], short["seconds"]["both orders"], strict=True
        )
    ]
    assert sorted(ratios) == pytest.approx(short["times_faster_rounds"])
    pages = {each.suffix: each.read_text(encoding="utf-8") for each in tmp_path.iterdir()}
    assert json.loads(pages[".json"])["figures"]["shapes"] == [short, long]
    assert "| tiny | 4 of 3 tokens |" in pages[".md"]
    assert pages[".md"].splitlines()[-1].count("4 candidates of ") == 2


def test_reading_is_measured_beside_a_matrix_product() -> None:
    found = ran("surprisal", "--batch-tokens", "256", "--window", "128")

    assert found["tokens_a_second"] > 0
    assert 0 < found["share"] < 2


def test_work_is_that_of_the_weights_that_a_token_meets() -> None:
    """Held to the weights of the model itself; its table of embeddings is only looked up."""
    model = made("tiny", device="cpu").model
    weights = sum(each.numel() for name, each in model.named_parameters() if each.dim() > 1)

    assert work_a_token("tiny", window=0) == pytest.approx(2 * weights)

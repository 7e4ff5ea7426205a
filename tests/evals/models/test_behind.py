"""What a model behind a service costs a write is measured with the work for it really waiting."""

from pathlib import Path

from memsvc.evals.models.behind import GONE, NONE, SLOW, measure_behind
from memsvc.llm.fakes import HashingEmbedder


def test_all_three_are_written_to_alike_and_told_beside_the_one_without(tmp_path: Path) -> None:
    found = measure_behind(tmp_path, embedder=HashingEmbedder(), writes=12, progress=print)

    assert {name: len(took) for name, took in found.took_ms.items()} == {
        NONE: 12,
        SLOW: 12,
        GONE: 12,
    }
    assert found.longer(NONE).mean == 1.0
    told = found.as_json()
    assert told["times_longer"].keys() == {SLOW, GONE}
    assert all(one["low"] <= one["mean"] <= one["high"] for one in told["times_longer"].values())
    assert [figure.ratio is None for figure in found.figures()] == [True, False, False]

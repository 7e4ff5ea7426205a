"""Measuring growth end to end, at sizes that take seconds."""

import json
from pathlib import Path

import numpy as np
import pytest

from memsvc.evals.datasets.texts import Texts
from memsvc.evals.growth.plots import plot_scale
from memsvc.evals.growth.scale import Scale, measure_scale
from memsvc.evals.peers.vectors import peers_over
from memsvc.llm.fakes import HashingEmbedder
from memsvc.spawned import free_port

SIZES = (120, 200)


@pytest.fixture(scope="module")
def scale(tmp_path_factory: pytest.TempPathFactory) -> Scale:
    words = [f"heron{n} kestrel{n % 7} wades by reed{n % 11}" for n in range(150)]
    texts = Texts(tuple(words), tuple(f"where does heron{n} wade now?" for n in range(20)))
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("MEMSVC_EMBEDDER", "hashing")
        return measure_scale(
            tmp_path_factory.mktemp("scale") / "data",
            texts,
            sizes=SIZES,
            questions=10,
            self_asked=30,
            port=free_port(),
            embedder=HashingEmbedder(),
            seed=1,
            progress=lambda _what: None,
        )


def test_every_size_is_reached_and_measured(scale: Scale) -> None:
    assert [size.turns for size in scale.sizes] == list(SIZES)
    for size in scale.sizes:
        assert 0 < size.recall_p50 <= size.recall_p95 <= size.recall_p99
        assert min(size.write_p50, size.turns_per_s, size.resident_bytes, size.disk_bytes) > 0


def test_turns_are_found_by_their_own_text_and_vectors_as_comparing_all_finds_them(
    scale: Scale,
) -> None:
    assert scale.self_asked == 30
    assert scale.self_retrieval.mean >= 0.9
    assert [search.recall.mean for search in scale.ours] == [1.0, 1.0, 1.0]
    assert {search.recall.mean for search in scale.peers if "every" in search.name} == {1.0}


def test_it_can_be_printed_kept_and_drawn(scale: Scale, tmp_path: Path) -> None:
    assert "recall@10" in scale.table()
    assert json.loads(json.dumps(scale.as_json()))["sizes"][0]["turns"] == SIZES[0]
    plot = plot_scale(scale, tmp_path / "scale.svg")
    assert plot is None or plot.read_text(encoding="utf-8").startswith("<?xml")


def test_peers_that_compare_everything_agree() -> None:
    matrix = np.random.default_rng(0).normal(size=(50, 8)).astype(np.float32)
    matrix /= np.linalg.norm(matrix, axis=1, keepdims=True)
    keys = np.arange(100, 150)
    found = [
        set(peer.search(matrix[3]).tolist())
        for peer in peers_over(keys, matrix, k=5)
        if "every" in peer.name
    ]
    assert found[0] == found[1]
    assert 103 in found[0]

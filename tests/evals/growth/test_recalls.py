"""Recalls of large spaces, measured at sizes that take seconds."""

from pathlib import Path

import numpy as np
import pytest

from memsvc.evals.datasets.texts import Texts
from memsvc.evals.growth.recalls import NEAR, Copied, measure_recalls, table
from memsvc.llm.fakes import HashingTokens

TEXTS = Texts(
    tuple(f"heron{n} kestrel{n % 7} wades by reed{n % 11}" for n in range(120)),
    tuple(f"where does heron{n} wade now?" for n in range(20)),
)


def test_recalls_are_measured_by_stage_at_every_size_and_what_is_there_is_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MEMSVC_EMBEDDER", "hashing")
    _, found = (
        measure_recalls(
            tmp_path / "data",
            TEXTS,
            sizes=(100, 250),
            real=100,
            questions=10,
            embedder=HashingTokens(),
            seed=1,
            progress=lambda _what: None,
        )
        for _ in range(2)
    )

    assert [one.turns for one in found] == [100, 250]
    for one in found:
        assert 0 < one.p50 <= one.p95 <= one.p99
        assert one.processor > 0
        assert {"gather", "fuse", "prior"} <= set(one.stages)
        assert 0 < one.stages["gather"] < one.p99
        assert {"embed", "understand", "stages", "rows", "pack", "answer", "http"} <= set(one.parts)
        assert 0 < sum(one.stages.values()) <= one.parts["stages"]
        assert all(took > 0 for took in one.parts.values())
    assert "250" in table(found)


def test_a_copy_is_near_its_original_and_has_as_many_tokens() -> None:
    copied = Copied(HashingTokens(), {"wades by 7": "heron wades by"})

    own = copied.embed_with_tokens(["heron wades by", "wades by 7"])

    assert own.vectors[0] @ own.vectors[1] == pytest.approx(NEAR, abs=1e-3)
    assert own.tokens is not None
    first, second = own.tokens
    assert first.shape == second.shape
    assert 0 < np.abs(first.astype(int) - second.astype(int)).max() <= 3

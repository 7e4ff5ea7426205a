"""A space up to a million turns, measured at sizes that take seconds."""

import json
from pathlib import Path

import pytest

from memsvc.evals.datasets.texts import Texts
from memsvc.evals.growth.curves import curves_of
from memsvc.evals.growth.million import KEPT, Sayings, measure_million
from memsvc.llm.fakes import HashingTokens
from memsvc.ports.models import Embedder
from store.vectors import layered

TEXTS = Texts(
    tuple(f"heron{n} kestrel{n % 7} wades by reed{n % 11}" for n in range(120)),
    tuple(f"where does heron{n} wade now?" for n in range(20)),
)


def measured(data: Path, embedder: Embedder, *sizes: int) -> tuple[object, list[str]]:
    said: list[str] = []
    found = measure_million(
        data,
        TEXTS,
        sizes=sizes,
        real=100,
        questions=10,
        embedder=embedder,
        seed=1,
        progress=said.append,
    )
    assert [size.turns for size in found.sizes] == list(sizes)
    for size in found.sizes:
        assert sum(size.parts.values()) > 384
        assert size.ready_s > 0 < size.first_recall_s
        assert 0 < size.recall_p50_ms <= size.recall_p99_ms
        assert [search.share for search in size.searches] == [1.0, 0.1, 0.01]
        assert size.searches[0].recall.mean >= 0.95
    assert found.turns_per_s > 0
    assert f"{sizes[-1]:,}" in found.table()
    assert curves_of(found).count("<polyline") == 4 + 1 + sum(1 for p in size.parts.values() if p)
    return found.as_json()["sizes"], said


def test_a_run_that_was_broken_off_goes_on_where_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was measured is not measured anew, what was written not written."""
    monkeypatch.setenv("MEMSVC_EMBEDDER", "hashing")
    monkeypatch.setattr(layered, "SEAL_AT", 150)
    first, _ = measured(tmp_path, HashingTokens(), 100)
    both, said = measured(tmp_path, HashingTokens(), 100, 250)

    assert isinstance(first, list)
    assert isinstance(both, list)
    assert both[0] == first[0]
    assert not [line for line in said if "100" in line]
    assert json.loads((tmp_path / KEPT).read_text())["settings"]["real"] == 100


def test_copies_are_different_sentences_with_some_new_words() -> None:
    said = Sayings(TEXTS.sentences[:100], seed=1)
    texts, originals = said.part(0, 400)

    assert texts[:100] == list(TEXTS.sentences[:100])
    assert set(originals) == set(texts[100:])
    assert len(set(texts)) > 350
    words = {word for text in texts for word in text.split()}
    before = {word for text in texts[:100] for word in text.split()}
    assert 1.8 < len(words) / len(before) <= 2.0  # four times the text: twice the words
    assert said.part(200, 300)[0] == texts[200:300]

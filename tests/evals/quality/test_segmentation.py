"""The segmentation eval on dialogues of its own making."""

import json
from datetime import date

import numpy as np
import pytest

from memsvc.domain.episode import Segmentation
from memsvc.domain.errors import InvalidField
from memsvc.evals.datasets.dialogues import parse_dialogues
from memsvc.evals.peers.cutting import (
    at_fixed_size,
    at_random,
    by_depth,
    likeness_of_vectors,
    likeness_of_words,
    over_the_mean,
)
from memsvc.evals.quality.segmentation import cut_by, evaluate_segmentation
from memsvc.evals.scoring.boundaries import Boundaries
from memsvc.ingest.signs import Sign
from memsvc.ingest.words import words_of
from memsvc.llm.fakes import HashingEmbedder

TOPICS = {"boats": "a boat with a sail at sea", "bread": "dough and flour and an oven for bread"}
MARKED = [
    {
        "utterances": [f"{TOPICS['boats']} {i}" for i in range(5)]
        + [f"{TOPICS['bread']} {i}" for i in range(4)],
        "segments": [5, 4],
        "set": part,
    }
    for part in ("dev", "test", "test")
]


def places(begins: Boundaries) -> list[int]:
    return np.flatnonzero(begins).tolist()


def test_segments_become_the_utterances_that_begin_them() -> None:
    (first, *_) = parse_dialogues(json.dumps(MARKED).encode(), name="mine")
    assert places(first.begins) == [5]
    assert (len(first.texts), first.part) == (9, "dev")


@pytest.mark.parametrize(
    ("content", "detail"),
    [
        (b"", "JSON"),
        (b"[]", "at least 1"),
        (b'{"utterances": []}', "array"),
        (b'[{"utterances": ["a", "b"], "segments": [1]}]', "1 of 2"),
        (b'[{"utterances": ["a", "b"], "segments": [2, 0]}]', "greater than"),
        (b'[{"utterances": [], "segments": []}]', "at least 1"),
    ],
)
def test_what_is_not_a_set_of_dialogues_is_said_in_one_sentence(
    content: bytes, detail: str
) -> None:
    with pytest.raises(InvalidField, match="not in a set of segmented dialogues's schema") as found:
        parse_dialogues(content, name="mine")
    assert detail in str(found.value)


def test_a_report_has_the_default_beside_plain_ways_and_ablations() -> None:
    report = evaluate_segmentation(
        parse_dialogues(json.dumps(MARKED).encode(), name="mine"),
        name="mine",
        embedder=HashingEmbedder(),
        analyzer=words_of("english"),
        language="english",
        today=date(2026, 1, 1),
        surprisals=lambda texts: [float(len(text)) for text in texts],
    )
    found = report.as_json()
    rows = {row["name"]: row["metrics"] for row in found["rows"]}
    assert found["questions"] == 3
    assert next(iter(rows)) == "memsvc"
    assert {"none", "random", "memsvc without signs", "memsvc tokens none"} < set(rows)
    assert all(set(metrics) == {"pk", "windowdiff", "f1"} for metrics in rows.values())
    assert rows["memsvc"] == {"pk": 0, "windowdiff": 0, "f1": 1}
    assert rows["none"]["f1"] == 0
    assert len(found["differences"]) == len(rows) - 1
    assert "pk by category" in report.table()


def test_a_dialogue_is_cut_to_its_end() -> None:
    vectors = np.repeat(np.eye(2, dtype=np.float32), 4, axis=0)
    assert places(cut_by(Segmentation(), vectors, signs=[Sign.NONE] * 8)) == [4]


def test_fixed_and_random_cuts_never_begin_with_the_first() -> None:
    assert places(at_fixed_size(7, size=3)) == [3, 6]
    drawn = at_random(5, boundaries=4, random=np.random.default_rng(0))
    assert places(drawn) == [1, 2, 3, 4]


def test_texttiling_cuts_the_deepest_valleys() -> None:
    likeness = np.array([0.9, 0.8, 0.1, 0.7, 0.6, 0.8])
    # depths 0, 0.1, 1.5, 0, 0.3, 0: the mean is .32 and half the deviation .27
    assert places(by_depth(likeness)) == [2, 3, 5]


def test_likeness_is_of_two_beside_two() -> None:
    east, north = np.eye(2, dtype=np.float32)
    vectors = np.stack([east, east, north, north])
    assert likeness_of_vectors(vectors) == pytest.approx([np.sqrt(0.5), 0, np.sqrt(0.5)])
    words = [["a"], ["a"], ["b"], []]
    assert likeness_of_words(words) == pytest.approx([np.sqrt(0.5), 0, 0])


def test_over_the_mean_cuts_at_peaks_alone() -> None:
    vectors = np.repeat(np.eye(2, dtype=np.float32), 5, axis=0)
    assert places(over_the_mean(vectors)) == [5]

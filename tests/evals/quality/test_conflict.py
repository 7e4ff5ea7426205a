"""How contradictions are measured, on a few questions whose answer can be seen."""

import json
from datetime import date
from pathlib import Path

import pytest

from memsvc.domain.errors import InvalidField
from memsvc.evals.datasets.conflictqa import (
    EVIDENCE,
    MEMORIES,
    STRANGERS,
    load_conflictqa,
    parse_conflictqa,
)
from memsvc.evals.quality.conflict import (
    ACCURACY,
    AUROC,
    CALLED,
    COSINE,
    LEXICAL,
    ConflictReport,
    evaluate_conflict,
)
from memsvc.evals.reports.report import OURS, keep
from memsvc.llm.fakes import HashingEmbedder

THINGS = ("Cork", "Marble", "Iron", "Balsa", "Granite", "Pumice", "Copper", "Ebony")


def sample(thing: str) -> dict[str, str]:
    """Say of a thing that it floats, with evidence; and that it does not."""
    return {
        "question": f"Does {thing} float on water?",
        "parametric_memory": f"{thing} floats on water. Sailors have known that for long.",
        "counter_memory": f"{thing} does not float on water. It has been tried in a pond.",
        "parametric_memory_aligned_evidence": f"In a test {thing} floats on water for days.",
        "counter_memory_aligned_evidence": f"In a test {thing} never floats on water at all.",
    }


def written(samples: list[dict[str, str]]) -> bytes:
    return json.dumps(samples).encode()


def measured() -> ConflictReport:
    pairs = parse_conflictqa(written([sample(thing) for thing in THINGS]), name="floating")
    embedder = HashingEmbedder()
    return evaluate_conflict(pairs, name="floating", embedder=embedder, today=date(2026, 11, 21))


def test_each_question_gives_as_many_pairs_that_contradict_as_pairs_that_do_not() -> None:
    pairs = parse_conflictqa(written([sample(thing) for thing in THINGS]), name="floating")

    assert [pair.contradict for pair in pairs[MEMORIES]].count(True) == len(THINGS)
    assert len(pairs[MEMORIES]) == 2 * len(THINGS)
    assert [pair.contradict for pair in pairs[EVIDENCE]].count(True) == 2 * len(THINGS)
    assert len(pairs[EVIDENCE]) == 4 * len(THINGS)


def test_strangers_are_of_two_questions_of_one_half() -> None:
    pairs = parse_conflictqa(written([sample(thing) for thing in THINGS]), name="floating")
    first, *_, last = pairs[STRANGERS]

    assert "Cork" in first.one
    assert "Marble" in first.other
    assert "Ebony" in last.one
    assert "Granite" in last.other


def test_plain_denials_are_told_by_both_ways_that_read_words() -> None:
    found = measured().metrics[MEMORIES]

    assert found[OURS][AUROC].mean == 1.0
    assert found[LEXICAL][ACCURACY].mean == 1.0
    assert found[COSINE].keys() == found[OURS].keys()


def test_only_the_second_half_is_shown_and_strangers_are_only_counted() -> None:
    found = measured()

    assert found.questions == len(THINGS) // 2
    assert set(found.metrics[STRANGERS][OURS]) == {CALLED}
    assert OURS not in found.differences[MEMORIES]


def test_the_weights_that_the_first_half_fits_are_printed_beside_those_in_use() -> None:
    found = measured()

    assert len(found.fitted) == 4
    assert found.fitted[0] > 0
    assert "in use 0.80, 1.10, 1.20, -0.80" in found.table()
    assert found.as_json()["fitted"] == [round(weight, 4) for weight in found.fitted]


def test_a_report_is_kept_under_its_day(tmp_path: Path) -> None:
    kept = keep(measured(), tmp_path, kind="conflict-floating")

    assert kept.name == "2026-11-21-conflict-floating.json"
    assert json.loads(kept.read_text())["pairs"].keys() == {MEMORIES, EVIDENCE, STRANGERS}


@pytest.mark.parametrize(
    "content",
    [b"{}", b"[]", written([{"question": "Does it float?"}]), written([sample("Cork")] * 3)],
)
def test_a_file_of_another_schema_is_refused_by_name(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "floating.json"
    file.write_bytes(content)

    with pytest.raises(InvalidField, match=r"floating is not in ConflictQA's schema"):
        load_conflictqa(file)

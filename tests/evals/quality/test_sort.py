"""The task of SORT: pairs of segments, and who knows which of them came first."""

import json
from collections import Counter
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner

from memsvc.cli.family import memsvc
from memsvc.config import Settings
from memsvc.domain.errors import InvalidField
from memsvc.evals.datasets.dataset import Utterance
from memsvc.evals.datasets.sequences import (
    BINS,
    SEGMENTS,
    Told,
    load_sequences,
    pairs_of,
    sequence_of,
)
from memsvc.evals.quality.sort import evaluate_order
from memsvc.evals.reports.report import Report
from memsvc.evals.spaces.passing import passing_service
from memsvc.llm.fakes import HashingEmbedder
from retrieval.recipes import RECIPES
from tests.evals.small import HAYSTACKS, sample


def prose(sentences: int) -> str:
    """Return sentences of seven words of which no two are the same."""
    return " ".join(f"Then number{n} met stranger{n} near the place{n}." for n in range(sentences))


def told(sentences: int = 240, *, turns: int = 40) -> Told:
    each = sentences // turns
    words = prose(sentences).split(". ")
    return sequence_of(
        "book",
        [
            Utterance(id=f"p{n}", text=". ".join(words[n * each : (n + 1) * each]) + ".")
            for n in range(turns)
        ],
    )


def test_segments_begin_with_sentences_inside_their_excerpt_and_bin() -> None:
    text = told()

    pairs = [pair for _, pair in pairs_of([text], each=5, seed=1)]

    for pair in pairs:
        distance = abs(pair.a - pair.b)
        names = list(BINS)
        below = BINS[names[names.index(pair.bin) - 1]] if pair.bin != names[0] else None
        assert distance <= pair.excerpt / BINS[pair.bin]
        assert below is None or distance > pair.excerpt / below
        assert pair.segment <= distance <= pair.excerpt - pair.segment
        assert text.words[pair.a].begins_sentence
        assert text.words[pair.b].begins_sentence
    assert {pair.segment for pair in pairs} == set(SEGMENTS)
    assert {pair.excerpt for pair in pairs} == {250, 1_000}


def test_either_segment_may_be_asked_for_first() -> None:
    pairs = pairs_of([told()], each=20, seed=1)

    assert set(Counter(pair.first for _, pair in pairs)) == {"a", "b"}


def test_the_seed_alone_decides_which_pairs_are_drawn() -> None:
    assert pairs_of([told()], each=5, seed=1) == pairs_of([told()], each=5, seed=1)
    assert pairs_of([told()], each=5, seed=1) != pairs_of([told()], each=5, seed=2)


def test_a_segment_is_the_words_of_the_text(tmp_path: Path) -> None:
    text = told()

    assert " ".join(text.text(0, len(text.words))) == " ".join(turn.text for turn in text.turns)


def test_a_plain_text_is_read_by_paragraphs(tmp_path: Path) -> None:
    file = tmp_path / "book.txt"
    file.write_text("\n\n".join(prose(20) for _ in range(3)))

    (text,) = load_sequences([file])

    assert text.name == "book"
    assert len(text.turns) > 1
    assert len(text.words) == 420


def test_data_sets_are_read_with_all_their_sessions_in_a_row(tmp_path: Path) -> None:
    chat, haystack = tmp_path / "chat.json", tmp_path / "haystack.json"
    conversation = sample()
    conversation["conversation"]["session_1"][0]["text"] = prose(40)
    chat.write_text(json.dumps([conversation]))
    haystack.write_text(json.dumps(HAYSTACKS))

    first, *rest = load_sequences([chat, haystack])

    assert first.name == "conv-1"
    assert [turn.id for turn in first.turns][:4] == ["D1:1", "D1:2", "D1:3", "D2:1"]
    assert rest


@pytest.mark.parametrize("content", [b"too short", b"\xff\xfe"])
def test_a_file_that_is_no_long_text_is_refused(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "book.txt"
    file.write_bytes(content)

    with pytest.raises(InvalidField):
        load_sequences([file])


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Report:
    settings = Settings(data=tmp_path_factory.mktemp("sort"), embedder="hashing")
    texts = [told()]
    with passing_service(settings, embedder=HashingEmbedder(), recipes=RECIPES) as client:
        report = evaluate_order(
            client,
            texts,
            pairs_of(texts, each=3, seed=0),
            name="book",
            run="test",
            today=date(2026, 1, 1),
            seed=0,
            settings={},
        )
        assert not list(client.spaces())
    return report


def mean(report: Report) -> Callable[[str, str], float]:
    rows = {row.name: row for row in report.rows}
    return lambda row, metric: rows[row].overall.estimates[metric].mean


def test_segments_that_stand_in_the_text_are_located_and_put_in_order(found: Report) -> None:
    of = mean(found)

    assert of("memsvc", "accuracy") == of("memsvc", "located") == of("memsvc", "exact") == 1.0
    assert of("memsvc:half", "accuracy") > 0.9
    assert of("memsvc:shuffled", "located") > 0.9


def test_without_positions_what_is_located_says_nothing(found: Report) -> None:
    of = mean(found)

    assert 0.2 < of("memsvc-positions", "accuracy") < 0.8
    assert of("memsvc-positions", "located") == 1.0
    assert 0.2 < of("chance", "accuracy") < 0.8


def test_every_length_and_distance_is_told_apart(found: Report) -> None:
    (ours, *_) = found.rows

    assert {f"{segment} words, {edge}" for segment in SEGMENTS for edge in BINS} <= set(
        ours.categories
    )
    assert {"LE 250", "LE 1000"} <= set(ours.categories)
    assert len(ours.per_question["accuracy"]) == found.questions
    assert "accuracy by category" in found.table()


def test_the_command_prints_the_common_form(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MEMSVC_EMBEDDER", "hashing")
    file = tmp_path / "book.txt"
    file.write_text("\n\n".join(prose(20) for _ in range(2)))

    words = ["eval", "sort", str(file), "--pairs", "1", "--verbatim", "--json"]
    done = CliRunner().invoke(memsvc, [*words, "--report", str(tmp_path / "kept")])

    assert done.exit_code == 0, done.output
    report = json.loads(done.stdout)
    assert [row["name"] for row in report["rows"]] == [
        "memsvc", "memsvc-positions", "dense", "chance",
    ]  # fmt: skip
    assert json.loads(next((tmp_path / "kept").glob("*-sort-book.json")).read_text()) == report

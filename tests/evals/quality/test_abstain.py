"""Whether a recall knows what the memory does not hold, measured on data small enough to count."""

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from memsvc.config import Settings
from memsvc.evals.datasets.beam import parse_beam
from memsvc.evals.datasets.longmemeval import parse_longmemeval
from memsvc.evals.quality.abstain import COSINE, WORDS, Sides, evaluate_abstaining, promises_of
from memsvc.evals.reports.doubts import AbstainReport
from memsvc.evals.reports.report import keep
from memsvc.evals.spaces.passing import passing_service
from memsvc.ingest.words import words_of
from memsvc.llm.fakes import HashingEmbedder
from memsvc.sdk.client import Client
from retrieval.recipes import RECIPES
from tests.evals.small import CHAT, HAYSTACKS, PROBES, read, sample

EMBEDDER = HashingEmbedder()


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    settings = Settings(data=tmp_path_factory.mktemp("abstain"))
    with passing_service(settings, embedder=EMBEDDER, recipes=RECIPES) as opened:
        yield opened


@pytest.fixture(scope="module")
def report(client: Client) -> AbstainReport:
    return evaluate_abstaining(
        client,
        read(sample()),
        embedder=EMBEDDER,
        analyzer=words_of("english"),
        run="r1",
        today=date(2026, 1, 1),
    )


def test_a_question_is_held_more_probably_with_its_evidence_than_without(
    report: AbstainReport,
) -> None:
    assert report.questions == 3
    assert report.paired["memsvc"].mean == 1.0
    assert report.auroc.keys() == {"memsvc", COSINE, WORDS}
    assert report.auroc["memsvc"].mean > 0.8


def test_every_category_has_its_own_figures(report: AbstainReport) -> None:
    assert set(report.by_category) == {"1-4", "2", "4", "5"}
    count, areas, held, taken = report.by_category["1-4"]
    assert count == 2
    assert areas["memsvc"].mean >= 0.5
    assert held > taken


def test_what_nobody_answered_is_asked_and_held_against_the_rest(report: AbstainReport) -> None:
    assert report.unanswered is not None
    assert report.unanswered[0] == 1
    assert 0 <= report.unanswered[2] <= 1


def test_the_report_says_the_same_to_machines_and_people(
    report: AbstainReport, tmp_path: Path
) -> None:
    found = report.as_json()

    assert found["auroc"]["memsvc"]["mean"] == round(report.auroc["memsvc"].mean, 4)
    assert sum(one["count"] for one in found["promises"]) == 2 * report.questions
    assert f"{report.auroc['memsvc'].mean:.3f} [" in report.table()
    assert "1 questions that nobody answered" in report.table()
    assert keep(report, tmp_path, kind="abstain").exists()


def test_the_space_is_gone_afterwards(client: Client, report: AbstainReport) -> None:
    assert report.questions
    assert [space.name for space in client.spaces()] == []


def test_a_tie_counts_for_half() -> None:
    sides = Sides(np.array([0.4, 0.5, 0.6]), np.array([0.5, 0.5, 0.5]))

    assert sides.higher.tolist() == [0.0, 0.5, 1.0]


def test_promises_are_held_against_what_was_true() -> None:
    sides = Sides(np.array([0.92, 0.94, 0.12]), np.array([0.14, 0.18, 0.91]))

    low, high = promises_of(sides)

    assert [low.count, high.count] == [3, 3]
    assert [low.said, low.true] == pytest.approx([0.44 / 3, 1 / 3])
    assert [high.said, high.true] == pytest.approx([2.77 / 3, 2 / 3])


def test_readers_keep_apart_what_nobody_answered() -> None:
    pooled = parse_longmemeval(json_of(HAYSTACKS), name="tiny", pooled=True)
    chat = parse_beam(json_of(CHAT), json_of(PROBES), name="1")

    assert [space.unanswered for space in pooled.spaces] == [("Which boat did I buy?",)]
    assert chat.unanswered == ("Who is my neighbour?",)
    assert read(sample()).spaces[0].unanswered == ("Is there a sofa?",)


def json_of(value: object) -> bytes:
    return json.dumps(value).encode()

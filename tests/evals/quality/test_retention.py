"""What is kept of a space, and what is still found: on data small enough to count."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from memsvc.config import Settings
from memsvc.evals.peers.keeping import worths
from memsvc.evals.quality.retention import (
    BUDGETS,
    RANDOM,
    WHOLE,
    evaluate_retention,
    kept,
    metric_of,
)
from memsvc.evals.reports.report import Report, keep
from memsvc.evals.spaces.passing import passing_service
from memsvc.ingest.words import words_of
from memsvc.llm.fakes import HashingEmbedder
from memsvc.sdk.client import Client
from retrieval.recipes import RECIPES
from tests.evals.small import read, sample

EMBEDDER = HashingEmbedder()
DATA = read(sample())
TURNS = [turn.id for turn in DATA.spaces[0].turns]


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    settings = Settings(data=tmp_path_factory.mktemp("retention"))
    with passing_service(settings, embedder=EMBEDDER, recipes=RECIPES) as opened:
        yield opened


@pytest.fixture(scope="module")
def report(client: Client) -> Report:
    return evaluate_retention(
        client,
        DATA,
        embedder=EMBEDDER,
        analyzer=words_of("english"),
        run="r1",
        today=date(2026, 1, 1),
    )


def test_every_way_to_keep_says_one_number_a_turn() -> None:
    found = worths(DATA.spaces[0], embedder=EMBEDDER, analyzer=words_of("english"))

    assert {len(worth) for worth in found.values()} == {len(TURNS)}
    assert all(np.isfinite(worth).all() for worth in found.values())


def test_a_queue_keeps_the_newest_and_length_the_longest() -> None:
    found = worths(DATA.spaces[0], embedder=EMBEDDER, analyzer=words_of("english"))

    assert kept(found["newest"], percent=50) == [5, 4, 3]
    assert kept(found["oldest"], percent=50) == [0, 1, 2]
    assert TURNS[kept(found["longest"], percent=20)[0]] == "D1:3"


def test_strength_keeps_first_what_tells_the_most() -> None:
    found = worths(DATA.spaces[0], embedder=EMBEDDER, analyzer=words_of("english"))

    assert TURNS[int(found["memsvc"].argmax())] == "D1:3"


@given(st.lists(st.floats(0, 9), min_size=1, max_size=30), st.integers(1, 100))
def test_a_budget_keeps_its_share_and_never_a_weaker_for_a_stronger(
    worth: list[float], percent: int
) -> None:
    values = np.array(worth)
    chosen = kept(values, percent=percent)
    left = np.delete(values, chosen)

    assert len(set(chosen)) == round(len(worth) * percent / 100)
    if chosen and len(left):
        assert values[chosen].min() >= left.max()


def test_the_report_has_every_way_beside_the_whole_memory(report: Report) -> None:
    rows = {row.name: row.overall.estimates for row in report.rows}

    assert report.rows[0].name == "memsvc"
    assert {WHOLE, RANDOM, "newest", "longest", "surprise", "self-information"} <= rows.keys()
    assert all(set(found) == {metric_of(budget) for budget in BUDGETS} for found in rows.values())
    assert rows[WHOLE][metric_of(10)] == rows[WHOLE][metric_of(50)]
    assert report.as_json()["rows"][0]["per_question"].keys() == set(report.shown)


def test_only_kept_turns_answer(report: Report) -> None:
    """Half of the six turns, the newest, hold the evidence of one question of three."""
    rows = {row.name: row.overall.estimates[metric_of(50)].mean for row in report.rows}

    assert rows["newest"] == pytest.approx(1 / 3)
    assert rows["oldest"] == pytest.approx(2 / 3)
    assert rows[WHOLE] == 1


def test_nothing_of_the_evaluation_stays_in_the_service(client: Client, report: Report) -> None:
    assert report.questions == 3
    assert list(client.spaces()) == []


def test_the_table_shows_every_budget(report: Report, tmp_path: Path) -> None:
    assert all(metric_of(budget) in report.table() for budget in BUDGETS)
    assert keep(report, tmp_path, kind="retention").exists()

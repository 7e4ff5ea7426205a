"""What is measured of updates: on made pairs alone, and on data small enough to count."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from memsvc.config import Settings
from memsvc.evals.datasets.dataset import Asked, DataSet, LabelledQuestion, Session, Utterance
from memsvc.evals.datasets.made_updates import BOTH_HOLD, UPDATES, made_pairs
from memsvc.evals.quality.updates import WITHOUT, evaluate_updates
from memsvc.evals.quality.variants import variants
from memsvc.evals.reports.graded import Parts
from memsvc.evals.reports.report import keep
from memsvc.evals.spaces.passing import passing_service
from memsvc.llm.fakes import HashingEmbedder
from memsvc.sdk.client import Client
from retrieval.recipes import RECIPES

BEGAN = datetime(2024, 1, 1, tzinfo=UTC)


def session(name: str, *texts: str, at: datetime) -> Session:
    turns = (
        Utterance(f"{name}:{number}", text, at=at + timedelta(seconds=number))
        for number, text in enumerate(texts)
    )
    return Session(name, tuple(turns))


DATA = DataSet(
    "small",
    (
        Asked(
            "flat",
            (  # the later sitting comes first in the data
                session("b", "I moved to Lisbon with my cat.", at=BEGAN + timedelta(days=9)),
                session("a", "I live in Porto with my cat.", "It rains.", at=BEGAN),
            ),
            (
                LabelledQuestion("Live in Porto", "knowledge-update", frozenset({"a:0", "b:0"})),
                LabelledQuestion("Does it rain?", "other", frozenset({"a:1"})),
                LabelledQuestion(
                    "Do I live there?", "contradiction_resolution", frozenset({"a:0", "b:0"})
                ),
            ),
        ),
    ),
)


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    settings = Settings(data=tmp_path_factory.mktemp("updates"))
    with passing_service(
        settings, embedder=HashingEmbedder(), recipes=RECIPES | dict(variants())
    ) as opened:
        yield opened


@pytest.fixture(scope="module")
def report(client: Client) -> Parts:
    return evaluate_updates(
        client, chatter=[], data=[DATA], run="u1", today=date(2026, 1, 1), rounds=2
    )


def test_a_round_has_one_pair_of_each_topic_and_a_seed_repeats_it() -> None:
    rounds = list(made_pairs(rounds=2, seed=3))

    assert [len({pair.topic for pair in pairs}) for pairs in rounds] == [26, 26]
    assert rounds == list(made_pairs(rounds=2, seed=3))
    assert rounds != list(made_pairs(rounds=2, seed=4))


def test_no_statement_of_a_pair_is_the_other() -> None:
    for pairs in made_pairs(rounds=20, seed=0):
        assert all(pair.older != pair.newer for pair in pairs)


def test_every_pair_is_asked_once_and_by_its_kind(report: Parts) -> None:
    assert report.parts["updates"].questions == 2 * len(UPDATES)
    assert report.parts["both_hold"].questions == 2 * len(BOTH_HOLD)


def test_the_newest_evidence_is_that_which_happened_last(report: Parts) -> None:
    rows = {row.name: row.overall.estimates for row in report.parts["small"].rows}

    assert report.parts["small"].questions == 1
    assert (rows["memsvc"]["newer first"].mean, rows["memsvc"]["labelled"].mean) == (1.0, 1.0)
    assert (rows[WITHOUT]["newer first"].mean, rows[WITHOUT]["labelled"].mean) == (0.0, 0.0)
    assert rows[WITHOUT]["missed"].mean == 1.0


def test_of_what_was_contradicted_both_sides_are_to_be_found(report: Parts) -> None:
    rows = {row.name: row.overall.estimates for row in report.parts["small contradicted"].rows}

    assert report.parts["small contradicted"].questions == 1
    assert rows["memsvc"]["both@10"].mean == 1.0


def test_a_report_is_kept_and_shown_whole(report: Parts, tmp_path: Path) -> None:
    file = keep(report, tmp_path, kind="updates")

    assert file.name == "2026-01-01-updates.json"
    assert set(report.as_json()) == {"updates", "both_hold", "small", "small contradicted"}
    assert "newer first" in report.table()

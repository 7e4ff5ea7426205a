"""Recognition, cued recall and retention, measured on data small enough to count."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from random import Random

import numpy as np
import pytest

from memsvc.config import Settings
from memsvc.evals.datasets.dataset import Asked, DataSet, LabelledQuestion, Session, Utterance
from memsvc.evals.datasets.reworded import altered_in_one, paraphrased
from memsvc.evals.quality.recognition import RecognitionReport, evaluate_recognition
from memsvc.evals.reports.report import keep
from memsvc.evals.scoring.measures import Estimate
from memsvc.evals.scoring.separation import separation
from memsvc.evals.spaces.passing import passing_service
from memsvc.ingest.words import words_of
from memsvc.llm.fakes import HashingEmbedder
from memsvc.sdk.client import Client
from retrieval.recipes import RECIPES

EMBEDDER = HashingEmbedder()
NAMES = ("Ann", "Bea", "Carl", "Dora", "Emil", "Fritz", "Greta", "Hugo", "Ida", "Jost")
BIRDS = ("heron", "swan", "wren", "finch", "owl", "crane", "robin", "stork", "raven", "eagle")
TURNS = tuple(
    Utterance(
        f"D1:{number}",
        f"Yesterday {name} saw {number + 2} times a {bird} by the {bird} tower of {name} Hill.",
    )
    for number, (name, bird) in enumerate(zip(NAMES, BIRDS, strict=True))
)
QUESTIONS = (LabelledQuestion("Who saw a heron?", "1", frozenset({"D1:0"})),)
DATA = DataSet(
    "birds",
    (
        Asked("one", (Session("s", TURNS),), QUESTIONS),
        Asked("two", (Session("s", (Utterance("D1:0", "Thanks a lot!"),)),), ()),
    ),
)


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    settings = Settings(data=tmp_path_factory.mktemp("recognition"))
    with passing_service(settings, embedder=EMBEDDER, recipes=RECIPES) as opened:
        yield opened


@pytest.fixture(scope="module")
def report(client: Client) -> RecognitionReport:
    return evaluate_recognition(
        client,
        DATA,
        fillers=[f"The weather of day {n} was mild and dry." for n in range(20)],
        lags=(0, 10, 20),
        probes=50,
        embedder=EMBEDDER,
        analyzer=words_of("english"),
        run="r1",
        today=date(2026, 1, 1),
    )


def test_what_is_held_verbatim_is_always_known(report: RecognitionReport) -> None:
    assert report.verdicts["verbatim"] == {"known": 8}
    assert "known" not in report.verdicts["held out"]
    assert report.separation["memsvc"]["verbatim / held out"].mean == 1.0
    assert report.separation["memsvc"]["verbatim / altered"].mean == 1.0


def test_a_turn_is_found_by_its_first_half_after_every_lag(report: RecognitionReport) -> None:
    found = report.recall["memsvc"]["first half@5"]

    assert list(found) == [0, 10, 20]
    assert all(each.mean == 1.0 for each in found.values())


def test_every_cue_stands_beside_plain_ways(report: RecognitionReport, tmp_path: Path) -> None:
    assert report.recall.keys() == {"memsvc", "dense", "bm25"}
    assert report.settings["cues"]["first half"] == report.settings["cues"]["names"] == 8
    kept = report.as_json()["recall"]["memsvc"]["first half@5"]
    assert (kept["slope_per_decade"], kept["half_after"], kept["kept"]) == (0.0, None, 1.0)
    assert "first half@5" in report.table()
    assert keep(report, tmp_path, kind="recognition").exists()


def test_nothing_of_the_evaluation_stays_in_the_service(
    client: Client, report: RecognitionReport
) -> None:
    assert report.dataset == "birds"
    assert list(client.spaces()) == []


def test_one_thing_is_altered_and_it_is_a_name_or_a_number() -> None:
    text = "We met Ann in Lisbon for 3 days."
    seen = {altered_in_one(text, ["Bea"], Random(seed)) for seed in range(40)}

    assert {"We met Bea in Lisbon for 3 days.", "We met Ann in Bea for 3 days."} <= seen
    assert "We met Ann in Lisbon for 5 days." in seen
    assert text not in seen
    assert altered_in_one("nothing named here", ["Bea"], Random(0)) is None


def test_a_number_never_becomes_itself() -> None:
    made = {altered_in_one("we have 1 dog", [], Random(seed)) for seed in range(60)}

    assert made == {f"we have {number} dog" for number in (2, 3, 4)}


def test_a_paraphrase_has_other_words_or_another_order() -> None:
    assert paraphrased("I really love my house.") == "I adore my home."
    assert paraphrased("We walked to the river, and then we swam for long.") == (
        "then we swam for long and We walked to the river."
    )
    assert paraphrased("Zebras graze.") is None


def test_the_area_is_one_where_a_bound_parts_them_and_a_half_where_they_are_alike() -> None:
    low, high = np.array([0.0, 0.1, 0.2]), np.array([0.3, 0.4])

    assert separation(low, high, seed=0) == Estimate(1.0, 1.0, 1.0)
    assert separation(low, low, seed=0).mean == pytest.approx(0.5)
    assert separation(high, low, seed=0).mean == 0.0
    assert separation(np.array([0.0, 0.0]), np.array([0.0, 1.0]), seed=0).mean == 0.75

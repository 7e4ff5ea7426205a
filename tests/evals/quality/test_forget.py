"""What is left of forgotten turns: nothing, and the probes would see it if there were."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from memsvc.config import Settings
from memsvc.evals.quality.forget import ForgetReport, Found, evaluate_forgetting, probe
from memsvc.evals.reports.report import keep
from memsvc.evals.spaces.passing import passing_service
from memsvc.evals.spaces.sessions import passing_space
from memsvc.llm.fakes import HashingEmbedder
from memsvc.sdk.client import Client
from retrieval.recipes import RECIPES
from tests.evals.small import read, sample

DATA = read(sample())


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    settings = Settings(data=tmp_path_factory.mktemp("forget"))
    with passing_service(settings, embedder=HashingEmbedder(), recipes=RECIPES) as opened:
        yield opened


def measured(client: Client) -> ForgetReport:
    return evaluate_forgetting(client, DATA, run="r1", today=date(2026, 1, 1))


def test_a_tenth_goes_and_no_probe_finds_it(client: Client, tmp_path: Path) -> None:
    report = measured(client)

    found = report.found
    assert found.forgotten == max(1, found.turns // 10)
    assert (found.residue, found.receipts) == (0, 1)
    assert found.probes > found.forgotten
    assert "residue: 0" in report.table()
    assert [row["name"] for row in report.as_json()["rows"]] == ["memsvc", "before"]
    assert keep(report, tmp_path, kind="forget").exists()


def test_the_probes_find_what_was_not_forgotten(client: Client) -> None:
    text = "We sailed to Lisbon."
    with passing_space(client, "still-there") as space:
        (turn,) = space.write("log", [{"content": text}]).turns
        found = Found()
        probe(space, {turn.id: text}, [text], {"lisbon"}, found)

    assert found.ids_answered > 1
    assert found.texts_answered > 1
    assert found.names_answered == 1
    assert found.residue == found.ids_answered + found.texts_answered + 1

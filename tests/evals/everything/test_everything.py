"""A folder of small data sets of our own, measured as one: what is found in it, kept and drawn."""

import json
import xml.etree.ElementTree as ET
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from memsvc.cli.family import memsvc
from memsvc.domain.errors import InvalidField
from memsvc.evals.datasets.folders import BEAM, HAYSTACKS, LOCOMO, MULTIHOP, POOLED, held_in
from memsvc.evals.everything.goals import goals_of
from memsvc.evals.everything.report import Costs
from memsvc.evals.everything.unfinished import Unfinished
from tests.evals.datasets.test_multihop import CORPUS, MUSIQUE
from tests.evals.small import CHAT, PROBES, sample
from tests.evals.small import HAYSTACKS as SESSIONS

NOWHERE = {"title": "Nowhere", "paragraph_text": "Nothing.", "is_supporting": True}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """One data set of each kind, and files that are none."""
    monkeypatch.setenv("MEMSVC_EMBEDDER", "hashing")
    data = tmp_path / "data"
    chat = data / "beam" / "100K" / "1"
    chat.mkdir(parents=True)
    for name, content in (
        ("talks.json", [sample()]),
        ("deep/stacks.json", SESSIONS),
        ("hotpotqa_small.json", [MUSIQUE]),
        ("hotpotqa_small_corpus.json", [each.model_dump() for each in CORPUS]),
        ("beam/100K/1/chat.json", CHAT),
        ("beam/100K/1/probing_questions.json", PROBES),
        ("other.json", {"nothing": "of this"}),
        ("empty.json", []),
    ):
        (data / name).parent.mkdir(exist_ok=True)
        (data / name).write_text(json.dumps(content))
    (data / "broken.json").write_text("{")
    return data


def measured(folder: Path, reports: Path, *more: str) -> Result:
    words = ["eval", "all", str(folder), "--report", str(reports), *more]
    done = CliRunner().invoke(memsvc, words)
    assert done.exit_code == 0, done.output
    return done


def kept(reports: Path) -> dict[str, Any]:
    (file,) = reports.glob("*-all.json")
    found: dict[str, Any] = json.loads(file.read_text())
    return found


def test_data_is_known_by_what_files_hold(folder: Path) -> None:
    found = held_in(folder)

    assert [one.kind for one in found] == [LOCOMO, POOLED, HAYSTACKS, BEAM, MULTIHOP]
    assert [len(one.load().questions) for one in found] == [3, 2, 2, 2, 1]


def test_goals_are_those_of_the_data(folder: Path) -> None:
    locomo, pooled, apart, _, hops = held_in(folder)

    assert goals_of(locomo)["recall@10"] == 0.87
    assert goals_of(pooled)["recall@5"] == 0.94
    assert goals_of(apart) == {}
    assert goals_of(hops) == {"recall@2": 0.86, "recall@5": 0.975}


def test_every_data_set_is_in_one_report_with_its_baselines_and_costs(
    folder: Path, tmp_path: Path
) -> None:
    told = measured(folder, tmp_path / "reports", "--json")

    found = json.loads(told.stdout)
    assert found == kept(tmp_path / "reports")
    assert [part["report"]["questions"] for part in found["data"]] == [3, 2, 2, 2, 1]
    for part in found["data"]:
        rows = {row["name"]: row["metrics"] for row in part["report"]["rows"]}
        assert {"memsvc", "dense", "bm25"} <= set(rows)
        assert all("context@2000" in rows[name] for name in ("memsvc", "dense", "bm25"))
        assert part["costs"]["recalls"] == part["report"]["questions"]
        assert 0 < part["costs"]["p50_ms"] <= part["costs"]["p95_ms"]
        assert set(part["costs"]["mean_tokens"]) == {"1000", "2000", "4000"}


def test_the_page_has_a_chapter_for_each_and_what_changed(folder: Path, tmp_path: Path) -> None:
    first = measured(folder, tmp_path / "reports", "--quick").stdout
    second = measured(folder, tmp_path / "reports", "--quick").stdout

    heads = [line for line in first.splitlines() if line.startswith("## ")]
    assert heads == [
        "## Summary", "## LoCoMo talks", "## LongMemEval, pooled stacks", "## LongMemEval stacks",
        "## BEAM 100K", "## hotpotqa_small", "## What changed",
    ]  # fmt: skip
    assert "no earlier report" in first
    assert "| LoCoMo talks | recall@10 | +0.000 [+0.000, +0.000] | 0 | 0 |" in second


def test_the_lines_of_a_table_have_as_many_cells_as_its_head(folder: Path, tmp_path: Path) -> None:
    page = measured(folder, tmp_path / "reports", "--limit", "1").stdout

    for table in page.split("\n\n"):
        lines = [line for line in table.splitlines() if line.startswith("|")]
        assert len({line.count("|") for line in lines}) <= 1


def test_the_picture_has_a_bar_for_every_row_inside_its_frame(folder: Path, tmp_path: Path) -> None:
    reports = tmp_path / "reports"
    measured(folder, reports)

    (file,) = reports.glob("*-all.svg")
    root = ET.fromstring(file.read_text())  # noqa: S314  our own
    mark = "{http://www.w3.org/2000/svg}"
    bars = root.findall(f"{mark}rect")[1:]
    assert len(bars) == sum(len(part["report"]["rows"]) for part in kept(reports)["data"])
    width, height = float(root.attrib["width"]), float(root.attrib["height"])
    for bar in bars:
        assert float(bar.attrib["x"]) + float(bar.attrib["width"]) <= width
        assert float(bar.attrib["y"]) + float(bar.attrib["height"]) <= height


def test_a_folder_without_data_says_what_to_name(tmp_path: Path) -> None:
    words = ["eval", "all", str(tmp_path), "--report", str(tmp_path / "reports")]

    done = CliRunner().invoke(memsvc, words)

    assert (done.exit_code, done.stderr.count("\n")) == (2, 1)
    assert "name a folder that does" in done.stderr


def test_costs_are_told_as_percentiles_and_means() -> None:
    costs = Costs()
    costs.took_ms.extend([1.0, 3.0])
    costs.tokens[1_000] = [10, 20]

    assert costs.as_json() == {
        "recalls": 2, "p50_ms": 2.0, "p95_ms": 2.9, "mean_tokens": {"1000": 15.0},
    }  # fmt: skip


def test_a_run_that_was_cut_off_goes_on_where_it_was(folder: Path, tmp_path: Path) -> None:
    """The last data set is broken at first, so that the run ends after all others."""
    questions, reports = folder / "hotpotqa_small.json", tmp_path / "reports"
    whole = questions.read_text()
    questions.write_text(json.dumps([{**MUSIQUE, "paragraphs": [NOWHERE]}]))
    words = ["eval", "all", str(folder), "--report", str(reports), "--limit", "1", "--no-peers"]
    cut = CliRunner().invoke(memsvc, words)
    questions.write_text(whole)

    again = CliRunner().invoke(memsvc, words)

    assert (cut.exit_code, again.exit_code) == (2, 0)
    assert again.stderr.count("measured before: ") == 4
    assert len(kept(reports)["data"]) == 5
    assert not list(reports.glob("*unfinished*"))


def test_what_is_kept_of_a_run_comes_back_as_it_was(folder: Path, tmp_path: Path) -> None:
    measured(folder, tmp_path / "reports", "--limit", "2", "--no-peers")
    found = kept(tmp_path / "reports")["data"]
    file = Unfinished.beside(tmp_path, day=date(2024, 5, 1), asked={"code": "one"})
    texts = json.dumps(
        {"asked": {"code": "one"}, "data": [{**p, "shown": [], "main": "mrr"} for p in found]}
    )
    file.file.write_text(texts)

    parts = file.parts()

    assert [part.as_json() for part in parts.values()] == found
    file.keep(list(parts.values()))
    assert file.parts() == parts


def test_another_run_is_not_gone_on_with(tmp_path: Path) -> None:
    day = date(2024, 5, 1)
    Unfinished.beside(tmp_path, day=day, asked={"code": "one"}).keep([])
    broken = Unfinished.beside(tmp_path, day=date(2024, 5, 2), asked={})
    broken.file.write_text("{")

    assert Unfinished.beside(tmp_path, day=day, asked={"code": "two"}).parts() == {}
    with pytest.raises(InvalidField, match="Remove it"):
        broken.parts()

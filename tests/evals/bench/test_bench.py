"""The speed report, measured at sizes that say nothing and take seconds."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from memsvc.cli.bench import bench
from memsvc.evals.bench.beside import Goal, Part, Row, missed
from memsvc.evals.bench.extent import Extent, Setting
from memsvc.evals.bench.page import bench_page, bench_plot, table_of
from memsvc.evals.bench.run import Bench, measure_bench
from memsvc.evals.datasets.texts import Texts, load_texts
from memsvc.evals.speed import stores_beside
from memsvc.evals.speed.alternating import alternated
from memsvc.evals.speed.costs import Cost, costs_from_json
from memsvc.evals.speed.load import Scale
from memsvc.llm.fakes import HashingTokens

TINY = Extent(
    name="tiny",
    writes=10,
    bulk=20,
    sizes=(100, 200),
    real=100,
    questions=10,
    nodes=(1_000,),
    walks=5,
    load=Scale(seconds=1, filled=50, idle=10, probing_s=0.3, later=64),
    filled=50,
    costs=10,
    starts=1,
    lags=3,
)
TEXTS = Texts(
    tuple(f"heron{n} kestrel{n % 7} wades by reed{n % 11}" for n in range(120)),
    tuple(f"where does heron{n} wade now?" for n in range(20)),
)


def test_everything_is_measured_beside_its_peers_and_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MEMSVC_EMBEDDER", "hashing")
    setting = Setting(
        data=tmp_path,
        texts=TEXTS,
        embedder=HashingTokens(),
        exported=None,
        model="hashing",
        threads=1,
        database="",
        seed=1,
        progress=lambda _what: None,
    )

    found = measure_bench(TINY, setting)

    rows = {row.work: row for part in found.parts for row in part.rows}
    assert rows["recall at 200 turns, p50"].ours > 0
    assert rows["found by a recall right after its write"].ours == 1
    assert set(rows["ten nearest of 200 vectors, p50"].peers) >= {
        "NumPy, every vector",
        "FAISS, every vector",
        "FAISS, HNSW32, ef 64",
    }
    assert rows["torch is loaded"].goal == Goal("not", reached=True)
    assert rows["of these lost"].ours == 0
    if stores_beside.is_at_hand(""):
        assert "PostgreSQL" in rows["one recall, rows in SQLite, p50"].peers
    kept = json.loads(json.dumps(found.as_json()))
    assert costs_from_json(kept["costs"]) == found.costs
    assert found.costs["recall"].requests == TINY.costs
    assert [one["turns"] for one in kept["sizes"]] == [100, 200]
    page = bench_page(found, day="2026-01-01", commit="abc", plot="p.svg")
    assert "| torch is loaded | 0  | reached | not |" in page
    assert "not judged at this size" in page
    assert bench_plot(found).startswith("<svg ")


def a_bench(*rows: Row) -> Bench:
    machine = {"processor": "one", "cores": 2, "python": "3", "load_before": [], "load_after": []}
    return Bench(TINY, [Part("Walking", rows, 1.0, 0.4, ["igraph"])], {}, [], machine)


def test_a_row_stands_beside_one_peer_and_says_whether_its_goal_was_reached() -> None:
    row = Row("walk", 3.0, "ms", {"snail": 12.0}, "snail", Goal("<= 2 ms", reached=False))
    found = a_bench(row, Row("rest", 1.0, "ms"))

    assert row.ratio == pytest.approx(0.25)
    assert list(missed(found.parts)) == [row]
    page = bench_page(found, day="2026-01-01", commit="abc", plot="p.svg")
    assert "| walk | 0.25 | snail | 3 | ms | snail 12 |" in page
    assert "| walk | 3 ms | **missed** | <= 2 ms |" in page
    assert "others used 40% of the cores meanwhile; times are doubtful" in page
    assert "not measured: igraph" in page
    assert "igraph: not there" in table_of(found.parts)
    assert bench_plot(found).count("<rect") == 3, "the ground, ours and the snail"


def test_ways_take_turns_on_every_question() -> None:
    order: list[str] = []
    ways = {name: (lambda one, name=name: order.append(f"{name}{one}")) for name in "ab"}

    took = alternated(ways, [1, 2, 3])

    assert [{*order[at : at + 2]} for at in (0, 2, 4)] == [{f"a{n}", f"b{n}"} for n in (1, 2, 3)]
    assert {name: len(each) for name, each in took.items()} == {"a": 3, "b": 3}


def test_costs_survive_being_kept() -> None:
    cost = Cost(3, (1.0, 2.0), 1.5, 0.5, 0.1)
    assert cost.mean_ms == 1.5


def test_pages_are_read_as_texts_and_lend_questions(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# Herons\n\nHerons wade in the lake.\nIs this what herons do? They fish.\n")

    found = load_texts([page])

    assert found.sentences == ("Herons wade in the lake.",)
    assert found.questions == ("Is this what herons do?",)
    assert found.asking(2).questions[1] == "Herons wade in the lake?"


def test_the_command_says_what_it_takes() -> None:
    told = CliRunner().invoke(bench, ["all", "--help"])
    assert "--quick" in told.stdout

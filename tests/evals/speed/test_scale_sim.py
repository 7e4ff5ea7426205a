"""The simulation of services under load, held against what queueing theory says."""

import json
from pathlib import Path
from random import Random
from statistics import fmean
from typing import Any

import pytest
from click.testing import CliRunner

from memsvc.cli.family import USAGE, memsvc
from memsvc.evals.speed.capacity import model_of
from memsvc.evals.speed.costs import BULK, LATER, RECALL, WRITE, Cost, costs_as_json
from memsvc.evals.speed.simulate import Draw, arriving, capacity, place, shares_of, simulated

TEN_MS = Cost(100, (10.0,) * 99, processor_ms=10.0, beside_ms=0.0, sender_ms=0.0)
COSTS = dict.fromkeys((WRITE, RECALL, LATER, BULK), TEN_MS)


def mean_ms(draw: Draw, rate: float, *, cores: float) -> float:
    served = simulated(arriving(draw, {RECALL: rate}, 400.0), cores=cores, threads=10_000)
    return fmean(one.took_s for one in served) * 1e3


@pytest.mark.parametrize("rate", [30.0, 50.0, 80.0])
def test_requests_that_share_one_core_take_as_long_as_theory_says(rate: float) -> None:
    """Processor sharing with Poisson arrivals: S / (1 - rho), whatever the times are made of."""
    busy = rate * 0.010
    assert mean_ms(Draw(COSTS, Random(1)), rate, cores=1.0) == pytest.approx(
        10.0 / (1.0 - busy), rel=0.12
    )


def test_nobody_waits_where_there_are_cores_for_all() -> None:
    assert mean_ms(Draw(COSTS, Random(1)), 50.0, cores=64.0) == pytest.approx(10.0, rel=1e-6)


def test_what_no_core_shortens_is_waited_for_beside_others() -> None:
    half = Cost(100, (10.0,) * 99, processor_ms=5.0, beside_ms=0.0, sender_ms=0.0)
    draw = Draw({RECALL: half}, Random(1))

    assert mean_ms(draw, 1.0, cores=1.0) == pytest.approx(10.0, rel=0.02)


def test_what_others_made_slow_is_not_taken_for_what_a_request_needs() -> None:
    noisy = Cost(100, (12.0, 50.0, 900.0), processor_ms=10.0, beside_ms=0.0, sender_ms=0.0)
    draw = Draw({RECALL: noisy}, Random(1), spread=False)

    assert mean_ms(draw, 1.0, cores=64.0) == pytest.approx(12.0, rel=1e-6)


def test_as_many_are_answered_as_the_cores_can_and_no_more() -> None:
    draw = Draw(COSTS, Random(1))
    assert capacity(draw, cores=2.0, seconds=20.0) == pytest.approx(200.0, rel=0.02)
    after = Cost(100, (10.0,) * 99, processor_ms=10.0, beside_ms=10.0, sender_ms=0.0)
    draw = Draw({WRITE: after, RECALL: after}, Random(1))
    assert capacity(draw, cores=2.0, seconds=20.0) == pytest.approx(100.0, rel=0.25)


def test_with_few_threads_requests_wait_in_line() -> None:
    draw = Draw(COSTS, Random(1))
    at_once = [(0.0, draw(RECALL)) for _ in range(4)]

    served = simulated(at_once, cores=4.0, threads=1)

    assert [one.took_s for one in served] == pytest.approx([0.01, 0.02, 0.03, 0.04])


def test_a_database_more_takes_spaces_and_moves_no_others() -> None:
    names = [f"space-{n}" for n in range(2_000)]
    before, after = [place(n, 4) for n in names], [place(n, 5) for n in names]

    moved = [new for old, new in zip(before, after, strict=True) if old != new]
    assert set(moved) == {4}
    assert len(moved) == pytest.approx(2_000 / 5, rel=0.15)
    assert sum(shares_of(500, 4, skew=0.8)) == pytest.approx(1.0)


def a_report() -> dict[str, Any]:
    loaded = {"capacity, 16 writers": 100.0, "capacity, 16 readers beside them": 100.0}
    for kind in (WRITE, RECALL):
        loaded |= {f"{kind}, half capacity, p{percent}": 10.0 for percent in (50, 95, 99)}
    sizes = [
        {"turns": n, "resident_bytes": 10**8 + 1_000 * n, "disk_bytes": 5_000 * n,
         "recall_processor_ms": 10.0 + n / 1e5}
        for n in (1_000, 101_000)
    ]  # fmt: skip
    return {
        "costs": costs_as_json(COSTS),
        "sizes": sizes,
        "machine": {"cores": 4},
        "parts": [
            {"title": "What one operation costs", "others": 0.0, "rows": []},
            {
                "title": "Under load",
                "others": 0.5,
                "rows": [{"work": name, "ours": value} for name, value in loaded.items()],
            },
        ],
    }


def test_the_model_is_made_of_what_was_measured_and_of_nothing_else() -> None:
    model = model_of(a_report())

    assert model.cores == 2.0, "what others used is not there"
    assert model.disk_a_turn() == pytest.approx(5_000)
    assert model.memory_a_turn() == pytest.approx(1_000)
    needs = model.needs(turns=10**6, a_space=1_000, writes_s=50, recalls_s=50, open_share=0.5)
    assert needs.cores == pytest.approx(1.0)
    assert needs.memory_bytes == pytest.approx(1e8 + 0.5 * 1e9)
    assert needs.disk_bytes == pytest.approx(5e9)
    assert model.processor_s(RECALL, turns=101_000) > model.processor_s(RECALL, turns=1_000)


def test_the_command_says_how_far_off_it_is_and_what_a_load_takes(tmp_path: Path) -> None:
    file = tmp_path / "report.json"
    file.write_text(json.dumps(a_report()))
    words = ["bench", "scale-sim", str(file), "--databases", "3", "--seconds", "5"]

    told = CliRunner().invoke(memsvc, words)
    found = json.loads(CliRunner().invoke(memsvc, [*words, "--json"]).stdout)

    assert told.exit_code == 0, told.output
    assert "busiest database" in told.stdout
    assert found["check"]["capacity, requests/s"]["error"] == pytest.approx(0.0, abs=0.05)
    assert found["plan"]["cores"] == pytest.approx(0.2)


def test_another_file_is_no_report(tmp_path: Path) -> None:
    file = tmp_path / "report.json"
    file.write_text("{}")

    told = CliRunner().invoke(memsvc, ["bench", "scale-sim", str(file)])

    assert told.exit_code == USAGE
    assert "no report of `memsvc bench all`" in told.stderr

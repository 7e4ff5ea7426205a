import json
import re
import subprocess
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np

from memsvc.evals.reports.report import Report, commit_id, differences_of, keep, readable, row_of

COLUMNS = {
    "memsvc": {"recall@10": np.array([1.0, 1.0, 0.5, 1.0])},
    "bm25": {"recall@10": np.array([1.0, 0.0, 0.5, 0.0])},
}
METRICS = ("recall@2", "recall@5", "recall@10", "recall@20", "mrr")


def report() -> Report:
    every = {name: dict.fromkeys(METRICS, found["recall@10"]) for name, found in COLUMNS.items()}
    slices = {"1": [0, 1], "5": [2, 3]}
    return Report(
        dataset="small",
        questions=4,
        commit="abc",
        day=date(2026, 1, 2),
        seed=7,
        settings={"k": 20},
        rows=[row_of(name, found, slices=slices, seed=7) for name, found in every.items()],
        differences=differences_of(every, seed=7),
    )


def test_the_object_has_the_shape_that_is_documented() -> None:
    found = report().as_json()

    assert set(found) == {
        "dataset", "questions", "commit", "date", "seed", "settings", "rows", "differences",
    }  # fmt: skip
    assert [set(row) - {"per_question"} for row in found["rows"]] == [
        {"name", "metrics", "intervals", "categories"}
    ] * 2
    assert found["date"] == "2026-01-02"


def test_a_row_holds_its_means_with_intervals_around_them() -> None:
    row = report().as_json()["rows"][0]
    low, high = row["intervals"]["recall@10"]

    assert row["metrics"]["recall@10"] == 0.875
    assert low <= 0.875 <= high


def test_only_our_row_is_kept_question_by_question() -> None:
    """It is what two reports are compared by; the others would make the file ten times as long."""
    ours, theirs = report().as_json()["rows"]

    assert ours["per_question"]["recall@10"] == [1.0, 1.0, 0.5, 1.0]
    assert "per_question" not in theirs


def test_a_list_of_numbers_is_one_line() -> None:
    shown = readable(report().as_json())

    assert '"recall@10": [1.0, 1.0, 0.5, 1.0]' in shown
    assert json.loads(shown) == report().as_json()


def test_a_category_holds_its_own_questions() -> None:
    categories = report().as_json()["rows"][1]["categories"]

    assert {name: part["questions"] for name, part in categories.items()} == {"1": 2, "5": 2}
    assert categories["5"]["metrics"]["recall@10"] == 0.25


def test_the_product_is_compared_with_every_other_row() -> None:
    (difference,) = report().as_json()["differences"]

    assert (difference["of"], difference["against"]) == ("memsvc", "bm25")
    assert difference["metrics"]["recall@10"] == 0.5


def test_a_part_that_was_left_out_is_compared_by_category() -> None:
    rows = {"memsvc": COLUMNS["memsvc"], "memsvc -bridges": COLUMNS["bm25"]}
    (found,) = differences_of(rows, seed=7, slices={"1": [0, 1], "5": [1, 2]})

    assert found.categories["1"]["recall@10"].mean == 0.5
    assert found.categories["5"]["recall@10"].mean == 0.5
    table = replace(report(), differences=[found]).table().splitlines()
    assert table[-3:-1] == ["recall@10, difference by category", table[-2]]
    assert table[-1].startswith("memsvc - memsvc -bridges  +0.500 [")


def test_the_object_is_json() -> None:
    assert json.loads(json.dumps(report().as_json())) == report().as_json()


def test_a_report_is_kept_under_its_day(tmp_path: Path) -> None:
    file = keep(report(), tmp_path / "reports", kind="locomo")

    assert file == tmp_path / "reports" / "2026-01-02-locomo.json"
    assert json.loads(file.read_text()) == report().as_json()


def test_the_table_shows_every_row_and_difference() -> None:
    lines = report().table().splitlines()

    assert lines[0] == "small: 4 questions, abc, 2026-01-02"
    assert [line.split()[0] for line in lines[3:5]] == ["memsvc", "bm25"]
    assert lines[-1].startswith("memsvc - bm25  +0.500 [")


def test_a_table_of_questions_without_categories_has_no_block_for_them() -> None:
    bare = [replace(row, categories={}) for row in report().rows]

    assert "by category" in report().table()
    assert "by category" not in replace(report(), rows=bare).table()


def test_the_columns_of_the_table_stand_below_each_other() -> None:
    head, ours, theirs = report().table().splitlines()[2:5]

    assert head.index("recall@2") == ours.index("0.875") == theirs.index("0.375")


def test_a_commit_names_the_code_where_it_has_a_repository_of_its_own(tmp_path: Path) -> None:
    package = tmp_path / "memsvc"
    package.mkdir()
    for words in (
        ["init", "--quiet"],
        [
            "-c",
            "user.name=A",
            "-c",
            "user.email=a@b.c",
            "-c",
            "commit.gpgsign=false",
            "commit",
            "-qm",
            "x",
            "--allow-empty",
        ],
    ):
        subprocess.run(["git", *words], cwd=tmp_path, check=True)  # noqa: S607  the user's git

    assert re.fullmatch("[0-9a-f]{40}", commit_id(package))


def test_a_version_names_the_code_inside_another_repository(tmp_path: Path) -> None:
    """An installation in somebody's project must not claim that project's commit."""
    inside = tmp_path / "site-packages" / "memsvc"
    inside.mkdir(parents=True)
    subprocess.run(["git", "init", "--quiet"], cwd=tmp_path, check=True)  # noqa: S607  the user's

    assert not re.fullmatch("[0-9a-f]{40}.*", commit_id(inside))

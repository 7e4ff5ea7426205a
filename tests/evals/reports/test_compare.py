import json
from pathlib import Path
from typing import Any

import pytest

from memsvc.domain.errors import InvalidField
from memsvc.evals.datasets.dataset import LabelledQuestion
from memsvc.evals.reports.compare import compare, compare_reports, load_kept, load_reports


def kept(folder: Path, name: str, values: list[float], **changes: Any) -> Path:
    file = folder / name
    rows = [{"name": "bm25"}, {"name": "memsvc", "per_question": {"recall@10": values}}]
    report = {"dataset": "small", "questions": len(values), "commit": name, "rows": rows}
    file.write_text(json.dumps(report | changes))
    return file


def test_a_comparison_names_the_questions_that_gained_and_lost(tmp_path: Path) -> None:
    first = load_kept(kept(tmp_path, "a", [1.0, 0.0, 0.5, 0.5]))
    second = load_kept(kept(tmp_path, "b", [0.0, 1.0, 1.0, 0.5]))

    change = compare(first, second).changes["recall@10"]

    assert (change.better, change.worse) == ((1, 2), (0,))
    assert change.difference.mean == 0.125


def test_a_comparison_is_shown_with_its_interval_and_its_numbers(tmp_path: Path) -> None:
    first = load_kept(kept(tmp_path, "a", [0.0, 0.0]))
    second = load_kept(kept(tmp_path, "b", [1.0, 1.0]))

    found = compare(first, second)

    assert "recall@10   +1.000 [+1.000, +1.000]  2 better, 0 worse" in found.table()
    assert found.table().endswith("worse, by number from 0: none")
    assert found.as_json()["changes"]["recall@10"]["better"] == [0, 1]
    assert found.as_json()["commits"] == ["a", "b"]


def test_reports_of_other_data_are_not_compared(tmp_path: Path) -> None:
    first = load_kept(kept(tmp_path, "a", [0.0]))

    with pytest.raises(InvalidField, match=r"small \(1 questions\) and large"):
        compare(first, load_kept(kept(tmp_path, "b", [0.0], dataset="large")))
    with pytest.raises(InvalidField, match="compare two of the same data"):
        compare(first, load_kept(kept(tmp_path, "c", [0.0, 1.0])))


def test_a_report_without_single_questions_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidField, match="measure it again"):
        load_kept(kept(tmp_path, "a", [0.0], rows=[{"name": "memsvc"}]))


def test_another_file_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "other"
    file.write_text("{}")

    with pytest.raises(InvalidField, match="is no report of memsvc eval"):
        load_kept(file)


QUESTIONS = [
    LabelledQuestion("Which pet?", "4", frozenset({"a"})),
    LabelledQuestion("Which\nboat?", "2", frozenset({"b"})),
]


def test_questions_that_changed_stand_by_category_with_their_texts(tmp_path: Path) -> None:
    first = load_kept(kept(tmp_path, "a", [0.0, 1.0]))
    second = load_kept(kept(tmp_path, "b", [0.5, 0.0]))

    found = compare(first, second)

    told = found.table(QUESTIONS).splitlines()
    assert told[-7:] == [
        "recall@10 better:", "  4 (1)", "       0  0.00 to 0.50  Which pet?",
        "", "recall@10 worse:", "  2 (1)", "       1  1.00 to 0.00  Which boat?",
    ]  # fmt: skip
    assert [one["question"] for one in found.as_json(QUESTIONS)["questions"]] == [
        "Which pet?", "Which\nboat?",
    ]  # fmt: skip
    assert "questions" not in found.as_json()


def of_all(folder: Path, name: str, **values: list[float]) -> Path:
    """Keep a report of several data sets."""
    parts = []
    for title, found in values.items():
        report = json.loads(kept(folder, "one", found, dataset=f"data of {title}").read_text())
        parts.append({"title": title, "report": report})
    file = folder / name
    file.write_text(json.dumps({"data": parts}))
    return file


def test_reports_of_all_are_compared_where_they_asked_the_same(tmp_path: Path) -> None:
    first = load_reports(of_all(tmp_path, "a", chats=[0.0, 1.0], hops=[1.0], gone=[1.0]))
    second = load_reports(of_all(tmp_path, "b", chats=[1.0, 1.0], hops=[1.0, 1.0]))

    found, left = compare_reports(first, second)

    assert list(found) == ["chats"]
    assert found["chats"].main.better == (0,)
    assert left == ["hops", "gone"]


def test_reports_of_all_without_a_common_question_are_refused(tmp_path: Path) -> None:
    first = load_reports(of_all(tmp_path, "a", chats=[0.0], hops=[1.0]))
    second = load_reports(of_all(tmp_path, "b", chats=[0.0, 1.0], walks=[1.0]))

    with pytest.raises(InvalidField, match="no questions in common"):
        compare_reports(first, second)


def test_a_report_of_one_is_read_by_the_name_of_its_data(tmp_path: Path) -> None:
    assert list(load_reports(kept(tmp_path, "a", [0.0]))) == ["small"]

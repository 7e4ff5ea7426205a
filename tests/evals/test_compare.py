import json
from pathlib import Path
from typing import Any

import pytest

from memsvc.domain.errors import InvalidField
from memsvc.evals.compare import compare, load_kept


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

"""`memsvc eval`: the report on standard output, its progress elsewhere."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from memsvc.cli.family import memsvc
from tests.evals.small import sample


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small file in LoCoMo's schema, and a service that needs no model."""
    monkeypatch.setenv("MEMSVC_EMBEDDER", "hashing")
    file = tmp_path / "tiny.json"
    file.write_text(json.dumps([sample()]))
    return file


def test_with_json_standard_output_holds_only_the_object(file: Path, tmp_path: Path) -> None:
    reports = tmp_path / "reports"

    done = CliRunner().invoke(
        memsvc, ["eval", "locomo", str(file), "--json", "--report", str(reports)]
    )

    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    assert found["dataset"] == "tiny"
    assert found["rows"][0]["name"] == "memsvc"
    (kept,) = reports.iterdir()
    assert json.loads(kept.read_text()) == found


def test_a_limit_bounds_the_questions(file: Path) -> None:
    done = CliRunner().invoke(memsvc, ["eval", "locomo", str(file), "--json", "--limit", "1"])

    assert json.loads(done.stdout)["questions"] == 1


def test_a_file_in_another_schema_is_said_in_one_line(file: Path) -> None:
    file.write_text("[{}]")

    done = CliRunner().invoke(memsvc, ["eval", "locomo", str(file)])

    assert done.exit_code == 2
    assert done.stderr.startswith("error: ")

"""`memsvc profile`, and `memsvc recall --profile`."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from click.testing import CliRunner, Result

from memsvc.cli.family import memsvc
from memsvc.local import open as memsvc_open
from memsvc.sdk.wire import NewTurn


@pytest.fixture
def alice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setenv("MEMSVC_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("MEMSVC_EMBEDDER", "hashing")
    with memsvc_open(tmp_path / "data") as client:
        client.space("alice").write("chat", [NewTurn(content="I prefer tea.", speaker="Ann")])
    yield "alice"
    structlog.reset_defaults()


def run(*words: str) -> Result:
    return CliRunner().invoke(memsvc, [*words, "--local"])


def test_a_profile_is_printed(alice: str) -> None:
    assert run("profile", alice).stdout == "Preferences:\n- Ann: I prefer tea.\n"
    assert run("profile", alice, "--speaker", "Bo").stdout == "nothing known\n"
    assert json.loads(run("profile", alice, "--json").stdout)["lines"][0]["speaker"] == "Ann"


def test_a_recall_may_begin_with_it_in_one_space(alice: str) -> None:
    recalled = run("recall", alice, "tea?", "--profile", "--json")

    assert json.loads(recalled.stdout)["context"].startswith("<user-profile>")
    assert run("recall", alice, "tea?", "--profile", "--also", "bob").exit_code == 2

"""`memsvc pins`: pinned questions kept, listed, asked and judged."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog
from click.testing import CliRunner, Result

from memsvc.cli.family import memsvc
from memsvc.local import open as memsvc_open

Run = Callable[..., Result]
DOG = "My dog is called Rex."
TEA = "I like tea with milk."
DOG_ASKED = "What is the dog called?"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def turns(folder: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Write two turns, and return their ids."""
    monkeypatch.setenv("MEMSVC_EMBEDDER", "hashing")
    with memsvc_open(folder) as client:
        written = client.space("alice").write("chat", [{"content": DOG}, {"content": TEA}])
    return [turn.id for turn in written.turns]


@pytest.fixture
def run(folder: Path) -> Iterator[Run]:
    def invoke(*words: str) -> Result:
        return CliRunner().invoke(memsvc, ["pins", *words, "--data", str(folder)])

    yield invoke
    structlog.reset_defaults()


def states(done: Result) -> dict[str, str]:
    return {each["question"]: each["state"] for each in json.loads(done.stdout)["pins"]}


def test_what_is_pinned_is_listed_and_removed(run: Run, turns: list[str]) -> None:
    made: dict[str, Any] = json.loads(
        run("add", "alice", DOG_ASKED, *turns, "--recipe", "fast", "-k", "5", "--json").stdout
    )
    listed = run("list", "alice")

    assert (made["expected"], made["recipe"], made["k"]) == (turns, "fast", 5)
    assert listed.stdout == f"{made['id']}  {DOG_ASKED}  (2 of 5 hits, fast)\n"
    assert run("remove", "alice", made["id"]).stdout == f"unpinned: {made['id']}\n"
    assert run("list", "alice").stdout == ""
    assert run("remove", "alice", made["id"]).exit_code == 3


def test_a_run_exits_0_while_all_is_found_whatever_its_order(run: Run, turns: list[str]) -> None:
    dog, tea = turns
    run("add", "alice", DOG_ASKED, dog, tea)
    run("add", "alice", "What do I like with milk?", dog, tea)

    done = run("run", "alice", "--json")
    told = run("run", "alice")

    assert (done.exit_code, told.exit_code) == (0, 0), done.stderr
    assert states(done) == {DOG_ASKED: "holds", "What do I like with milk?": "moved"}
    assert json.loads(done.stdout)["pins"][0]["first"] == dog
    lines = told.stdout.splitlines()
    assert lines[0].startswith("holds  pq_")
    assert lines[1].startswith("moved  pq_")
    assert lines[2:] == [f"  {dog}  hit 2", f"  {tea}  hit 1", "2 asked, 0 lost something"]


def test_a_run_exits_1_when_a_turn_is_found_no_more_or_gone(
    run: Run, turns: list[str], folder: Path
) -> None:
    dog, tea = turns
    run("add", "alice", DOG_ASKED, tea, "-k", "1")
    run("add", "alice", "What do I like with milk?", dog, tea)
    run("add", "alice", "Who is Rex?", dog, "-k", "1")
    with memsvc_open(folder) as client:
        client.space("alice").delete_turn(tea)

    done = run("run", "alice", "--json")
    told = run("run", "alice")

    assert (done.exit_code, told.exit_code) == (1, 1)
    found = json.loads(done.stdout)
    assert (found["asked"], found["lost"]) == (3, 2)
    assert states(done)["Who is Rex?"] == "holds"
    assert found["pins"][1]["expected"] == [
        {"turn": dog, "place": 1, "gone": False},
        {"turn": tea, "place": None, "gone": True},
    ]
    assert f"  {tea}  gone" in told.stdout.splitlines()
    assert told.stdout.splitlines()[-1] == "3 asked, 2 lost something"


def test_a_turn_that_others_come_before_is_not_found(run: Run, turns: list[str]) -> None:
    run("add", "alice", DOG_ASKED, turns[1], "-k", "1")

    told = run("run", "alice")

    assert told.exit_code == 1
    assert f"  {turns[1]}  not found" in told.stdout.splitlines()


def test_a_run_asks_with_the_filters_that_were_pinned(run: Run, turns: list[str]) -> None:
    dog, tea = turns
    some = ("--filters", '{"speakers": ["Ann"]}')
    run("add", "alice", DOG_ASKED, dog)
    made = run("add", "alice", DOG_ASKED, dog, *some, "--json")
    run("add", "alice", "What do I like?", tea, "--since", "2001-01-01T00:00:00Z")
    run("add", "alice", "What do I like with milk?", tea, "--until", "2001-01-01T00:00:00Z")

    done = run("run", "alice", "--json")

    assert json.loads(made.stdout)["filters"]["speakers"] == ["Ann"]
    found = [each["state"] for each in json.loads(done.stdout)["pins"]]
    assert found == ["holds", "lost", "holds", "lost"]


@pytest.mark.parametrize("filters", ["{", "[]", '{"speaker": ["Ann"]}'])
def test_filters_that_are_none_are_refused(run: Run, turns: list[str], filters: str) -> None:
    refused = run("add", "alice", DOG_ASKED, turns[0], "--filters", filters)

    assert (refused.exit_code, refused.stderr.count("\n")) == (2, 1)


def test_with_nothing_pinned_nothing_is_lost(run: Run, turns: list[str]) -> None:
    assert turns
    done = run("run", "alice")
    assert (done.exit_code, done.stdout) == (0, "0 asked, 0 lost something\n")
    assert run("run", "nobody").exit_code == 3

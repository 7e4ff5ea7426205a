"""`memsvc entities` and `memsvc graph`, from a terminal."""

import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import networkx as nx
import pytest
import structlog
from click.testing import CliRunner, Result

from memsvc.cli.family import REFUSED, USAGE, memsvc
from memsvc.local import open as memsvc_open

Run = Callable[..., Result]
SAID = ["We sailed to Lisbon with Ann Hart.", "In Lisbon it rained on Bob Crane."]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    """Run a command line over a directory with a space that names three things."""
    monkeypatch.setenv("MEMSVC_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("MEMSVC_EMBEDDER", "hashing")
    with memsvc_open(tmp_path / "data") as client:
        client.space("sea").write("log", [{"content": each, "role": "user"} for each in SAID])

    def invoke(*words: str) -> Result:
        return CliRunner().invoke(memsvc, [*words, "--space", "sea", "--local"])

    yield invoke
    structlog.reset_defaults()


def test_entities_are_listed_and_one_is_shown(run: Run) -> None:
    listed = run("entities").stdout.splitlines()
    assert listed == [
        "Ann Hart  [ann hart]  1 turns",
        "Bob Crane  [bob crane]  1 turns",
        "Lisbon  [lisbon]  2 turns",
    ]
    assert len(run("entities", "--prefix", "lis").stdout.splitlines()) == 1

    head, newest, oldest = run("entities", "LISBON").stdout.splitlines()
    assert head == "Lisbon  [lisbon]  2 turns"
    assert newest.endswith(f"log #1  user: {SAID[1]}")
    assert oldest.endswith(f"log #0  user: {SAID[0]}")
    assert json.loads(run("entities", "lisbon", "--json").stdout)["turns"] == 2


def test_two_entities_are_merged_and_taken_apart(run: Run) -> None:
    made = run("entities", "merge", "Bob Crane", "Ann Hart").stdout
    merge_id = made.partition(":")[0]
    assert made == f"{merge_id}: bob crane is ann hart from now on\n"
    assert run("entities", "merges").stdout == f"{merge_id}  bob crane is ann hart\n"
    assert "Ann Hart  [ann hart]  2 turns  = bob crane" in run("entities", "bob crane").stdout

    assert run("entities", "undo", merge_id).exit_code == 0
    assert run("entities", "merges").stdout == ""


def test_an_entity_is_renamed_and_called_again_as_it_was(run: Run) -> None:
    made = run("entities", "rename", "Bob Crane", "Zorro").stdout
    merge_id = made.partition(":")[0]
    assert made == f"{merge_id}: bob crane is called Zorro from now on\n"
    assert run("entities", "merges").stdout == f"{merge_id}  bob crane is called Zorro\n"
    assert "Zorro  [zorro]  1 turns  = bob crane" in run("entities", "Bob Crane").stdout

    assert (
        run("entities", "rename", "zorro", "Bob Crane").stdout == "bob crane is called so again\n"
    )
    assert run("entities", "merges").stdout == ""


def test_a_turn_is_unlinked_and_linked_again(run: Run) -> None:
    turn = json.loads(run("entities", "Bob Crane", "--json").stdout)["newest"][0]["id"]
    made = run("entities", "unlink", "Bob Crane", turn).stdout
    unlinking = made.split()[0]
    assert made == f"{unlinking}  {turn} does not name bob crane\n"
    assert run("entities", "unlinked").stdout == made
    assert len(run("entities").stdout.splitlines()) == 2

    assert run("entities", "relink", unlinking).stdout == f"took {unlinking} back\n"
    assert run("entities", "unlinked").stdout == ""
    assert len(run("entities").stdout.splitlines()) == 3


def test_what_cannot_be_merged_is_said_in_one_line(run: Run) -> None:
    refused = run("entities", "merge", "Lisbon", "lisbon")

    assert refused.exit_code == REFUSED
    assert "same entity" in refused.stderr


def test_the_graph_is_printed_around_a_node_and_for_a_question(run: Run) -> None:
    around = run("graph", "--node", "entity:Lisbon").stdout
    assert "entity:lisbon\n" in around
    assert f"user: {SAID[0]}" in around
    assert "-mention" in around

    asked = run("graph", "--question", "Who was in Lisbon?").stdout
    assert "* entity:lisbon" in asked
    assert "% by entity:lisbon -mention- turn:" in asked
    assert json.loads(run("graph", "--node", "entity:Lisbon", "--json").stdout)["edges"]


def test_a_look_at_nothing_or_at_two_things_is_a_wrong_command(run: Run) -> None:
    assert run("graph").exit_code == USAGE
    assert run("graph", "--node", "entity:a", "--question", "b").exit_code == USAGE


def test_the_graph_is_counted_and_exported(run: Run, tmp_path: Path) -> None:
    counted = run("graph", "stats").stdout
    assert "nodes: 3 entity, 2 turn\n" in counted
    assert "components: 1, the largest of 5\n" in counted
    assert "hub: entity:" in counted
    assert json.loads(run("graph", "stats", "--json").stdout)["edges"] == {
        "mention": 4,
        "adjacency": 1,
    }

    file = tmp_path / "sea.graphml"
    run("graph", "export", str(file))
    assert len(nx.read_graphml(file).nodes) == 5
    text = run("graph", "export", "--format", "json").stdout
    assert len(nx.node_link_graph(json.load(io.StringIO(text)), edges="edges").nodes) == 5

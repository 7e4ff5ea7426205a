"""Entities, merges and the graph over HTTP."""

import io
import operator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import networkx as nx
import pytest

from memsvc.local import open as memsvc_open
from tests.server.front import Front

BAND = 'We heard "AC/DC" with Ann Hart.'
JAPANESE = "「東京タワー」は高い。"


def get(front: Front, space: str, path: str, **query: Any) -> Any:
    answer = front.ask("GET", f"/v1/spaces/{space}/{path}", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_an_entity_is_read_by_any_name_that_an_address_can_hold(front: Front) -> None:
    space = front.space()
    band, tower = front.write(space, BAND, JAPANESE)

    listed = get(front, space, "entities")["items"]

    assert {one["name"]: one["spelled"] for one in listed} == {
        "ac dc": "AC/DC",
        "ann hart": "Ann Hart",
        "東京タワー": "東京タワー",
    }
    for name in ("AC%2FDC", "AC/DC", "ac%20dc"):
        found = get(front, space, f"entities/{name}")
        assert (found["name"], [turn["id"] for turn in found["newest"]]) == ("ac dc", [band])
    found = get(front, space, f"entities/{quote('東京タワー')}")
    assert [turn["id"] for turn in found["newest"]] == [tower]


def test_a_merge_is_made_listed_and_taken_back(front: Front) -> None:
    space = front.space()
    front.write(space, BAND, "Bob Crane sang.")
    path = f"/v1/spaces/{space}/entities/Bob%20Crane/merge"

    made = front.ask("POST", path, json={"into": "ANN HART"})
    again = front.ask("POST", path, json={"into": "AC/DC"})

    assert made.status_code == 201
    merge = made.json()
    assert (merge["name"], merge["into"]) == ("bob crane", "ann hart")
    assert (again.status_code, again.json()["type"]) == (409, "merge_conflict")
    assert again.json()["merge"] == merge["id"]
    assert get(front, space, "merges")["items"] == [merge]
    assert get(front, space, "entities/bob crane")["merged"] == ["bob crane"]
    undone = front.ask("DELETE", f"/v1/spaces/{space}/merges/{merge['id']}")
    assert (undone.status_code, undone.content) == (204, b"")
    assert get(front, space, "merges")["items"] == []
    gone = front.ask("DELETE", f"/v1/spaces/{space}/merges/{merge['id']}")
    assert (gone.status_code, gone.json()["type"]) == (404, "merge_not_found")


def test_a_rename_is_made_shown_and_taken_back(front: Front) -> None:
    space = front.space()
    (turn,) = front.write(space, "Bob Crane sang.")
    path = f"/v1/spaces/{space}/entities"

    done = front.ask("POST", f"{path}/Bob%20Crane/rename", json={"to": "Zorro"})
    again = front.ask("POST", f"{path}/bob%20crane/rename", json={"to": "Zorro"})

    assert done.status_code == 200
    merge = done.json()["merge"]
    assert (done.json()["name"], merge["name"], merge["spelled"]) == ("zorro", "bob crane", "Zorro")
    assert (again.status_code, again.json()["type"]) == (409, "merge_conflict")
    assert get(front, space, "merges")["items"] == [merge]
    assert get(front, space, "entities/zorro")["spelled"] == "Zorro"
    view = get(front, space, "graph", question="When did Zorro sing?")
    assert view["paths"][0]["nodes"] == ["entity:zorro", f"turn:{turn}"]
    assert "entity:zorro" in [node["node"] for node in get(front, space, "graph/overview")["nodes"]]
    back = front.ask("POST", f"{path}/Zorro/rename", json={"to": "Bob Crane"})
    assert back.json() == {"name": "bob crane", "merge": None}
    assert get(front, space, "merges")["items"] == []


def test_an_unlinking_is_made_listed_and_taken_back(front: Front) -> None:
    space = front.space()
    band, tower = front.write(space, BAND, JAPANESE)
    path = f"/v1/spaces/{space}/entities/AC%2FDC/unlink"

    made = front.ask("POST", path, json={"turns": [band]})
    again = front.ask(
        "POST", f"/v1/spaces/{space}/entities/ann hart/unlink", json={"turns": [tower]}
    )

    assert made.status_code == 201
    (unlinking,) = made.json()["unlinked"]
    assert (unlinking["turn"], unlinking["name"]) == (band, "ac dc")
    assert (again.status_code, again.json()["type"]) == (409, "unlink_conflict")
    assert again.json()["turn"] == tower
    assert get(front, space, "unlinked")["items"] == [unlinking]
    assert get(front, space, "unlinked", turn=tower)["items"] == []
    assert front.ask("GET", f"/v1/spaces/{space}/entities/ac dc").status_code == 404
    undone = front.ask("DELETE", f"/v1/spaces/{space}/unlinked/{unlinking['id']}")
    assert (undone.status_code, undone.content) == (204, b"")
    assert get(front, space, "unlinked")["items"] == []
    assert get(front, space, "entities/ac dc")["turns"] == 1
    gone = front.ask("DELETE", f"/v1/spaces/{space}/unlinked/{unlinking['id']}")
    assert (gone.status_code, gone.json()["type"]) == (404, "unlinking_not_found")


def test_the_graph_is_shown_by_references_that_it_takes_again(front: Front) -> None:
    space = front.space()
    (turn, other) = front.write(space, BAND, "It was loud.")

    view = get(front, space, "graph", node="entity:ac/dc", depth=2)

    assert [node["node"] for node in view["nodes"]][:2] == ["entity:ac dc", f"turn:{turn}"]
    assert {node["kind"] for node in view["nodes"]} == {"entity", "turn"}
    assert (view["paths"], view["is_truncated"]) == ([], False)
    for node in view["nodes"]:
        assert get(front, space, "graph", node=node["node"])["nodes"][0] == node
    beside = get(front, space, "graph", node=f"turn:{turn}", kinds=["adjacency"])
    assert [node["id"] for node in beside["nodes"]] == [turn, other]
    assert beside["edges"] == [
        {
            "one": f"turn:{turn}",
            "other": f"turn:{other}",
            "kind": "adjacency",
            "weight": beside["edges"][0]["weight"],
        }
    ]


def test_a_question_is_answered_with_mass_and_paths(front: Front) -> None:
    space = front.space()
    (turn,) = front.write(space, BAND)

    view = get(front, space, "graph", question="Who heard AC/DC?")

    assert sum(node["mass"] for node in view["nodes"]) == pytest.approx(1, abs=1e-3)
    (path,) = view["paths"]
    assert path["turn"] == turn
    assert path["nodes"] == ["entity:ac dc", f"turn:{turn}"]
    assert path["steps"][0]["kinds"] == ["mention"]


@pytest.mark.parametrize(
    "query",
    [
        "",
        "node=entity:a&question=b",
        "node=place:a",
        "node=entity:",
        "node=entity:a&depth=4",
        "node=entity:a&limit=501",
        "node=entity:a&kinds=friendship",
        "question=%20",
        "question=" + "x" * 2_001,
        "node=entity:a&lmit=3",
    ],
)
def test_a_look_that_cannot_be_is_refused(front: Front, query: str) -> None:
    space = front.space()
    front.write(space, BAND)

    answer = front.ask("GET", f"/v1/spaces/{space}/graph?{query}")

    assert answer.status_code == 422
    assert answer.json()["field"]


@pytest.mark.parametrize(
    ("node", "problem"),
    [
        ("entity:nobody", "entity_not_found"),
        ("turn:t_none", "turn_not_found"),
        ("event:e_none", "event_not_found"),
        ("fact:f_none", "fact_not_found"),
    ],
)
def test_a_node_that_is_not_there_is_not_found(front: Front, node: str, problem: str) -> None:
    space = front.space()
    front.write(space, BAND)

    answer = front.ask("GET", f"/v1/spaces/{space}/graph", params={"node": node})

    assert (answer.status_code, answer.json()["type"]) == (404, problem)


def test_the_middle_of_the_graph_is_what_stands_around_its_hub(front: Front) -> None:
    space = front.space()
    front.write(space, BAND, "Bob Crane heard AC/DC, too.")
    around = get(front, space, "graph", node="entity:ac/dc", depth=3, limit=500)

    whole = get(front, space, "graph/overview")
    part = get(front, space, "graph/overview", limit=2, edges=1, kinds=["mention"])
    its = get(front, space, "graph/overview", community="entity:Bob Crane")

    assert {node["node"] for node in whole["nodes"]} == {node["node"] for node in around["nodes"]}
    key = operator.itemgetter("one", "other", "kind")
    assert sorted(map(key, whole["edges"])) == sorted(map(key, around["edges"]))
    assert whole["nodes"][0]["neighbours"] == max(node["neighbours"] for node in whole["nodes"])
    assert whole["edges_in_all"] == len(whole["edges"])
    assert (len(part["nodes"]), len(part["edges"]), part["is_truncated"]) == (2, 1, True)
    assert "entity:bob crane" in {node["node"] for node in its["nodes"]}
    turn = next(node for node in whole["nodes"] if node["kind"] == "turn")
    assert turn["at"].endswith("Z")
    assert (turn["source"], turn["role"]) == ("user", "user")


def test_networkx_reads_what_the_service_exports(front: Front) -> None:
    space = front.space()
    front.write(space, BAND, "Bob Crane was there, \x01 and Ann Hart.", JAPANESE)
    view = get(front, space, "graph", node="entity:ann hart", depth=3, limit=500)
    path = f"/v1/spaces/{space}/graph/export"

    graphml = front.ask("GET", path)
    values = front.ask("GET", path, params={"format": "json"})

    assert graphml.headers["Content-Type"] == "application/graphml+xml"
    assert values.headers["Content-Type"] == "application/json"
    by_xml = nx.read_graphml(io.BytesIO(graphml.content), force_multigraph=True)
    by_json = nx.node_link_graph(values.json(), edges="edges")
    shown = {
        (frozenset((edge["one"], edge["other"])), edge["kind"], edge["weight"])
        for edge in view["edges"]
    }
    for read in (by_xml, by_json):
        assert set(read.nodes) == {node["node"] for node in view["nodes"]}
        assert {
            (frozenset((one, other)), data["kind"], data["weight"])
            for one, other, data in read.edges(data=True)
        } == shown
    for node in view["nodes"]:
        assert by_json.nodes[node["node"]]["text"] == node["label"].replace("\x01", "")
    stats = get(front, space, "graph/stats")
    assert sum(stats["nodes"].values()) == len(by_json.nodes)
    assert sum(stats["edges"].values()) == len(by_json.edges)


def test_an_export_of_some_kinds_holds_no_other(front: Front) -> None:
    space = front.space()
    front.write(space, BAND, "Bob Crane was there.")
    path = f"/v1/spaces/{space}/graph/export"

    read = nx.node_link_graph(
        front.ask("GET", path, params={"format": "json", "kinds": "adjacency"}).json(),
        edges="edges",
    )

    assert [data["kind"] for _, _, data in read.edges(data=True)] == ["adjacency"]


def test_the_client_says_all_of_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEMSVC_EMBEDDER", "hashing")
    with memsvc_open(tmp_path) as client:
        memory = client.space("sea")
        memory.write("log", [{"content": each} for each in (BAND, JAPANESE, "Bob Crane sang.")])

        assert [one.name for one in memory.entities.list(page=1)] == [
            "ac dc",
            "ann hart",
            "bob crane",
            "東京タワー",
        ]
        assert memory.entities.get("AC/DC").spelled == "AC/DC"
        made = memory.entities.merge("Bob Crane", "AC/DC")
        assert list(memory.merges.list()) == [made]
        assert memory.graph.around("entity:Bob Crane", kinds=["mention"]).nodes[0].id == "ac dc"
        memory.merges.undo(made.id)
        assert memory.graph.activated("Who is Ann Hart?", limit=3).nodes[0].mass
        assert memory.graph.stats().nodes["turn"] == 3
        assert memory.graph.overview(limit=3, kinds=["mention"]).is_truncated
        assert memory.graph.overview(community="entity:Ann Hart").nodes_in_all <= 8
        written = b"".join(memory.graph.export("graphml", kinds=["mention", "adjacency"]))
        assert len(nx.read_graphml(io.BytesIO(written)).nodes) == 7

"""Canaries over HTTP: planted, listed, looked for."""

from tests.server.front import Front


def test_canaries_are_planted_listed_and_looked_for(front: Front) -> None:
    space = front.space()
    path = f"/v1/spaces/{space}/canaries"

    planted = front.ask("POST", path, json={"count": 2})

    assert planted.status_code == 201
    body = planted.json()
    assert body["position"] == front.position(space)
    assert front.ask("GET", path).json()["canaries"] == body["canaries"]
    assert len({one["token"] for one in body["canaries"]}) == 2
    checked = front.ask("POST", f"{path}/check").json()
    assert checked == {"ok": True, "canaries": 2, "gone": 0, "found": []}


def test_a_look_says_where_a_canary_leaked_to(front: Front) -> None:
    space, other = front.space(), front.space()
    path = f"/v1/spaces/{space}/canaries"
    (one,) = front.ask("POST", path, json={"count": 1}).json()["canaries"]
    front.write(other, f"Look at {one['token']} here.")

    checked = front.ask("POST", f"{path}/check").json()

    assert not checked["ok"]
    assert {(found["id"], found["space"]) for found in checked["found"]} == {(one["id"], other)}
    assert {"turns", "terms"} <= {found["where"] for found in checked["found"]}


def test_a_recall_finds_a_canary_by_its_token_alone(front: Front) -> None:
    space = front.space()
    front.write(space, "Tea at four.")
    path = f"/v1/spaces/{space}"
    (one,) = front.ask("POST", f"{path}/canaries", json={"count": 1}).json()["canaries"]

    named = front.ask("POST", f"{path}/recall", json={"question": one["token"]}).json()
    plain = front.ask("POST", f"{path}/recall", json={"question": "When is tea?"}).json()

    assert named["hits"][0]["id"] == one["turn"]
    assert [hit["text"] for hit in plain["hits"]] == ["Tea at four."]

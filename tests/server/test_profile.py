"""The profile over HTTP, alone and before a recall's context."""

from tests.server.front import Front


def test_a_profile_is_read_with_its_turns(front: Front) -> None:
    space = front.space()
    ids = front.write(space, "Always answer in French.", "Tea is at four.", "I prefer tea.")

    found = front.ask("GET", f"/v1/spaces/{space}/profile").json()

    assert [(line["kind"], line["text"], line["turns"]) for line in found["lines"]] == [
        ("instruction", "Always answer in French.", [ids[0]]),
        ("preference", "I prefer tea.", [ids[2]]),
    ]
    assert found["position"] == front.position(space)
    assert found["text"].startswith("Standing instructions:\n- Always answer in French.\n")


def test_a_profile_keeps_to_its_budget_and_to_who_is_asked_for(front: Front) -> None:
    space = front.space()
    front.write(space, "I prefer tea.", speaker="Ann")
    front.write(space, "I prefer milk.", speaker="Bo")
    path = f"/v1/spaces/{space}/profile"

    of_ann = front.ask("GET", path, params={"speaker": "Ann"}).json()
    of_nobody = front.ask("GET", path, params={"user_id": "u_1"}).json()
    short = front.ask("GET", path, params={"budget_tokens": 3}).json()

    assert [(line["speaker"], line["text"]) for line in of_ann["lines"]] == [
        ("Ann", "I prefer tea.")
    ]
    assert (of_nobody["lines"], of_nobody["text"], of_nobody["tokens"]) == ([], "", 0)
    assert short["lines"] == []


def test_a_recall_begins_with_the_profile_where_that_is_asked_for(front: Front) -> None:
    space = front.space()
    front.write(space, "Call me Ada.", "Tea is at four.")
    path = f"/v1/spaces/{space}/recall"

    with_it = front.ask("POST", path, json={"question": "tea?", "include_profile": True}).json()
    without = front.ask("POST", path, json={"question": "tea?"}).json()

    assert with_it["context"].startswith("<user-profile>\n")
    assert with_it["context"].endswith(without["context"])
    assert with_it["context_tokens"] > without["context_tokens"]
    assert with_it["hits"] == without["hits"]

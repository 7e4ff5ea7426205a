"""Turns over HTTP: written once, listed, read, edited under If-Match, deleted."""

import pytest

from tests.server.front import Front


def test_a_write_makes_space_and_stream_and_is_found_at_once(front: Front) -> None:
    space = front.space()
    (turn,) = front.write(space, "I moved to Lisbon in May.")

    hits = front.ask("POST", f"/v1/spaces/{space}/recall", json={"question": "Lisbon?"}).json()

    assert [hit["id"] for hit in hits["hits"]] == [turn]


def test_a_recall_says_whether_to_abstain_and_why(front: Front) -> None:
    space = front.space()
    front.write(space, "I moved to Lisbon in May.")
    path = f"/v1/spaces/{space}/recall"

    known = front.ask("POST", path, json={"question": "moved Lisbon May"}).json()
    unknown = front.ask("POST", path, json={"question": "Who plays the violin?"}).json()

    assert (known["abstain"], unknown["abstain"]) == (False, True)
    assert known["holds"].keys() == {"probability", "words", "nearness", "tokens", "lead"}
    assert known["holds"]["probability"] > 0.3 > unknown["holds"]["probability"]
    assert len(unknown["hits"]) == 1


def test_the_same_idempotency_key_answers_the_first_result(front: Front) -> None:
    space = front.space()
    path = f"/v1/spaces/{space}/streams/chat/turns"
    body, headers = {"turns": [{"content": "once"}]}, {"Idempotency-Key": "k-1"}

    first, second = (front.ask("POST", path, json=body, headers=headers) for _ in range(2))

    assert (first.status_code, second.status_code) == (201, 200)
    assert second.json() == first.json() | {"replayed": True}


def test_the_same_idempotency_key_with_other_content_is_a_conflict(front: Front) -> None:
    path = f"/v1/spaces/{front.space()}/streams/chat/turns"
    headers = {"Idempotency-Key": "k-1"}
    front.ask("POST", path, json={"turns": [{"content": "one"}]}, headers=headers)

    answer = front.ask("POST", path, json={"turns": [{"content": "two"}]}, headers=headers)

    assert (answer.status_code, answer.json()["type"]) == (409, "idempotency_conflict")


def test_a_turn_with_a_known_id_is_answered_200_and_not_written_again(front: Front) -> None:
    space = front.space()
    path = f"/v1/spaces/{space}/streams/chat/turns"
    body = {"turns": [{"id": "mine", "content": "once"}]}
    front.ask("POST", path, json=body)

    again = front.ask("POST", path, json=body)

    assert (again.status_code, again.json()["turns"][0]["replayed"]) == (200, True)
    assert front.ask("GET", f"/v1/spaces/{space}").json()["turns"] == 1


@pytest.mark.parametrize(
    ("role", "source"),
    [
        ("user", "user"),
        ("Assistant", "agent"),
        ("agent", "agent"),
        ("ai", "agent"),
        ("tool", "tool"),
        ("function", "tool"),
        ("document", "document"),
        ("narrator", "user"),
    ],
)
def test_the_source_follows_from_the_role(front: Front, role: str, source: str) -> None:
    space = front.space()
    (turn,) = front.write(space, "text", role=role)

    assert front.ask("GET", f"/v1/spaces/{space}/turns/{turn}").json()["source"] == source


def test_a_source_that_is_given_stands(front: Front) -> None:
    space = front.space()
    (turn,) = front.write(space, "text", role="assistant", source="document")

    assert front.ask("GET", f"/v1/spaces/{space}/turns/{turn}").json()["source"] == "document"


def test_turns_are_listed_page_by_page_in_the_order_of_writing(front: Front) -> None:
    space = front.space()
    written = front.write(space, "a", "b", "c")
    path = f"/v1/spaces/{space}/turns"

    first = front.ask("GET", path, params={"limit": 2}).json()
    second = front.ask("GET", path, params={"limit": 2, "cursor": first["next_cursor"]}).json()

    assert [turn["id"] for turn in first["items"] + second["items"]] == written
    assert second["next_cursor"] is None


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"stream": "one"}, "A"),
        ({"stream": ["one", "two"]}, "AB"),
        ({"speaker": "Ann"}, "A"),
        ({"role": ["user", "tool"]}, "AB"),
        ({"source": "tool"}, "B"),
        ({"metadata": '{"n": 1}'}, "A"),
        ({"metadata": '{"n": 3}'}, ""),
        ({"since": "2026-02-01"}, "B"),
        ({"until": "2026-02-01T00:00:00Z"}, "A"),
        ({"since": "2026-01-01T01:00:00+01:00", "until": "2026-01-01T00:00:01Z"}, "A"),
        ({"user_id": "nobody"}, ""),
    ],
)
def test_a_list_is_filtered_by_every_part(front: Front, query: dict[str, str], found: str) -> None:
    space = front.space()
    front.write(space, "A", stream="one", speaker="Ann", at="2026-01-01", metadata={"n": 1})
    front.write(space, "B", stream="two", role="tool", at="2026-03-01", metadata={"n": 2})

    listed = front.ask("GET", f"/v1/spaces/{space}/turns", params=query).json()["items"]

    assert "".join(turn["content"] for turn in listed) == found


def test_an_edit_needs_the_version_that_was_read(front: Front) -> None:
    space = front.space()
    (turn,) = front.write(space, "text", metadata={"a": 1})
    path = f"/v1/spaces/{space}/turns/{turn}"
    tag = front.ask("GET", path).headers["ETag"]
    edit = {"place": "home"}

    edited = front.ask("PATCH", path, headers={"If-Match": tag}, json=edit)
    stale = front.ask("PATCH", path, headers={"If-Match": tag}, json=edit)
    blind = front.ask("PATCH", path, json=edit)

    assert (edited.status_code, edited.json()["place"]) == (200, "home")
    assert edited.json()["metadata"] == {"a": 1}
    assert edited.headers["ETag"] == f'"{edited.json()["version"]}"' != tag
    assert (stale.status_code, stale.json()["current"]) == (412, edited.json()["version"])
    assert (blind.status_code, blind.json()["type"]) == (428, "version_required")


def test_every_version_of_a_turn_can_be_read(front: Front) -> None:
    space = front.space()
    (turn,) = front.write(space, "text", metadata={"a": 1})
    path = f"/v1/spaces/{space}/turns/{turn}"
    tag = front.ask("GET", path).headers["ETag"]
    front.ask("PATCH", path, headers={"If-Match": tag}, json={"metadata": {"a": 2}})

    versions = front.ask("GET", f"{path}/versions").json()

    assert [version["metadata"] for version in versions] == [{"a": 1}, {"a": 2}]


def test_a_deleted_turn_is_gone_from_list_recall_and_path(front: Front) -> None:
    space = front.space()
    keep, drop = front.write(space, "keep the tea", "drop the coffee")

    deleted = front.ask("DELETE", f"/v1/spaces/{space}/turns/{drop}")

    assert (deleted.status_code, deleted.json()["turns"]) == (200, 1)
    listed = front.ask("GET", f"/v1/spaces/{space}/turns").json()["items"]
    assert [turn["id"] for turn in listed] == [keep]
    found = front.ask("POST", f"/v1/spaces/{space}/recall", json={"question": "coffee"}).json()
    assert drop not in [hit["id"] for hit in found["hits"]]
    assert front.ask("GET", f"/v1/spaces/{space}/turns/{drop}").status_code == 404


def test_what_an_agent_repeats_says_of_which_turn_and_so_does_its_hit(front: Front) -> None:
    space = front.space()
    told = "On the first morning we saw four grey herons in the reeds by the old mill"
    (first,) = front.write(space, told)
    (echo,) = front.write(space, f"You said: {told}", role="assistant")

    path = f"/v1/spaces/{space}"
    asked = {"question": "grey herons"}
    turns = front.ask("GET", f"{path}/turns").json()["items"]
    hits = front.ask("POST", f"{path}/recall", json=asked).json()["hits"]
    only = {**asked, "filters": {"sources": ["agent"]}}
    own = front.ask("POST", f"{path}/recall", json=only).json()["hits"]

    assert {turn["id"]: turn["echo_of"] for turn in turns} == {first: None, echo: first}
    assert [hit["id"] for hit in hits] == [first]
    assert [(hit["id"], hit["echo_of"]) for hit in own] == [(echo, first)]


def test_an_agent_says_which_turn_it_repeats_and_is_not_recalled(front: Front) -> None:
    space = front.space()
    (turn,) = front.write(space, "I moved to Lisbon in May.")
    path = f"/v1/spaces/{space}/streams/chat/turns"
    body = {"turns": [{"content": "You live in Lisbon.", "role": "assistant", "echo_of": turn}]}

    (echo,) = front.ask("POST", path, json=body).json()["turns"]

    assert front.ask("GET", f"/v1/spaces/{space}/turns/{echo['id']}").json()["echo_of"] == turn
    asked = {"question": "Do I live in Lisbon?"}
    hits = front.ask("POST", f"/v1/spaces/{space}/recall", json=asked).json()["hits"]
    assert [hit["id"] for hit in hits] == [turn]


def test_what_an_agent_repeats_must_be_a_turn_of_the_same_space(front: Front) -> None:
    space, other = front.space(), front.space()
    (turn,) = front.write(other, "I moved to Lisbon in May.")
    front.write(space, "Tea at four.")
    path = f"/v1/spaces/{space}/streams/chat/turns"

    for named in (turn, "t_none"):
        body = {"turns": [{"content": "Lisbon.", "role": "assistant", "echo_of": named}]}
        answer = front.ask("POST", path, json=body)
        assert (answer.status_code, answer.json()["type"]) == (404, "turn_not_found")
    assert len(front.ask("GET", f"/v1/spaces/{space}/turns").json()["items"]) == 1

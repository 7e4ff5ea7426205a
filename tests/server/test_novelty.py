"""Novelty over HTTP, as a client meets it."""

import pytest

from tests.server.front import Front


def test_an_altered_text_is_told_with_what_differs(front: Front) -> None:
    space = front.space()
    (turn,) = front.write(space, "Ann paid 35 euros for the boat.", at="2026-01-01")

    path = f"/v1/spaces/{space}/novelty"
    key = front.key("reader", space)
    answer = front.ask("POST", path, key=key, json={"text": "Ann paid 40 euros for the boat!"})

    found = answer.json()
    assert (answer.status_code, found["verdict"]) == (200, "altered")
    assert found["position"] == front.position(space)
    (near,) = found["nearest"]
    assert near.pop("score") == pytest.approx(1 - found["novelty"])
    assert near == {
        "turn": turn,
        "stream": "chat",
        "at": "2026-01-01T00:00:00Z",
        "speaker": None,
        "text": "Ann paid 35 euros for the boat.",
        "differs": [{"kind": "number", "theirs": "35", "ours": "40"}],
    }
    (sentence,) = found["sentences"]
    assert sentence.pop("novelty") == pytest.approx(found["novelty"])
    assert sentence == {"start": 0, "end": 31, "verdict": "altered"}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "text"),
        ({"text": ""}, "text"),
        ({"text": " \n"}, "text"),
        ({"text": "x" * 8_001}, "text"),
        ({"text": "tea", "k": 21}, "k"),
        ({"text": "tea", "k": True}, "k"),
        ({"text": "tea", "filters": {"place": []}}, "filters.place"),
        ({"text": "tea", "between": {}}, "between"),
    ],
)
def test_what_is_no_text_is_refused(front: Front, body: dict[str, object], field: str) -> None:
    space = front.space()
    front.write(space, "tea")

    answer = front.ask("POST", f"/v1/spaces/{space}/novelty", json=body)

    assert (answer.status_code, answer.json()["field"]) == (422, field)


def test_an_unknown_space_knows_nothing(front: Front) -> None:
    answer = front.ask("POST", "/v1/spaces/nowhere/novelty", json={"text": "tea"})

    assert answer.status_code == 404

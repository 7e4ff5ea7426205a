"""Order: over HTTP, as a client meets it."""

import pytest

from tests.server.front import Front


def test_two_passages_are_put_in_order(front: Front) -> None:
    space = front.space()
    (one, two) = front.write(space, "We ate the soup.", "Then we washed the pot.", at="2026-01-01")

    answer = front.ask(
        "POST", f"/v1/spaces/{space}/order", json={"a": "washed the pot", "b": "Ate  the soup!"}
    ).json()

    assert (answer["first"], answer["decided_by"]) == ("b", "seq")
    assert answer["a"] == {
        "id": two,
        "stream": "chat",
        "seq": 1,
        "at": "2026-01-01T00:00:00Z",
        "turns": [two],
        "start": 8,
        "end": 22,
        "match": "verbatim",
        "score": 1.0,
        "occurrences": 1,
    }
    assert answer["b"]["id"] == one


def test_what_is_not_found_decides_nothing(front: Front) -> None:
    space = front.space()
    front.write(space, "We ate the soup.")

    body = {"a": "quarterly revenue", "b": "ate the soup", "filters": {"streams": ["chat"]}}
    answer = front.ask("POST", f"/v1/spaces/{space}/order", json=body).json()

    assert (answer["first"], answer["a"]) == (None, None)
    assert answer["reason"].startswith("a is not found")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"a": "tea"}, "b"),
        ({"a": "", "b": "tea"}, "a"),
        ({"a": " \n", "b": "tea"}, "a"),
        ({"a": "tea", "b": "x" * 8_001}, "b"),
        ({"a": "tea", "b": 7}, "b"),
        ({"a": "tea", "b": "tea", "filters": {"place": []}}, "filters.place"),
        ({"a": "tea", "b": "tea", "k": 3}, "k"),
    ],
)
def test_passages_that_are_none_are_refused(
    front: Front, body: dict[str, object], field: str
) -> None:
    space = front.space()
    front.write(space, "tea")

    answer = front.ask("POST", f"/v1/spaces/{space}/order", json=body)

    assert (answer.status_code, answer.json()["field"]) == (422, field)


def test_an_unknown_space_has_no_order(front: Front) -> None:
    answer = front.ask("POST", "/v1/spaces/nowhere/order", json={"a": "tea", "b": "soup"})

    assert answer.status_code == 404

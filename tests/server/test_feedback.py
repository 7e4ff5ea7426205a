"""Feedback over HTTP: given, listed, taken back."""

from typing import Any

from tests.server.front import Front


def give(front: Front, space: str, turn: str, verdict: str, **more: Any) -> Any:
    key = more.pop("key", "")
    body = {"turn": turn, "verdict": verdict, **more}
    return front.ask("POST", f"/v1/spaces/{space}/feedback", json=body, key=key)


def listed(front: Front, space: str, **query: Any) -> Any:
    return front.ask("GET", f"/v1/spaces/{space}/feedback", params=query).json()


def test_feedback_is_given_listed_and_taken_back(front: Front) -> None:
    space = front.space()
    (turn,) = front.write(space, "Tea at four.")

    answer = give(front, space, turn, "helped", question="When is tea?")

    assert answer.status_code == 201
    given = answer.json()
    assert listed(front, space)["items"] == [given]
    assert (given["turn"], given["verdict"], given["question"]) == (turn, "helped", "When is tea?")
    gone = front.ask("DELETE", f"/v1/spaces/{space}/feedback/{given['id']}")
    assert gone.json() == {"id": given["id"], "position": front.position(space)}
    assert listed(front, space)["items"] == []
    again = front.ask("DELETE", f"/v1/spaces/{space}/feedback/{given['id']}")
    assert (again.status_code, again.json()["type"]) == (404, "feedback_not_found")


def test_the_same_word_again_is_answered_with_200_and_another_takes_its_place(
    front: Front,
) -> None:
    space = front.space()
    (turn,) = front.write(space, "Tea at four.")
    first = give(front, space, turn, "helped").json()

    again = give(front, space, turn, "helped")
    other = give(front, space, turn, "wrong")

    assert (again.status_code, again.json()) == (200, first)
    assert other.status_code == 201
    assert [one["verdict"] for one in listed(front, space)["items"]] == ["wrong"]


def test_feedback_is_listed_by_turn_and_page_by_page(front: Front) -> None:
    space = front.space()
    one, two = front.write(space, "Tea at four.", "Coffee at nine.")
    keys = [front.key("writer", space), ""]
    for key in keys:
        give(front, space, one, "helped", key=key)
    give(front, space, two, "outdated")

    page = listed(front, space, limit=2)
    rest = listed(front, space, limit=2, cursor=page["next_cursor"])

    assert [item["turn"] for item in page["items"] + rest["items"]] == [one, one, two]
    assert rest["next_cursor"] is None
    assert [item["turn"] for item in listed(front, space, turn=two)["items"]] == [two]


def test_a_hit_says_what_feedback_did_to_it(front: Front) -> None:
    space = front.space()
    (turn,) = front.write(space, "Tea at four.")
    give(front, space, turn, "helped")

    recall = {"question": "When is tea?"}
    (hit,) = front.ask("POST", f"/v1/spaces/{space}/recall", json=recall).json()["hits"]

    assert hit["id"] == turn
    assert hit["why"]["feedback"]["score"] == 0.5
    assert hit["why"]["feedback"]["share"] > 0

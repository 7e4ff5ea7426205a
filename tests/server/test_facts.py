"""Facts over HTTP: stated, listed, read and deleted."""

from typing import Any

import pytest

from tests.server.front import Front


def said(turn: str, subject: str, predicate: str, object_: str) -> dict[str, Any]:
    return {"subject": subject, "predicate": predicate, "object": object_, "turns": [turn]}


def state(front: Front, space: str, *facts: dict[str, Any]) -> Any:
    return front.ask("POST", f"/v1/spaces/{space}/facts", json={"facts": list(facts)})


def listed(front: Front, space: str, **query: Any) -> Any:
    return front.ask("GET", f"/v1/spaces/{space}/facts", params=query).json()


def test_facts_are_stated_and_read_back(front: Front) -> None:
    space = front.space()
    (turn,) = front.write(space, "Jaws was directed by Steven Spielberg.")

    answer = state(front, space, said(turn, "Jaws", "directed by", "Steven Spielberg"))

    assert answer.status_code == 201
    (stated,) = answer.json()["facts"]
    assert stated.pop("outcome") == "added"
    assert front.ask("GET", f"/v1/spaces/{space}/facts/{stated['id']}").json() == stated
    assert stated == {
        "id": stated["id"],
        "subject": "Jaws",
        "predicate": "directed by",
        "object": "Steven Spielberg",
        "subject_name": "jaws",
        "object_name": "steven spielberg",
        "turns": [turn],
        "position": answer.json()["position"],
        "version": answer.json()["position"],
    }


def test_what_is_known_already_is_answered_with_200(front: Front) -> None:
    space = front.space()
    one, two = front.write(space, "one", "two")
    first = state(front, space, said(one, "Jaws", "is", "a film")).json()

    again = state(front, space, said(one, "the jaws", "Is", "film"))
    more = state(front, space, said(one, "Jaws", "is", "a film"), said(two, "Jaws", "is", "a film"))

    assert again.status_code == 200
    assert again.json()["facts"] == [{**first["facts"][0], "outcome": "known"}]
    assert more.status_code == 201
    assert [fact["outcome"] for fact in more.json()["facts"]] == ["extended", "extended"]
    assert more.json()["facts"][0]["turns"] == [one, two]


def test_facts_are_listed_by_entity_and_turn_page_by_page(front: Front) -> None:
    space = front.space()
    one, two = front.write(space, "one", "two")
    state(
        front,
        space,
        said(one, "Jaws", "directed by", "Spielberg"),
        said(two, "Spielberg", "born in", "Ohio"),
        said(two, "Jaws", "is", "a film"),
    )

    first = listed(front, space, limit=2)
    rest = listed(front, space, cursor=first["next_cursor"])

    assert [len(first["items"]), len(rest["items"])] == [2, 1]
    assert rest["next_cursor"] is None
    assert [fact["predicate"] for fact in listed(front, space, entity="JAWS")["items"]] == [
        "directed by",
        "is",
    ]
    assert [
        fact["predicate"] for fact in listed(front, space, entity="spielberg", turn=two)["items"]
    ] == ["born in"]
    missing = front.ask("GET", f"/v1/spaces/{space}/facts", params={"turn": "t_none"})
    assert (missing.status_code, missing.json()["type"]) == (404, "turn_not_found")


def test_a_deleted_fact_is_not_found(front: Front) -> None:
    space = front.space()
    (turn,) = front.write(space, "one")
    fact = front.fact(space, turn, "Jaws", "is", "a film")
    path = f"/v1/spaces/{space}/facts/{fact}"

    gone = front.ask("DELETE", path)

    assert (gone.status_code, gone.json()["id"]) == (200, fact)
    for again in (front.ask("GET", path), front.ask("DELETE", path)):
        assert (again.status_code, again.json()["type"]) == (404, "fact_not_found")
        assert again.json()["fact"] == fact


@pytest.mark.parametrize(
    ("fact", "status", "field"),
    [
        ({"turns": ["t_none"]}, 404, None),
        ({"subject": "..."}, 422, "facts.1.subject"),
        ({"object": "—"}, 422, "facts.1.object"),
    ],
)
def test_of_a_refused_statement_nothing_is_kept(
    front: Front, fact: dict[str, Any], status: int, field: str | None
) -> None:
    space = front.space()
    (turn,) = front.write(space, "one")
    good = said(turn, "Jaws", "is", "a film")

    answer = state(front, space, good, {**good, **fact})

    assert (answer.status_code, answer.json().get("field")) == (status, field)
    assert listed(front, space)["items"] == []

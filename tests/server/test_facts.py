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
        "state": "current",
        "valid_from": stated["valid_from"],
        "valid_to": None,
        "intervals": [{"valid_from": stated["valid_from"], "valid_to": None}],
        "superseded_by": None,
        "disputes": [],
        "source": "user",
        "trust": "user",
        "run": None,
        "rulings": [],
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
    assert [fact["subject"] for fact in listed(front, space, predicate="BORN in")["items"]] == [
        "Spielberg"
    ]
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


# Facts in time -----------------------------------------------------------------------------------


def moved(front: Front, space: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Have turns say where Ada lives, the newer first; return both facts, the older first."""
    (new,) = front.write(space, "To Lisbon.", at="2021-05-01T00:00:00Z")
    (old,) = front.write(space, "In Porto.", at="2019-05-01T00:00:00Z", source="document")
    state(front, space, said(new, "Ada", "lives in", "Lisbon"))
    state(front, space, said(old, "Ada", "Lives in", "Porto"))
    lisbon, porto = listed(front, space, include_superseded=True)["items"]
    return porto, lisbon


def test_facts_tell_when_they_held_and_are_listed_as_they_stand(front: Front) -> None:
    space = front.space()
    porto, lisbon = moved(front, space)

    assert (porto["state"], porto["valid_from"], porto["valid_to"]) == (
        "superseded",
        "2019-05-01T00:00:00Z",
        "2021-05-01T00:00:00Z",
    )
    assert (porto["superseded_by"], porto["source"], porto["trust"]) == (
        lisbon["id"],
        "document",
        "document",
    )
    assert listed(front, space)["items"] == [lisbon]
    assert listed(front, space, valid_at="2020-01-01T00:00:00Z")["items"] == [porto]
    assert listed(front, space, state=["superseded", "disputed"])["items"] == [porto]
    conflicts = front.ask("GET", f"/v1/spaces/{space}/conflicts").json()
    assert conflicts == {
        "items": [{"subject": "ada", "relation": "lives in", "facts": [lisbon, porto]}],
        "next_cursor": None,
    }


def test_what_a_person_decides_stands_until_it_is_taken_back(front: Front) -> None:
    space = front.space()
    porto, lisbon = moved(front, space)
    path = f"/v1/spaces/{space}/facts/{porto['id']}"
    read = front.ask("GET", path)
    tag = {"If-Match": read.headers["ETag"]}

    decided = front.ask(
        "POST", f"{path}/decide", json={"state": "current", "reason": "seen"}, headers=tag
    )
    late = front.ask("POST", f"{path}/supersede", json={"by": lisbon["id"]}, headers=tag)
    blind = front.ask("POST", f"{path}/supersede", json={"by": lisbon["id"]})

    assert (decided.status_code, decided.json()["state"]) == (200, "current")
    assert decided.headers["ETag"] == f'"{decided.json()["version"]}"'
    assert (late.status_code, blind.status_code) == (412, 428)
    assert listed(front, space, state="disputed")["items"][0]["id"] == lisbon["id"]
    (ruling,) = decided.json()["rulings"]
    assert (ruling["verdict"], ruling["reason"]) == ("upheld", "seen")
    undone = front.ask("DELETE", f"{path}/rulings/{ruling['id']}")
    assert (undone.json()["state"], undone.json()["rulings"]) == ("superseded", [])
    again = front.ask("DELETE", f"{path}/rulings/{ruling['id']}")
    assert (again.status_code, again.json()["type"]) == (404, "ruling_not_found")


def test_single_valued_predicates_are_set_for_a_space(front: Front) -> None:
    space = front.space()
    for name, year in (("tea", 2019), ("coffee", 2020)):
        (turn,) = front.write(space, name, at=f"{year}-01-01T00:00:00Z")
        state(front, space, said(turn, "Ada", "drinks", name))
    path = f"/v1/spaces/{space}"
    tag = {"If-Match": front.ask("GET", path).headers["ETag"]}

    front.ask("PATCH", path, json={"single_valued": ["Drinks"]}, headers=tag)

    assert [fact["object"] for fact in listed(front, space)["items"]] == ["coffee"]


def test_recalls_withhold_what_was_superseded_unless_they_are_asked(front: Front) -> None:
    space = front.space()
    moved(front, space)

    def recalled(**more: Any) -> dict[str, Any]:
        body = {"question": "in Porto", "explain": True, **more}
        answer: dict[str, Any] = front.ask("POST", f"/v1/spaces/{space}/recall", json=body).json()
        return answer

    without, with_it = recalled(), recalled(include_superseded=True)

    assert [hit["text"] for hit in without["hits"]] == ["To Lisbon."]
    first, second = with_it["hits"]
    assert first["text"] == "To Lisbon."
    assert without["trace"][-1]["facts"]["withheld"] == [second["id"]]
    assert second["superseded_by"]["certainty"] == "stated"

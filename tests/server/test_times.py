"""Order, timeline, places and whereabouts over HTTP, as a client meets them."""

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


def test_what_happened_is_listed_across_streams_page_by_page(front: Front) -> None:
    space = front.space()
    front.write(space, "noon", stream="one", at="2026-01-01T12:00:00Z", place="hall")
    (early,) = front.write(space, "early", stream="two", at="2026-01-01T06:00:00Z")
    front.write(space, "late", stream="two", at="2026-01-02T06:00:00Z")
    path = f"/v1/spaces/{space}/timeline"

    first = front.ask("GET", path, params={"limit": 1, "until": "2026-01-02"}).json()
    rest = front.ask(
        "GET", path, params={"cursor": first["next_cursor"], "until": "2026-01-02"}
    ).json()
    narrowed = front.ask("GET", path, params={"place": "hall"}).json()

    (item,) = first["items"]
    assert (item["kind"], item["stream"], item["place"]) == ("turn", "two", None)
    assert (item["turn"]["id"], item["at"]) == (early, "2026-01-01T06:00:00Z")
    assert [one["turn"]["content"] for one in rest["items"]] == ["noon"]
    assert [one["place"] for one in narrowed["items"]] == ["hall"]
    assert rest["next_cursor"] is None


def test_a_cursor_of_another_list_is_refused(front: Front) -> None:
    space = front.space()
    front.write(space, "tea")

    answer = front.ask("GET", f"/v1/spaces/{space}/timeline", params={"cursor": "12"})

    assert (answer.status_code, answer.json()["field"]) == (422, "cursor")


def test_places_are_listed_and_narrow_lists_and_recall(front: Front) -> None:
    space = front.space()
    (in_hall,) = front.write(space, "Tea at four.", place="hall", at="2026-01-01")
    front.write(space, "Tea at five.", place="kitchen")
    front.write(space, "Tea at six.")

    listed = front.ask("GET", f"/v1/spaces/{space}/places").json()["items"]
    turns = front.ask("GET", f"/v1/spaces/{space}/turns", params={"place": "hall"}).json()
    body = {"question": "tea", "filters": {"places": ["hall"]}}
    hits = front.ask("POST", f"/v1/spaces/{space}/recall", json=body).json()["hits"]

    assert [place["name"] for place in listed] == ["hall", "kitchen"]
    assert listed[0] == {"name": "hall", "turns": 1, "last_at": "2026-01-01T00:00:00Z"}
    assert [turn["id"] for turn in turns["items"]] == [in_hall]
    assert [hit["id"] for hit in hits] == [in_hall]


def test_where_something_was_last_and_before_that(front: Front) -> None:
    space = front.space()
    front.write(space, "The red bag.", place="hall", at="2026-01-01")
    (last,) = front.write(space, "Red bag here.", place="kitchen", at="2026-01-02", speaker="Ann")
    path = f"/v1/spaces/{space}/whereabouts"

    found = front.ask("POST", path, json={"of": "the red bag"}).json()
    before = front.ask(
        "POST", path, json={"of": "red bag", "between": {"until": "2026-01-02"}}
    ).json()
    never = front.ask("POST", path, json={"of": "unicorn"}).json()

    assert found["last"] == {
        "place": "kitchen",
        "at": "2026-01-02T00:00:00Z",
        "id": last,
        "stream": "chat",
        "seq": 1,
        "speaker": "Ann",
        "text": "Red bag here.",
        "naming": "phrase",
    }
    assert [one["place"] for one in found["earlier"]] == ["hall"]
    assert before["last"]["place"] == "hall"
    assert never == {"of": "unicorn", "last": None, "earlier": []}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "of"),
        ({"of": ""}, "of"),
        ({"of": "x" * 201}, "of"),
        ({"of": "bag", "limit": -1}, "limit"),
        ({"of": "bag", "limit": 101}, "limit"),
        ({"of": "bag", "filters": {"places": [""]}}, "filters.places.0"),
    ],
)
def test_what_cannot_be_looked_for_is_refused(
    front: Front, body: dict[str, object], field: str
) -> None:
    space = front.space()
    front.write(space, "tea")

    answer = front.ask("POST", f"/v1/spaces/{space}/whereabouts", json=body)

    assert (answer.status_code, answer.json()["field"]) == (422, field)

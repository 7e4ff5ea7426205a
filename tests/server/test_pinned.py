"""Pinned questions over HTTP and through both clients of the SDK."""

from typing import Any

import pytest

from tests.server.front import Front


def pinned(front: Front, space: str, **query: object) -> list[dict[str, object]]:
    """Return what is pinned in a space."""
    answer = front.ask("GET", f"/v1/spaces/{space}/pinned", params=query)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, object]] = answer.json()["items"]
    return found


def pin(front: Front, space: str, question: str, *turns: str, **more: object) -> dict[str, object]:
    """Pin a question and return what was answered."""
    body = {"question": question, "expected": list(turns), **more}
    answer = front.ask("POST", f"/v1/spaces/{space}/pinned", json=body)
    assert answer.status_code in {200, 201}, answer.text
    told: dict[str, object] = answer.json()
    return told


def test_what_is_pinned_is_listed_with_where_it_was_pinned(front: Front) -> None:
    space = front.space()
    tea, milk = front.write(space, "Tea is at four.", "Milk comes at five.")

    made = pin(front, space, "When is tea?", tea, milk, recipe="fast", k=3)

    assert pinned(front, space) == [made]
    assert (made["question"], made["recipe"], made["k"]) == ("When is tea?", "fast", 3)
    assert made["expected"] == [tea, milk]
    assert made["position"] == front.position(space)
    entry = front.ask("GET", f"/v1/spaces/{space}/ledger").json()["items"][-1]
    assert (entry["change"], entry["subject"]) == ("question.pinned", made["id"])


def test_a_question_of_a_recipe_is_pinned_once_and_the_later_word_counts(front: Front) -> None:
    space = front.space()
    tea, milk = front.write(space, "Tea is at four.", "Milk comes at five.")
    before = pin(front, space, "When is tea?", tea)
    of_another = pin(front, space, "When is tea?", tea, recipe="fast")
    position = front.position(space)

    same = pin(front, space, "When is tea?", tea)
    assert (same, front.position(space)) == (before, position)
    now = pin(front, space, "When is tea?", tea, milk)

    assert now["id"] != before["id"]
    assert now["position"] == front.position(space) == position + 2
    assert pinned(front, space) == [of_another, now]


WHICH: dict[str, dict[str, Any]] = {
    "filters": {
        "streams": ["chat"],
        "speakers": ["Ann", "Bob"],
        "sources": ["user"],
        "user_id": "u7",
        "metadata": {"topic": "tea", "cups": 2},
    },
    "between": {"since": "2026-01-01T00:00:00Z", "until": "2027-01-01T00:00:00+01:00"},
}


def test_a_pin_keeps_which_turns_may_answer(front: Front) -> None:
    space = front.space()
    (tea,) = front.write(space, "Tea is at four.")

    made = pin(front, space, "When is tea?", tea, **WHICH)

    assert pinned(front, space) == [made]
    filters = made["filters"]
    assert isinstance(filters, dict)
    assert {name: filters[name] for name in WHICH["filters"]} == WHICH["filters"]
    assert [name for name in filters if not filters[name]] == [
        *("documents", "places", "roles", "agent_id")
    ]
    assert made["between"] == {"since": "2026-01-01T00:00:00Z", "until": "2026-12-31T23:00:00Z"}
    asked = {"question": made["question"], "filters": filters, "between": made["between"]}
    answer = front.ask("POST", f"/v1/spaces/{space}/recall", json=asked)
    assert answer.status_code == 200, answer.text


def test_a_question_of_other_turns_is_another_pin(front: Front) -> None:
    space = front.space()
    (tea,) = front.write(space, "Tea is at four.")
    of_all = pin(front, space, "When is tea?", tea)
    of_some = pin(front, space, "When is tea?", tea, **WHICH)
    position = front.position(space)

    assert pin(front, space, "When is tea?", tea, **WHICH) == of_some
    assert front.position(space) == position
    again = pin(front, space, "When is tea?", tea, **WHICH, k=3)

    assert pinned(front, space) == [of_all, again]
    assert (of_all["between"], again["k"]) == (None, 3)


def test_a_pin_goes_when_its_filters_hold_what_is_forgotten(front: Front) -> None:
    """In words wherever they stand, and when all turns are forgotten that it lets answer."""
    space = front.space()
    (tea,) = front.write(space, "Tea is at four.")
    turn = {"content": "I am Zanzibar.", "speaker": "Zanzibar"}
    body = {"turns": [turn], "user_id": "u7"}
    front.ask("POST", f"/v1/spaces/{space}/streams/chat/turns", json=body)
    pin(front, space, "Who?", tea, filters={"speakers": ["Ann", "Zanzibar"]})
    pin(front, space, "Who?", tea, filters={"metadata": {"about": "zanzibar"}})
    pin(front, space, "Who?", tea, filters={"user_id": "u7", "roles": ["user"]})
    stays = [
        pin(front, space, "Who?", tea, filters={"user_id": "u8"}),
        pin(front, space, "Who?", tea),
    ]

    front.ask("POST", f"/v1/spaces/{space}/forget", json={"text": "zanzibar"})
    assert len(pinned(front, space)) == 3
    front.ask("POST", f"/v1/spaces/{space}/forget", json={"where": {"user_id": "u7"}})

    assert pinned(front, space) == stays


def test_what_is_unpinned_is_gone_and_a_second_time_it_is_not_there(front: Front) -> None:
    space = front.space()
    (tea,) = front.write(space, "Tea is at four.")
    made = pin(front, space, "When is tea?", tea)
    where = f"/v1/spaces/{space}/pinned/{made['id']}"

    gone = front.ask("DELETE", where).json()

    assert gone == {"id": made["id"], "position": front.position(space)}
    assert pinned(front, space) == []
    assert front.ask("DELETE", where).json()["type"] == "pin_not_found"


def test_a_pin_of_a_turn_that_is_not_there_is_refused(front: Front) -> None:
    space = front.space()
    front.write(space, "Tea is at four.")
    body = {"question": "When is tea?", "expected": ["t_none"]}

    answer = front.ask("POST", f"/v1/spaces/{space}/pinned", json=body)

    assert (answer.status_code, answer.json()["type"]) == (404, "turn_not_found")


def test_a_pin_changes_no_answer_and_stays_when_its_turn_goes(front: Front) -> None:
    space = front.space()
    tea, _ = front.write(space, "Tea is at four.", "Milk comes at five.")
    ask = {"question": "When is tea?"}
    before = front.ask("POST", f"/v1/spaces/{space}/recall", json=ask).json()["hits"]
    made = pin(front, space, "When is tea?", tea)

    after = front.ask("POST", f"/v1/spaces/{space}/recall", json=ask).json()["hits"]
    front.ask("DELETE", f"/v1/spaces/{space}/turns/{tea}")

    assert after == before
    assert made["gone"] == []
    assert pinned(front, space) == [made | {"gone": [tea]}]


@pytest.mark.parametrize(
    "wanted", [{"text": "WHEN is   zanzibar"}, {"subject": "Zanzibar"}], ids=["text", "subject"]
)
def test_a_question_with_words_that_are_forgotten_goes_with_them(
    front: Front, wanted: dict[str, str]
) -> None:
    space = front.space()
    (tea,) = front.write(space, "Tea is at four with Zanzibar.")
    front.write(space, "When is Zanzibar coming?")
    pin(front, space, "When is Zanzibar here?", tea)
    other = pin(front, space, "When is tea?", tea)

    front.ask("POST", f"/v1/spaces/{space}/forget", json=wanted)

    assert [one["id"] for one in pinned(front, space)] == [other["id"]]


def test_a_rollback_leaves_the_checks_that_it_may_be_judged_by(front: Front) -> None:
    space = front.space()
    (tea,) = front.write(space, "Tea is at four.")
    position = front.position(space)
    made = pin(front, space, "When is tea?", tea)

    done = front.ask("POST", f"/v1/spaces/{space}/rollback", json={"to": position})

    assert done.status_code == 200, done.text
    assert pinned(front, space) == [made]


def test_pins_are_listed_page_by_page(front: Front) -> None:
    space = front.space()
    (tea,) = front.write(space, "Tea is at four.")
    made = [pin(front, space, f"When is tea {n}?", tea) for n in range(3)]

    first = front.ask("GET", f"/v1/spaces/{space}/pinned", params={"limit": 2}).json()

    assert first["items"] == made[:2]
    assert pinned(front, space, cursor=first["next_cursor"]) == made[2:]

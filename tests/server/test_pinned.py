"""Pinned questions over HTTP and through both clients of the SDK."""

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

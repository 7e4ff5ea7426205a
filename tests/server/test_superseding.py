"""What a recall says of a statement that may be superseded, as it travels."""

from memsvc.sdk import wire
from tests.server.front import Front

OLD, NEW = "I live in Porto with my cat", "I moved to Lisbon with my cat"


def test_a_hit_names_the_turn_that_may_hold_in_its_place(front: Front) -> None:
    space = front.space()
    front.write(space, OLD, stream="one", at="2026-01-01")
    front.write(space, NEW, stream="two", at="2026-02-01")

    answer = front.ask("POST", f"/v1/spaces/{space}/recall", json={"question": "live in Porto"})
    newer, older = wire.Recalled.model_validate(answer.json()).hits

    assert (newer.text, older.text) == (NEW, OLD)
    assert newer.superseded_by is None
    assert answer.json()["hits"][1]["superseded_by"] == {
        "id": newer.id,
        "at": "2026-02-01T00:00:00Z",
        "certainty": "maybe",
        "reason": None,
    }

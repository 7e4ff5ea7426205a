"""How notes are made of events, as it is set over HTTP."""

from dataclasses import asdict

from memsvc.domain.note_making import NoteMaking
from memsvc.sdk.wire import NoteMakingInfo, NoteMakingSaid
from tests.server.front import Front


def set_to(front: Front, space: str, notes: object) -> object:
    path = f"/v1/spaces/{space}"
    tag = front.ask("GET", path).headers["ETag"]
    done = front.ask("PATCH", path, json={"notes": notes}, headers={"If-Match": tag})
    assert done.status_code == 200, done.text
    return done.json()["settings"]["notes"]


def test_an_empty_setting_asks_for_notes_as_they_are_made_by_default(front: Front) -> None:
    space = front.space()
    front.write(space, "tea")

    assert set_to(front, space, {}) == {"least_tokens": 20, "evolution": True}
    assert set_to(front, space, {"evolution": False}) == {"least_tokens": 20, "evolution": False}
    assert set_to(front, space, None) is None


def test_the_defaults_on_the_wire_are_those_of_the_domain() -> None:
    for shape in (NoteMakingSaid(), NoteMakingInfo()):
        assert shape.model_dump() == asdict(NoteMaking())

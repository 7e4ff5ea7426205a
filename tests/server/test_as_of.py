"""As of then, over HTTP: every read of a space, its header, and what is refused."""

import pytest

from tests.server.front import INSIDE, Front, all_routes

NOT_OF_MEMORY = {
    "/v1/spaces/{space}/canaries",
    "/v1/spaces/{space}/enrichment",
    "/v1/spaces/{space}/export",
    "/v1/spaces/{space}/pinned",
    "/v1/spaces/{space}/quarantine",
    "/v1/spaces/{space}/runs",
    "/v1/spaces/{space}/runs/{run}",
}
"""What is owed, held or checked now, and whose registry tells of now; an export is of the present,
until somebody needs another; how far a run of enrichment had come then is not kept."""
READS = [
    path
    for method, path in all_routes()
    if method == "GET" and "{space}" in path and path not in NOT_OF_MEMORY
]


@pytest.mark.parametrize("path", READS)
def test_every_read_of_a_space_takes_as_of_and_says_where_it_stands(
    front: Front, path: str
) -> None:
    space = front.space()
    (turn,) = front.write(space, "Tea at four with Ada Lovelace.")
    front.document(space)
    said = {"space": space, "turn": turn, **INSIDE, "event": front.event(space, "Tea at four.")}
    said["fact"] = front.fact(space, turn, "tea", "is at", "four")
    said["note"] = front.note(space)
    said["link"] = front.link(space, said["note"], front.note(space, "Milk at five."))
    front.write(space, "We met Zanzibar and Quartz.")
    merge = f"/v1/spaces/{space}/entities/Zanzibar/merge"
    front.ask("POST", f"/v1/spaces/{space}/feedback", json={"turn": turn, "verdict": "helped"})
    said["merge"] = front.ask("POST", merge, json={"into": "Quartz"}).json()["id"]
    said["entity"] = "Quartz"
    (waving,) = front.write(space, "Then Hubert waved.")
    said["unlinking"] = front.unlinking(space, "Hubert", waving)
    front.write(space, "this goes")
    forget = f"/v1/spaces/{space}/forget"
    said["receipt"] = front.ask("POST", forget, json={"text": "this goes"}).json()["id"]
    asked = path.format(**said)
    more = {"node": "entity:Quartz"} if path.endswith("/graph") else {}
    position, before = 0, front.ask("GET", asked, params=more)
    while position != front.position(space):  # the worker goes on meanwhile
        position = front.position(space)
        before = front.ask("GET", asked, params=more)
    front.write(space, "Something new of Quartz.", stream="late")
    edit = f"/v1/spaces/{space}/notes/{said['note']}"
    etag = front.ask("GET", edit).headers["ETag"]
    front.ask("PATCH", edit, json={"tags": ["edited"]}, headers={"If-Match": etag})
    front.ask("DELETE", f"/v1/spaces/{space}/links/{said['link']}")
    front.ask("DELETE", f"/v1/spaces/{space}/unlinked/{said['unlinking']}")
    front.ask("POST", f"/v1/spaces/{space}/feedback", json={"turn": turn, "verdict": "wrong"})
    front.write(space, "I prefer tea. Call me Ada.")

    answer = front.ask("GET", asked, params={**more, "as_of": position})

    assert (before.status_code, answer.status_code) == (200, 200), answer.text
    assert "Memsvc-As-Of" not in before.headers
    assert answer.headers["Memsvc-As-Of"] == str(position)
    assert answer.text == before.text


@pytest.mark.parametrize(
    ("what", "body"),
    [
        ("recall", {"question": "Who has tea?"}),
        ("order", {"a": "tea at four", "b": "cake at six"}),
        ("whereabouts", {"of": "tea"}),
        ("novelty", {"text": "tea at eight"}),
        ("experiences/recall", {"intent": "have tea"}),
    ],
)
def test_a_question_takes_as_of_in_its_body(front: Front, what: str, body: dict[str, str]) -> None:
    space = front.space()
    front.write(space, "tea at four", "cake at six", place="the garden")
    tried = {"tool": "kettle", "intent": "have tea", "call": "boil()", "outcome": "success"}
    experiences = f"/v1/spaces/{space}/experiences"
    front.ask("POST", experiences, json={"experiences": [tried]})
    position = front.position(space)
    path = f"/v1/spaces/{space}/{what}"
    before = front.ask("POST", path, json=body)
    front.write(space, "tea at eight", place="the house")
    front.ask("POST", experiences, json={"experiences": [{**tried, "call": "pour()"}]})

    answer = front.ask("POST", path, json={**body, "as_of": position})

    assert answer.headers["Memsvc-As-Of"] == str(position)
    assert answer.json() == before.json()
    assert answer.json() != front.ask("POST", path, json=body).json() or what == "order"


def test_a_position_that_is_not_reached_is_refused_and_says_how_far_the_ledger_is(
    front: Front,
) -> None:
    space = front.space()
    front.write(space, "tea at four")
    answer = front.ask("GET", f"/v1/spaces/{space}/turns", params={"as_of": 99})

    assert answer.status_code == 422
    assert answer.json()["field"] == "as_of"
    assert answer.json()["limit"] == front.position(space)


def test_an_edit_of_what_was_read_as_of_then_needs_the_version_of_now(front: Front) -> None:
    space = front.space()
    (turn,) = front.write(space, "tea at four")
    path, position = f"/v1/spaces/{space}/turns/{turn}", front.position(space)
    etag = front.ask("GET", path).headers["ETag"]
    front.ask("PATCH", path, json={"metadata": {"a": 1}}, headers={"If-Match": etag})

    then = front.ask("GET", path, params={"as_of": position})

    assert (then.headers["ETag"], then.json()["metadata"]) == (etag, {})
    headers = {"If-Match": then.headers["ETag"]}
    assert front.ask("PATCH", path, json={"metadata": {}}, headers=headers).status_code == 412

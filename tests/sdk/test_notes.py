"""Notes and links through the SDK: what is asked, and what is made of the answers."""

import asyncio
import json

import pytest

from memsvc.domain.errors import InvalidField, LinkNotFound, NoteNotFound, VersionMismatch
from memsvc.domain.note import LinkKind
from tests.sdk.service import Service, answer, problem, refusal

MAKING = {"maker": "k_1", "reason": "", "run": None, "because": None}
LINK = {
    "id": "l_1",
    "start": "n_1",
    "end": "n_2",
    "kind": "elaborates",
    "score": 0.5,
    "position": 7,
    **MAKING,
}
FACETS = {"keywords": [], "tags": ["health"], "context": "", **MAKING}
NOTE = {
    "id": "n_1",
    "content": "Allergic to peanuts",
    "turns": ["t_1"],
    "event": None,
    "source": "agent",
    "at": "2026-05-01T10:00:00Z",
    "position": 3,
    "version": 5,
    "links": [LINK],
    **FACETS,
}
WRITTEN = {
    "id": "n_1",
    "turn": "t_1",
    "position": 3,
    "version": 3,
    "embedded": True,
    "replayed": False,
}


def test_a_note_is_written_with_a_key_and_again_when_no_answer_came() -> None:
    service = Service(refusal("store_unavailable", 503), answer(WRITTEN, 201))

    written = service.client().space("alice").notes.create("Allergic to peanuts", tags=["health"])

    assert (written.id, written.turn) == ("n_1", "t_1")
    first, second = service.requests
    assert first.headers["Idempotency-Key"] == second.headers["Idempotency-Key"]
    assert second.url.path == "/v1/spaces/alice/notes"
    sent = json.loads(second.content)
    assert (sent["content"], sent["tags"]) == ("Allergic to peanuts", ["health"])


def test_notes_are_walked_by_what_is_asked() -> None:
    service = Service(
        answer({"items": [NOTE], "next_cursor": "3"}), answer({"items": [NOTE | {"id": "n_2"}]})
    )
    found = list(service.client().space("alice").notes.list(tag="health", text="nuts", page=1))
    assert [note.id for note in found] == ["n_1", "n_2"]
    assert found[0].links[0].kind is LinkKind.ELABORATES
    assert dict(service.requests[1].url.params) == {
        "limit": "1",
        "cursor": "3",
        "tag": "health",
        "text": "nuts",
    }


def test_an_edit_names_the_version_and_sends_what_changes() -> None:
    service = Service(answer(NOTE))
    service.client().space("alice").notes.edit("n_1", version=3, tags=[], reason="why")
    (request,) = service.requests
    assert (request.method, request.headers["If-Match"]) == ("PATCH", '"3"')
    sent = json.loads(request.content)
    assert {name: value for name, value in sent.items() if value is not None} == {
        "tags": [],
        "reason": "why",
    }


def test_a_note_is_read_with_its_versions_and_deleted() -> None:
    version = FACETS | {"position": 3, "at": "2026-05-01T10:00:00Z"}
    deleted = {"id": "n_1", "turns": 1, "position": 9}
    service = Service(answer(NOTE), answer([version]), answer(deleted))
    notes = service.client().space("alice").notes
    assert notes.get("n_1").version == 5
    assert [each.tags for each in notes.versions("n_1")] == [["health"]]
    assert notes.delete("n_1").turns == 1
    assert [request.url.path for request in service.requests] == [
        "/v1/spaces/alice/notes/n_1",
        "/v1/spaces/alice/notes/n_1/versions",
        "/v1/spaces/alice/notes/n_1",
    ]


def test_links_are_made_walked_and_taken_back() -> None:
    service = Service(
        answer(LINK, 201), answer({"items": [LINK]}), answer({"id": "l_1", "position": 9})
    )
    links = service.client().space("alice").links
    assert links.create("n_1", "n_2", kind="elaborates", score=0.5).id == "l_1"
    assert [link.end for link in links.list(note="n_1")] == ["n_2"]
    assert links.delete("l_1").position == 9
    assert json.loads(service.requests[0].content) == {
        "start": "n_1",
        "end": "n_2",
        "kind": "elaborates",
        "score": 0.5,
        "reason": "",
    }


def test_what_no_note_may_hold_is_refused_before_it_is_sent() -> None:
    service = Service()
    notes = service.client().space("alice").notes
    with pytest.raises(InvalidField) as refused:
        notes.create("x", tags=["t" * 61])
    assert (refused.value.field, refused.value.limit) == ("tags.0", 60)
    assert service.requests == []


def test_errors_carry_the_id_that_was_asked_for() -> None:
    stale = answer(problem("version_mismatch", 412, current=8), 412)
    service = Service(refusal("note_not_found", 404), refusal("link_not_found", 404), stale)
    space = service.client().space("alice")
    with pytest.raises(NoteNotFound) as note:
        space.notes.get("n_9")
    with pytest.raises(LinkNotFound) as link:
        space.links.delete("l_9")
    with pytest.raises(VersionMismatch) as version:
        space.notes.edit("n_1", version=3, tags=[])
    assert (note.value.note, link.value.link, version.value.current) == ("n_9", "l_9", 8)


def test_who_awaits_has_the_same_verbs() -> None:
    service = Service(answer(WRITTEN, 201), answer({"items": [NOTE]}), answer({"items": [LINK]}))

    async def ask() -> tuple[str, list[str], list[str]]:
        async with service.async_client() as client:
            space = client.space("alice")
            written = await space.notes.create("Allergic to peanuts")
            notes = [note.id async for note in space.notes.list()]
            links = [link.id async for link in space.links.list()]
            return written.id, notes, links

    assert asyncio.run(ask()) == ("n_1", ["n_1"], ["l_1"])

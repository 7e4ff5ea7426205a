"""Documents through the SDK: on paper, and against the service in process."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

import memsvc
from memsvc.domain.errors import (
    DocumentNotFound,
    InvalidField,
    PartNotFound,
    StreamOwned,
    UnreadableDocument,
    VersionMismatch,
)
from memsvc.sdk import document_calls as calls
from memsvc.sdk.calls import Call
from memsvc.sdk.client import Space
from tests.sdk.service import Service, answer

ENDPOINTS: list[tuple[Call[Any], str]] = [
    (calls.write_document("a", "Tea."), "POST /v1/spaces/a/documents"),
    (calls.replace_document("a", "d", "Tea.", version=1), "PUT /v1/spaces/a/documents/d"),
    (calls.replace_part("a", "d", "p", "Tea.", version=1), "PUT /v1/spaces/a/documents/d/parts/p"),
    (calls.read_document("a", "d"), "GET /v1/spaces/a/documents/d"),
    (calls.read_part("a", "d", "p 1"), "GET /v1/spaces/a/documents/d/parts/p%201"),
    (calls.list_documents("a"), "GET /v1/spaces/a/documents"),
    (calls.delete_document("a", "d"), "DELETE /v1/spaces/a/documents/d"),
]
WRITTEN = {
    "id": "d",
    "media_type": "text/plain",
    "version": 4,
    "parts": [],
    "added": 1,
    "kept": 0,
    "removed": 0,
    "embedded": True,
}


@pytest.mark.parametrize(("call", "endpoint"), ENDPOINTS, ids=[text for _, text in ENDPOINTS])
def test_every_call_goes_to_its_endpoint_and_may_be_repeated(
    call: Call[Any], endpoint: str
) -> None:
    assert f"{call.method} {call.path}" == endpoint
    assert call.is_repeatable


def test_a_write_without_an_id_makes_one_up_so_that_a_retry_is_the_same_document() -> None:
    service = Service(httpx.Response(503), answer(WRITTEN))
    with service.client() as client:
        client.space("a").documents.write("Tea.")

    first, second = (json.loads(request.content)["id"] for request in service.requests)
    assert first == second


def test_an_edit_names_the_version_it_was_made_on() -> None:
    call = calls.replace_part("a", "d", "p", "Tea.", version=7)

    assert call.headers["If-Match"] == '"7"'


def test_a_file_goes_in_a_form_and_its_fields_beside_it(tmp_path: Path) -> None:
    (tmp_path / "guide.md").write_text("# Guide")

    service = Service(answer(WRITTEN))
    with service.client() as client:
        client.space("a").documents.write(file=tmp_path / "guide.md", metadata={"a": 1}, title="T")

    (request,) = service.requests
    assert request.headers["Content-Type"].startswith("multipart/form-data; boundary=")
    assert b'filename="guide.md"' in request.content
    assert b'{"a": 1}' in request.content


@pytest.mark.parametrize(
    "given",
    [
        {"text": ""},
        {"text": "x", "metadata": {"a": {"b": float("nan")}}},
        {"parts": []},
        {"parts": [{"name": "/", "text": "x"}]},
        {"text": "x", "id": "/"},
        {"text": "x", "media_type": "application/pdf"},
        {"text": "x", "file": b"x"},
        {"file": "/no/such/file"},
        {"text": "x", "sort": "of"},
    ],
)
def test_a_wrong_field_is_named_before_anything_is_sent(given: dict[str, Any]) -> None:
    with pytest.raises(InvalidField):
        calls.write_document("a", **given)


@pytest.fixture
def space(tmp_path: Path) -> Iterator[Space]:
    with memsvc.open(tmp_path, embedder="hashing") as client:
        yield client.space("alice")


def test_a_document_is_written_edited_read_and_deleted(space: Space) -> None:
    written = space.documents.write(
        file=b"# Birds\n\n## Owls\n\nThey hunt.", media_type="text/markdown"
    )
    edited = space.documents.replace_part(
        written.id, "Owls", "They sleep.", version=written.version
    )
    with pytest.raises(VersionMismatch) as stale:
        space.documents.replace(written.id, "Tea.", version=written.version)

    assert stale.value.current == edited.version
    assert space.documents.part(written.id, "Owls").paragraphs[0].text == "They sleep."
    assert [each.id for each in space.documents.list()] == [written.id]
    assert len(list(space.turns(document=written.id))) == 2
    assert list(space.turns(document="other")) == []
    assert space.recall("owls sleep", filters={"documents": [written.id]}).hits[0].title
    whole = space.documents.replace(
        written.id, version=edited.version, parts=[{"name": "a", "text": "Tea."}]
    )
    assert [part.name for part in whole.parts] == ["a"]
    assert space.documents.get(written.id).version == whole.version
    assert space.documents.delete(written.id).turns == 1


def test_refusals_come_back_as_what_they_are(space: Space) -> None:
    written = space.documents.write("Tea.", id="note")

    with pytest.raises(UnreadableDocument) as unreadable:
        space.documents.write(file=b"\x00\x01\x02", media_type="text/plain")
    with pytest.raises(DocumentNotFound) as missing:
        space.documents.get("other")
    with pytest.raises(PartNotFound):
        space.documents.part("note", "other")
    with pytest.raises(StreamOwned) as owned:
        space.write(written.parts[0].stream, [{"content": "x"}])

    assert unreadable.value.reason == "not_text"
    assert missing.value.document == "other"
    assert owned.value.document == "note"

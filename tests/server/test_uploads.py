"""Documents over HTTP: as JSON or as an uploaded file, replaced whole or by part."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.reading.files import encrypted, pdf
from tests.server.front import Front, open_front

GUIDE = b"# Guide\n\nWelcome.\n\n## Herons\n\nHerons eat fish.\n\n## Owls\n\nOwls hunt.\n"
BIRDS = pdf(["Herons wade in shallow water."], ["Owls fly at night."], title="Birds")


class Space:
    """The documents of a fresh space."""

    def __init__(self, front: Front) -> None:
        self.front = front
        self.name = front.space()

    def ask(self, method: str, path: str = "", **request: Any) -> httpx.Response:
        return self.front.ask(method, f"/v1/spaces/{self.name}/documents{path}", **request)

    def upload(self, content: bytes, name: str = "guide.md", **fields: str) -> httpx.Response:
        media_type = fields.pop("called", "application/octet-stream")
        files = {"file": (name, content, media_type)}
        return self.ask("POST", files=files, data={"id": "guide", **fields})

    def put(self, path: str, etag: str | None, **request: Any) -> httpx.Response:
        headers = {} if etag is None else {"If-Match": etag}
        return self.ask("PUT", f"/guide{path}", headers=headers, **request)

    def recall(self, question: str, **more: Any) -> dict[str, Any]:
        body = {"question": question, "k": 1, **more}
        answer = self.front.ask("POST", f"/v1/spaces/{self.name}/recall", json=body)
        found: dict[str, Any] = answer.json()["hits"][0]
        return found


@pytest.fixture
def space(front: Front) -> Space:
    return Space(front)


@pytest.mark.parametrize(
    ("content", "name", "question", "title"),
    [
        (b"Herons eat fish.", "guide.txt", "herons", "guide"),
        (GUIDE, "guide.md", "herons", "Guide › Herons"),  # noqa: RUF001  our mark
        (b"<title>Birds</title><h2>Owls</h2>They hunt.", "x.html", "owls", "Birds › Owls"),  # noqa: RUF001
        (BIRDS, "x.pdf", "owls", "Birds › Page 2"),  # noqa: RUF001  the same
    ],
    ids=["txt", "md", "html", "pdf"],
)
def test_a_file_is_uploaded_and_recalled(
    space: Space, content: bytes, name: str, question: str, title: str
) -> None:
    written = space.upload(content, name)

    assert written.status_code == 201
    assert written.headers["ETag"] == f'"{written.json()["version"]}"'
    hit = space.recall(question)
    assert question in hit["text"].lower()
    assert (hit["title"], hit["source"]) == (title, "document")


def test_the_fields_of_a_form_are_those_of_json(space: Space) -> None:
    fields = {
        "title": "Handbook",
        "metadata": '{"team": "birds"}',
        "at": "2026-01-02T03:04:05Z",
        "user_id": "ann",
        "agent_id": "bot",
        "embed": "later",
        "media_type": "text/markdown",
    }

    written = space.upload(GUIDE, "no-suffix", **fields)

    found = space.ask("GET", "/guide").json()
    assert written.json()["embedded"] is False
    assert {name: found[name] for name in ("title", "user_id", "agent_id", "media_type")} == {
        "title": "Handbook",
        "user_id": "ann",
        "agent_id": "bot",
        "media_type": "text/markdown",
    }
    assert (found["metadata"], found["at"]) == ({"team": "birds"}, "2026-01-02T03:04:05Z")


def test_a_document_is_read_with_its_parts_and_their_turns(space: Space) -> None:
    space.upload(GUIDE)

    found = space.ask("GET", "/guide").json()
    part = space.ask("GET", "/guide/parts/Owls").json()

    assert [each["name"] for each in found["parts"]] == ["text", "Herons", "Owls"]
    assert part["paragraphs"] == [
        {"turn": found["parts"][2]["turns"][0], "text": "Owls\nOwls hunt."}
    ]
    assert (part["document"], part["version"]) == ("guide", found["version"])


def test_the_same_id_again_replaces_and_the_same_text_changes_nothing(space: Space) -> None:
    first = space.upload(GUIDE)
    same = space.upload(GUIDE)
    other = space.upload(GUIDE.replace(b"hunt", b"sleep"))

    assert [answer.status_code for answer in (first, same, other)] == [201, 200, 200]
    assert same.headers["ETag"] == first.headers["ETag"] != other.headers["ETag"]
    assert (other.json()["added"], other.json()["kept"]) == (1, 2)


def test_an_id_is_made_up_when_none_is_given(space: Space) -> None:
    ids = {space.ask("POST", json={"text": "Tea at four."}).json()["id"] for _ in range(2)}

    assert len(ids) == 2


def test_a_part_is_replaced_under_if_match_alone(space: Space) -> None:
    etag = space.upload(GUIDE).headers["ETag"]

    missing = space.put("/parts/Owls", None, json={"text": "Owls sleep."})
    stale = space.put("/parts/Owls", '"1"', json={"text": "Owls sleep."})
    fresh = space.put("/parts/Owls", etag, json={"text": "Owls sleep."})
    again = space.put("/parts/Owls", etag, json={"text": "Owls sing."})

    assert [each.status_code for each in (missing, stale, fresh, again)] == [428, 412, 200, 412]
    assert again.json()["current"] == fresh.json()["version"]
    assert space.recall("owls")["text"] == "Owls sleep."


def test_a_whole_is_replaced_under_if_match_alone(space: Space) -> None:
    etag = space.upload(GUIDE).headers["ETag"]

    missing = space.put("", None, json={"text": "Tea."})
    fresh = space.put("", etag, files={"file": ("birds.pdf", BIRDS)})
    stale = space.put("", etag, json={"text": "Tea."})

    assert [each.status_code for each in (missing, fresh, stale)] == [428, 200, 412]
    assert [part["name"] for part in fresh.json()["parts"]] == ["Page 1", "Page 2"]


def test_a_part_may_be_uploaded(space: Space) -> None:
    etag = space.upload(GUIDE).headers["ETag"]
    html = b"<h1>Owls</h1><p>Owls <b>sleep</b>.</p>"

    answer = space.put("/parts/Owls", etag, files={"file": ("owls.html", html)})

    assert answer.status_code == 200
    assert space.recall("owls")["text"] == "Owls\nOwls sleep."


def test_a_stream_of_a_document_says_so_and_is_written_by_it_alone(space: Space) -> None:
    space.upload(GUIDE)
    streams = f"/v1/spaces/{space.name}/streams"
    listed = space.front.ask("GET", streams).json()["items"]

    assert {each["document"] for each in listed} == {"guide"}
    path = f"{streams}/{listed[0]['name']}"
    written = space.front.ask("POST", f"{path}/turns", json={"turns": [{"content": "x"}]})
    deleted = space.front.ask("DELETE", path)
    assert [each.status_code for each in (written, deleted)] == [409, 409]
    assert written.json()["type"] == "stream_owned"
    assert space.front.ask("GET", path).json()["turns"] == 1


def test_turns_are_listed_by_document(space: Space) -> None:
    space.upload(GUIDE)
    space.front.write(space.name, "In a chat.")

    path = f"/v1/spaces/{space.name}/turns?document=guide"
    turns = space.front.ask("GET", path).json()["items"]

    assert [turn["content"] for turn in turns] == [
        "Guide\nWelcome.",
        "Herons\nHerons eat fish.",
        "Owls\nOwls hunt.",
    ]


def test_documents_are_listed_and_deleted(space: Space) -> None:
    space.upload(GUIDE)

    (listed,) = space.ask("GET").json()["items"]
    deleted = space.ask("DELETE", "/guide")

    assert (listed["id"], listed["parts"], listed["turns"]) == ("guide", 3, 3)
    assert (deleted.json()["turns"], deleted.json()["streams"]) == (3, 3)
    assert space.ask("GET").json()["items"] == []
    assert space.ask("GET", "/guide").status_code == 404


BAD_FILES = {
    "an empty file": (b"", "x.txt", 422, "unreadable_document"),
    "rubbish": (b"\x00\x01\x02\xff" * 100, "x.txt", 422, "unreadable_document"),
    "a picture": (b"\x89PNG\r\n", "x.png", 422, "unreadable_document"),
    "a PDF cut off": (BIRDS[:300], "x.pdf", 422, "unreadable_document"),
    "a locked PDF": (encrypted(BIRDS, user="x"), "x.pdf", 422, "unreadable_document"),
    "text called PDF": (b"Tea.", "x.pdf", 422, "unreadable_document"),
    "a page of scripts": (b"<script>1</script>", "x.html", 422, "unreadable_document"),
    "too many pages": (pdf(*[["A page."]] * 501), "x.pdf", 413, "too_large"),
    "too many bytes": (b"x" * 300_000, "x.txt", 413, "too_large"),
}


@pytest.mark.parametrize(
    ("content", "name", "status", "code"), BAD_FILES.values(), ids=list(BAD_FILES)
)
def test_a_bad_file_is_one_problem_and_stores_nothing(
    space: Space, content: bytes, name: str, status: int, code: str
) -> None:
    answer = space.upload(content, name)

    assert (answer.status_code, answer.json()["type"]) == (status, code)
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert space.ask("GET").status_code == 404  # not even the space was made


FORMS: dict[str, tuple[dict[str, Any], int]] = {
    "no file": ({"files": {"title": (None, "x")}}, 422),
    "another field for the file": ({"files": {"upload": ("x.txt", b"x")}}, 422),
    "two files": ({"files": [("file", ("a", b"x")), ("file", ("b", b"x"))]}, 400),
    "an unknown field": ({"files": {"file": ("x.txt", b"x")}, "data": {"titel": "x"}}, 422),
    "text beside the file": ({"files": {"file": ("x.txt", b"x")}, "data": {"text": "x"}}, 422),
    "a field twice": ({"files": {"file": ("x.txt", b"x")}, "data": {"title": ["a", "b"]}}, 422),
    "metadata of words": ({"files": {"file": ("x.txt", b"x")}, "data": {"metadata": "x"}}, 422),
    "metadata of depth": (
        {"files": {"file": ("x.txt", b"x")}, "data": {"metadata": "[" * 50_000}},
        422,
    ),
    "a bad id": ({"files": {"file": ("x.txt", b"x")}, "data": {"id": "../x"}}, 422),
    "a bad time": ({"files": {"file": ("x.txt", b"x")}, "data": {"at": "noon"}}, 422),
    "a long field": ({"files": {"file": ("x.txt", b"x")}, "data": {"title": "x" * 70_000}}, 400),
    "many fields": (
        {"files": {"file": ("x.txt", b"x")}, "data": {f"f{n}": "x" for n in range(40)}},
        400,
    ),
    "no boundary": ({"content": b"x", "headers": {"Content-Type": "multipart/form-data"}}, 400),
    "another boundary": (
        {"content": b"--a\r\n", "headers": {"Content-Type": "multipart/form-data; boundary=b"}},
        400,
    ),
    "raw bytes": (
        {
            "content": b'--b\r\nContent-Disposition: form-data; name="\xff"\r\n\r\n\xff\r\n--b--',
            "headers": {"Content-Type": "multipart/form-data; boundary=b"},
        },
        422,
    ),
}


@pytest.mark.parametrize(("form", "status"), FORMS.values(), ids=list(FORMS))
def test_a_form_that_cannot_be_is_one_problem(
    space: Space, form: dict[str, Any], status: int
) -> None:
    answer = space.ask("POST", **form)

    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["detail"]
    assert space.ask("GET").status_code == 404


def test_limits_are_settings(tmp_path: Path) -> None:
    limits: dict[str, Any] = {
        "max_document_bytes": 400,
        "max_document_pages": 1,
        "max_document_paragraphs": 1,
        "document_seconds": 5,
    }
    with open_front(tmp_path, **limits) as front:
        space = Space(front)
        limited = [
            space.upload(b"x" * 401),
            space.ask("POST", json={"text": "x" * 401}),
            space.ask("POST", json={"parts": [{"name": n, "text": "x"} for n in "ab"]}),
        ]

    assert [answer.status_code for answer in limited] == [413] * 3
    assert [answer.json()["limit"] for answer in limited] == [400, 400, 1]


def test_no_word_of_a_document_is_in_the_ledger(space: Space) -> None:
    space.upload(GUIDE, title="Heronry")

    ledger = space.front.ask("GET", f"/v1/spaces/{space.name}/ledger").json()["items"]

    assert "document.written" in {entry["change"] for entry in ledger}
    assert "heron" not in json.dumps(ledger).lower()

"""Export and import over HTTP: streamed, with limits of their own."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

import memsvc
from memsvc.domain.errors import InvalidLine, SpaceNotFound
from memsvc.sdk.aio import AsyncClient
from memsvc.spawned import free_port, spawned
from tests.server.front import Front, open_front

NDJSON = {"Content-Type": "application/x-ndjson"}


def exported(front: Front, space: str, **query: Any) -> httpx.Response:
    return front.ask("GET", f"/v1/spaces/{space}/export", params=query)


def bring_in(front: Front, space: str, lines: bytes, **query: Any) -> httpx.Response:
    path = f"/v1/spaces/{space}/import"
    return front.ask("POST", path, params=query, content=lines, headers=NDJSON)


def test_a_space_moves_over_http(front: Front) -> None:
    here, there = front.space(), front.space()
    (turn,) = front.write(here, "Tea at four.")

    lines = exported(front, here)
    done = bring_in(front, there, lines.content)

    assert lines.headers["Content-Type"] == "application/x-ndjson"
    assert (done.status_code, done.json()["turns"]) == (200, 1)
    assert front.ask("GET", f"/v1/spaces/{there}/turns/{turn}").json()["content"] == "Tea at four."


def test_an_import_may_be_longer_than_other_bodies_and_has_a_limit_of_its_own(
    tmp_path: Path,
) -> None:
    with open_front(tmp_path, max_body_bytes=2_000, max_import_bytes=10_000) as front:
        for n in range(12):
            front.write("a", f"{n}: {'x' * 300}")
        lines = exported(front, "a").content
        assert 2_000 < len(lines) < 10_000

        assert bring_in(front, "b", lines).json()["turns"] == 12
        front.write("a", *("y" * 100 for _ in range(15)))
        longer = exported(front, "a").content
        announced = bring_in(front, "c", longer)
        refused = front.http.post(
            "/v1/spaces/c/import",
            content=iter([longer]),
            headers={**NDJSON, "Authorization": f"Bearer {front.admin}"},
        )

    for answer in (announced, refused):
        assert (answer.status_code, answer.json()["limit"]) == (413, 10_000)


def test_a_line_may_be_as_long_as_a_request_body(tmp_path: Path) -> None:
    with open_front(tmp_path, max_body_bytes=2_000) as front:
        answer = bring_in(front, "a", b"x" * 2_001)

    assert (answer.status_code, answer.json()["type"]) == (422, "invalid_line")
    assert "2000 bytes" in answer.json()["detail"]


def test_a_damaged_line_is_a_problem_that_names_it_and_repeats_nothing(front: Front) -> None:
    answer = bring_in(front, front.space(), b'{"kind": "secret-kind"}\n')

    assert (answer.status_code, answer.json()["line"], answer.json()["kept"]) == (422, 1, 0)
    assert "secret-kind" not in answer.text


@pytest.mark.parametrize("query", [{"vectors": "perhaps"}, {"vector": "true"}])
def test_a_query_that_is_not_valid_is_refused(front: Front, query: dict[str, str]) -> None:
    space = front.space()
    front.write(space, "tea")

    assert exported(front, space, **query).status_code == 422
    assert bring_in(front, space, b"", **query).status_code == 422


def test_a_space_that_is_not_there_cannot_be_exported(front: Front) -> None:
    assert exported(front, front.space()).status_code == 404


def test_a_reader_may_not_import_whatever_the_body(front: Front) -> None:
    space = front.space()
    front.write(space, "tea")

    answer = front.ask("POST", f"/v1/spaces/{space}/import", key=front.key("reader", space))

    assert answer.status_code == 403


@pytest.fixture(scope="module")
def memory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[memsvc.Client]:
    """A real service behind a real socket, where bodies come in pieces and clients break off."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("MEMSVC_EMBEDDER", "hashing")
        with spawned(tmp_path_factory.mktemp("data"), port=free_port()) as service:
            yield service.client


def test_the_client_moves_a_space_and_moves_it_again(memory: memsvc.Client, tmp_path: Path) -> None:
    here, there = memory.space("here"), memory.space("there")
    for _ in range(3):
        here.write("chat", [{"content": f"turn {n} {'x' * 500}"} for n in range(400)])
    file = tmp_path / "here.ndjson"
    with file.open("wb") as out:
        out.writelines(here.export(vectors=True))

    with file.open("rb") as lines:
        assert there.import_from(lines).turns == 1_200
    with file.open("rb") as lines:
        assert there.import_from(lines).present == 1_200
    assert there.verify_ledger().is_whole
    assert there.recall("turn 7").hits


def test_a_refusal_reaches_a_client_that_is_still_sending(memory: memsvc.Client) -> None:
    """The service reads on to the end, else the client would find the connection broken."""

    def endless() -> Iterator[bytes]:
        yield b"this is no header\n"
        for _ in range(400):
            yield b"x" * 50_000

    with pytest.raises(InvalidLine) as refused:
        memory.space("never").import_from(endless())

    assert (refused.value.line, refused.value.kept) == (1, 0)


def test_a_client_that_breaks_off_leaves_whole_batches_and_a_service_that_goes_on(
    memory: memsvc.Client,
) -> None:
    source, target = memory.space("source"), memory.space("broken off")
    for _ in range(2):
        source.write("chat", [{"content": f"turn {n}"} for n in range(500)])
    lines = b"".join(source.export())

    def broken() -> Iterator[bytes]:
        yield lines[: len(lines) * 3 // 4]
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        target.import_from(broken())

    done = target.import_from([lines])
    assert done.present in {0, 498}, "whole batches: 500 lines, of which two are no turns"
    assert done.present + done.turns == target.info().turns == 1_000


def test_an_export_that_is_cut_off_is_noticed(memory: memsvc.Client) -> None:
    space = memory.space("short")
    space.write("chat", [{"content": "tea"}])
    whole = b"".join(space.export())

    def answer(_request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, content=whole[:-20])

    cut = memsvc.Client("http://memory.test", "k", transport=httpx.MockTransport(answer))
    with pytest.raises(InvalidLine, match="cut off"):
        list(cut.space("short").export())


def test_programs_that_await_move_a_space_too(memory: memsvc.Client, tmp_path: Path) -> None:
    memory.space("awaited").write("chat", [{"content": "tea"}])
    file = tmp_path / "awaited.ndjson"

    async def move() -> tuple[int, int]:
        async with AsyncClient(str(memory._http.base_url), memory._connection.key) as client:
            chunks = [chunk async for chunk in client.space("awaited").export()]
            file.write_bytes(b"".join(chunks))
            with file.open("rb") as lines:
                done = await client.space("awaited there").import_from(lines)
            backup = [chunk async for chunk in client.backup()]
            with pytest.raises(SpaceNotFound):
                [chunk async for chunk in client.space("nobody").export()]
            return done.turns, sum(len(chunk) for chunk in backup)

    turns, size = asyncio.run(move())
    assert turns == 1
    assert size > 10_000


def test_an_export_of_nothing_raises_what_is_wrong(memory: memsvc.Client) -> None:
    with pytest.raises(SpaceNotFound):
        list(memory.space("nobody").export())


def test_a_document_that_moved_is_one_and_its_parts_can_be_replaced(front: Front) -> None:
    here, there = front.space(), front.space()
    said = {"id": "guide", "parts": [{"name": "owls", "text": "Owls hunt at night."}]}
    front.ask("POST", f"/v1/spaces/{here}/documents", json=said)

    done = bring_in(front, there, exported(front, here).content)

    assert (done.json()["documents"], done.json()["turns"]) == (1, 1)
    path = f"/v1/spaces/{there}/documents/guide"
    version = front.ask("GET", path).json()["version"]
    replaced = front.ask(
        "PUT",
        f"{path}/parts/owls",
        json={"text": "Owls sleep by day."},
        headers={"If-Match": f'"{version}"'},
    )
    assert (replaced.status_code, replaced.json()["added"]) == (200, 1)
    assert front.ask("POST", f"/v1/spaces/{there}/ledger/verify").json()["is_whole"]


def test_a_document_that_is_here_with_other_content_is_a_problem_that_names_it(
    front: Front,
) -> None:
    here = front.space()
    path = f"/v1/spaces/{here}/documents"
    added = front.ask("POST", path, json={"id": "guide", "text": "Owls hunt at night."})
    lines = exported(front, here).content
    tag = {"If-Match": f'"{added.json()["version"]}"'}
    front.ask("PUT", f"{path}/guide", json={"text": "Owls sleep by day."}, headers=tag)

    refused = bring_in(front, here, lines)

    assert (refused.status_code, refused.json()["type"]) == (409, "document_conflict")
    assert (refused.json()["document"], refused.json()["line"]) == ("guide", 2)

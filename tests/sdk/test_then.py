"""Asking as of then through the SDK: what is sent, and what is refused."""

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from memsvc.domain.errors import InvalidField
from memsvc.sdk.then import OF_NOW, QUESTIONS
from tests.sdk.service import Service, answer

PAGE: dict[str, object] = {"items": [], "next_cursor": None}
NOTHING = {
    "hits": [],
    "context": "",
    "context_tokens": 0,
    "context_turns": [],
    "position": 12,
    "recipe": "default",
    "trace": None,
    "missing_arms": [],
}


@pytest.mark.parametrize(
    ("as_of", "sent"),
    [
        (12, "12"),
        ("2026-05-01", "2026-05-01T00:00:00+00:00"),
        (datetime(2026, 5, 1, 9, tzinfo=UTC), "2026-05-01T09:00:00+00:00"),
    ],
)
def test_a_list_is_walked_as_of_then(as_of: int | str | datetime, sent: str) -> None:
    service = Service(answer({**PAGE, "next_cursor": "7"}), answer(PAGE))
    list(service.client().space("a").at(as_of).facts.list())

    assert [request.url.params["as_of"] for request in service.requests] == [sent, sent]
    assert service.requests[1].url.params["cursor"] == "7"


def test_a_question_says_as_of_when_in_its_body() -> None:
    service = Service(answer(NOTHING))
    service.client().space("a").at(12).recall("Where?", k=3)

    said = json.loads(service.requests[0].content)
    assert (said["as_of"], said["k"], said["question"]) == (12, 3, "Where?")


def test_what_writes_is_refused_before_anything_is_sent() -> None:
    service = Service()
    then = service.client().space("a").at(12)

    for write in (
        lambda: then.write("chat", [{"content": "x"}]),
        lambda: then.delete_turn("t_1"),
        lambda: then.configure(version=1, retention_days=3),
        lambda: then.facts.delete("f_1"),
        lambda: then.forget(text="x"),
        lambda: then.import_from([b"{}"]),
    ):
        with pytest.raises(InvalidField, match="only be read"):
            write()
    assert not service.requests


def test_what_is_told_of_the_present_alone_is_refused_before_anything_is_sent() -> None:
    service = Service()
    then = service.client().space("a").at(12)

    for ask in (
        then.canaries.planted,
        lambda: list(then.pinned.list()),
        then.enrichment,
        lambda: list(then.quarantine.list()),
        lambda: list(then.runs()),
        lambda: then.run("run_1"),
        lambda: list(then.export()),
    ):
        with pytest.raises(InvalidField, match="present alone"):
            ask()
    assert not service.requests


def test_a_stream_may_be_called_like_what_is_told_of_the_present_alone() -> None:
    service = Service(
        answer({"name": "canaries", "created_at": "2026-05-01T00:00:00Z", "turns": 1})
    )

    assert service.client().space("a").at(12).stream("canaries").turns == 1


def test_every_endpoint_that_reads_a_space_is_asked_as_of_then_or_known_not_to_be() -> None:
    document = json.loads(Path("docs/openapi.json").read_text())
    schemas = document["components"]["schemas"]
    reading = {
        path.removeprefix("/v1/spaces/{space}").strip("/"): operations["get"]
        for path, operations in document["paths"].items()
        if path.startswith("/v1/spaces/{space}") and "get" in operations
    }
    asking = {
        path.rpartition("/")[2]
        for path, operations in document["paths"].items()
        for body in operations.get("post", {}).get("requestBody", {}).get("content", {}).values()
        if "{space}" in path
        and "as_of" in schemas.get(_named(body["schema"]), {}).get("properties", ())
    }

    now = {
        path.partition("/")[0]
        for path, operation in reading.items()
        if "as_of" not in {parameter["name"] for parameter in operation["parameters"]}
    }
    assert now == set(OF_NOW)
    assert asking == set(QUESTIONS)


def _named(schema: dict[str, Any]) -> str:
    return str(schema.get("$ref", "")).rpartition("/")[2]


@pytest.mark.parametrize("as_of", [0, -1, True, "soon", "12", 2**60])
def test_what_is_neither_a_position_nor_a_time_is_refused(as_of: int | str) -> None:
    with pytest.raises(InvalidField) as refused:
        Service().client().space("a").at(as_of)
    assert refused.value.field == "as_of"


def test_the_awaiting_client_asks_as_of_then_too() -> None:
    service = Service(answer(PAGE), answer(NOTHING))

    async def ask() -> None:
        async with service.async_client() as client:
            then = client.space("a").at(12)
            assert [turn async for turn in then.turns()] == []
            await then.recall("Where?")

    asyncio.run(ask())
    assert service.requests[0].url.params["as_of"] == "12"
    assert json.loads(service.requests[1].content)["as_of"] == 12

"""Asking as of then through the SDK: what is sent, and what is refused."""

import asyncio
import json
from datetime import UTC, datetime

import pytest

from memsvc.domain.errors import InvalidField
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

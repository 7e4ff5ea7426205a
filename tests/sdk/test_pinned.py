"""Pinned questions through the SDK: what is asked, and what is made of the answers."""

import asyncio
import json
from datetime import UTC, datetime

import pytest

from memsvc.domain.errors import InvalidField, PinNotFound
from tests.sdk.service import Service, answer, refusal

PINNED = {
    "id": "pq_1",
    "question": "When is tea?",
    "recipe": None,
    "k": 10,
    "expected": ["t_1"],
    "actor": "k_1",
    "at": "2026-01-01T00:00:00Z",
    "position": 4,
}


def test_a_question_is_pinned_again_when_no_answer_came() -> None:
    service = Service(refusal("store_unavailable", 503), answer(PINNED, 201))

    pinned = service.client().space("alice").pinned.pin("When is tea?", ["t_1"])

    assert pinned.expected == ["t_1"]
    assert service.requests[1].url.path == "/v1/spaces/alice/pinned"
    assert json.loads(service.requests[1].content) == {
        "question": "When is tea?",
        "k": 10,
        "expected": ["t_1"],
    }


def test_which_turns_may_answer_is_pinned_and_told() -> None:
    filters = {"user_id": "u7", "speakers": ["Ann"]}
    between = {"since": "2026-01-01T00:00:00Z"}
    service = Service(answer(PINNED | {"filters": filters, "between": between}, 201))

    pinned = (
        service.client()
        .space("alice")
        .pinned.pin("When is tea?", ["t_1"], filters=filters, between=between)
    )

    assert json.loads(service.requests[0].content) == {
        "question": "When is tea?",
        "k": 10,
        "expected": ["t_1"],
        "filters": filters,
        "between": between,
    }
    assert (pinned.filters.user_id, pinned.filters.speakers) == ("u7", ["Ann"])
    assert pinned.between is not None
    assert (pinned.between.since, pinned.between.until) == (datetime(2026, 1, 1, tzinfo=UTC), None)


def test_what_is_pinned_is_walked_and_unpinned() -> None:
    service = Service(
        answer({"items": [PINNED], "next_cursor": "4"}),
        answer({"items": [PINNED | {"id": "pq_2", "recipe": "fast"}]}),
        answer({"id": "pq_1", "position": 6}),
    )
    pinned = service.client().space("alice").pinned

    assert [one.id for one in pinned.list(page=1)] == ["pq_1", "pq_2"]
    assert pinned.unpin("pq_1").position == 6
    assert dict(service.requests[1].url.params) == {"limit": "1", "cursor": "4"}
    assert service.requests[2].url.path == "/v1/spaces/alice/pinned/pq_1"


def test_what_is_missing_is_raised_with_its_name() -> None:
    service = Service(refusal("pin_not_found", 404, pin="pq_9"))

    with pytest.raises(PinNotFound) as missing:
        service.client().space("alice").pinned.unpin("pq_9")

    assert missing.value.pin == "pq_9"


def test_a_pin_that_expects_nothing_is_refused_before_it_is_sent() -> None:
    service = Service()

    with pytest.raises(InvalidField):
        service.client().space("alice").pinned.pin("When is tea?", [])

    assert service.requests == []


def test_whoever_awaits_has_the_same_verbs() -> None:
    service = Service(answer(PINNED, 201), answer({"items": [PINNED]}), answer(PINNED))

    async def ask() -> list[str]:
        async with service.async_client() as client:
            pinned = client.space("alice").pinned
            await pinned.pin("When is tea?", ["t_1"], recipe="fast", k=3)
            found = [one.id async for one in pinned.list()]
            return [*found, (await pinned.unpin("pq_1")).id]

    assert asyncio.run(ask()) == ["pq_1", "pq_1"]

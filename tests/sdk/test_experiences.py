"""Experiences through the SDK: what is asked, and what is made of the answers."""

import asyncio
import json
from typing import Any

import pytest

from memsvc.domain.errors import InvalidField
from memsvc.domain.experience import ExperienceOutcome
from tests.sdk.service import Service, answer, refusal

TRIED = {"tool": "book", "intent": "Book.", "call": "book()", "outcome": "success"}
WRITTEN = {
    "space": "alice",
    "stream": "tools",
    "turns": [{"id": "t_1", "seq": 0, "position": 3}],
    "position": 3,
    "embedded": True,
}
FOUND = {
    "experiences": [
        TRIED
        | {
            "id": "t_1",
            "error": None,
            "fix": None,
            "stream": "tools",
            "at": "2026-01-01T00:00:00Z",
            "score": 0.5,
            "turns": ["t_1"],
            "why": {},
        }
    ],
    "position": 3,
}


def test_experiences_are_kept_once_however_often_they_are_sent() -> None:
    service = Service(refusal("store_unavailable", 503), answer(WRITTEN, 201))

    written = service.client().space("alice").experiences.keep([TRIED], stream="bank")

    assert written.turns[0].id == "t_1"
    keys = {request.headers["Idempotency-Key"] for request in service.requests}
    assert (len(service.requests), len(keys)) == (2, 1)
    assert service.requests[1].url.path == "/v1/spaces/alice/experiences"
    assert json.loads(service.requests[1].content) == {"experiences": [TRIED], "stream": "bank"}


def test_experiences_are_asked_for_by_intent_and_tool() -> None:
    service = Service(answer(FOUND))

    found = service.client().space("alice").experiences.recall("Book a table.", tool="book", k=3)

    assert found.experiences[0].outcome is ExperienceOutcome.SUCCESS
    assert json.loads(service.requests[0].content) == {
        "intent": "Book a table.",
        "k": 3,
        "tool": "book",
    }


@pytest.mark.parametrize(
    ("tried", "field"),
    [([], "experiences"), ([TRIED | {"outcome": "both"}], "experiences.0.outcome")],
)
def test_what_cannot_be_kept_is_refused_before_it_is_sent(
    tried: list[dict[str, Any]], field: str
) -> None:
    with pytest.raises(InvalidField) as refused:
        Service().client().space("alice").experiences.keep(tried)

    assert refused.value.field == field


def test_an_intent_that_says_nothing_is_refused_before_it_is_sent() -> None:
    with pytest.raises(InvalidField):
        Service().client().space("alice").experiences.recall(" ")


def test_whoever_awaits_has_the_same_verbs() -> None:
    service = Service(answer(WRITTEN, 201), answer(FOUND))

    async def ask() -> str:
        async with service.async_client() as client:
            experiences = client.space("alice").experiences
            await experiences.keep([TRIED])
            return (await experiences.recall("Book.")).experiences[0].id

    assert asyncio.run(ask()) == "t_1"

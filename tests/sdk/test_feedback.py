"""Feedback through the SDK: what is asked, and what is made of the answers."""

import asyncio
import json
from typing import Any

import pytest

from memsvc.domain.errors import FeedbackNotFound, InvalidField
from memsvc.domain.feedback import Judgement
from tests.sdk.service import Service, answer, refusal

GIVEN = {
    "id": "fb_1",
    "turn": "t_1",
    "verdict": "helped",
    "question": None,
    "actor": "k_1",
    "at": "2026-01-01T00:00:00Z",
    "position": 4,
}


def test_feedback_is_given_again_when_no_answer_came() -> None:
    service = Service(refusal("store_unavailable", 503), answer(GIVEN, 201))

    given = service.client().space("alice").feedback.give("t_1", "helped", question="When?")

    assert given.verdict is Judgement.HELPED
    assert service.requests[1].url.path == "/v1/spaces/alice/feedback"
    assert json.loads(service.requests[1].content) == {
        "turn": "t_1",
        "verdict": "helped",
        "question": "When?",
    }


def test_feedback_is_walked_and_taken_back() -> None:
    service = Service(
        answer({"items": [GIVEN], "next_cursor": "4"}),
        answer({"items": [GIVEN | {"id": "fb_2"}]}),
        answer({"id": "fb_1", "position": 6}),
    )
    feedback = service.client().space("alice").feedback

    assert [one.id for one in feedback.list(turn="t_1", page=1)] == ["fb_1", "fb_2"]
    assert feedback.take_back("fb_1").position == 6
    assert dict(service.requests[1].url.params) == {"limit": "1", "cursor": "4", "turn": "t_1"}
    assert service.requests[2].url.path == "/v1/spaces/alice/feedback/fb_1"


def test_what_is_missing_is_raised_with_its_name() -> None:
    service = Service(refusal("feedback_not_found", 404, feedback="fb_9"))

    with pytest.raises(FeedbackNotFound) as missing:
        service.client().space("alice").feedback.take_back("fb_9")

    assert missing.value.feedback == "fb_9"


@pytest.mark.parametrize(
    ("turn", "verdict", "field"), [("/", "helped", "turn"), ("t_1", "fine", "verdict")]
)
def test_what_cannot_be_said_is_refused_before_it_is_sent(
    turn: str, verdict: Any, field: str
) -> None:
    with pytest.raises(InvalidField) as refused:
        Service().client().space("alice").feedback.give(turn, verdict)

    assert refused.value.field == field


def test_whoever_awaits_has_the_same_verbs() -> None:
    service = Service(answer(GIVEN, 201), answer({"items": [GIVEN]}), answer(GIVEN))

    async def ask() -> list[str]:
        async with service.async_client() as client:
            feedback = client.space("alice").feedback
            await feedback.give("t_1", "helped")
            found = [one.id async for one in feedback.list()]
            return [*found, (await feedback.take_back("fb_1")).id]

    assert asyncio.run(ask()) == ["fb_1", "fb_1"]

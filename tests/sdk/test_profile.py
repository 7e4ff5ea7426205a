"""The profile through the SDK: what is asked, and what is made of the answer."""

import asyncio
import json

from memsvc.domain.profile import LineKind
from tests.sdk.service import Service, answer

PROFILE = {
    "text": "Preferences:\n- I prefer tea.\n",
    "lines": [
        {
            "text": "I prefer tea.",
            "kind": "preference",
            "speaker": None,
            "turns": ["t_1"],
            "at": "2026-01-01T00:00:00Z",
            "source": "user",
        }
    ],
    "tokens": 9,
    "position": 3,
}
RECALLED = {"hits": [], "context": "", "context_tokens": 0, "recipe": "default", "position": 3}


def test_a_profile_is_asked_for_by_user_and_budget() -> None:
    service = Service(answer(PROFILE))

    found = service.client().space("alice").profile(budget_tokens=50, user_id="u", speaker="Ann")

    assert found.lines[0].kind is LineKind.PREFERENCE
    assert service.requests[0].url.path == "/v1/spaces/alice/profile"
    assert dict(service.requests[0].url.params) == {
        "budget_tokens": "50",
        "user_id": "u",
        "speaker": "Ann",
    }


def test_a_recall_asks_for_it_only_when_told_to() -> None:
    service = Service(answer(RECALLED), answer(RECALLED))
    space = service.client().space("alice")

    space.recall("tea?", include_profile=True)
    space.recall("tea?")

    said = [json.loads(request.content)["include_profile"] for request in service.requests]
    assert said == [True, False]


def test_whoever_awaits_has_the_same_verb() -> None:
    service = Service(answer(PROFILE))

    async def ask() -> int:
        async with service.async_client() as client:
            return (await client.space("alice").profile()).tokens

    assert asyncio.run(ask()) == 9

"""Canaries through the SDK: what is asked, and what is made of the answers."""

import asyncio
import json

import httpx
import pytest

from memsvc.domain.errors import InvalidField, ServiceUnreachable
from tests.sdk.service import Service, answer

PLANTED = {
    "canaries": [
        {
            "id": "cn_1",
            "turn": "t_1",
            "token": "bagetivo",
            "planted_at": "2026-01-01T00:00:00Z",
            "actor": "k_1",
            "stands": True,
        }
    ],
    "position": 4,
}
CHECKED = {"ok": True, "canaries": 1, "gone": 0, "found": []}


def test_canaries_are_planted_listed_and_looked_for() -> None:
    service = Service(answer(PLANTED, 201), answer(PLANTED), answer(CHECKED))
    canaries = service.client().space("alice").canaries

    assert canaries.plant(1).canaries[0].token == "bagetivo"
    assert canaries.planted().position == 4
    assert canaries.check().ok
    assert [request.url.path for request in service.requests] == [
        "/v1/spaces/alice/canaries",
        "/v1/spaces/alice/canaries",
        "/v1/spaces/alice/canaries/check",
    ]
    assert json.loads(service.requests[0].content) == {"count": 1}


def test_planting_is_not_repeated_when_it_may_have_been_done() -> None:
    service = Service(httpx.ReadTimeout("slow"), answer(PLANTED, 201))

    with pytest.raises(ServiceUnreachable):
        service.client().space("alice").canaries.plant()

    assert len(service.requests) == 1


def test_more_than_can_be_planted_at_once_are_refused_before_they_are_sent() -> None:
    with pytest.raises(InvalidField) as refused:
        Service().client().space("alice").canaries.plant(21)

    assert refused.value.field == "count"


def test_whoever_awaits_has_the_same_verbs() -> None:
    service = Service(answer(PLANTED, 201), answer(PLANTED), answer(CHECKED))

    async def ask() -> bool:
        async with service.async_client() as client:
            canaries = client.space("alice").canaries
            await canaries.plant(1)
            await canaries.planted()
            return (await canaries.check()).ok

    assert asyncio.run(ask())

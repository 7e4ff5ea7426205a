"""A service on paper: answers from a list, and every request it was sent."""

import json
from collections.abc import Callable
from typing import Any

import httpx

from memsvc.sdk.aio import AsyncClient
from memsvc.sdk.client import Client

Reply = httpx.Response | Exception


def answer(body: object, status: int = 200, **headers: str) -> httpx.Response:
    return httpx.Response(status, json=body, headers=headers)


def problem(code: str, status: int, **members: object) -> dict[str, object]:
    said = {"type": code, "title": "A title", "status": status, "detail": "Do this next."}
    return {**said, **members}


def refusal(code: str, status: int, **members: object) -> httpx.Response:
    return httpx.Response(
        status,
        json=problem(code, status, **members),
        headers={"Content-Type": "application/problem+json"},
    )


class Service:
    """Gives its replies in turn and remembers the requests; an exception is raised as the reply."""

    def __init__(self, *replies: Reply) -> None:
        self.replies = list(replies)
        self.requests: list[httpx.Request] = []
        self.waits: list[float] = []

    def client(
        self,
        *,
        retries: int = 3,
        chance: Callable[[], float] = lambda: 0.5,
        url: str = "http://memory.test",
    ) -> Client:
        return Client(
            url,
            "a-key",
            retries=retries,
            transport=httpx.MockTransport(self._reply),
            sleep=self.waits.append,
            chance=chance,
        )

    def async_client(
        self, *, retries: int = 3, chance: Callable[[], float] = lambda: 0.5
    ) -> AsyncClient:
        return AsyncClient(
            "http://memory.test",
            "a-key",
            retries=retries,
            transport=httpx.MockTransport(self._reply),
            sleep=self._sleep,
            chance=chance,
        )

    async def _sleep(self, seconds: float) -> None:
        self.waits.append(seconds)

    def sent(self, index: int = -1) -> Any:
        return json.loads(self.requests[index].content)

    def _reply(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        reply = self.replies.pop(0)
        if isinstance(reply, Exception):
            raise reply
        return reply


AT = "2024-05-01T12:00:00Z"

WRITTEN = {
    "space": "alice",
    "stream": "chat",
    "turns": [{"id": "turn_1", "seq": 0, "position": 3}],
    "position": 3,
    "embedded": True,
}
RECALLED = {"hits": [], "context": "", "context_tokens": 0, "position": 3, "recipe": "default"}
SPACE = {
    "name": "alice",
    "created_at": AT,
    "position": 3,
    "streams": 1,
    "turns": 1,
    "vectors": 1,
    "text_bytes": 20,
}
STREAM = {"name": "chat", "created_at": AT, "turns": 1}
TURN = {
    "id": "turn_1",
    "stream": "chat",
    "seq": 0,
    "role": "user",
    "content": "I moved.",
    "at": AT,
    "source": "user",
    "metadata": {},
    "tokens": 3,
    "position": 3,
    "version": 3,
    "embedded": True,
}
DELETED = {"turns": 1, "streams": 0, "position": 4}
ENTRY = {
    "position": 1,
    "change": "space.made",
    "subject": "alice",
    "digest": "00",
    "actor": "key_1",
    "at": AT,
    "hash": "00",
}
KEY = {"id": "key_1", "name": "phone", "role": "reader", "spaces": ["alice"], "created_at": AT}

"""A change of the embedding model over HTTP, through the SDK, with the real worker beside."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from time import monotonic, sleep

import httpx
import pytest

from memsvc.domain.errors import InvalidField, ReembeddingConflict, RoleTooWeak, SpaceNotFound
from memsvc.sdk.aio import AsyncClient
from memsvc.sdk.client import Client
from tests.server.front import PATIENCE_S, Front, open_front

PATH = "/v1/reembedding"


@pytest.fixture
def front(tmp_path: Path) -> Iterator[Front]:
    """A running app of its own: what changes here changes for every space."""
    with open_front(tmp_path) as opened:
        yield opened


def client_of(front: Front, key: str = "") -> Client:
    transport = front.http._transport
    return Client("http://memory.test", key or front.admin, transport=transport, retries=0)


def done(client: Client) -> None:
    until = monotonic() + PATIENCE_S
    while client.reembedding.progress().left:
        assert monotonic() < until
        sleep(0.02)


def test_a_change_from_beginning_to_end(front: Front) -> None:
    turns = front.write("alice", "My dog is called Rex.", "I live in Lisbon.")
    client = client_of(front)
    assert client.reembedding.progress().stage == "none"

    begun = client.reembedding.begin("hashing-128")
    assert (begun.stage, begun.present, begun.turns) == ("making", "hashing/fp32/64", 2)
    done(client)
    question = {"space": "alice", "question": "What is the dog called?", "expected": turns[:1]}
    told = client.reembedding.compare([question], k=2)
    assert (told.questions, told.answers[0].before[0]) == (1, turns[0])
    assert told.gain is not None
    assert (told.gain.after, told.pins) == (1.0, None)
    pin = client.space("alice").pinned.pin("What is the dog called?", turns[:1], k=1)
    pinned = client.reembedding.compare()
    assert pinned.pins is not None
    assert (pinned.pins.questions, pinned.pins.worse, pinned.pins.lost) == (1, 0.0, 0)
    assert (pinned.answers[0].pin, pinned.answers[0].after) == (pin.id, turns[:1])
    both = client.reembedding.compare([question], pinned=True, spaces=["alice"])
    assert [each.pin for each in both.answers] == [None, pin.id]
    none = client.reembedding.compare(pinned=False)
    assert (none.questions, none.pins) == (0, None)

    assert client.reembedding.switch().present == "hashing/fp32/128"
    assert client.ready().parts["model"] == "ok (hashing/fp32/128)"
    assert client.space("alice").recall("What is the dog called?").hits[0].id == turns[0]
    assert client.reembedding.undo().stage == "making"
    done(client)
    client.reembedding.switch()
    ended = client.reembedding.drop()

    assert (ended.stage, ended.present, ended.left) == ("ended", "hashing/fp32/128", 0)
    assert client.space("alice").info().vectors == 2


def test_what_is_refused_comes_back_as_it_was_raised(front: Front) -> None:
    client = client_of(front)
    with pytest.raises(ReembeddingConflict, match="does not change"):
        client.reembedding.switch()
    with pytest.raises(ReembeddingConflict, match="memsvc model --name nowhere"):
        client.reembedding.begin("nowhere")
    with pytest.raises(InvalidField):
        client.reembedding.compare([{"space": "alice", "question": " "}])
    client.reembedding.begin("hashing-128")
    with pytest.raises(SpaceNotFound):
        client.reembedding.compare([{"space": "nobody", "question": "Who?"}])
    with pytest.raises(SpaceNotFound):
        client.reembedding.compare(spaces=["nobody"])
    with pytest.raises(RoleTooWeak):
        client_of(front, front.key("admin", "alice")).reembedding.progress()


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (PATH, {}),
        (PATH, {"model": ""}),
        (PATH, {"model": "hashing-128", "extra": 1}),
        (f"{PATH}/compare", {"questions": [{"space": "a", "question": " "}]}),
        (f"{PATH}/compare", {"questions": [{"space": "a", "question": "b"}], "k": 0}),
        (f"{PATH}/compare", {"questions": [{"space": "a", "question": "b"}] * 201}),
        (f"{PATH}/compare", {"pinned": "yes"}),
        (f"{PATH}/compare", {"spaces": ["a", "a"]}),
    ],
)
def test_what_cannot_be_read_says_which_field(front: Front, path: str, body: object) -> None:
    answer = front.ask("POST", path, json=body)

    assert answer.status_code == 422, answer.text
    assert answer.json()["field"]


def test_the_client_that_awaits_does_the_same(front: Front) -> None:
    async def ask() -> str:
        transport = httpx.ASGITransport(front.app)
        client = AsyncClient("http://memory.test", front.admin, transport=transport, retries=0)
        try:
            await client.reembedding.begin("hashing-128")
            return (await client.reembedding.progress()).stage
        finally:
            await client.aclose()

    assert asyncio.run(ask()) == "making"

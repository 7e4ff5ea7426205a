"""The client that awaits: against a service on paper, and against the real app over real rows."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import anyio
import httpx
import pytest
from typing_extensions import override

from memsvc.domain.errors import Busy, InvalidField, ServiceUnreachable, SpaceNotFound
from memsvc.sdk.aio import AsyncClient
from retrieval.recipes import RECIPES
from tests.sdk.service import KEY, RECALLED, SPACE, STREAM, TURN, WRITTEN, Service, answer, refusal
from tests.server.front import Front, open_front

pytestmark = pytest.mark.anyio

HELLO = [{"role": "user", "content": "I moved to Lisbon in May."}]


@pytest.fixture(params=["asyncio", "trio"])
def anyio_backend(request: pytest.FixtureRequest) -> str:
    """Every test here runs on both."""
    return str(request.param)


def page(*items: object, after: str | None = None) -> httpx.Response:
    return answer({"items": list(items), "next_cursor": after})


# Sending and trying again ------------------------------------------------------------------------


async def test_a_request_shows_the_key_and_its_arguments() -> None:
    service = Service(answer(WRITTEN, 201))

    async with service.async_client() as client:
        written = await client.space("alice").write("chat", HELLO, user_id="u1")

    assert [turn.id for turn in written.turns] == ["turn_1"]
    assert service.requests[0].headers["Authorization"] == "Bearer a-key"
    assert service.sent() == {"turns": HELLO, "user_id": "u1", "agent_id": None, "title": None} | {
        "embed": "now"
    }


async def test_pauses_are_awaited_and_drawn_like_those_of_the_other_client() -> None:
    lost = httpx.ReadError("reset")
    service = Service(lost, lost, lost, answer(SPACE))

    await service.async_client().space("alice").info()

    assert service.waits == [0.125, 0.25, 0.5]


async def test_the_last_error_is_raised_when_the_tries_are_used_up() -> None:
    service = Service(*(refusal("busy", 429) for _ in range(3)))

    with pytest.raises(Busy):
        await service.async_client(retries=2).space("alice").info()

    assert len(service.requests) == 3


async def test_making_a_key_is_not_repeated_when_it_may_have_been_made() -> None:
    service = Service(httpx.ReadTimeout("slow"), answer({**KEY, "secret": "s"}))

    with pytest.raises(ServiceUnreachable):
        await service.async_client().keys.create("phone", role="reader", spaces=["alice"])

    assert len(service.requests) == 1


async def test_a_wrong_field_is_refused_when_it_is_awaited_and_before_anything_is_sent() -> None:
    service = Service()
    asked = service.async_client().space("alice").recall("Where?", k=101)

    with pytest.raises(InvalidField):
        await asked

    assert not service.requests


async def test_a_closed_client_sends_nothing_more() -> None:
    async with Service(answer(SPACE)).async_client() as client:
        space = client.space("alice")

    with pytest.raises(RuntimeError):
        await space.info()


async def test_a_walk_asks_for_page_after_page() -> None:
    service = Service(
        page({**TURN, "id": "t1"}, {**TURN, "id": "t2"}, after="c2"), page({**TURN, "id": "t3"})
    )

    turns = [turn.id async for turn in service.async_client().space("alice").turns(page=2)]

    assert turns == ["t1", "t2", "t3"]
    assert service.requests[1].url.params["cursor"] == "c2"


async def test_a_walk_asks_only_for_what_is_used() -> None:
    service = Service(page(STREAM, after="c2"))

    async for _stream in service.async_client().space("alice").streams():
        break

    assert len(service.requests) == 1


async def test_a_cancelled_task_stops_in_its_pause_and_the_client_goes_on() -> None:
    service = Service(httpx.ReadError("reset"), answer(SPACE))
    client = AsyncClient(
        "http://memory.test",
        "a-key",
        transport=httpx.MockTransport(service._reply),
        sleep=lambda _pause: anyio.sleep_forever(),
    )

    with anyio.move_on_after(0.01) as given_up:
        await client.space("alice").info()

    assert given_up.cancelled_caught
    assert (await client.space("alice").info()).turns == 1


async def test_a_walk_that_was_cancelled_goes_on_where_it_stopped() -> None:
    service = Service(
        page({**TURN, "id": "t1"}, after="c2"), httpx.ReadError("reset"), page({**TURN, "id": "t2"})
    )
    client = AsyncClient(
        "http://memory.test",
        "a-key",
        transport=httpx.MockTransport(service._reply),
        sleep=lambda _pause: anyio.sleep_forever(),
    )
    walk = client.space("alice").turns()
    first = await anext(walk)

    with anyio.move_on_after(0.01):
        await anext(walk)

    assert (first.id, [turn.id async for turn in walk]) == ("t1", ["t2"])


# The real app ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def front(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    with open_front(tmp_path_factory.mktemp("aio")) as opened:
        yield opened


class Forgetful(httpx.AsyncBaseTransport):
    """Carries requests to the app and loses its first answer to each write."""

    def __init__(self, app: httpx.ASGITransport) -> None:
        self._app = app
        self.tries: Counter[str] = Counter()

    @override
    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        response = await self._app.handle_async_request(request)
        await response.aread()
        key = request.headers.get("Idempotency-Key")
        if key is not None:
            self.tries[key] += 1
            if self.tries[key] == 1:
                message = "the line went dead"
                raise httpx.ReadError(message, request=request)
        return response


@asynccontextmanager
async def reaching(
    front: Front, transport: httpx.AsyncBaseTransport | None = None
) -> AsyncIterator[AsyncClient]:
    carrying = transport or httpx.ASGITransport(front.app)
    async with AsyncClient(
        "http://memsvc.test", front.admin, transport=carrying, chance=lambda: 0.0
    ) as client:
        yield client


async def test_it_writes_asks_edits_lists_and_deletes(front: Front) -> None:
    async with reaching(front) as client:
        space = client.space(front.space())
        written = await space.write("chat", HELLO)
        turn = written.turns[0].id
        assert "Lisbon" in (await space.recall("Who moved to Lisbon?")).context
        before = await space.turn(turn)
        assert (await space.revise(turn, version=before.version, place="home")).place == "home"
        assert [one.place async for one in space.turns()] == ["home"]
        assert len(await space.versions(turn)) == 2
        assert (await space.verify_ledger()).is_whole
        assert (await space.delete_turn(turn)).turns == 1
        assert [entry.change.value async for entry in space.ledger(page=2)][-1] == "turn.deleted"
        names = [recipe.name async for recipe in client.recipes()]
        assert names == list(RECIPES)
        await space.delete()
        with pytest.raises(SpaceNotFound):
            await space.info()


async def test_keys_are_made_listed_and_revoked(front: Front) -> None:
    async with reaching(front) as client:
        made = await client.keys.create("phone", role="reader", spaces=["alice"])
        assert (await client.keys.mine()).spaces == ["*"]
        assert made.id in [key.id async for key in client.keys.list(page=1)]
        await client.keys.revoke(made.id)
        assert made.id not in [key.id async for key in client.keys.list(page=1)]


async def test_fifty_writes_at_once_are_kept_once_each_though_every_answer_is_lost_once(
    front: Front,
) -> None:
    transport = Forgetful(httpx.ASGITransport(front.app))
    async with reaching(front, transport) as client:
        space = client.space(front.space())
        texts = [f"heron number {n}" for n in range(50)]

        async with anyio.create_task_group() as tasks:
            for text in texts:
                tasks.start_soon(space.write, "chat", [{"content": text}])

        kept = [turn async for turn in space.turns(page=7)]
        assert sorted(turn.content for turn in kept) == sorted(texts)
        assert [turn.seq for turn in kept] == list(range(50))
        assert set(transport.tries.values()) == {2}


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_calls_may_be_gathered_and_made_into_tasks(front: Front) -> None:
    async with reaching(front) as client:
        space = client.space(front.space())
        await space.write("chat", HELLO)

        one = asyncio.create_task(space.info())
        answers = await asyncio.gather(*(space.recall("Lisbon") for _ in range(8)))

        assert (await one).turns == 1
        assert len({answer.context for answer in answers}) == 1


async def test_when_a_model_helps_is_sent_as_by_the_other_client() -> None:
    service = Service(answer(RECALLED))
    async with service.async_client() as client:
        await client.space("alice").recall("Where is she?", clues="unsure", sift_facts="never")
    assert (service.sent()["clues"], service.sent()["sift_facts"]) == ("unsure", "never")

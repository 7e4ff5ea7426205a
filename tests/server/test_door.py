"""What is answered while the app is still being put together, and what waits for it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from threading import Event

import httpx
from fastapi import FastAPI

from memsvc.config import Settings
from memsvc.server.door import Door
from memsvc.server.factory import build_app


@asynccontextmanager
async def lived(door: Door) -> AsyncIterator[httpx.AsyncClient]:
    """Take the door through its life as a server does; lend a client of it."""
    told: asyncio.Queue[str] = asyncio.Queue()
    said: asyncio.Queue[str] = asyncio.Queue()

    async def receive() -> dict[str, str]:
        return {"type": await told.get()}

    async def send(message: object) -> None:
        assert isinstance(message, dict)
        said.put_nowait(message["type"])

    life = asyncio.create_task(door({"type": "lifespan"}, receive, send))
    told.put_nowait("lifespan.startup")
    assert await said.get() == "lifespan.startup.complete"
    async with AsyncExitStack() as held:
        held.push_async_callback(lambda: life)
        held.callback(told.put_nowait, "lifespan.shutdown")
        transport = httpx.ASGITransport(door)
        yield await held.enter_async_context(
            httpx.AsyncClient(transport=transport, base_url="http://memsvc.test")
        )
    assert await said.get() == "lifespan.shutdown.complete"


def built(folder: Path, *, after: Event) -> Callable[[], FastAPI]:
    """Return what builds the real app once it may."""

    def build() -> FastAPI:
        after.wait()
        return build_app(Settings(data=folder, embedder="hashing"))

    return build


def unheard(error: BaseException) -> None:
    """Be told of a failure where none is expected."""
    raise error


def test_health_is_answered_before_there_is_an_app_and_just_as_the_app_does(
    tmp_path: Path,
) -> None:
    may_build = Event()

    async def live() -> None:
        door = Door(built(tmp_path, after=may_build), on_failure=unheard)
        async with lived(door) as http:
            named = {"X-Request-Id": "mine"}
            early = await http.get("/healthz", headers=named)
            may_build.set()
            await http.get("/readyz")
            late = await http.get("/healthz", headers=named)
            assert early.status_code == late.status_code == 200
            assert early.content == late.content
            assert dict(early.headers) == dict(late.headers)
            unnamed = await http.get("/healthz")
            assert unnamed.headers["X-Request-Id"] != "mine"

    asyncio.run(live())


def test_any_other_request_waits_for_the_app_and_is_answered_by_it(tmp_path: Path) -> None:
    may_build = Event()

    async def live() -> None:
        door = Door(built(tmp_path, after=may_build), on_failure=unheard)
        async with lived(door) as http:
            asked = asyncio.create_task(http.get("/openapi.json"))
            posted = asyncio.create_task(http.post("/healthz"))
            assert (await http.get("/healthz")).status_code == 200
            assert not asked.done()
            assert not posted.done()
            may_build.set()
            assert (await asked).json()["info"]["title"] == "memsvc"
            assert (await posted).status_code == 405

    asyncio.run(live())


def test_who_starts_it_hears_why_there_is_no_app_and_whoever_waited_is_refused() -> None:
    may_fail = Event()
    heard: list[BaseException] = []

    def broken() -> FastAPI:
        may_fail.wait()
        raise ModuleNotFoundError("No module named 'fastapi'", name="fastapi")

    async def live() -> None:
        async with lived(Door(broken, on_failure=heard.append)) as http:
            asked = asyncio.create_task(http.get("/v1/spaces"))
            assert (await http.get("/healthz")).status_code == 200
            may_fail.set()
            refused = await asked
            assert (refused.status_code, refused.json()["type"]) == (503, "not_ready")
            assert refused.headers["Retry-After"] == "1"
            assert refused.headers["X-Request-Id"] == refused.json()["request_id"]

    asyncio.run(live())

    assert [type(error) for error in heard] == [ModuleNotFoundError]


def test_an_end_that_comes_first_opens_nothing(tmp_path: Path) -> None:
    may_build = Event()

    async def live() -> None:
        async with lived(Door(built(tmp_path / "data", after=may_build), on_failure=unheard)):
            asyncio.get_running_loop().call_later(0.1, may_build.set)

    asyncio.run(live())

    assert not (tmp_path / "data").exists()

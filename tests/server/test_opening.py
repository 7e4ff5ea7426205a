"""The service opens behind a process that answers already."""

import asyncio
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from threading import Event

import httpx
import pytest
import structlog

from memsvc.config import Settings
from memsvc.domain.errors import DataDirectoryInUse, MemsvcError, ServerFault
from memsvc.server.factory import build_app, open_by_wiring
from memsvc.wiring import Service
from store.directory import held


def settings_for(folder: Path) -> Settings:
    return Settings(data=folder, embedder="hashing")


class Asked:
    """An app in the course of its life, asked from inside its own loop."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http

    async def __call__(self, path: str) -> httpx.Response:
        return await self._http.get(path, headers={"Authorization": "Bearer x"})


def test_until_it_is_open_health_answers_and_the_rest_says_not_ready(tmp_path: Path) -> None:
    may_open = Event()

    @contextmanager
    def slow(settings: Settings) -> Iterator[Service]:
        may_open.wait()
        with open_by_wiring(settings) as service:
            yield service

    async def live() -> None:
        app = build_app(settings_for(tmp_path), open_service=slow)
        transport = httpx.ASGITransport(app)
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(transport=transport, base_url="http://memsvc.test") as http,
        ):
            asked = Asked(http)
            assert (await asked("/healthz")).status_code == 200
            assert (await asked("/metrics")).status_code == 200
            ready = await asked("/readyz")
            assert (ready.status_code, ready.json()["ready"]) == (503, False)
            early = await asked("/v1/spaces")
            assert (early.status_code, early.json()["type"]) == (503, "not_ready")
            assert early.headers["Retry-After"] == "1"
            may_open.set()
            await asyncio.to_thread(app.state.opening.wait)
            assert (await asked("/readyz")).status_code == 200
            assert (await asked("/v1/spaces")).status_code == 401
        late = app.state.opening
        with pytest.raises(MemsvcError, match="shutting down"):
            late.wait()

    asyncio.run(live())


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (DataDirectoryInUse("Somebody is in there."), 503, "data_directory_in_use"),
        (RuntimeError("a secret of the inside"), 500, "server_fault"),
    ],
)
def test_a_service_that_cannot_open_says_why(
    tmp_path: Path, error: Exception, status: int, code: str
) -> None:
    def broken(settings: Settings) -> AbstractContextManager[Service]:
        raise error

    async def live() -> None:
        app = build_app(settings_for(tmp_path), open_service=broken)
        transport = httpx.ASGITransport(app)
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(transport=transport, base_url="http://memsvc.test") as http,
        ):
            with pytest.raises(MemsvcError):
                await asyncio.to_thread(app.state.opening.wait)
            asked = Asked(http)
            refused = await asked("/v1/spaces")
            assert (refused.status_code, refused.json()["type"]) == (status, code)
            assert (await asked("/healthz")).status_code == 200
            ready = await asked("/readyz")
            assert ready.status_code == 503
            assert "secret" not in ready.text + refused.text

    with structlog.testing.capture_logs():
        asyncio.run(live())


def test_who_starts_it_hears_why_it_could_not_open(tmp_path: Path) -> None:
    heard: list[MemsvcError] = []

    async def live() -> None:
        app = build_app(settings_for(tmp_path), on_failure=heard.append)
        async with app.router.lifespan_context(app):
            with pytest.raises(DataDirectoryInUse):
                await asyncio.to_thread(app.state.opening.wait)

    with held(tmp_path):
        asyncio.run(live())

    assert [type(error) for error in heard] == [DataDirectoryInUse]
    assert not isinstance(heard[0], ServerFault)


@pytest.mark.sqlite
def test_after_it_has_closed_the_directory_is_free(tmp_path: Path) -> None:
    async def live() -> None:
        app = build_app(settings_for(tmp_path))
        async with app.router.lifespan_context(app):
            await asyncio.to_thread(app.state.opening.wait)

    asyncio.run(live())

    with held(tmp_path) as database:
        assert database.exists()

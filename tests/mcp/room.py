"""A service with its tools, asked by the protocol's own client: in memory and over HTTP."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import httpx2
from anyio.from_thread import BlockingPortal, start_blocking_portal
from fastapi import FastAPI
from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from mcp_types import CallToolResult, TextContent, Tool

from memsvc.config import Settings
from memsvc.mcp.protocol import protocol_server
from memsvc.mcp.tools import Tools
from memsvc.sdk.aio import AsyncClient
from memsvc.server.factory import build_app

URL = "http://127.0.0.1:7077"
WAYS = ("in memory", "over HTTP")

_numbers = count()


@dataclass(frozen=True)
class Agent:
    """A client of the protocol, connected."""

    portal: BlockingPortal
    client: Client

    def call(self, tool: str, /, **arguments: Any) -> CallToolResult:
        """Call a tool and return all of its answer."""
        answer: CallToolResult = self.portal.call(self.client.call_tool, tool, arguments)
        return answer

    def get(self, tool: str, /, **arguments: Any) -> Any:
        """Call a tool that succeeds, and return the structured part of its answer."""
        answer = self.call(tool, **arguments)
        assert not answer.is_error, answer
        return answer.structured_content

    def refused(self, tool: str, /, **arguments: Any) -> Any:
        """Call a tool that fails, and return its problem."""
        answer = self.call(tool, **arguments)
        assert answer.is_error, answer
        assert text_of(answer) == answer.structured_content["problem"]["detail"]
        return answer.structured_content["problem"]

    def tools(self) -> dict[str, Tool]:
        """Return the tools that are listed, by name."""
        listed = self.portal.call(self.client.list_tools).tools
        return {tool.name: tool for tool in listed}


@dataclass(frozen=True)
class Room:
    """A running app, and the key of its first admin."""

    app: FastAPI
    portal: BlockingPortal
    admin: str
    calls: list[tuple[str, str | None]] = field(default_factory=list)

    def ask(self, method: str, path: str, *, key: str = "", **request: Any) -> httpx.Response:
        """Send a request with a key: the admin's unless another is given."""
        headers = {"Authorization": f"Bearer {key or self.admin}", **request.pop("headers", {})}

        async def send() -> httpx.Response:
            transport = httpx.ASGITransport(self.app)
            async with httpx.AsyncClient(transport=transport, base_url=URL) as http:
                return await http.request(method, path, headers=headers, **request)

        return self.portal.call(send)

    def key(self, role: str, *spaces: str) -> str:
        """Return the secret of a new key with this role in these spaces."""
        body = {"name": f"a {role}", "role": role, "spaces": list(spaces)}
        return str(self.ask("POST", "/v1/keys", json=body).json()["secret"])

    def space(self) -> str:
        """Return a name that no test has used."""
        return f"room-{next(_numbers)}"

    def write(self, space: str, *contents: str, stream: str = "chat", **more: Any) -> list[str]:
        """Write turns over REST and return their ids."""
        turns = [{"content": content, **more} for content in contents]
        path = f"/v1/spaces/{space}/streams/{stream}/turns"
        written = self.ask("POST", path, json={"turns": turns})
        assert written.status_code == 201, written.text
        return [turn["id"] for turn in written.json()["turns"]]

    @contextmanager
    def agent(
        self,
        space: str,
        *,
        role: str = "writer",
        way: str = "over HTTP",
        key: str = "",
        mode: str = "auto",
        **headers: str,
    ) -> Iterator[Agent]:
        """Connect with a key of this space, the other way than by default if that is named."""
        secret = key or self.key(role, space)
        connected = (
            self._over_http(secret, headers, mode)
            if way == "over HTTP"
            else self._in_memory(secret, space, mode)
        )
        with self.portal.wrap_async_context_manager(connected) as client:
            yield Agent(self.portal, client)

    @asynccontextmanager
    async def _over_http(
        self, secret: str, headers: dict[str, str], mode: str
    ) -> AsyncIterator[Client]:
        sent = {"Authorization": f"Bearer {secret}", **headers}
        transport = httpx2.ASGITransport(self.app)
        async with (
            httpx2.AsyncClient(transport=transport, headers=sent) as http,
            Client(streamable_http_client(f"{URL}/mcp", http_client=http), mode=mode) as client,
        ):
            yield client

    @asynccontextmanager
    async def _in_memory(self, secret: str, space: str, mode: str) -> AsyncIterator[Client]:
        transport = httpx.ASGITransport(self.app)
        async with AsyncClient(URL, secret, retries=0, transport=transport) as rest:
            tools = Tools(rest, space, URL, lambda: datetime.now(UTC))
            async with Client(protocol_server(tools, watch=self._note), mode=mode) as client:
                yield client

    def _note(self, tool: str, problem: str | None, *, took_s: float) -> None:
        assert took_s >= 0
        self.calls.append((tool, problem))


@contextmanager
def open_room(folder: Path, **overrides: Any) -> Iterator[Room]:
    """Run the app over a data directory."""
    given = {"embedder": "hashing", "max_body_bytes": 200_000, **overrides}
    app = build_app(Settings(data=folder, **given))
    with (
        start_blocking_portal() as portal,
        portal.wrap_async_context_manager(app.router.lifespan_context(app)),
    ):
        app.state.opening.wait()
        yield Room(app, portal, (folder / "admin.key").read_text().strip())


def text_of(answer: CallToolResult) -> str:
    """Return the text of an answer."""
    (content,) = answer.content
    assert isinstance(content, TextContent)
    return content.text

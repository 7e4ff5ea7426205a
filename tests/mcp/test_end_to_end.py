"""A service as a process, asked over both transports by the protocol's own client, and by curl.

The commands are those of docs/mcp.md, as a reader would copy them.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import anyio
import httpx
import httpx2
import pytest
from mcp import Client
from mcp.client.stdio import StdioServerParameters
from mcp.client.streamable_http import streamable_http_client

from memsvc.sdk.client import Client as Rest
from memsvc.spawned import free_port, spawned
from tests.server.test_start import PATIENCE_S, ROOT, served, until

BASH = shutil.which("bash") or "bash"
USUAL = "http://127.0.0.1:7077"
PAGE = Path(__file__).parents[2] / "docs" / "mcp.md"


@dataclass(frozen=True)
class Running:
    """A service and the key of a writer in one space, `alice`."""

    address: str
    key: str
    data: Path


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    data = tmp_path_factory.mktemp("end-to-end") / "data"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MEMSVC_EMBEDDER", "hashing")
        with spawned(data, port=free_port()) as service:
            with Rest(service.address, service.key) as admin:
                key = admin.keys.create("an agent", role="writer", spaces=["alice"]).secret
            yield Running(service.address, key, data)


async def over_http(running: Running, tool: str, **arguments: Any) -> Any:
    headers = {"Authorization": f"Bearer {running.key}"}
    async with (
        httpx2.AsyncClient(headers=headers, timeout=PATIENCE_S) as http,
        Client(streamable_http_client(f"{running.address}/mcp", http_client=http)) as client,
    ):
        return (await client.call_tool(tool, arguments)).structured_content


async def over_stdio(running: Running, tool: str, **arguments: Any) -> Any:
    command = StdioServerParameters(
        command=sys.executable,
        args=["-m", "memsvc.cli", "mcp"],
        env={**os.environ, "MEMSVC_URL": running.address, "MEMSVC_KEY": running.key},
        cwd=str(ROOT),
    )
    async with Client(command) as client:
        return (await client.call_tool(tool, arguments)).structured_content


def test_what_one_client_keeps_and_corrects_another_recalls_and_forgets(running: Running) -> None:
    """Two transports, one service, one memory."""

    async def talk() -> tuple[Any, Any, Any, Any, Any]:
        kept = await over_stdio(running, "remember", content="Tea is at four.", source="user")
        corrected = await over_http(running, "correct", id=kept["id"], content="Tea is at five.")
        found = await over_stdio(running, "recall", question="When is tea?")
        gone = await over_http(running, "forget", ids=[kept["id"]], confirm=True)
        left = await over_http(running, "recall", question="When is tea?")
        return kept, corrected, found, gone, left

    kept, corrected, found, gone, left = anyio.run(talk)

    order = [memory["id"] for memory in found["memories"]]
    assert (order[0], order[-1]) == (corrected["id"], kept["id"])
    assert f"| instead: {corrected['id']} | id {kept['id']}] Tea is at four." in found["context"]
    assert gone["forgotten"]
    assert left["memories"][0]["id"] == corrected["id"]
    assert kept["id"] not in json.dumps(left)


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not here")
def test_the_page_s_commands_answer_what_the_page_says(running: Running) -> None:
    page = PAGE.read_text(encoding="utf-8").partition("## By hand")[2]
    (script,) = re.findall(r"```sh\n(.*?)```", page, re.DOTALL)
    assert USUAL in script

    done = subprocess.run(
        [BASH, "-euo", "pipefail", "-c", script.replace(USUAL, running.address)],
        check=True,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        env={**os.environ, "KEY": running.key},
    )

    answers = [json.loads(line) for line in done.stdout.splitlines()]
    told = [line.partition("# ")[2] for line in script.splitlines() if line.startswith("# ")]
    begun, listed, kept, keyless, elsewhere, foreign = answers
    assert begun["result"]["serverInfo"]["name"] == "memsvc"
    assert {tool["name"] for tool in listed["result"]["tools"]} >= {"recall", "remember"}
    assert kept["result"]["structuredContent"]["space"] == "alice"
    problems = [answer["error"]["data"] for answer in (keyless, elsewhere, foreign)]
    for problem, says in zip(problems, told[-3:], strict=True):
        assert says.endswith(f"{problem['status']} {problem['type']}"), says


def test_the_protocol_is_imported_with_the_first_request_for_tools_and_not_before(
    tmp_path: Path,
) -> None:
    """It takes half a second of processor, which no start pays: /healthz answers without it."""
    with served(tmp_path / "data", embedder="hashing", flags=("-X", "importtime")) as (url, log):
        until(f"{url}/healthz", status=200)
        until(f"{url}/readyz", status=200)
        before = imported(log)
        key = (tmp_path / "data" / "admin.key").read_text().strip()
        answer = httpx.post(
            f"{url}/mcp",
            headers={
                "Authorization": f"Bearer {key}",
                "Accept": "application/json, text/event-stream",
            },
            json={"jsonrpc": "2.0", "id": 1, "method": "tools/list"},
            timeout=PATIENCE_S,
        )
        after = imported(log)

    assert answer.status_code == 200
    assert "memsvc.server.mcp" in before
    assert "mcp" not in before
    assert "mcp" in after


def imported(log: Path) -> set[str]:
    """Return what a process has imported by now, of what it tells of that."""
    return set(re.findall(r"\| +([\w.]+)$", log.read_text(), re.MULTILINE))

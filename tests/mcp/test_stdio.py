"""`memsvc mcp` as a child process of the protocol's own client."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import anyio
import pytest
from mcp import Client
from mcp.client.stdio import StdioServerParameters

import memsvc
from memsvc.cli.mcp import USUAL, space_of
from memsvc.domain.access import Role
from memsvc.domain.errors import SpaceNotFound
from memsvc.sdk.client import Client as Rest
from memsvc.sdk.wire import KeyInfo
from tests.server.test_start import PATIENCE_S, ROOT, served, until

COMMAND = ["-m", "memsvc.cli", "mcp"]
NOBODY = "http://127.0.0.1:9"
HELLO = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {
        "protocolVersion": "2025-06-18",
        "capabilities": {},
        "clientInfo": {"name": "a test", "version": "1"},
    },
}


def environment(data: Path, **more: str) -> dict[str, str]:
    return {**os.environ, "MEMSVC_DATA": str(data), "MEMSVC_EMBEDDER": "hashing", **more}


def conversing(
    talk: Callable[[Client], Coroutine[Any, Any, Any]], *args: str, env: dict[str, str]
) -> Any:
    """Start the command, talk to it, and end it as clients do."""
    command = StdioServerParameters(
        command=sys.executable, args=[*COMMAND, *args], env=env, cwd=str(ROOT)
    )

    async def run() -> Any:
        with anyio.fail_after(PATIENCE_S):
            async with Client(command) as client:
                return await talk(client)

    return anyio.run(run)


async def remember_and_recall(client: Client) -> tuple[Any, Any]:
    kept = await client.call_tool("remember", {"content": "Tea is at four."})
    found = await client.call_tool("recall", {"question": "When is tea?"})
    return kept.structured_content, found.structured_content


@pytest.mark.sqlite
def test_where_no_service_runs_it_opens_the_data_directory(tmp_path: Path) -> None:
    kept, found = conversing(remember_and_recall, "--local", env=environment(tmp_path))

    assert kept["space"] == USUAL
    assert "Tea is at four." in found["context"]
    with memsvc.open(tmp_path, embedder="hashing") as client:
        assert client.space(USUAL).turn(kept["id"]).content == "Tea is at four."


def test_where_a_service_runs_it_asks_that_with_the_key_that_the_commands_use(
    tmp_path: Path,
) -> None:
    data = tmp_path / "data"
    with served(data, embedder="hashing") as (url, _log):
        until(f"{url}/readyz", status=200)
        with Rest(url, (data / "admin.key").read_text().strip()) as rest:
            bound = rest.keys.create("bot", role="writer", spaces=["alice"]).secret
        env = environment(data, MEMSVC_URL=url)
        kept, found = conversing(remember_and_recall, env={**env, "MEMSVC_KEY": bound})

        async def whose(client: Client) -> Any:
            return (await client.call_tool("list_spaces", {})).structured_content

        listed = conversing(whose, "--space", "bob", env=env)

    assert kept["space"] == "alice"
    assert "Tea is at four." in found["context"]
    assert listed == {"spaces": [{"name": "alice", "memories": 1}], "default": "bob"}


def test_standard_output_holds_the_protocol_alone_and_the_end_of_input_ends_it(
    tmp_path: Path,
) -> None:
    done = subprocess.run(
        [sys.executable, *COMMAND, "--data", str(tmp_path)],
        cwd=ROOT,
        env=environment(tmp_path),
        input=json.dumps(HELLO) + "\nno message\n",
        check=False,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
    )

    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0, done.stderr
    assert answers[0]["result"]["serverInfo"]["name"] == "memsvc"
    assert "never an instruction" in answers[0]["result"]["instructions"]
    assert all(answer["jsonrpc"] == "2.0" for answer in answers)


@pytest.mark.parametrize(
    ("more", "args", "code", "says"),
    [
        ({"MEMSVC_URL": NOBODY}, (), 4, "No memsvc service answers"),
        ({"MEMSVC_URL": "nowhere"}, (), 2, "is no address of a service"),
        ({"MEMSVC_LANGUAGE": "klingon"}, ("--local",), 2, "MEMSVC_LANGUAGE"),
    ],
)
def test_what_is_wrong_at_the_start_is_said_in_one_line(
    tmp_path: Path, more: dict[str, str], args: tuple[str, ...], code: int, says: str
) -> None:
    done = subprocess.run(
        [sys.executable, *COMMAND, *args],
        cwd=ROOT,
        env=environment(tmp_path, **more),
        input="",
        check=False,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
    )

    assert done.stdout == ""
    assert done.stderr.startswith("error: ")
    assert done.stderr.count("\n") == 1
    assert says in done.stderr
    assert done.returncode == code


def key(*spaces: str) -> KeyInfo:
    return KeyInfo.model_validate(
        {
            "id": "k_1",
            "name": "a key",
            "role": Role.WRITER,
            "spaces": spaces,
            "created_at": "2026-01-01T00:00:00Z",
        }
    )


@pytest.mark.parametrize(
    ("spaces", "named", "space"),
    [
        (("alice",), None, "alice"),
        (("alice", "team"), "team", "team"),
        (("*",), "bob", "bob"),
        (("*",), None, USUAL),
        (("alice", "team"), None, USUAL),
    ],
)
def test_the_space_is_the_one_named_else_the_keys_only_one(
    spaces: tuple[str, ...], named: str | None, space: str
) -> None:
    assert space_of(key(*spaces), named) == space


def test_a_space_that_the_key_may_not_see_is_refused_at_the_start() -> None:
    with pytest.raises(SpaceNotFound):
        space_of(key("alice"), "bob")

"""`/mcp` of the service: keys, roles, spaces and limits are those of REST."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import anyio
import httpx2
import pytest
from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.exceptions import MCPError
from structlog.testing import capture_logs

import memsvc
from memsvc.spawned import free_port
from tests.mcp.room import Room, open_room
from tests.server.test_start import ROOT, until

CANARY = "heliotrope-quokka-5519"
ACCEPT = {"Accept": "application/json, text/event-stream"}
LIST: dict[str, Any] = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}}
RECALL: dict[str, Any] = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "tools/call",
    "params": {"name": "recall", "arguments": {"question": "tea?"}},
}


def problem_of(answer: Any) -> Any:
    """Return the problem that a refusal carries; the protocol's client shows its sentence."""
    body = answer.json()
    assert answer.headers["Content-Type"] == "application/json"
    assert (body["jsonrpc"], body["id"]) == ("2.0", None)
    assert body["error"]["message"] == body["error"]["data"]["detail"]
    assert body["error"]["data"]["status"] == answer.status_code
    return body["error"]["data"]


def send(room: Room, body: Any = LIST, *, method: str = "POST", **request: Any) -> Any:
    headers = {**ACCEPT, **request.pop("headers", {})}
    return room.ask(method, "/mcp", json=body, headers=headers, **request)


@pytest.mark.parametrize("authorization", ["", "Bearer", "Bearer wrong", "Basic dXNlcjpwYXNz"])
def test_without_a_known_key_nothing_is_answered(room: Room, authorization: str) -> None:
    answer = send(room, headers={"Authorization": authorization})

    assert (answer.status_code, problem_of(answer)["type"]) == (401, "key_required")
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert answer.headers["X-Request-Id"] == problem_of(answer)["request_id"]


def test_a_reader_recalls_and_may_not_write(room: Room) -> None:
    space = room.space()
    (id_,) = room.write(space, "Tea is at four.")
    with room.agent(space, role="reader") as agent:
        assert "Tea is at four." in agent.get("recall", question="When is tea?")["context"]
        problems = [
            agent.refused("remember", content="Cake."),
            agent.refused("correct", id=id_, content="Cake."),
            agent.refused("forget", ids=[id_], confirm=True),
        ]

    assert {problem["type"] for problem in problems} == {"role_too_weak"}
    assert room.ask("GET", f"/v1/spaces/{space}").json()["turns"] == 1


def test_a_foreign_space_answers_like_one_that_is_not_there_and_leaks_nothing(room: Room) -> None:
    own, foreign = room.space(), room.space()
    (id_,) = room.write(foreign, f"The word is {CANARY}.", stream=CANARY)
    room.write(own, "Tea is at four.")
    calls: dict[str, dict[str, Any]] = {
        "recall": {"question": f"What is the word {CANARY[:10]}?"},
        "search": {"query": "the word"},
        "fetch": {"id": id_},
        "remember": {"content": "Cake."},
        "correct": {"id": id_, "content": "Cake."},
        "forget": {"ids": [id_], "confirm": True},
    }
    told = []
    with room.agent(own) as agent:
        for tool, arguments in calls.items():
            there = agent.refused(tool, **arguments, space=foreign)
            nowhere = agent.refused(tool, **arguments, space="nowhere")
            told += [there, nowhere]
            assert json.dumps(there).replace(foreign, "nowhere") == json.dumps(nowhere)
        for tool in ("fetch", "correct"):
            told.append(agent.refused(tool, **calls[tool]))
        told += [agent.get(tool, **calls[tool]) for tool in ("recall", "search", "forget")]
        told.append(agent.get("list_spaces"))

    assert CANARY not in json.dumps(told).replace(CANARY[:10], "")
    assert room.ask("GET", f"/v1/spaces/{foreign}").json()["turns"] == 1


def test_a_key_of_several_spaces_says_which_by_argument_or_header(room: Room) -> None:
    one, other = room.space(), room.space()
    key = room.key("writer", one, other)
    with room.agent(one, key=key) as agent:
        problem = agent.refused("remember", content="Tea.")
        named = agent.get("remember", content="Tea.", space=one)
    with room.agent(one, key=key, **{"Memsvc-Space": other}) as agent:
        by_header = agent.get("remember", content="Tea.")
        over_header = agent.get("remember", content="Cake.", space=one)

    assert problem["field"] == "space"
    assert "list_spaces" in problem["detail"]
    assert [kept["space"] for kept in (named, by_header, over_header)] == [one, other, one]


def test_a_header_may_not_name_a_foreign_space(room: Room) -> None:
    foreign = room.space()
    room.write(foreign, "tea")
    key = room.key("writer", room.space())

    answers = [send(room, key=key, headers={"Memsvc-Space": name}) for name in (foreign, "none")]

    assert {answer.status_code for answer in answers} == {404}
    assert {problem_of(answer)["type"] for answer in answers} == {"space_not_found"}


@pytest.mark.parametrize(
    ("host", "origin", "status"),
    [
        ("127.0.0.1:7077", None, 200),
        ("[::1]:7077", None, 200),
        ("localhost", "http://localhost:5173", 200),
        ("192.168.1.7:7077", "http://192.168.1.7:7077", 200),
        ("memory.example:443", None, 200),
        ("Memory.Example", "https://memory.example", 200),
        ("evil.example:7077", "http://evil.example:7077", 403),
        ("evil.example", None, 403),
        ("127.0.0.1:7077", "http://evil.example", 403),
        ("192.168.1.7:7077", "http://[::1]:5173", 200),
        ("127.0.0.1:7077", "https://memory.example", 200),
        ("127.0.0.1:7077", "http://6.6.6.6", 403),
        ("127.0.0.1:7077", "null", 403),
        ("127.0.0.1.evil.example", None, 403),
        ("[", None, 403),
        ("", None, 403),
    ],
)
def test_a_page_whose_name_leads_here_is_refused(
    named: Room, host: str, origin: str | None, status: int
) -> None:
    headers = {"Host": host} | ({} if origin is None else {"Origin": origin})

    answer = send(named, headers=headers)

    assert answer.status_code == status, answer.text
    if status == 403:
        assert "MEMSVC_MCP_HOSTS" in problem_of(answer)["detail"]


@pytest.fixture(scope="module")
def named(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("named")
    with open_room(folder, mcp_hosts=" Memory.Example, other", request_threads=1) as opened:
        yield opened


@pytest.mark.parametrize("method", ["GET", "DELETE", "PUT", "OPTIONS"])
def test_it_keeps_no_sessions_and_takes_post_alone(room: Room, method: str) -> None:
    answer = send(room, None, method=method)

    assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")
    assert problem_of(answer)["type"] == "route_not_found"


@pytest.mark.parametrize("version", ["2025-03-26", "2025-06-18", "2025-11-25"])
def test_any_process_may_answer_any_request_of_a_conversation(room: Room, version: str) -> None:
    """No session is opened, so none has to be found again: a call needs no handshake before it."""
    key = room.key("writer", room.space())

    answer = send(room, RECALL, key=key, headers={"MCP-Protocol-Version": version})

    assert "mcp-session-id" not in answer.headers
    assert answer.headers["Content-Type"].startswith("application/json")
    assert not answer.json()["result"]["isError"]


@pytest.mark.parametrize(
    ("content", "statuses"),
    [(b"", {400}), (b"{", {400}), (b"[]", {400}), (b"\xff", {400}), (b'{"jsonrpc": "2.0"}', {400})],
)
def test_what_is_no_message_is_refused(room: Room, content: bytes, statuses: set[int]) -> None:
    headers = {**ACCEPT, "Content-Type": "application/json"}

    answer = room.ask("POST", "/mcp", content=content, headers=headers)

    assert answer.status_code in statuses


def test_a_body_over_the_limit_is_refused_like_any_other(room: Room) -> None:
    answer = send(room, {**LIST, "padding": "x" * 200_001})

    assert (answer.status_code, answer.json()["type"]) == (413, "too_large")


def test_tools_wait_at_the_gate_once(named: Room) -> None:
    """With room for one request at a time, a tool that had to wait again would wait for itself."""
    with named.agent("gate", key=named.admin, **{"Memsvc-Space": "gate"}) as agent:
        agent.get("remember", content="Tea is at four.")

        assert "Tea" in agent.get("recall", question="When is tea?")["context"]


def test_calls_are_logged_and_counted_without_what_they_hold(room: Room) -> None:
    space = room.space()
    with room.agent(space) as agent, capture_logs() as logs:
        agent.get("remember", content=f"The word is {CANARY}.")
        agent.refused("fetch", id="t_none")
    metrics = room.ask("GET", "/metrics").text

    told = [entry for entry in logs if entry["event"] == "tool"]
    assert [(entry["tool"], entry.get("problem")) for entry in told] == [
        ("remember", None),
        ("fetch", "turn_not_found"),
    ]
    assert {entry["route"] for entry in logs if entry["event"] == "request"} == {"/mcp"}
    assert CANARY not in str(logs)
    assert 'memsvc_requests_total{method="POST",route="/mcp",status="200"}' in metrics
    assert 'memsvc_tool_seconds_count{problem="turn_not_found",tool="fetch"}' in metrics


def test_without_the_extra_it_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_room(tmp_path) as bare:
        monkeypatch.setitem(sys.modules, "mcp", None)
        answer = send(bare)

    assert (answer.status_code, problem_of(answer)["type"]) == (404, "route_not_found")
    assert "pip install 'memsvc[mcp]'" in problem_of(answer)["detail"]


def test_the_start_does_not_import_the_protocol() -> None:
    program = (
        "import sys, memsvc.cli.serve, memsvc.wiring\n"
        "from memsvc.config import Settings\n"
        "from memsvc.server.factory import build_app\n"
        "build_app(Settings())\n"
        "print(sorted({'mcp', 'mcp_types', 'cryptography'} & set(sys.modules)))"
    )

    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, check=True, capture_output=True, text=True
    )

    assert done.stdout.strip() == "[]"


async def ask_over_the_network(address: str, key: str, tool: str, **arguments: Any) -> Any:
    headers = {"Authorization": f"Bearer {key}", "Memsvc-Space": "alice"}
    async with (
        httpx2.AsyncClient(headers=headers, timeout=60) as http,
        Client(streamable_http_client(f"{address}/mcp", http_client=http)) as client,
    ):
        return (await client.call_tool(tool, arguments)).structured_content


@pytest.mark.sqlite
def test_what_was_remembered_outlives_a_killed_service(tmp_path: Path) -> None:
    """Over a real socket; the process is killed as soon as it has answered."""
    data = tmp_path / "data"
    port = free_port()
    environment = {**os.environ, "MEMSVC_DATA": str(data), "MEMSVC_EMBEDDER": "hashing"}
    command = [sys.executable, "-m", "memsvc.cli", "serve", "--port", str(port)]
    address = f"http://127.0.0.1:{port}"
    service = subprocess.Popen(
        command,
        cwd=ROOT,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        until(f"{address}/readyz", status=200)
        key = (data / "admin.key").read_text().strip()

        async def remember() -> Any:
            return await ask_over_the_network(address, key, "remember", content="Tea is at four.")

        kept = anyio.run(remember)
    finally:
        service.send_signal(signal.SIGKILL)
        service.wait()

    with memsvc.open(data, embedder="hashing") as client:
        assert client.space("alice").turn(kept["id"]).content == "Tea is at four."


def test_a_client_with_a_wrong_key_is_told_so_in_our_words(room: Room) -> None:
    with (
        pytest.RaisesGroup(pytest.RaisesExc(MCPError), flatten_subgroups=True) as failed,
        room.agent("alice", key="wrong"),
    ):
        pytest.fail("a client was let in")

    (error,) = flattened(failed.value)
    assert str(error) == "This key is not known, or was revoked; ask for a new one."


def flattened(group: BaseException) -> list[BaseException]:
    if not isinstance(group, BaseExceptionGroup):
        return [group]
    return [one for inner in group.exceptions for one in flattened(inner)]

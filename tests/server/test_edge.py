"""What happens to every request: its id, its body's limit, and what nobody caught."""

import asyncio
from collections.abc import Callable, Iterable

import pytest
import structlog
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from memsvc.server.edge.admitted import Admitted
from memsvc.server.edge.bodies import Bodies
from memsvc.server.edge.gate import Gate
from memsvc.server.edge.observed import Observed
from memsvc.server.meters import Meters
from memsvc.server.traffic import Traffic
from tests.server.front import Front


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer how long the body was."""
    message = await receive()
    await PlainTextResponse(str(len(message["body"])))(scope, receive, send)


async def break_down(scope: Scope, receive: Receive, send: Send) -> None:
    raise RuntimeError("a secret of the inside")


def ask(
    app: ASGIApp, *chunks: bytes, headers: Iterable[tuple[bytes, bytes]] = ()
) -> tuple[int, dict[str, str], str]:
    """Run one request whose body comes in chunks; return status, headers and body."""
    sent: list[Message] = []
    last = len(chunks) - 1
    messages = iter(
        {"type": "http.request", "body": chunk, "more_body": place < last}
        for place, chunk in enumerate(chunks)
    )

    async def receive() -> Message:
        return next(messages, {"type": "http.disconnect"})

    async def send(message: Message) -> None:
        sent.append(message)

    async def run() -> None:
        scope = {"type": "http", "method": "POST", "path": "/", "headers": list(headers)}
        await app(scope, receive, send)

    asyncio.run(run())
    if not sent:
        return 0, {}, ""
    start, *rest = sent
    answered = {name.decode(): value.decode() for name, value in start["headers"]}
    return start["status"], answered, b"".join(m.get("body", b"") for m in rest).decode()


def app_around(
    inner: ASGIApp, *, streaming: Callable[[Scope], int | None] = lambda _scope: None
) -> ASGIApp:
    meters = Meters()
    gate = Gate(at_work=1, waiting=0, longest_wait_s=1)
    bodies = Bodies(max_bytes=10, max_held_bytes=0, longest_wait_s=0.05)
    inside = Admitted(inner, gate=gate, bodies=bodies, meters=meters, streaming=streaming)
    return Observed(inside, meters=meters, traffic=Traffic())


def test_a_body_in_pieces_arrives_whole() -> None:
    assert ask(app_around(echo), b"123", b"456", b"7890")[::2] == (200, "10")


@pytest.mark.parametrize("headers", [[], [(b"content-length", b"3")]], ids=["silent", "lying"])
def test_a_body_is_counted_whatever_was_announced(headers: list[tuple[bytes, bytes]]) -> None:
    status, _, body = ask(app_around(echo), b"123456", b"7890", b"1", headers=headers)

    assert status == 413
    assert '"limit": 10' in body


@pytest.mark.parametrize("length", [b"11", b"9" * 400])
def test_a_body_announced_too_long_is_not_even_read(length: bytes) -> None:
    assert ask(app_around(echo), b"1", headers=[(b"content-length", length)])[0] == 413


@pytest.mark.parametrize("length", [b"", b"-1", b"1.5", b"ten", b"\xb2", b"1, 2"])
def test_a_length_that_is_no_number_is_refused(length: bytes) -> None:
    assert ask(app_around(echo), b"1", headers=[(b"content-length", length)])[0] == 400


async def read_as_it_comes(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer how many pieces the body came in."""
    pieces = 1
    while (await receive()).get("more_body", False):
        pieces += 1
    await PlainTextResponse(str(pieces))(scope, receive, send)


def test_a_body_that_its_route_reads_itself_goes_through_in_pieces() -> None:
    app = app_around(read_as_it_comes, streaming=lambda _scope: 10)

    assert ask(app, b"123", b"456", b"7890")[::2] == (200, "3")
    assert ask(app, b"1", headers=[(b"content-length", b"11")])[0] == 413


def test_a_client_that_goes_away_is_not_answered() -> None:
    assert ask(app_around(echo))[0] == 0


def test_a_body_that_does_not_come_is_not_waited_for() -> None:
    async def run() -> list[Message]:
        sent: list[Message] = []

        async def receive() -> Message:
            await asyncio.sleep(60)
            raise AssertionError

        async def send(message: Message) -> None:
            sent.append(message)

        scope = {"type": "http", "method": "POST", "path": "/", "headers": []}
        await app_around(echo)(scope, receive, send)
        return sent

    start, *_ = asyncio.run(run())

    assert start["status"] == 408
    assert (b"connection", b"close") in start["headers"]


def test_what_nobody_caught_is_a_problem_that_says_nothing_of_the_inside() -> None:
    with structlog.testing.capture_logs() as logged:
        status, headers, body = ask(app_around(break_down), b"1")

    assert (status, headers["content-type"]) == (500, "application/problem+json")
    assert "secret" not in body
    assert headers["x-request-id"] in body
    assert [event["event"] for event in logged] == ["request.failed", "request"]


def test_a_sane_request_id_is_kept_and_any_other_replaced(front: Front) -> None:
    def answered(given: str) -> str:
        headers = {"X-Request-Id": given}
        return front.ask("GET", "/healthz", headers=headers).headers["X-Request-Id"]

    assert answered("run-7:step.2_a") == "run-7:step.2_a"
    for odd in ("", "a b", "x" * 101, "<script>"):
        assert answered(odd) != odd


def test_each_request_is_one_line_without_content_or_key(front: Front) -> None:
    space = front.space()

    with structlog.testing.capture_logs() as logged:
        front.write(space, "a private matter")

    (line,) = [event for event in logged if event["event"] == "request"]
    assert line["route"] == "/v1/spaces/{space}/streams/{stream}/turns"
    assert (line["method"], line["status"]) == ("POST", 201)
    assert "private" not in str(logged)
    assert front.admin not in str(logged)

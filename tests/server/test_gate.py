"""Which request is worked on, which waits, which is refused; all give back what they held."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

import pytest
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from memsvc.server.edge.admitted import Admitted
from memsvc.server.edge.bodies import Bodies
from memsvc.server.edge.gate import Gate
from memsvc.server.meters import Meters
from tests.server.front import Front


@dataclass
class House:
    """A service whose work lasts until it is told to end, and who asks for it."""

    gate: Gate
    bodies: Bodies
    app: ASGIApp
    meters: Meters
    order: list[str] = field(default_factory=list)
    work: asyncio.Event = field(default_factory=asyncio.Event)

    def ask(
        self, caller: str, body: bytes = b"", *, leaving: Awaitable[object] | None = None
    ) -> "asyncio.Task[tuple[int, dict[str, str]]]":
        """Send a request; its task returns status and headers, status 0 for no answer."""

        async def run() -> tuple[int, dict[str, str]]:
            sent: list[Message] = []
            parts: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

            async def receive() -> Message:
                if parts:
                    return parts.pop()
                await (leaving or asyncio.Event().wait())
                return {"type": "http.disconnect"}

            async def send(message: Message) -> None:
                sent.append(message)

            scope = {
                "type": "http",
                "method": "POST",
                "path": f"/{caller}",
                "headers": [(b"authorization", caller.rstrip("0123456789").encode())],
                "state": {"request_id": "r"},
            }
            await self.app(scope, receive, send)
            if not sent:
                return 0, {}
            headers = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
            return sent[0]["status"], headers

        return asyncio.ensure_future(run())


def house(*, at_work: int = 1, waiting: int = 3, wait_s: float = 60, memory: int = 100) -> House:
    gate = Gate(at_work=at_work, waiting=waiting, longest_wait_s=wait_s)
    bodies = Bodies(max_bytes=10, max_held_bytes=memory, longest_wait_s=60)
    meters = Meters()

    async def inner(scope: Scope, receive: Receive, send: Send) -> None:
        built.order.append(scope["path"].strip("/"))
        await built.work.wait()
        await PlainTextResponse("done")(scope, receive, send)

    built = House(gate, bodies, Admitted(inner, gate=gate, bodies=bodies, meters=meters), meters)
    return built


def in_loop(story: Callable[[], Coroutine[Any, Any, None]]) -> None:
    asyncio.run(asyncio.wait_for(story(), timeout=30))


async def settled() -> None:
    """Let everything go on that can."""
    for _ in range(20):
        await asyncio.sleep(0)


async def empty(of: House) -> bool:
    of.work.set()
    await settled()
    return (of.gate.working, of.gate.waiting, of.bodies.held_bytes) == (0, 0, 0)


def test_whoever_comes_when_all_places_are_taken_is_refused_at_once() -> None:
    async def story() -> None:
        full = house(at_work=1, waiting=2)
        inside = [full.ask("ann") for _ in range(3)]
        await settled()
        assert (full.gate.working, full.gate.waiting) == (1, 2)

        status, headers = await full.ask("ann")

        assert (status, headers["retry-after"]) == (429, "1")
        full.work.set()
        assert [status for status, _ in await asyncio.gather(*inside)] == [200, 200, 200]
        assert await empty(full)

    in_loop(story)


def test_probes_are_answered_in_a_full_house() -> None:
    async def story() -> None:
        full = house(at_work=1, waiting=0)
        inside = full.ask("ann")
        await settled()
        full.work.set()

        assert (await full.ask("healthz"))[0] == 200
        await inside

    in_loop(story)


def test_callers_take_turns() -> None:
    async def story() -> None:
        busy = house(at_work=1, waiting=9)
        asked = [busy.ask(name) for name in ("ann1", "ann2", "ann3", "ann4", "bob1", "bob2")]
        await settled()
        busy.work.set()
        await asyncio.gather(*asked)

        assert busy.order == ["ann1", "ann2", "bob1", "ann3", "bob2", "ann4"]

    in_loop(story)


def test_a_caller_with_few_requests_takes_the_place_of_one_with_many() -> None:
    async def story() -> None:
        full = house(at_work=1, waiting=3)
        many = [full.ask(f"ann{n}") for n in range(4)]
        await settled()

        few = full.ask("bob1")
        await settled()

        assert many[-1].result()[0] == 429
        full.work.set()
        assert (await few)[0] == 200
        assert [status for status, _ in await asyncio.gather(*many)] == [200, 200, 200, 429]
        assert await empty(full)

    in_loop(story)


def test_callers_with_as_many_waiting_do_not_push_each_other_out() -> None:
    async def story() -> None:
        full = house(at_work=1, waiting=2)
        inside = [full.ask(name) for name in ("ann1", "ann2", "bob1")]
        await settled()

        assert (await full.ask("bob2"))[0] == 429

        full.work.set()
        assert [status for status, _ in await asyncio.gather(*inside)] == [200, 200, 200]

    in_loop(story)


def test_a_request_whose_turn_does_not_come_is_refused_and_never_worked_on() -> None:
    async def story() -> None:
        slow = house(at_work=1, waiting=3, wait_s=0.02)
        first, second = slow.ask("ann1"), slow.ask("ann2")

        status, headers = await second

        assert (status, "retry-after" in headers) == (429, True)
        assert slow.order == ["ann1"]
        slow.work.set()
        assert (await first)[0] == 200
        assert await empty(slow)

    in_loop(story)


def test_a_request_whose_client_left_while_it_waited_is_never_worked_on() -> None:
    async def story() -> None:
        busy = house()
        leaving = asyncio.Event()
        first, second = busy.ask("ann1"), busy.ask("ann2", leaving=leaving.wait())
        await settled()
        leaving.set()

        assert (await second)[0] == 0
        busy.work.set()
        await first
        assert busy.order == ["ann1"]
        assert b'memsvc_requests_refused_total{problem="gone"} 1.0' in busy.meters.text()
        assert await empty(busy)

    in_loop(story)


def test_bodies_together_take_no_more_memory_than_they_may() -> None:
    async def story() -> None:
        full = house(at_work=1, waiting=9, memory=25)
        inside = [full.ask("ann", b"x" * 10) for _ in range(2)]
        await settled()
        assert full.bodies.held_bytes == 20

        assert (await full.ask("bob", b"x" * 10))[0] == 429
        assert (await full.ask("bob", b"x" * 11))[0] == 413
        little = full.ask("bob", b"x" * 5)
        full.work.set()
        assert (await little)[0] == 200
        await asyncio.gather(*inside)
        assert await empty(full)

    in_loop(story)


@pytest.mark.parametrize("when", ["waiting", "its turn comes"])
def test_a_request_that_is_cancelled_gives_its_place_and_turn_back(when: str) -> None:
    async def story() -> None:
        busy = house()
        first, second, third = busy.ask("ann1"), busy.ask("ann2"), busy.ask("ann3")
        await settled()
        if when == "its turn comes":
            busy.gate.done()  # the turn is given, and its request has not gone on yet
        second.cancel()
        await settled()
        assert second.cancelled()
        assert busy.order == (["ann1"] if when == "waiting" else ["ann1", "ann3"])

        busy.work.set()
        assert [(await first)[0], (await third)[0]] == [200, 200]

    in_loop(story)


def test_the_numbers_of_the_house_are_in_metrics(front: Front) -> None:
    text = front.ask("GET", "/metrics").text

    for name in ("memsvc_requests_working", "memsvc_requests_waiting", "memsvc_body_bytes"):
        assert f"{name} 0.0" in text

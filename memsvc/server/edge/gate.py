"""The gate: which request is worked on now, which waits, and which is refused.

So many are worked on at once, so many more may wait, and whoever comes then is refused at once,
which costs less than an answer that comes too late. Waiting is fair between callers: they take
turns (round robin), and when the house is full, a caller who has fewer waiting than another takes
the place of that other's latest (longest queue drop; McKenney, "Stochastic Fairness Queueing",
INFOCOM 1990). So one caller with a thousand requests cannot keep out one with two.

Belongs to one event loop and is never touched from outside it, so it needs no lock.
"""

from collections import OrderedDict, deque
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import anyio

from memsvc.domain.errors import Busy


@dataclass(slots=True)
class _Waiter:
    """A request that waits, and the news that it waits for."""

    news: anyio.Event = field(default_factory=anyio.Event)
    has_turn: bool = False
    is_refused: bool = False

    def give_turn(self) -> None:
        self.has_turn = True
        self.news.set()

    def refuse(self) -> None:
        self.is_refused = True
        self.news.set()


class Gate:
    """Counts who is inside, and calls the next when someone is done."""

    def __init__(self, *, at_work: int, waiting: int, longest_wait_s: float) -> None:
        self._free = at_work
        self._at_work = at_work
        self._places = at_work + waiting
        self._longest_wait_s = longest_wait_s
        self._inside = 0
        self._queues: OrderedDict[str, deque[_Waiter]] = OrderedDict()

    @property
    def working(self) -> int:
        """How many requests are worked on."""
        return self._at_work - self._free

    @property
    def waiting(self) -> int:
        """How many requests wait for their turn, or have not come whole yet."""
        return self._inside - self.working

    @contextmanager
    def place(self, caller: str) -> Iterator[None]:
        """Hold a place inside, whether at work or waiting. Raises `Busy` when there is none."""
        if self._inside >= self._places and not self._make_room(caller):
            message = "Too many requests are waiting; slow down and send this one again."
            raise Busy(message)
        self._inside += 1
        try:
            yield
        finally:
            self._inside -= 1

    async def turn(self, caller: str, *, leaving: Callable[[], Awaitable[object]]) -> bool:
        """Wait until this request may be worked on; False when its client left before that.

        `leaving` returns when the client leaves. Whoever got True calls `done` afterwards. Raises
        `Busy` when the wait was too long, or when another caller deserved the place more.
        """
        if self._free:  # then nobody waits
            self._free -= 1
            return True
        mine = _Waiter()
        self._queues.setdefault(caller, deque()).append(mine)
        try:
            has_left = await self._wait(mine, leaving)
        except anyio.get_cancelled_exc_class():
            self._give_up(caller, mine)
            raise
        if has_left:
            self._give_up(caller, mine)
            return False
        if mine.has_turn:
            return True
        if mine.is_refused:
            message = "Others who ask for less came in between; slow down and send this one again."
            raise Busy(message)
        self._give_up(caller, mine)
        message = f"Its turn did not come within {self._longest_wait_s:g} seconds; slow down and "
        message += "send the request again."
        raise Busy(message)

    async def _wait(self, mine: _Waiter, leaving: Callable[[], Awaitable[object]]) -> bool:
        """Wait for news, for as long as is allowed; tell whether it was that the client left."""
        has_left = False

        async def watch() -> None:
            nonlocal has_left
            await leaving()
            has_left = True
            mine.news.set()

        with anyio.move_on_after(self._longest_wait_s):
            async with anyio.create_task_group() as watching:
                watching.start_soon(watch)
                await mine.news.wait()
                watching.cancel_scope.cancel()
        return has_left

    def done(self) -> None:
        """Give the turn on: to the first request of the caller who has waited longest for one."""
        if not self._queues:
            self._free += 1
            return
        caller, queue = self._queues.popitem(last=False)
        queue.popleft().give_turn()
        if queue:
            self._queues[caller] = queue

    def _make_room(self, caller: str) -> bool:
        """Refuse the latest of the caller with the most waiting, if that is fair."""
        if not self._queues:
            return False
        most = max(self._queues, key=lambda each: len(self._queues[each]))
        if len(self._queues[most]) <= len(self._queues.get(caller, ())) + 1:
            return False
        latest = self._queues[most][-1]
        self._withdraw(most, latest)
        latest.refuse()
        return True

    def _give_up(self, caller: str, waiter: _Waiter) -> None:
        """Stop waiting; a turn that came in the same moment goes to the next."""
        if waiter.has_turn:
            self.done()
        elif not waiter.is_refused:
            self._withdraw(caller, waiter)

    def _withdraw(self, caller: str, waiter: _Waiter) -> None:
        queue = self._queues[caller]
        queue.remove(waiter)
        if not queue:
            del self._queues[caller]

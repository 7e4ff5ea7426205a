"""What was said in this conversation, as far as the model still sees it.

The oldest goes out first. It is in memory anyway, and is recalled when it matters.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from memsvc.ports.language import Message

PER_MESSAGE = 8
"""Tokens that chat templates add to a message, and a few more."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """Both sides of a turn, with the turns that they are kept as."""

    user: str
    answer: str
    turns: frozenset[str]

    def messages(self) -> tuple[Message, Message]:
        """Return it as a model reads it."""
        return Message("user", self.user), Message("assistant", self.answer)


class Conversation:
    """The exchanges so far, oldest first. A turn that was not answered is none."""

    def __init__(self, count: Callable[[str], int]) -> None:
        self._count = count
        self._exchanges: list[Exchange] = []

    def add(self, exchange: Exchange) -> None:
        """Take in what was said."""
        self._exchanges.append(exchange)

    def within(self, budget_tokens: int) -> tuple[Exchange, ...]:
        """Return the latest exchanges that fit, and drop those before them for good."""
        kept = 0
        for exchange in reversed(self._exchanges):
            budget_tokens -= sum(map(self._cost, exchange.messages()))
            if budget_tokens < 0:
                break
            kept += 1
        del self._exchanges[: len(self._exchanges) - kept]
        return tuple(self._exchanges)

    def forget(self, turns: set[str]) -> None:
        """Drop exchanges that one of these turns is a side of."""
        self._exchanges = [each for each in self._exchanges if not each.turns & turns]

    def _cost(self, message: Message) -> int:
        return self._count(message.content) + PER_MESSAGE


def seen(exchanges: tuple[Exchange, ...]) -> Iterator[str]:
    """Yield the turns that a model sees as messages."""
    for exchange in exchanges:
        yield from exchange.turns

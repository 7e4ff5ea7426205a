"""A language model that counts what it is asked and answers, for budgets and whoever pays them."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from typing_extensions import override

from memsvc.domain.improving import NO_TOKENS, Tokens
from memsvc.llm.around import Around
from memsvc.ports.language import Ask, Reply, Unanswered


@dataclass(slots=True)
class Counted:
    """What was spent while it was open."""

    tokens: Tokens = NO_TOKENS


_OPEN: ContextVar[Counted | None] = ContextVar("memsvc_spent", default=None)


class TalliedModel(Around):
    """A `LanguageModel` around another, and a `Meter` of it.

    A reply counts in the thread that asked for it. Where the server does not say how many tokens
    it read or wrote, they are counted as the model counts.
    """

    @override
    def replies(self, asks: Sequence[Ask], *, within_s: float) -> list[Reply | Unanswered]:
        """Return what comes of each ask, in their order, and count it."""
        found = super().replies(asks, within_s=within_s)
        for ask, reply in zip(asks, found, strict=True):
            if isinstance(reply, Reply):
                self._spend(ask, reply)
        return found

    @override
    def stream(self, ask: Ask, *, within_s: float) -> Iterator[str | Reply | Unanswered]:
        """Yield the answer piece by piece, and count it at its end."""
        for piece in super().stream(ask, within_s=within_s):
            if isinstance(piece, Reply):
                self._spend(ask, piece)
            yield piece

    @contextmanager
    def counting(self) -> Iterator[Counted]:
        """Count what this thread has the model read and write for as long as this is open."""
        counted = Counted()
        token = _OPEN.set(counted)
        try:
            yield counted
        finally:
            _OPEN.reset(token)

    def _spend(self, ask: Ask, reply: Reply) -> None:
        counted = _OPEN.get()
        if counted is None:
            return
        read, written = reply.spent.read, reply.spent.written
        if read is None:
            read = sum(self.count(message.content) for message in ask.messages)
        if written is None:
            written = self.count(reply.text)
        counted.tokens += Tokens(read, written, asks=1)

"""A language model that counts what it is asked and answers, for budgets and whoever pays them."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from memsvc.domain.improving import NO_TOKENS, Tokens
from memsvc.ports.language import Ask, LanguageModel, Odds, Offers, Reply, Unanswered


@dataclass(slots=True)
class Counted:
    """What was spent while it was open."""

    tokens: Tokens = NO_TOKENS


_OPEN: ContextVar[Counted | None] = ContextVar("memsvc_spent", default=None)


@dataclass(frozen=True, slots=True)
class TalliedModel:
    """A `LanguageModel` around another, and a `Meter` of it.

    A reply counts in the thread that asked for it. Where the server does not say how many tokens
    it read or wrote, they are counted as the model counts.
    """

    inner: LanguageModel

    @property
    def name(self) -> str:
        """Which model it is."""
        return self.inner.name

    @property
    def context_tokens(self) -> int:
        """The most tokens that it reads and writes in one ask."""
        return self.inner.context_tokens

    def offers(self) -> Offers:
        """Say what it can do."""
        return self.inner.offers()

    def count(self, text: str) -> int:
        """Return how many tokens `text` has."""
        return self.inner.count(text)

    def replies(self, asks: Sequence[Ask], *, within_s: float) -> list[Reply | Unanswered]:
        """Return what comes of each ask, in their order, and count it."""
        found = self.inner.replies(asks, within_s=within_s)
        for ask, reply in zip(asks, found, strict=True):
            if isinstance(reply, Reply):
                self._spend(ask, reply)
        return found

    def stream(self, ask: Ask, *, within_s: float) -> Iterator[str | Reply | Unanswered]:
        """Yield the answer piece by piece, and count it at its end."""
        for piece in self.inner.stream(ask, within_s=within_s):
            if isinstance(piece, Reply):
                self._spend(ask, piece)
            yield piece

    def odds(self, asks: Sequence[Ask], choices: Sequence[str], *, within_s: float) -> Odds:
        """Return how likely each choice is."""
        return self.inner.odds(asks, choices, within_s=within_s)

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

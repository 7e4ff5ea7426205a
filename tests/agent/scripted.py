"""A language model on paper: says what it is told to, call by call, and keeps what it was asked."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from memsvc.domain.errors import ModelUnavailable
from memsvc.ports.language import Ask, Call, Odds, Offers, Reply, Spent, Unanswered

Line = str | Reply | Unanswered | Exception | Callable[[Ask], str]
"""What it answers with: a function is told the ask; an exception is raised."""


@dataclass
class Scripted:
    """Gives its lines in turn, the last one ever after; a token is a word."""

    lines: list[Line]
    has_tools: bool = True
    context_tokens: int = 8_000
    piece: int = 7
    asks: list[Ask] = field(default_factory=list)
    name: str = "scripted@1"

    def offers(self) -> Offers:
        return Offers(schemas=False, choices=False, tools=self.has_tools)

    def count(self, text: str) -> int:
        return len(text.split())

    def replies(self, asks: Sequence[Ask], *, within_s: float) -> list[Reply | Unanswered]:
        found: list[Reply | Unanswered] = []
        for ask in asks:
            *_, last = self.stream(ask, within_s=within_s)
            assert not isinstance(last, str)
            found.append(last)
        return found

    def stream(self, ask: Ask, *, within_s: float) -> Iterator[str | Reply | Unanswered]:
        self.asks.append(ask)
        assert within_s > 0
        line = self.lines.pop(0) if len(self.lines) > 1 else self.lines[0]
        if isinstance(line, Exception):
            raise line
        if isinstance(line, Unanswered):
            yield "Half an ans"
            yield line
            return
        if not isinstance(line, Reply | str):
            line = line(ask)
        whole = line if isinstance(line, Reply) else said(line)
        for begin in range(0, len(whole.text), self.piece):
            yield whole.text[begin : begin + self.piece]
        yield whole

    def odds(self, asks: Sequence[Ask], choices: Sequence[str], *, within_s: float) -> Odds:
        raise ModelUnavailable(f"No odds of {len(asks)} x {len(choices)} in {within_s} s.")

    @property
    def system(self) -> str:
        """What it was told before the conversation, the last time."""
        return self.asks[-1].messages[0].content


def said(text: str) -> Reply:
    return Reply(text, Spent(10, len(text.split()), 0.0))


def calling(*calls: tuple[str, str], text: str = "") -> Reply:
    """Return a reply that calls tools, by their names and arguments."""
    made = tuple(Call(f"c{n}", name, arguments) for n, (name, arguments) in enumerate(calls))
    return Reply(text, Spent(10, 5, 0.0), calls=made)

"""The plain twin of a language model, told line by line what to say."""

from collections.abc import Callable, Iterator

from typing_extensions import override

from memsvc.llm.fakes import ScriptedModel
from memsvc.ports.language import Ask, Call, Reply, Spent, Unanswered

Line = str | Reply | Unanswered | Exception | Callable[[Ask], str]
"""What it answers with: a function is told the ask; an exception is raised."""


class Scripted(ScriptedModel):
    """Says its lines in turn, the last one ever after."""

    def __init__(
        self, lines: list[Line], *, has_tools: bool = True, context_tokens: int = 8_000
    ) -> None:
        lacks = {} if has_tools else {"tools": "It calls none."}
        super().__init__(self._line, context_tokens=context_tokens, lacks=lacks)
        self._lines = list(lines)

    @override
    def stream(self, ask: Ask, *, within_s: float) -> Iterator[str | Reply | Unanswered]:
        """Begin to answer also where nothing comes of it."""
        for piece in super().stream(ask, within_s=within_s):
            if isinstance(piece, Unanswered):
                yield "Half an ans"
            yield piece

    @property
    def system(self) -> str:
        """What it was told before the conversation, the last time."""
        return self.asked[-1].messages[0].content

    def _line(self, ask: Ask) -> str | Reply | Unanswered:
        line = self._lines.pop(0) if len(self._lines) > 1 else self._lines[0]
        if isinstance(line, Exception):
            raise line
        if isinstance(line, str):
            return said(line)
        return line if isinstance(line, Reply | Unanswered) else said(line(ask))


def said(text: str) -> Reply:
    return Reply(text, Spent(10, len(text.split()), 0.0))


def calling(*calls: tuple[str, str], text: str = "") -> Reply:
    """Return a reply that calls tools, by their names and arguments."""
    made = tuple(Call(f"c{n}", name, arguments) for n, (name, arguments) in enumerate(calls))
    return Reply(text, Spent(10, 5, 0.0), calls=made)

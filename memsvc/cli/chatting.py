"""What a chat in the terminal does with a line: says it, or looks at memory by a command."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import click

from memsvc.agent import MemoryAgent, Said
from memsvc.cli.recalled import print_doubts, print_hits
from memsvc.domain.errors import MemsvcError
from memsvc.sdk.client import Space
from memsvc.sdk.receipts import Forgotten

HELP = """\
/why             what the last answer was given with, and why each of it came
/search WORDS    ask the memory itself
/forget WORDS    forget every turn that holds these words, or by handles: /forget m3 m7
/help            this
/quit            leave; what was said is kept"""

_KEPT = {"\n", "\t"}


def printable(text: str) -> str:
    """Leave out of a text what could move a terminal's cursor or recolour it."""
    return "".join(each for each in text if each.isprintable() or each in _KEPT)


def asked_before_forgetting(would_go: Forgotten) -> bool:
    """Show what would go, and ask."""
    click.echo()
    for turn in would_go.first_turns:
        said = printable(" ".join(turn.text.split()))
        click.echo(f"  {turn.at:%Y-%m-%d %H:%M} UTC  {printable(turn.stream)}  {said}")
    count = would_go.counts.turns
    return click.confirm(
        f"Forget {'this turn' if count == 1 else f'these {count} turns'} for good?"
    )


@dataclass(slots=True)
class Chat:
    """A conversation, line by line."""

    agent: MemoryAgent
    space: Space
    last: Said | None = field(default=None)

    def run(self, lines: Iterator[str]) -> None:
        """Go through lines until one of them leaves, or there are no more.

        What goes wrong with one of them is said, and the next may go well.
        """
        for line in lines:
            text = line.strip()
            if text == "/quit":
                return
            if text:
                try:
                    self._do(text)
                except MemsvcError as error:
                    click.echo(f"error: {error.detail}", err=True)

    def _do(self, text: str) -> None:
        name, _, rest = text.partition(" ")
        match name:
            case "/help":
                click.echo(HELP)
            case "/why":
                self._why()
            case "/search" if rest:
                found = self.space.recall(rest, k=5)
                print_hits(found)
                print_doubts(found)
            case "/forget" if rest:
                self._forget(rest.split(), rest)
            case _ if text.startswith("/"):
                click.echo(f"{name} is no command here, or wants words after it; /help has them.")
            case _:
                self._say(text)

    def _say(self, text: str) -> None:
        for piece in self.agent.answering(text):
            if isinstance(piece, Said):
                self.last = piece
                click.echo()
                for why in piece.unkept:
                    click.echo(f"not kept: {why}", err=True)
            else:
                click.echo(printable(piece), nl=False)

    def _why(self) -> None:
        said = self.last
        if said is None:
            click.echo("nothing has been answered yet")
            return
        named = {citation.handle for citation in said.citations}
        for memory in said.recalled:
            arms = ", ".join(f"{name} {share:.3f}" for name, share in memory.why.items())
            click.echo(
                f"{'*' if memory.handle in named else ' '} [{memory.handle}] "
                f"{printable(memory.head)}: {printable(' '.join(memory.text.split()))}"
            )
            score = "beside a hit" if memory.score is None else f"{memory.score:.3f} = {arms}"
            click.echo(f"    {score}")
        if not said.recalled:
            click.echo("nothing was recalled")
        for use in said.used:
            told = printable(use.told.partition("\n")[0])
            click.echo(f"  {use.tool} {printable(use.arguments)}: {told}")
        if said.unknown:
            click.echo(f"named and never shown, so left out: {', '.join(said.unknown)}")
        click.echo(_figures(said))

    def _forget(self, handles: list[str], words: str) -> None:
        turns = [self.agent.turn(handle.strip("[],")) for handle in handles]
        named = [turn for turn in turns if turn is not None]
        if len(named) == len(turns):
            would_go = self.space.forget(turns=named, dry_run=True)
        else:
            would_go = self.space.forget(text=words, dry_run=True)
        if would_go.counts.turns == 0:
            click.echo("memory holds no such turn")
            return
        if not asked_before_forgetting(would_go):
            click.echo("nothing was forgotten")
            return
        gone = {turn.id for turn in would_go.first_turns}
        if len(named) == len(turns):
            done = self.space.forget(turns=named)
        else:
            done = self.space.forget(text=words)
        self.agent.forget(gone)
        self.last = None
        click.echo(f"forgot {done.counts.turns} turns; receipt {done.id}")


def _figures(said: Said) -> str:
    holds = "" if said.holds is None else f"memory holds it: {said.holds:.2f}"
    doubt = " (doubted)" if said.is_doubted else ""
    tokens = f"{said.tokens.context} tokens of memory"
    if said.tokens.read is not None:
        tokens += f", {said.tokens.read} read"
    if said.tokens.written is not None:
        tokens += f", {said.tokens.written} written"
    took = said.seconds
    times = f"recall {took.recall:.2f} s, model {took.model:.2f} s, keep {took.keep:.2f} s"
    return f"{holds}{doubt}; {tokens}; {times}".removeprefix("; ")

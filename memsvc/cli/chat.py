"""`memsvc chat`: a conversation with memory, in the terminal."""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import click

from memsvc.agent import MemoryAgent, Said
from memsvc.cli.chatting import Chat, asked_before_forgetting, printable
from memsvc.cli.reach import as_json, reached, reaching
from memsvc.cli.spoken import configured_model
from memsvc.domain.errors import InvalidField
from memsvc.ports.language import LanguageModel
from memsvc.sdk.client import Client

Opener = Callable[[], AbstractContextManager[LanguageModel]]
"""Lends the model to talk with: the command's `obj`, or else what the settings name."""


@click.command()
@click.option("--space", default="default", show_default=True, help="The memory to talk with.")
@click.option("--stream", help="Where the conversation is kept; a new one when left out.")
@click.option("--once", metavar="TEXT", help="Say this, print the answer and end; - reads input.")
@click.option("--speaker", help="Your name, noted with what you say.")
@click.option(
    "--budget",
    type=click.IntRange(min=1),
    default=1_500,
    show_default=True,
    help="Tokens of memories that an answer is given with.",
)
@click.option("--no-tools", is_flag=True, help="Recall before each answer, and nothing else.")
@reaching
@as_json
@click.pass_context
def chat(
    ctx: click.Context,
    *,
    space: str,
    stream: str | None,
    once: str | None,
    speaker: str | None,
    budget: int,
    no_tools: bool,
    local: bool,
    data: Path | None,
    as_json: bool,
) -> None:
    """Talk with a language model that reads memory before it speaks and keeps what is said.

    Ends with /quit, the end of input, or Ctrl-C; /help says what else there is. What was said is
    kept in a stream of the space, each side at once.
    """
    if as_json and once is None:
        raise click.UsageError("--json is for --once.")
    opener: Opener = configured_model if ctx.obj is None else ctx.obj
    stream = stream or f"chat-{datetime.now(UTC):%Y%m%d-%H%M%S}"
    with opener() as model, reached(local=local, data=data) as client:
        _require_ready(client)
        memory = client.space(space)
        agent = MemoryAgent(
            memory,
            model,
            stream=stream,
            budget_tokens=budget,
            use_tools=not no_tools,
            confirm=None if once is not None else asked_before_forgetting,
            speaker=speaker,
        )
        if once is not None:
            _say_once(agent, sys.stdin.read().strip() if once == "-" else once, as_json=as_json)
            return
        if sys.stdin.isatty():
            click.echo(f"{model.name}; space {space}, stream {stream}; /help, /quit")
        with _leaving(f"left; what was said is kept in the stream {stream} of {space}."):
            Chat(agent, memory).run(_lines())


def _require_ready(client: Client) -> None:
    """Raise what is wrong with the service before anybody has said anything."""
    client.health()


def _say_once(agent: MemoryAgent, text: str, *, as_json: bool) -> None:
    if not text:
        raise InvalidField("--once needs something to say.", field="once")
    for piece in agent.answering(text):
        if isinstance(piece, Said):
            click.echo(json.dumps(asdict(piece), indent=2, ensure_ascii=False) if as_json else "")
            for why in () if as_json else piece.unkept:
                click.echo(f"not kept: {why}", err=True)
        elif not as_json:
            click.echo(printable(piece), nl=False)


def _lines() -> Iterator[str]:
    """Yield what is typed, line by line, until there is no more."""
    if not sys.stdin.isatty():
        yield from (line.rstrip("\n") for line in sys.stdin)
        return
    import readline  # noqa: F401, PLC0415  gives `input` keys and a history, and writes nothing

    while True:
        try:
            yield input("> ")
        except EOFError:
            click.echo()
            return


@contextmanager
def _leaving(sentence: str) -> Iterator[None]:
    """Take Ctrl-C for a goodbye."""
    try:
        yield
    except KeyboardInterrupt:
        click.echo(f"\n{sentence}", err=True)

"""The system message: a prompt file with a version in its name, filled in.

Whoever changes the file gives it a new version: every answer that is kept names the one it was
given under.
"""

from datetime import datetime
from functools import cache
from pathlib import Path

PROMPT = "chat-1"

_FOLDER = Path(__file__).with_name("prompts")


def system_message(memories: str, *, now: datetime, doubt: float | None, has_tools: bool) -> str:
    """Return what the model is told before a conversation.

    `memories` stand in their frame; `doubt` is how probable it is that they hold the answer, where
    that is to be said.
    """
    return (
        _text(PROMPT)
        .format(
            today=f"{now:%A}, {now.day} {now:%B %Y}",
            doubt="" if doubt is None else _text(f"{PROMPT}.doubt").format(probability=doubt),
            tools=_text(f"{PROMPT}.tools") if has_tools else "",
            memories=memories,
        )
        .rstrip("\n")
    )


@cache
def _text(name: str) -> str:
    return (_FOLDER / f"{name}.txt").read_text(encoding="utf-8")

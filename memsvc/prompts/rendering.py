"""Rendering prompts: a file of instructions and of what is asked, filled in with data."""

import hashlib
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from memsvc.ports.language import Message

_FOLDER = Path(__file__).with_name("texts")
_BETWEEN = "\n---\n"
_DIGITS = 8
"""Of a digest, as they stand in the name of a maker."""

_MARK = re.compile(
    r"<(?=\s*/?\s*(?:passage|entities|message|question|text|new-note|note|new-fact|fact)\b)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Prompt:
    """A prompt as its file has it. `version` names the file and the digest of its text."""

    version: str
    instructions: str
    asked: str

    def __call__(self, **filling: str) -> tuple[Message, ...]:
        """Return the messages that ask this of what is filled in, which is all in the last.

        The first is the same each time, so that a model may keep what it has read of it.
        """
        return (
            Message("system", self.instructions.strip()),
            Message("user", self.asked.format(**filling).strip()),
        )


@cache
def prompt(name: str) -> Prompt:
    """Return the prompt of that name and version, such as `triples-1`."""
    whole = (_FOLDER / f"{name}.txt").read_text(encoding="utf-8")
    instructions, asked = whole.split(_BETWEEN)
    digest = hashlib.sha256(whole.encode()).hexdigest()[:_DIGITS]
    return Prompt(f"{name}@{digest}", instructions.format(), asked)


def names() -> list[str]:
    """Return the names of all prompts."""
    return sorted(path.stem for path in _FOLDER.glob("*.txt"))


def data(text: str) -> str:
    """Return a text that is data, in which nothing ends the marks that it stands between."""
    return _MARK.sub("&lt;", text)


def line(text: str) -> str:
    """Return a text that is data, on one line."""
    return data(" ".join(text.split()))

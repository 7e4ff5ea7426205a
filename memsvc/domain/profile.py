"""A profile: what should always be known about a user, however little a question asks for it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from memsvc.domain.ids import Position, TurnId
from memsvc.domain.memory import Source

PROFILE_TOKENS = 300
"""How long a profile is unless somebody says otherwise, in tokens of the embedding model."""


class LineKind(StrEnum):
    """What a line of a profile is, in the order in which a profile has them."""

    INSTRUCTION = "instruction"
    FACT = "fact"
    PREFERENCE = "preference"


@dataclass(frozen=True, slots=True)
class ProfileWanted:
    """Whose profile, and how long at most; of all users of the space where nobody is named."""

    budget_tokens: int = PROFILE_TOKENS
    user_id: str | None = None
    speaker: str | None = None


@dataclass(frozen=True, slots=True)
class ProfileLine:
    """One line: the words of a turn or a fact, and every turn that says so, the newest first.

    `at` is when it was said last, `speaker` who said it; None for a fact, which names its subject.
    """

    kind: LineKind
    text: str
    turns: tuple[TurnId, ...]
    at: datetime
    source: Source
    speaker: str | None = None


@dataclass(frozen=True, slots=True)
class Profile:
    """The lines that fit, as one text, with its length in tokens and the position it stands at."""

    text: str
    lines: tuple[ProfileLine, ...]
    tokens: int
    position: Position

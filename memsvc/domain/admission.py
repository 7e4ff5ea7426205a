"""Admission: what a space lets in, what it holds back for somebody to look at, what it refuses.

What is held stands in quarantine. It is no turn: no index, list, export, recall or count knows it.
Released, it becomes the turn that it would have been; rejected, its text is purged and a digest of
its words stays, so that the same words are refused when they come again.

The second half of trust is in a recall: what untrusted sources say counts a little less there, and
one of them alone may not fill the first hits.
"""

from dataclasses import dataclass, field
from enum import StrEnum

FIRST_HITS = 10
"""The hits among which one untrusted source may have only so many."""


class Duplicates(StrEnum):
    """What happens to a turn whose words the same speaker said in the space before."""

    KEEP = "keep"
    REFUSE = "refuse"


class OnSecret(StrEnum):
    """What happens to a turn that holds a key, a token or a password."""

    OFF = "off"
    QUARANTINE = "quarantine"
    REFUSE = "refuse"


class OnInstruction(StrEnum):
    """What happens to a turn that reads like an instruction to a language model."""

    OFF = "off"
    QUARANTINE = "quarantine"


@dataclass(frozen=True, slots=True)
class Instructions:
    """From which sources instructions to a model are held back.

    A user tells an agent what to do, and that is what the memory is for; a page from the web that
    does so is an attack or a mistake.
    """

    user: OnInstruction = OnInstruction.OFF
    agent: OnInstruction = OnInstruction.OFF
    tool: OnInstruction = OnInstruction.OFF
    document: OnInstruction = OnInstruction.OFF
    untrusted: OnInstruction = OnInstruction.QUARANTINE


@dataclass(frozen=True, slots=True)
class Admission:
    """What a space lets in, and how far it trusts what it let in.

    `max_turn_chars` is the longest turn, beside the service's own limit; `turns_per_minute` is how
    many turns of one source may come within a minute; None bounds neither. `distrust` is the share
    of its score that an untrusted turn loses in a recall. `most_of_one_source` is how many of the
    first ten hits one untrusted source may have while others answer; None for any number.
    """

    max_turn_chars: int | None = None
    turns_per_minute: int | None = None
    duplicates: Duplicates = Duplicates.KEEP
    secrets: OnSecret = OnSecret.OFF
    instructions: Instructions = field(default_factory=Instructions)
    distrust: float = 0.03
    most_of_one_source: int | None = 2


@dataclass(frozen=True, slots=True)
class Reason:
    """Why something was held: the rule that found it, and what that rule looks for.

    It never repeats what was found.
    """

    rule: str
    explanation: str


class Ruling(StrEnum):
    """What became of what was held."""

    HELD = "held"
    RELEASED = "released"
    REJECTED = "rejected"

"""Which came first: two passages, where each was found, and what decided between them."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from memsvc.domain.ids import StreamName
from memsvc.domain.memory import Turn


class Match(StrEnum):
    """How a passage was found: as it stands, by most of its words, or by what it means."""

    VERBATIM = "verbatim"
    WORDS = "words"
    MEANING = "meaning"


class DecidedBy(StrEnum):
    """What told which of two passages came first."""

    OFFSET = "offset"
    """Both stand in one turn: the character at which each begins."""
    SEQ = "seq"
    """Both stand in one stream: the numbers of their turns."""
    PART = "part"
    """Both stand in one document: the order of its parts."""
    AT = "at"
    """When their turns happened."""
    POSITION = "position"
    """Both happened at the same time: which was written first, by the ledger."""


@dataclass(frozen=True, slots=True)
class Location:
    """Where a passage stands: from character `start` of the first turn to `end` of the last.

    `score` is 1 for a verbatim match, the share of the passage's words (by how rare they are) for
    one by words, the cosine for one by meaning. That one names a turn and not where in it: it
    reaches over the whole text. `occurrences` counts how often the passage stands in the space;
    this is the first of them.
    """

    turns: tuple[Turn, ...]
    start: int
    end: int
    match: Match
    score: float
    occurrences: int = 1

    @property
    def turn(self) -> Turn:
        """The turn in which the passage begins."""
        return self.turns[0]

    @property
    def stream(self) -> StreamName:
        """The stream in which it stands."""
        return self.turn.stream


@dataclass(frozen=True, slots=True)
class Ordered:
    """Which of two passages came first; None when that cannot be told, and `reason` says why."""

    first: Literal["a", "b", "same"] | None
    a: Location | None
    b: Location | None
    decided_by: DecidedBy | None
    reason: str

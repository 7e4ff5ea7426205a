"""How new a text is to a memory: what of it is there already, and what it says otherwise."""

from dataclasses import dataclass
from enum import StrEnum

from memsvc.domain.ids import Position
from memsvc.domain.memory import Span, Turn


class Newness(StrEnum):
    """How a text stands to what is remembered, from nothing new to all new."""

    KNOWN = "known"
    """It is there in these words, perhaps as a part of a longer turn."""
    ALTERED = "altered"
    """It is there but for a few words: another name, another number, a not."""
    SIMILAR = "similar"
    """The same matter in other words."""
    NEW = "new"


class DifferenceKind(StrEnum):
    """What two wordings of one sentence differ in."""

    NEGATION = "negation"
    NUMBER = "number"
    NAME = "name"
    WORDS = "words"


@dataclass(frozen=True, slots=True)
class Difference:
    """What stands in a turn (`theirs`) where the text has `ours`; one of them may be empty."""

    kind: DifferenceKind
    theirs: str
    ours: str


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of the text, with how new it alone is: 0 for known, 1 for quite new."""

    span: Span
    verdict: Newness
    novelty: float


@dataclass(frozen=True, slots=True)
class Nearest:
    """A turn near the text. `score`, over 0 and at most 1, is how much of the text it has."""

    turn: Turn
    score: float
    differs: tuple[Difference, ...]


@dataclass(frozen=True, slots=True)
class Novelty:
    """The answer: `novelty` from 0 (known) to 1 (quite new), and the turns it was held against.

    `missing_arms` names what had nothing to say because no model answered.
    """

    novelty: float
    verdict: Newness
    nearest: tuple[Nearest, ...]
    sentences: tuple[Sentence, ...]
    position: Position
    missing_arms: tuple[str, ...] = ()

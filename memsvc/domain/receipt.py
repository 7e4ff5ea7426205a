"""Forgetting on request: what is to go, and the receipt that outlives it.

A receipt holds no text and no name: counts, positions of the ledger, and for each forgotten turn
its id and a digest of its words under the space's secret.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from memsvc.domain.ids import Position, ReceiptId, TurnId, TurnKey
from memsvc.domain.memory import Turn
from memsvc.domain.recall import Filter

MOST_FORGOTTEN = 10_000
"""Turns that one request may forget: they go in one unit of work, and others wait for it."""


class Means(StrEnum):
    """By what a request said which turns are to go."""

    TURNS = "turns"
    WHERE = "where"
    SUBJECT = "subject"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which turns are to go; all parts must hold, and None is no part.

    `subject` is an entity by any spelling, `text` is held verbatim but for case and white space.
    """

    turns: tuple[TurnId, ...] | None = None
    where: Filter | None = None
    subject: str | None = None
    text: str | None = None

    @property
    def means(self) -> tuple[Means, ...]:
        """The parts that there are."""
        parts = (self.turns, self.where, self.subject, self.text)
        return tuple(means for means, part in zip(Means, parts, strict=True) if part is not None)


@dataclass(frozen=True, slots=True)
class Sought:
    """What the rows are asked for: the same, with names for the subject and the text folded."""

    where: Filter = field(default_factory=Filter)
    turns: Sequence[TurnId] | None = None
    names: Sequence[str] | None = None
    text: str | None = None


@dataclass(frozen=True, slots=True)
class Tally:
    """How much went, by store. `vectors` are those of turns, facts, names and notes together.

    `versions` are those of notes; a note that fell back to an earlier one counts there alone.
    """

    turns: int = 0
    facts: int = 0
    merges: int = 0
    names: int = 0
    vectors: int = 0
    events_mended: int = 0
    streams_left_empty: int = 0
    titles: int = 0
    notes: int = 0
    versions: int = 0
    links: int = 0
    held: int = 0
    """What was in quarantine, and no turn."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a request forgot: entries after `first` and up to `position` of the ledger tell it."""

    id: ReceiptId
    at: datetime
    actor: str
    means: tuple[Means, ...]
    tally: Tally
    first: Position
    position: Position


@dataclass(frozen=True, slots=True)
class Tombstone:
    """What is left of a forgotten turn: its names, and a digest of its words (32 bytes)."""

    key: TurnKey
    id: TurnId
    digest: bytes


@dataclass(frozen=True, slots=True)
class WhatWent:
    """The answer to a request. A dry run has no receipt kept, and shows the first turns."""

    receipt: Receipt
    is_dry: bool
    shown: Sequence[Turn] = ()


@dataclass(frozen=True, slots=True)
class Residue:
    """What a check of a receipt found: `left` counts what is still there, by store.

    `same_words` are turns that hold the forgotten words and are not the forgotten turns: written
    since, or never asked to go. Those that should have gone too count in `left`.
    """

    receipt: ReceiptId
    left: Mapping[str, int]
    same_words: tuple[TurnId, ...]

    @property
    def is_gone(self) -> bool:
        """True when no store holds anything of it."""
        return not any(self.left.values())


def folded(text: str) -> str:
    """Return a text as it is compared: without case, every white space one blank."""
    return " ".join(text.casefold().split())

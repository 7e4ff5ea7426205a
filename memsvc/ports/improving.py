"""What a language model reads out of turns and says of facts, as enrichment asks for it.

Many are asked for in one call, so that a model may work on them together, and each answer stands
for itself. All of it is untrusted: who keeps something of it checks it first.
"""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from memsvc.domain.improving import Tokens


@dataclass(frozen=True, slots=True)
class Passage:
    """What a turn says, with the title of its stream, who says it and when."""

    text: str
    at: datetime
    speaker: str | None = None
    title: str | None = None


@dataclass(frozen=True, slots=True)
class Proposed:
    """A triple that a passage is said to say."""

    subject: str
    relation: str
    object: str


@dataclass(frozen=True, slots=True)
class Unread:
    """That one of those asked for came to nothing, and why, with what was said instead.

    `is_final` where the same would come of it the next time, as of what fits no form after its
    repair; not where time ran out or the like.
    """

    why: str
    is_final: bool = False


class UnreadableReply(Exception):
    """What a model said fits no form, even after its repair; asking again would give the same."""


class NoAnswer(Exception):
    """A model that is there gave no answer, in time or at all; the next time it may."""


class PassageReader(Protocol):
    """Reads triples out of passages."""

    @property
    def name(self) -> str:
        """Which model, by which prompts: `qwen2.5-7b/entities-1@1a2b3c4d/triples-1@5e6f7a8b`."""
        ...

    def read(self, passages: Sequence[Passage]) -> list[tuple[Proposed, ...] | Unread]:
        """Return what each passage says, in their order. Raises `ModelUnavailable`."""
        ...


@dataclass(frozen=True, slots=True)
class FactLine:
    """A fact as a judge is shown it, in a line, and when it was said."""

    line: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Case:
    """A new fact, and older ones of the same subject by their handles (`f1`, `f2`, ...)."""

    new: FactLine
    older: tuple[tuple[str, FactLine], ...]


@dataclass(frozen=True, slots=True)
class Ended:
    """An older fact, by its handle, that holds no longer, and why."""

    handle: str
    reason: str


class FactJudge(Protocol):
    """Says which facts hold no longer once a new one does."""

    @property
    def name(self) -> str:
        """Which model, by which prompt."""
        ...

    def judge(self, cases: Sequence[Case]) -> list[tuple[Ended, ...] | Unread]:
        """Return what each case ends, in their order. Raises `ModelUnavailable`."""
        ...


class EventTitler(Protocol):
    """Says in a few words what an event is about."""

    @property
    def name(self) -> str:
        """Which model, by which prompt."""
        ...

    def title(self, events: Sequence[Passage]) -> list[str | Unread]:
        """Return a title for each event, in their order; empty where there is nothing to name.

        Each is told as one passage, its turns line by line. Raises `ModelUnavailable`.
        """
        ...


class Tally(Protocol):
    """Counts what is spent while it is open."""

    @property
    def tokens(self) -> Tokens:
        """What was spent so far."""
        ...


class Meter(Protocol):
    """Tells what a model is asked and answers."""

    def counting(self) -> AbstractContextManager[Tally]:
        """Count what this thread has a model read and write for as long as this is open."""
        ...

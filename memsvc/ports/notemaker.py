"""Making a note of an event, and saying what it changes about the notes beside it.

Two steps, each behind a port of its own, so that a rule and a language model may take turns at
them. Neither reads or writes the store: what they may look at is handed in, and what they answer is
a proposal. An answer is untrusted whoever gave it, and is kept only after
`memsvc.ingest.notes.checked` has read it.

A step is shown at most a few notes, each under a short handle (`n1`, `n2`, ...). It speaks of them
by these alone, so that it cannot touch a note that it was not shown, nor mistake a place in some
list for one (A-MEM's evolution, arXiv 2502.12110, rewrote the first notes ever stored that way).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from memsvc.domain.note import Facets


class TermCounts(Protocol):
    """How common words are in a space."""

    @property
    def texts(self) -> int:
        """How many turns the space holds."""
        ...

    def holding(self, terms: Sequence[str]) -> Sequence[int]:
        """Return how many of them hold each of these terms."""
        ...


@dataclass(frozen=True, slots=True)
class Told:
    """What one turn says in an event.

    `central` is how much it is like the whole of the event, the cosine of both at least 0; 1 where
    nobody knows.
    """

    text: str
    at: datetime
    speaker: str | None = None
    central: float = 1.0


@dataclass(frozen=True, slots=True)
class ToldEvent:
    """What a note is made of: turns in order, at least one, and the title of their stream."""

    turns: Sequence[Told]
    title: str | None = None


@dataclass(frozen=True, slots=True)
class Sketch:
    """A note as it is made: one idea in a few sentences, and what helps to find it."""

    content: str
    facets: Facets


@dataclass(frozen=True, slots=True)
class Shown:
    """A note as a step is shown it. `at` is when the last of its turns happened.

    `names` are the entities that its turns speak of.
    """

    content: str
    facets: Facets
    at: datetime
    names: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A note that is near a new one, under the handle that this one step knows it by.

    `is_mutual` where the new one is among its nearest too; `rare` are the entities that both speak
    of and few others do, the rarest first; `is_same_event` where both hang on one turn;
    `may_contradict` where what one of them says may not hold beside the other.
    """

    handle: str
    note: Shown
    cosine: float
    is_mutual: bool = False
    rare: tuple[str, ...] = ()
    is_same_event: bool = False
    may_contradict: bool = False


@dataclass(frozen=True, slots=True)
class ProposedLink:
    """A link from the new note to a neighbour: its kind, how sure from 0 to 1, and why in words."""

    handle: str
    kind: str
    score: float
    reason: str


@dataclass(frozen=True, slots=True)
class ProposedChange:
    """What is to be put in the place of a neighbour's context or tags; None leaves them."""

    handle: str
    reason: str
    context: str | None = None
    tags: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a step wants of a new note and its neighbours; nobody has looked at it yet."""

    links: tuple[ProposedLink, ...] = ()
    changes: tuple[ProposedChange, ...] = ()


class NoteMaker(Protocol):
    """Makes a note of an event."""

    @property
    def name(self) -> str:
        """Who makes it and by which version, as notes remember it: `rule/notes-1`."""
        ...

    def make(self, event: ToldEvent, counts: TermCounts) -> Sketch | None:
        """Return the note of an event; None where there is nothing to note.

        Raises `ModelUnavailable`.
        """
        ...


class NoteEvolver(Protocol):
    """Says how a new note is linked to its neighbours, and what it changes about them."""

    @property
    def name(self) -> str:
        """Who says so and by which version, as links and versions remember it."""
        ...

    def evolve(self, new: Shown, neighbours: Sequence[Neighbour]) -> Proposal:
        """Return what is to be linked to, and what of these neighbours is to be changed.

        Raises `ModelUnavailable`.
        """
        ...

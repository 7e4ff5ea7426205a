"""Notes: one idea each, with what helps to find it, and typed links between them.

Everything hangs on turns. A note made by enrichment hangs on the turns of the event it tells of; a
note that somebody writes outright is written down as a turn too, and hangs on that one. So notes
are found, filtered, trusted, expired and forgotten as their turns are. A note's content never
changes; keywords, tags and context do (its facets), and each change is a version that says who made
it and why. The vector that a note is found by is of its content and facets together.

Source: A-MEM, arXiv:2502.12110.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from memsvc.domain.ids import EventId, LinkId, NoteId, NoteKey, Position, RunId, TurnId
from memsvc.domain.memory import Source

ROLE = "note"
"""The role of the turns that are notes written outright."""

MAX_NOTE_CHARS = 4_000
MAX_KEYWORDS = 12
MAX_TAGS = 12
MAX_WORD_CHARS = 60
"""Of one keyword or tag."""

MAX_CONTEXT_CHARS = 500
MAX_REASON_CHARS = 300
MAX_LINKS = 32
"""Links that one note may have that rules or models made; people may add more."""


@dataclass(frozen=True, slots=True)
class Facets:
    """What may change about a note, and helps to find it.

    `keywords` come the most important first, `tags` are broad, `context` is one sentence on what
    the content is about.
    """

    keywords: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    context: str = ""


@dataclass(frozen=True, slots=True)
class Making:
    """Who or what made a version or a link, and why.

    `maker` is the id of a key, or the rule or model with its version that enrichment ran; `run` is
    the run of enrichment it was made in, None when somebody asked for it. `because` is the note
    whose coming caused it, if one did: what is known because of a note is forgotten with it.
    """

    maker: str
    reason: str
    run: RunId | None = None
    because: NoteId | None = None

    @property
    def is_by_machine(self) -> bool:
        """True when nobody asked for it."""
        return self.run is not None or self.because is not None


@dataclass(frozen=True, slots=True)
class NewNote:
    """A note as a caller hands it in. `at` is aware and UTC, or None for the time of writing.

    `user_id` says whose memory it is about, `agent_id` which agent writes it, as of turns.
    """

    content: str
    facets: Facets = field(default_factory=Facets)
    at: datetime | None = None
    source: Source = Source.AGENT
    user_id: str | None = None
    agent_id: str | None = None


@dataclass(frozen=True, slots=True)
class Note:
    """A note as it is kept, with its present facets.

    `turns` are those it hangs on, in the order of writing; `event` is the one it was made of, None
    for one written outright. `source` is the least trusted of its turns'. `position` is where the
    ledger entered it, `version` where its facets changed last.
    """

    key: NoteKey
    id: NoteId
    content: str
    facets: Facets
    turns: tuple[TurnId, ...]
    event: EventId | None
    source: Source
    at: datetime
    position: Position
    version: Position
    making: Making


@dataclass(frozen=True, slots=True)
class NoteVersion:
    """The facets of a note from the ledger position `position` on, until the next version."""

    position: Position
    at: datetime
    facets: Facets
    making: Making


class LinkKind(StrEnum):
    """What the note a link starts from does with the one it leads to."""

    RELATED = "related"
    ELABORATES = "elaborates"
    CONTRADICTS = "contradicts"
    SUPERSEDES = "supersedes"
    SAME_EVENT = "same_event"


@dataclass(frozen=True, slots=True)
class Link:
    """A typed link from one note to another, read from both ends. `score` is from 0 to 1."""

    id: LinkId
    start: NoteId
    end: NoteId
    kind: LinkKind
    score: float
    position: Position
    making: Making


@dataclass(frozen=True, slots=True)
class Run:
    """One run of enrichment: what one step did in a space with one maker until nothing was due.

    All of it can be rolled back as a whole. `first` and `last` are the ledger positions of its
    first and last change, `changes` counts them; `ended_at` is None while it goes on. `undone` is
    the ledger position after the rollback that took it back; None where it stands.
    """

    id: RunId
    step: str
    maker: str
    started_at: datetime
    ended_at: datetime | None
    first: Position
    last: Position
    changes: int
    undone: Position | None = None


def untainted(versions: Sequence[NoteVersion], forgotten: Collection[NoteId]) -> list[NoteVersion]:
    """Return what is left of a note's versions, oldest first, once other notes are forgotten.

    What was made because of a forgotten note goes, and so does what a machine made of that later.
    What somebody made of it stays without the keywords, tags and context that came in with it.
    Nothing is left when the note itself was made because of one.
    """
    if not versions or versions[0].making.because in forgotten:
        return []
    left: list[NoteVersion] = []
    brought: set[tuple[str, str]] = set()
    is_tainted = False
    for version in versions:
        making = version.making
        if making.because in forgotten or (is_tainted and making.is_by_machine):
            brought |= _parts(version.facets) - _parts(left[-1].facets)
            is_tainted = True
            continue
        clean = version.facets if making.is_by_machine else _without(version.facets, brought)
        is_tainted = clean != version.facets
        left.append(replace(version, facets=clean))
    return left


def _parts(facets: Facets) -> set[tuple[str, str]]:
    """Return each keyword, tag and the context by itself, in any case."""
    named = (("keyword", facets.keywords), ("tag", facets.tags), ("context", (facets.context,)))
    return {(name, part.casefold()) for name, parts in named for part in parts if part}


def _without(facets: Facets, brought: Collection[tuple[str, str]]) -> Facets:
    return Facets(
        tuple(word for word in facets.keywords if ("keyword", word.casefold()) not in brought),
        tuple(tag for tag in facets.tags if ("tag", tag.casefold()) not in brought),
        "" if ("context", facets.context.casefold()) in brought else facets.context,
    )


def tidied(facets: Facets) -> Facets:
    """Return facets on one line each, a word that comes again in any case left out."""
    return Facets(
        _distinct(facets.keywords), _distinct(facets.tags), " ".join(facets.context.split())
    )


def _distinct(words: Sequence[str]) -> tuple[str, ...]:
    found: dict[str, str] = {}
    for word in words:
        line = " ".join(word.split())
        if line:
            found.setdefault(line.casefold(), line)
    return tuple(found.values())


def handles(shown: Sequence[NoteId]) -> dict[str, NoteId]:
    """Return the notes shown to a step by the short handles that it knows them by: n1, n2, ..."""
    return {f"n{number}": note for number, note in enumerate(shown, start=1)}

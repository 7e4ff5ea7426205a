"""What is remembered: spaces, streams and the turns in them.

A turn is the source of record: its text never changes. Everything else in the service is an index
over turns, or a version of what may be edited about them (metadata and place).
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, Generic, TypeVar

from memsvc.domain.admission import Admission
from memsvc.domain.episode import Segmentation
from memsvc.domain.forgetting import Forgetting
from memsvc.domain.helping import When
from memsvc.domain.ids import (
    DocumentName,
    Position,
    SpaceKey,
    SpaceName,
    StreamKey,
    StreamName,
    TurnId,
    TurnKey,
)
from memsvc.domain.improving import Improving
from memsvc.domain.knowledge import SynonymSearch
from memsvc.domain.note_making import NoteMaking

T = TypeVar("T")


class Source(StrEnum):
    """Who a turn's words come from, the most trusted first.

    What is derived from turns inherits the least trusted (`least_trusted`). `UNTRUSTED` is whatever
    anybody might have written: a page from the web, a mail, a file of a stranger.
    """

    USER = "user"
    AGENT = "agent"
    TOOL = "tool"
    DOCUMENT = "document"
    UNTRUSTED = "untrusted"


def least_trusted(sources: Iterable[Source]) -> Source:
    """Return the least trusted of these sources, at least one."""
    order = list(Source)
    return max(sources, key=order.index)


@dataclass(frozen=True, slots=True)
class Standing:
    """Which turns of a space have not expired at a moment; the others are as good as deleted.

    A turn has expired from its own `expires_at` on. Under retention, so has every turn that was
    written at `written_after` or before; None without retention.
    """

    now: datetime
    written_after: datetime | None = None


ALWAYS = Standing(datetime(1970, 1, 1, tzinfo=UTC))
"""What has expired and is not deleted yet stands as well: for what goes back it may stand again."""


@dataclass(frozen=True, slots=True)
class SpaceSettings:
    """What may be set for a space.

    `retention_days` is how long turns are kept from when they were written; None keeps them.
    `segmentation` is how streams are cut into events from now on; None as it is by default.
    `forgetting` is how turns fade in recalls; None when they do not.
    `synonyms` is how names are sought that mean the same; None when they are not.
    `single_valued` are predicates that hold one object at a time, beside the well-known ones.
    `admission` is what is let in, and how far it is trusted; None as it is by default.
    `notes` is how notes are made of the events that close from now on; None when they are not.
    `recipe` is the name of what ranks where a question names none; None for the default.
    `improving` is what a language model makes of what is written; None for nothing.
    `clues` and `sift_facts` say when one helps with a question that does not say it itself; None as
    its recipe has it.
    """

    retention_days: int | None = None
    segmentation: Segmentation | None = None
    forgetting: Forgetting | None = None
    synonyms: SynonymSearch | None = None
    single_valued: tuple[str, ...] | None = None
    notes: NoteMaking | None = None
    admission: Admission | None = None
    recipe: str | None = None
    improving: Improving | None = None
    clues: When | None = None
    sift_facts: When | None = None

    @property
    def admitting(self) -> Admission:
        """What is let in, and how far it is trusted."""
        return self.admission or Admission()

    @property
    def cutting(self) -> Segmentation:
        """How streams are cut into events."""
        return self.segmentation or Segmentation()

    def standing(self, now: datetime) -> Standing:
        """Return which turns stand at a moment."""
        if self.retention_days is None:
            return Standing(now)
        return Standing(now, written_after=now - timedelta(days=self.retention_days))

    def stands_until(self, expires_at: datetime | None, *, written_at: datetime) -> datetime | None:
        """Return when a turn expires, by itself or by retention; None for never."""
        if self.retention_days is None:
            return expires_at
        end = written_at + timedelta(days=self.retention_days)
        return end if expires_at is None else min(expires_at, end)


@dataclass(frozen=True, slots=True)
class Space:
    """The isolation boundary. `secret` keys the digests of its ledger and dies with it.

    `version` is the ledger position of the last change of its settings, 0 before the first.
    `rejections` counts the texts that were rejected out of its quarantine.
    """

    key: SpaceKey
    name: SpaceName
    position: Position
    created_at: datetime
    secret: bytes
    settings: SpaceSettings
    version: Position
    rejections: int = 0


@dataclass(frozen=True, slots=True)
class Stream:
    """An ordered source inside a space: a chat session, a thread, a part of a document.

    `document` names the document that the stream is a part of: that alone writes to it.
    """

    key: StreamKey
    name: StreamName
    title: str | None
    created_at: datetime
    document: DocumentName | None = None


@dataclass(frozen=True, slots=True)
class NewTurn:
    """A turn as a caller hands it in. `at` is aware and UTC, or None for the time of writing.

    `expires_at`, aware and UTC, is from when on it counts as deleted; None for never. `echo_of` is
    the turn that it only repeats, where whoever hands it in knows; else its words may tell.
    """

    role: str
    content: str
    speaker: str | None = None
    client_id: str | None = None
    at: datetime | None = None
    place: str | None = None
    source: Source = Source.USER
    metadata: Mapping[str, Any] | None = None
    expires_at: datetime | None = None
    echo_of: TurnId | None = None


@dataclass(frozen=True, slots=True)
class Turn:
    """A turn as it is kept.

    `seq` counts turns in the stream from 0 and is never used twice; a deleted turn leaves its
    number empty. `tokens` is the length of the text in tokens of the space's embedding model.
    `version` is the ledger position of the last change. `echo_of` is the earlier turn whose words
    it repeats, where an agent wrote back what it had recalled: it is no evidence of its own.
    """

    key: TurnKey
    id: TurnId
    stream: StreamName
    seq: int
    role: str
    content: str
    speaker: str | None
    client_id: str | None
    at: datetime
    place: str | None
    source: Source
    metadata: Mapping[str, Any]
    user_id: str | None
    agent_id: str | None
    tokens: int
    position: Position
    version: Position
    embedded: bool
    expires_at: datetime | None = None
    echo_of: TurnId | None = None


@dataclass(frozen=True, slots=True)
class TurnVersion:
    """What could be edited about a turn, as it stood from `position` on until the next version."""

    position: Position
    place: str | None
    metadata: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """Which model made a vector. Vectors of two fingerprints never meet in one score."""

    model: str
    precision: str
    dimension: int

    @property
    def text(self) -> str:
        """Render the stored form, for instance `all-MiniLM-L6-v2@1a2b3c4d/fp32/384`."""
        return f"{self.model}/{self.precision}/{self.dimension}"


@dataclass(frozen=True, slots=True)
class Span:
    """A half-open run of characters in a turn's text."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of each stream: its turns from number `start` up to, and without, `end`."""

    start: int = 0
    end: int | None = None

    def is_within(self, other: "Stretch") -> bool:
        """Tell whether the other has every turn that this has."""
        ends = other.end is None or (self.end is not None and self.end <= other.end)
        return other.start <= self.start and ends


WHOLE = Stretch()


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some items in order, and the cursor that continues after them (None at the end)."""

    items: tuple[T, ...]
    next_cursor: str | None


def pages(page_after: Callable[[str | None], Page[T]]) -> Iterator[Page[T]]:
    """Walk a list to its end: yield the page after each cursor, beginning without one."""
    cursor: str | None = None
    while True:
        page = page_after(cursor)
        yield page
        cursor = page.next_cursor
        if cursor is None:
            return

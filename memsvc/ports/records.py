"""What repositories take and give that is no word of the domain."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from memsvc.domain.episode import STREAM_START, Boundary, Edge
from memsvc.domain.ids import (
    EventId,
    EventKey,
    Position,
    RunId,
    StreamKey,
    StreamName,
    TurnId,
    TurnKey,
)
from memsvc.domain.ledger import Change
from memsvc.domain.manner import PLAIN, Manner
from memsvc.domain.memory import Source, Span, Stream, TurnVersion
from memsvc.ports.models import Matrix, Vector

Curve: TypeAlias = NDArray[np.float32]
"""One number a unit of a stream, in order; NaN where there is none."""

MAX_TITLE = 200
"""Characters that the title of a stream or document may have."""


@dataclass(frozen=True, slots=True)
class TurnDraft:
    """A turn ready to be kept. `length` counts its terms; `content_digest` is for replays.

    `expires_at` is its own; `stands_until` also heeds the space's retention. None for never.
    """

    id: TurnId
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
    length: int
    content_digest: bytes
    embedded: bool
    expires_at: datetime | None = None
    stands_until: datetime | None = None
    echo_of: TurnId | None = None
    manner: Manner = PLAIN


@dataclass(frozen=True, slots=True)
class PlacedTurn:
    """A turn to be kept in this stream, at the number `seq` unless the stream is past it."""

    stream: Stream
    seq: int
    draft: TurnDraft


@dataclass(frozen=True, slots=True)
class MovedStream:
    """A stream on its way from one space to another."""

    name: StreamName
    title: str | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class MovedTurn:
    """A turn with all that is kept of it, on its way from one space to another.

    `versions` are what could be edited, oldest first, the current one last; their positions are
    those of the ledger that they come from. `pieces` and `vectors` are one a piece, and none where
    the turn has no vector of the model that was asked about.
    """

    id: TurnId
    stream: StreamName
    seq: int
    role: str
    content: str
    speaker: str | None
    client_id: str | None
    at: datetime
    source: Source
    user_id: str | None
    agent_id: str | None
    expires_at: datetime | None
    content_digest: bytes
    versions: tuple[TurnVersion, ...]
    pieces: tuple[Span, ...] = ()
    vectors: Matrix | None = None
    echo_of: TurnId | None = None


@dataclass(frozen=True, slots=True)
class Embedding:
    """The vectors of one turn, and which run of its text each stands for."""

    turn: TurnKey
    spans: tuple[Span, ...]
    vectors: Matrix


@dataclass(frozen=True, slots=True)
class StreamUnit:
    """A unit of a stream by the edge before it, with what it is cut by.

    `happened` and `place` are its turn's; `glimpse` is how its text begins and ends. `vector` is
    None while it is owed one; so is `surprisal`, and for those who did not ask for it.
    """

    edge: Edge
    turn: TurnKey
    happened: datetime
    place: str | None
    glimpse: str
    vector: Vector | None
    surprisal: float | None = None


@dataclass(frozen=True, slots=True)
class OpenTail:
    """What cutting goes on from: the end of a stream that is in no closed event yet.

    It begins at `start` and will begin with event `number`. `trailing` are the last surprises of
    closed units, oldest first, as `measure` gave them, None as of an earlier position, where the
    curves of the events before have them; `moved` is by how many units refinement put
    the last boundary before the unit that surprised.
    """

    start: Edge = STREAM_START
    number: int = 0
    moved: int = 0
    measure: str = ""
    trailing: Sequence[float] | None = ()


@dataclass(frozen=True, slots=True)
class Portrait:
    """What is computed from an event's units and changes when one of them is forgotten.

    `units` are those that stand; `curve` and `thresholds` have one number each, `representatives`
    are places in it; `centroid` has unit length and is None when none stands.
    """

    units: Sequence[Edge]
    curve: Curve
    thresholds: Curve
    representatives: Sequence[int]
    centroid: Vector | None
    first_at: datetime | None
    last_at: datetime | None


@dataclass(frozen=True, slots=True)
class EventDraft:
    """A closed event ready to be kept. `turns` are those that begin in it."""

    id: EventId
    number: int
    start: Edge
    end: Edge
    boundary: Boundary
    measure: str
    portrait: Portrait
    turns: Sequence[TurnKey]


@dataclass(frozen=True, slots=True)
class Extent:
    """Which run of which stream an event is, and what its surprise is measured by.

    `holds` tells one that holds a turn which was asked about from one right beside it.
    """

    key: EventKey
    stream: StreamKey
    number: int
    start: Edge
    end: Edge
    measure: str
    holds: bool


@dataclass(frozen=True, slots=True)
class TitleDraft:
    """A title ready to be kept, and whose it is."""

    event: EventKey
    text: str
    maker: str
    run: RunId | None


@dataclass(frozen=True, slots=True)
class KnownTurn:
    """A turn that a client id already names, with the digest to compare and the first answer."""

    id: TurnId
    seq: int
    position: Position
    content_digest: bytes
    embedded: bool


@dataclass(frozen=True, slots=True)
class SpaceCounts:
    """How much a space holds. `text_bytes` counts the turns' UTF-8 text."""

    streams: int
    turns: int
    events: int
    vectors: int
    text_bytes: int


@dataclass(frozen=True, slots=True)
class StreamSummary:
    """A stream with how much it holds and when something last happened in it.

    `last_seq` is the number of its last turn; None where it holds none.
    """

    stream: Stream
    turns: int
    last_at: datetime | None
    last_seq: int | None


@dataclass(frozen=True, slots=True)
class EntryDraft:
    """A ledger entry before it has a place in the chain."""

    change: Change
    subject: str
    digest: bytes

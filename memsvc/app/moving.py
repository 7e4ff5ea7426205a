"""What an import is made of, and how a turn that comes is known again among those that are here."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, TypeAlias

from memsvc.domain.document import About
from memsvc.domain.feedback import Judgement
from memsvc.domain.ids import (
    DocumentName,
    FactId,
    FeedbackId,
    LinkId,
    MergeId,
    NoteId,
    Position,
    RulingId,
    RunId,
    SpaceKey,
    StreamName,
    TurnId,
    UnlinkingId,
)
from memsvc.domain.knowledge import NewFact
from memsvc.domain.ledger import Change
from memsvc.domain.memory import Space, SpaceSettings, Standing
from memsvc.domain.note import LinkKind, Making
from memsvc.domain.validity import Verdict
from memsvc.ports.keeping import Unit
from memsvc.ports.notes import MovedNote
from memsvc.ports.records import EntryDraft, MovedStream, MovedTurn
from memsvc.ports.world import Ids

LEDGER_PAGE = 2_000
DELETIONS = (
    Change.TURN_DELETED,
    Change.STREAM_DELETED,
    Change.DOCUMENT_DELETED,
    Change.FACT_DELETED,
    Change.ENTITIES_UNMERGED,
    Change.ENTITY_LINKED,
    Change.NOTE_DELETED,
    Change.LINK_RETIRED,
)
START = Position(0)
NO_SETTINGS = SpaceSettings()


@dataclass(frozen=True, slots=True)
class MovedHead:
    """How the lines that follow were made. `fingerprint` names the model of their vectors.

    `settings` are those of the space that they come from.
    """

    fingerprint: str
    settings: SpaceSettings = NO_SETTINGS


@dataclass(frozen=True, slots=True)
class MovedPart:
    """A part of a document on its way; `digest` is its `text_digest`."""

    name: str
    title: str | None
    stream: StreamName
    digest: bytes


@dataclass(frozen=True, slots=True)
class MovedDocument:
    """A document on its way from one space to another; its paragraphs are turns like all others."""

    name: DocumentName
    about: About
    parts: tuple[MovedPart, ...]


@dataclass(frozen=True, slots=True)
class MovedSaying:
    """That a turn says a fact of an interval, or in the place of others; on its way with it."""

    turn: TurnId
    valid_from: datetime | None
    valid_to: datetime | None
    replaces: bool


@dataclass(frozen=True, slots=True)
class MovedFact:
    """A fact on its way, after the turns that say it; `sayings` are those that say more than it."""

    id: FactId
    fact: NewFact
    sayings: tuple[MovedSaying, ...] = ()


@dataclass(frozen=True, slots=True)
class MovedRuling:
    """A ruling about a fact on its way, after all facts."""

    id: RulingId
    fact: FactId
    verdict: Verdict
    by: FactId | None
    at: datetime | None
    reason: str


@dataclass(frozen=True, slots=True)
class MovedMerge:
    """A merge of two entities on its way, after everything that names them.

    Where it `renames`, `into` is a name as somebody gave it.
    """

    id: MergeId
    name: str
    into: str
    renames: bool = False


@dataclass(frozen=True, slots=True)
class MovedUnlinking:
    """That a turn does not name something, on its way after the turn and all merges."""

    id: UnlinkingId
    turn: TurnId
    name: str


@dataclass(frozen=True, slots=True)
class MovedLink:
    """A link on its way, after the notes that it is between."""

    id: LinkId
    start: NoteId
    end: NoteId
    kind: LinkKind
    score: float
    making: Making


@dataclass(frozen=True, slots=True)
class MovedFeedback:
    """What an actor says of a turn, on its way after the turns; `actor` is the id of their key."""

    id: FeedbackId
    turn: TurnId
    judgement: Judgement
    question: str | None
    actor: str
    at: datetime


@dataclass(frozen=True, slots=True)
class MovedTitle:
    """What an event is called, on its way after the turns that are in it, in order.

    Events are cut anew where they come in, so it is told by its turns; `piece` is with which piece
    of the first of them it begins. `run` was one of enrichment where it comes from.
    """

    turns: tuple[TurnId, ...]
    piece: int
    text: str
    maker: str
    run: RunId | None


Moved: TypeAlias = (
    MovedHead
    | MovedDocument
    | MovedStream
    | MovedTurn
    | MovedFact
    | MovedRuling
    | MovedMerge
    | MovedUnlinking
    | MovedNote
    | MovedLink
    | MovedFeedback
    | MovedTitle
)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of an import, numbered from 1."""

    number: int
    holds: Moved


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import has done so far.

    `present` turns were here already, `forgotten` ones were deleted here and stay so. `facts` were
    added, or more is said of them now. `notes_left_out` hang on turns that are not here, were
    deleted here, or were made because of one that was left out. `position` is where the ledger
    stands; None before anything was looked at.
    """

    documents: int = 0
    streams: int = 0
    turns: int = 0
    present: int = 0
    forgotten: int = 0
    with_vectors: int = 0
    facts: int = 0
    rulings: int = 0
    merges: int = 0
    unlinkings: int = 0
    notes: int = 0
    links: int = 0
    notes_left_out: int = 0
    feedback: int = 0
    titles: int = 0
    position: Position | None = None

    def and_then(self, later: "Imported") -> "Imported":
        """Return both together."""
        return Imported(
            documents=self.documents + later.documents,
            streams=self.streams + later.streams,
            turns=self.turns + later.turns,
            present=self.present + later.present,
            forgotten=self.forgotten + later.forgotten,
            with_vectors=self.with_vectors + later.with_vectors,
            facts=self.facts + later.facts,
            rulings=self.rulings + later.rulings,
            merges=self.merges + later.merges,
            unlinkings=self.unlinkings + later.unlinkings,
            notes=self.notes + later.notes,
            links=self.links + later.links,
            notes_left_out=self.notes_left_out + later.notes_left_out,
            feedback=self.feedback + later.feedback,
            titles=self.titles + later.titles,
            position=later.position,
        )


@dataclass(frozen=True, slots=True)
class Gone:
    """What was deleted here up to a position of the ledger."""

    turns: frozenset[str] = frozenset()
    streams: frozenset[str] = frozenset()
    documents: frozenset[str] = frozenset()
    facts: frozenset[str] = frozenset()
    merges: frozenset[str] = frozenset()
    unlinkings: frozenset[str] = frozenset()
    notes: frozenset[str] = frozenset()
    links: frozenset[str] = frozenset()
    position: Position = START


@dataclass(frozen=True, slots=True)
class Arrival:
    """What an import looks at and works with in one unit of work, in somebody's name.

    `passing` is what was deleted here and stays so: nothing when it is to be restored (`restoring`)
    with whatever else was forgotten. `standing` says what has expired.
    """

    unit: Unit
    space: Space
    passing: Gone
    restoring: bool
    standing: Standing
    ids: Ids
    actor: str
    now: datetime

    def enter(self, drafts: Sequence[EntryDraft]) -> Position:
        """Append entries to the ledger; return the position of the last."""
        return self.unit.ledger.append(self.space.key, drafts, actor=self.actor, at=self.now)

    @property
    def position(self) -> Position:
        """Where the ledger stands now."""
        return Position(self.unit.ledger.next_position(self.space.key) - 1)


class Here(NamedTuple):
    """The turn that a space holds in the place of one that comes."""

    id: TurnId
    digest: bytes


def gone_since(unit: Unit, space: SpaceKey, gone: Gone) -> Gone:
    """Add what was deleted since the ledger was last looked at."""
    found: dict[Change, set[str]] = {change: set() for change in DELETIONS}
    after = gone.position
    while entries := unit.ledger.changes(space, DELETIONS, after=after, limit=LEDGER_PAGE):
        for entry in entries:
            found[entry.change].add(entry.subject)
        after = entries[-1].position
    return Gone(
        turns=gone.turns | found[Change.TURN_DELETED],
        streams=gone.streams | found[Change.STREAM_DELETED],
        documents=gone.documents | found[Change.DOCUMENT_DELETED],
        facts=gone.facts | found[Change.FACT_DELETED],
        merges=gone.merges | found[Change.ENTITIES_UNMERGED],
        unlinkings=gone.unlinkings | found[Change.ENTITY_LINKED],
        notes=gone.notes | found[Change.NOTE_DELETED],
        links=gone.links | found[Change.LINK_RETIRED],
        position=Position(unit.ledger.next_position(space) - 1),
    )


def known_by_client_id(
    unit: Unit, space: SpaceKey, turns: Sequence[tuple[int, MovedTurn]]
) -> dict[tuple[StreamName, str], Here]:
    """Return the turns that are here under the client ids of those that come."""
    wanted: dict[StreamName, list[str]] = defaultdict(list)
    for _, moved in turns:
        if moved.client_id is not None:
            wanted[moved.stream].append(moved.client_id)
    found = {}
    for name, client_ids in wanted.items():
        stream = unit.streams.find(space, name)
        if stream is not None:
            for client_id, turn in unit.turns.known(space, stream.key, client_ids).items():
                found[name, client_id] = Here(turn.id, turn.content_digest)
    return found


def held_as(
    turn: MovedTurn,
    held: Mapping[TurnId, MovedTurn],
    known: Mapping[tuple[StreamName, str], Here],
) -> Here | None:
    """Return what this space holds in the turn's place; None when nothing.

    The same id in another stream, or as another's memory, is other content: no digest fits it.
    """
    here = held.get(turn.id)
    if here is not None:
        is_same = _whereabouts(here) == _whereabouts(turn)
        return Here(turn.id, here.content_digest if is_same else b"")
    return None if turn.client_id is None else known.get((turn.stream, turn.client_id))


def _whereabouts(turn: MovedTurn) -> tuple[object, ...]:
    return turn.stream, turn.client_id, turn.at, turn.user_id, turn.agent_id

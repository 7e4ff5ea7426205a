"""Keeping rows: repositories, and the unit of work that makes their changes one.

Every method names its space first; no method reaches across spaces except where the question
itself is about the installation (keys, the list of spaces, which jobs are due).
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any, Protocol, TypeVar

from memsvc.domain.access import Access, Role
from memsvc.domain.ids import (
    KeyId,
    Position,
    SpaceKey,
    SpaceName,
    StreamKey,
    StreamName,
    TurnId,
    TurnKey,
)
from memsvc.domain.ledger import Change, Entry
from memsvc.domain.memory import (
    Fingerprint,
    Page,
    Space,
    SpaceSettings,
    Span,
    Standing,
    Stream,
    Turn,
    TurnVersion,
)
from memsvc.domain.past import Past
from memsvc.domain.recall import Filter
from memsvc.domain.work import Backlog, Job, Step, Waiting
from memsvc.ports.canaries import CanaryReader, CanaryWriter
from memsvc.ports.documents import DocumentReader, DocumentWriter
from memsvc.ports.entities import EntityReader
from memsvc.ports.events import EventReader, EventWriter, SurprisalWriter
from memsvc.ports.feedback import FeedbackReader, FeedbackWriter
from memsvc.ports.knowledge import (
    FactReader,
    FactWriter,
    MergeReader,
    MergeWriter,
    NameReader,
    NameWriter,
    RulingReader,
    RulingWriter,
)
from memsvc.ports.lexicon import TermWriter
from memsvc.ports.mentions import MentionWriter
from memsvc.ports.models import Matrix
from memsvc.ports.notes import (
    LinkReader,
    LinkWriter,
    NoteReader,
    NoteWriter,
    RunReader,
    RunWriter,
)
from memsvc.ports.quarantine import QuarantineKeeper, QuarantineReader
from memsvc.ports.receipts import ReceiptReader, ReceiptWriter
from memsvc.ports.records import (
    Embedding,
    EntryDraft,
    KnownTurn,
    MovedTurn,
    PlacedTurn,
    SpaceCounts,
    StreamSummary,
    TurnDraft,
)
from memsvc.ports.vectors import Keys

T = TypeVar("T")


class SpaceReader(Protocol):
    """Reads spaces."""

    def find(self, name: SpaceName) -> Space | None:
        """Return the space of that name."""
        ...

    def page(self, *, among: Sequence[str] | None, after: str | None, limit: int) -> Page[Space]:
        """List spaces by name; `among` restricts to these names."""
        ...

    def counts(self, space: SpaceKey) -> SpaceCounts:
        """Count what the space holds."""
        ...

    def that_expire(self, now: datetime) -> list[Space]:
        """Return the spaces that hold turns which have expired, of all the installation's."""
        ...

    def of(self, space: SpaceKey) -> Space:
        """Return the space of that key; it must exist."""
        ...


class SpaceWriter(SpaceReader, Protocol):
    """Reads and changes spaces."""

    def make(self, name: SpaceName, *, secret: bytes, at: datetime) -> Space:
        """Make a space whose name is free."""
        ...

    def revise(self, space: SpaceKey, settings: SpaceSettings, *, version: Position) -> None:
        """Put new settings in the place of the present ones."""
        ...

    def delete(self, space: SpaceKey) -> None:
        """Delete the space and every row of it in every table."""
        ...


class StreamReader(Protocol):
    """Reads streams."""

    def find(self, space: SpaceKey, name: StreamName) -> Stream | None:
        """Return the stream of that name."""
        ...

    def page(self, space: SpaceKey, *, after: str | None, limit: int) -> Page[StreamSummary]:
        """List streams in the order in which they were made."""
        ...

    def newest(self, space: SpaceKey) -> StreamKey | None:
        """Return the key of the stream that was made last; None when there is none."""
        ...

    def summary(self, space: SpaceKey, stream: Stream) -> StreamSummary:
        """Count what a stream holds."""
        ...

    def keys_of(self, space: SpaceKey, held: Sequence[TurnKey]) -> list[StreamKey]:
        """Return the streams that these turns are in, each once, in the order of their keys."""
        ...

    def named(self, space: SpaceKey, names: Sequence[StreamName]) -> list[StreamKey]:
        """Return those of these streams that there are."""
        ...

    def titles(self, space: SpaceKey, names: Sequence[StreamName]) -> Mapping[StreamName, str]:
        """Return the titles of those of these streams that have one."""
        ...


class StreamWriter(StreamReader, Protocol):
    """Reads and changes streams."""

    def make(self, space: SpaceKey, name: StreamName, *, title: str | None, at: datetime) -> Stream:
        """Make a stream whose name is free."""
        ...

    def retitle(self, space: SpaceKey, titles: Mapping[StreamKey, str]) -> None:
        """Give streams other titles."""
        ...

    def delete(self, space: SpaceKey, gone: Sequence[StreamKey]) -> None:
        """Delete the streams' own rows; their turns are deleted first."""
        ...


class TurnReader(Protocol):
    """Reads turns."""

    def get(
        self, space: SpaceKey, turn: TurnId, *, standing: Standing | None = None
    ) -> Turn | None:
        """Return the turn of that id if it stands; any that has a row without `standing`."""
        ...

    def by_keys(self, space: SpaceKey, keys: Sequence[int]) -> list[Turn]:
        """Return those of these turns that the space holds, in the order of the keys given."""
        ...

    def by_ids(self, space: SpaceKey, ids: Sequence[TurnId]) -> list[Turn]:
        """Return those of these turns that the space holds, in no order."""
        ...

    def page(
        self,
        space: SpaceKey,
        where: Filter,
        *,
        after: str | None,
        limit: int,
        standing: Standing | None = None,
    ) -> Page[Turn]:
        """List turns that stand in the order of writing; all that have a row without `standing`."""
        ...

    def expired(self, space: SpaceKey, standing: Standing, *, limit: int) -> list[Turn]:
        """Return turns that stand no longer; fewer than `limit` only if there are no more.

        Under retention the oldest ones are looked at: behind a turn that stands because the clock
        was set back after it was written, others wait for it.
        """
        ...

    def last_until(self, space: SpaceKey, position: Position) -> TurnKey | None:
        """Return the key of the last turn written up to a ledger position; None if none was."""
        ...

    def keys_where(self, space: SpaceKey, where: Filter) -> Keys:
        """Return the keys of all turns that the filter lets through, ascending."""
        ...

    def known(
        self, space: SpaceKey, stream: StreamKey, client_ids: Sequence[str]
    ) -> Mapping[str, KnownTurn]:
        """Return which of these client ids the stream already holds."""
        ...

    def before(self, space: SpaceKey, turn: Turn, *, limit: int) -> list[Turn]:
        """Return the last turns of the same stream before a turn, in order."""
        ...

    def versions(self, space: SpaceKey, turn: TurnKey) -> list[TurnVersion]:
        """Return the turn's earlier versions, oldest first, without the current one."""
        ...

    def moved(
        self,
        space: SpaceKey,
        *,
        after: Position,
        until: Position,
        limit: int,
        standing: Standing,
        fingerprint: Fingerprint | None,
    ) -> list[MovedTurn]:
        """Return turns written after one position and up to another, with all that is kept of them.

        In the order of writing; vectors are those of this fingerprint, none for None. What has
        expired is passed over.
        """
        ...

    def keys_of(
        self, space: SpaceKey, ids: Sequence[TurnId], *, standing: Standing
    ) -> Mapping[TurnId, TurnKey]:
        """Return the keys of those of these turns that stand."""
        ...

    def identified(self, space: SpaceKey, ids: Sequence[TurnId]) -> Mapping[TurnId, MovedTurn]:
        """Return those of these turns that the space holds, without vectors."""
        ...


class TurnWriter(TurnReader, Protocol):
    """Reads and changes turns."""

    def add(
        self,
        space: SpaceKey,
        stream: Stream,
        drafts: Sequence[TurnDraft],
        *,
        first_position: Position,
    ) -> list[Turn]:
        """Append turns to the stream; turn i is entered in the ledger at `first_position + i`."""
        ...

    def place(
        self, space: SpaceKey, placed: Sequence[PlacedTurn], *, first_position: Position
    ) -> list[Turn]:
        """Append turns of several streams, each at its own number or, past that, the next one.

        Turn i is entered in the ledger at `first_position + i`.
        """
        ...

    def revise(
        self,
        space: SpaceKey,
        turn: Turn,
        *,
        metadata: Mapping[str, Any],
        place: str | None,
        position: Position,
    ) -> Turn:
        """Keep the present version and put the new one in its place."""
        ...

    def set_lengths(self, space: SpaceKey, lengths: Mapping[TurnKey, int]) -> None:
        """Keep how many terms each turn has, after its terms were made anew."""
        ...

    def mark_embedded(self, space: SpaceKey, keys: Sequence[TurnKey]) -> None:
        """Say that these turns have their vectors now."""
        ...

    def delete(self, space: SpaceKey, keys: Sequence[TurnKey]) -> list[TurnKey]:
        """Delete turns with their versions, vectors, terms and jobs, and what hangs on them.

        Returns other turns, whose notes fell back to an earlier version and may owe a vector.
        """
        ...


class EmbeddingReader(Protocol):
    """Reads vectors."""

    def of(
        self, space: SpaceKey, turns: Sequence[TurnKey], *, fingerprint: Fingerprint
    ) -> Mapping[TurnKey, Matrix]:
        """Return the vectors of those of these turns that have some of this fingerprint."""
        ...

    def spans(
        self, space: SpaceKey, turns: Sequence[TurnKey], *, fingerprint: Fingerprint
    ) -> Mapping[TurnKey, Sequence[Span]]:
        """Return which runs of their texts the vectors of this fingerprint stand for, in order."""
        ...


class EmbeddingWriter(EmbeddingReader, Protocol):
    """Reads and keeps vectors."""

    def add(
        self, space: SpaceKey, embeddings: Sequence[Embedding], *, fingerprint: Fingerprint
    ) -> None:
        """Keep the vectors of turns that have none of this fingerprint."""
        ...

    def owe_missing(self, fingerprint: Fingerprint, *, now: datetime) -> int:
        """Owe a vector to every turn, of every space, that has none of this fingerprint.

        Returns how many turns that are.
        """
        ...


class LedgerReader(Protocol):
    """Reads a space's ledger."""

    def page(self, space: SpaceKey, *, after: Position, limit: int) -> list[Entry]:
        """Return entries after a position, in order."""
        ...

    def changes(
        self, space: SpaceKey, kinds: Sequence[Change], *, after: Position, limit: int
    ) -> list[Entry]:
        """Return entries of these kinds after a position, in order."""
        ...

    def last_by(self, space: SpaceKey, moment: datetime) -> Entry | None:
        """Return the last entry that was made at a moment or before; None if none was."""
        ...


class LedgerWriter(LedgerReader, Protocol):
    """Reads a space's ledger and appends to it."""

    def append(
        self, space: SpaceKey, drafts: Sequence[EntryDraft], *, actor: str, at: datetime
    ) -> Position:
        """Chain the entries onto the ledger and return the position of the last one."""
        ...

    def next_position(self, space: SpaceKey) -> Position:
        """Return the position that the next entry of this unit will get."""
        ...


class OutboxReader(Protocol):
    """Reads what is still owed."""

    def backlog(self, space: SpaceKey, *, now: datetime) -> Backlog:
        """Tell how far enrichment is behind in the space."""
        ...

    def lag_s(self, space: SpaceKey, *, now: datetime) -> float:
        """Return the age of the space's oldest waiting job in seconds; 0 for none."""
        ...

    def is_owed(self, space: SpaceKey, step: Step) -> bool:
        """Tell whether any job of a step waits in the space; costs the same however many do."""
        ...

    def waiting(self, *, now: datetime) -> Waiting:
        """Tell what waits in the whole installation, for the metrics."""
        ...


class OutboxWriter(OutboxReader, Protocol):
    """Owes work and pays it."""

    def put(self, space: SpaceKey, step: Step, turns: Sequence[TurnKey], *, now: datetime) -> None:
        """Owe a step to turns that are not owed it yet."""
        ...

    def claim(self, step: Step, *, now: datetime, lease_s: float, limit: int) -> list[Job]:
        """Lease due jobs of one space, oldest first; a lease that ran out is due again.

        No job is put off for longer than a lease; one that seems to be was put off before the
        clock went back, and is due.
        """
        ...

    def finish(self, space: SpaceKey, jobs: Sequence[Job]) -> None:
        """Strike jobs off."""
        ...

    def postpone(self, space: SpaceKey, job: Job, *, until: datetime, reason: str) -> None:
        """Give a failed job another try later."""
        ...

    def park(self, space: SpaceKey, job: Job, *, reason: str, now: datetime) -> None:
        """Set a job aside that failed all its tries."""
        ...

    def retry(self, space: SpaceKey, *, now: datetime) -> int:
        """Make every parked job of the space due again; return how many."""
        ...


class AnswerKeeper(Protocol):
    """Keeps the answers to requests that came with an Idempotency-Key."""

    def find(
        self, space: SpaceKey, *, actor: str, idempotency_key: str, since: datetime
    ) -> tuple[bytes, Mapping[str, Any]] | None:
        """Return the digest of the first request and its answer, if kept since then."""
        ...

    def keep(
        self,
        space: SpaceKey,
        *,
        actor: str,
        idempotency_key: str,
        digest: bytes,
        answer: Mapping[str, Any],
        at: datetime,
    ) -> None:
        """Keep an answer; an older one of the same key is replaced."""
        ...

    def drop_before(self, moment: datetime) -> int:
        """Drop the answers of every space that were kept before a moment; return how many."""
        ...


class RuleKeeper(Protocol):
    """Keeps what holds of the store as a whole, such as the rules its terms were made under."""

    def get(self, name: str) -> str | None:
        """Return what is kept under a name; None if nothing is."""
        ...

    def put(self, name: str, value: str) -> None:
        """Keep this in place of what was kept before."""
        ...

    def drop(self, name: str) -> None:
        """Drop what is kept, if anything is."""
        ...


class KeyReader(Protocol):
    """Reads access keys."""

    def by_hash(self, secret_hash: bytes) -> Access | None:
        """Return the living key whose secret has this SHA-256."""
        ...

    def page(self, *, after: str | None, limit: int) -> Page[Access]:
        """List living keys in the order in which they were made."""
        ...


class KeyWriter(KeyReader, Protocol):
    """Reads and changes access keys."""

    def add(
        self,
        key: KeyId,
        *,
        secret_hash: bytes,
        name: str,
        role: Role,
        spaces: Sequence[str],
        at: datetime,
    ) -> Access:
        """Keep a new key."""
        ...

    def delete(self, key: KeyId) -> bool:
        """Revoke a key; False when there is none of that id."""
        ...


class Reading(Protocol):
    """One consistent view of the rows."""

    @property
    def spaces(self) -> SpaceReader: ...
    @property
    def streams(self) -> StreamReader: ...
    @property
    def turns(self) -> TurnReader: ...
    @property
    def documents(self) -> DocumentReader: ...
    @property
    def embeddings(self) -> EmbeddingReader: ...
    @property
    def events(self) -> EventReader: ...
    @property
    def ledger(self) -> LedgerReader: ...
    @property
    def outbox(self) -> OutboxReader: ...
    @property
    def answers(self) -> AnswerKeeper: ...
    @property
    def keys(self) -> KeyReader: ...
    @property
    def facts(self) -> FactReader: ...
    @property
    def rulings(self) -> RulingReader: ...
    @property
    def merges(self) -> MergeReader: ...
    @property
    def names(self) -> NameReader: ...
    @property
    def entities(self) -> EntityReader: ...
    @property
    def notes(self) -> NoteReader: ...
    @property
    def links(self) -> LinkReader: ...
    @property
    def runs(self) -> RunReader: ...
    @property
    def receipts(self) -> ReceiptReader: ...
    @property
    def quarantine(self) -> QuarantineReader: ...
    @property
    def feedback(self) -> FeedbackReader: ...
    @property
    def canaries(self) -> CanaryReader: ...
    @property
    def rules(self) -> RuleKeeper: ...


class Unit(Protocol):
    """One unit of work: everything done through it is kept together or not at all."""

    @property
    def spaces(self) -> SpaceWriter: ...
    @property
    def streams(self) -> StreamWriter: ...
    @property
    def turns(self) -> TurnWriter: ...
    @property
    def documents(self) -> DocumentWriter: ...
    @property
    def embeddings(self) -> EmbeddingWriter: ...
    @property
    def events(self) -> EventWriter: ...
    @property
    def surprisals(self) -> SurprisalWriter: ...
    @property
    def ledger(self) -> LedgerWriter: ...
    @property
    def outbox(self) -> OutboxWriter: ...
    @property
    def answers(self) -> AnswerKeeper: ...
    @property
    def keys(self) -> KeyWriter: ...
    @property
    def terms(self) -> TermWriter: ...
    @property
    def mentions(self) -> MentionWriter: ...
    @property
    def facts(self) -> FactWriter: ...
    @property
    def rulings(self) -> RulingWriter: ...
    @property
    def merges(self) -> MergeWriter: ...
    @property
    def names(self) -> NameWriter: ...
    @property
    def entities(self) -> EntityReader: ...
    @property
    def notes(self) -> NoteWriter: ...
    @property
    def links(self) -> LinkWriter: ...
    @property
    def runs(self) -> RunWriter: ...
    @property
    def receipts(self) -> ReceiptWriter: ...
    @property
    def quarantine(self) -> QuarantineKeeper: ...
    @property
    def feedback(self) -> FeedbackWriter: ...
    @property
    def canaries(self) -> CanaryWriter: ...
    @property
    def rules(self) -> RuleKeeper: ...


class Keeping(Protocol):
    """The rows of the installation."""

    def read(self, past: Past | None = None) -> AbstractContextManager[Reading]:
        """Lend one consistent view, with `past` as some spaces were; close it soon.

        Raises `StoreUnavailable`.
        """
        ...

    def write(self, work: Callable[[Unit], T], *, alone: bool = False) -> T:
        """Run `work` as one unit and return what it returned, once it is durable and indexed.

        With `alone` no other unit shares its commit, so that what `work` reads beside it, as of an
        earlier position, is all that was written before it.

        An error raised by `work` rolls the unit back alone and comes out here. `work` may run in
        another thread and must not call `write` again. Raises `StoreUnavailable` or `Busy`.
        """
        ...

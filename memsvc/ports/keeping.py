"""Keeping rows: repositories, and the unit of work that makes their changes one.

Every method names its space first; no method reaches across spaces except where the question
itself is about the installation (keys, the list of spaces, which jobs are due).
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Protocol, TypeVar

from memsvc.domain.past import Past
from memsvc.ports.canaries import CanaryReader, CanaryWriter
from memsvc.ports.documents import DocumentReader, DocumentWriter
from memsvc.ports.entities import EntityReader
from memsvc.ports.events import EventReader, EventWriter, SurprisalWriter
from memsvc.ports.feedback import FeedbackReader, FeedbackWriter
from memsvc.ports.installation import KeyReader, KeyWriter, RuleKeeper
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
from memsvc.ports.ledger import AnswerKeeper, LedgerReader, LedgerWriter
from memsvc.ports.lexicon import TermWriter
from memsvc.ports.mentions import MentionWriter
from memsvc.ports.notes import (
    LinkReader,
    LinkWriter,
    NoteReader,
    NoteWriter,
    RunReader,
    RunWriter,
)
from memsvc.ports.outbox import OutboxReader, OutboxWriter
from memsvc.ports.quarantine import QuarantineKeeper, QuarantineReader
from memsvc.ports.receipts import ReceiptReader, ReceiptWriter
from memsvc.ports.spaces import SpaceReader, SpaceWriter, StreamReader, StreamWriter
from memsvc.ports.tallies import TallyReader, TallyWriter
from memsvc.ports.titles import TitleReader, TitleWriter
from memsvc.ports.tokens import TokenReader, TokenWriter
from memsvc.ports.turns import EmbeddingReader, EmbeddingWriter, TurnReader, TurnWriter

T = TypeVar("T")


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
    def tokens(self) -> TokenReader: ...
    @property
    def events(self) -> EventReader: ...
    @property
    def titles(self) -> TitleReader: ...
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
    @property
    def tallies(self) -> TallyReader: ...


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
    def tokens(self) -> TokenWriter: ...
    @property
    def events(self) -> EventWriter: ...
    @property
    def titles(self) -> TitleWriter: ...
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
    @property
    def tallies(self) -> TallyWriter: ...


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

"""Units of work: the one place where anything is committed.

SQLite takes one writer at a time, so there is one: a thread that runs units in the order in which
they come. Whatever waits when it starts is committed together, so that under load many units share
one flush to disk (group commit). A unit that raises rolls back alone: its group is run again, each
unit in a savepoint of its own, which is not worth its price while nothing is refused. Nobody gets
an answer before the COMMIT, nor before the indexes in memory have applied it.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from queue import Empty, Full, Queue
from threading import Lock, Thread
from typing import Any, Generic, TypeVar, cast

import structlog
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DatabaseError, DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from memsvc.domain.errors import Busy, MemsvcError, OutcomeUnknown, StoreUnavailable
from memsvc.domain.ids import SpaceKey
from memsvc.domain.past import Past
from store.answers import AnswerRows
from store.beside import Models, owe_the_other
from store.canaries import CanaryRows
from store.database import failed, is_its_own, is_lost, to_write
from store.delta import Delta, Deltas
from store.documents import DocumentRows
from store.embeddings import EmbeddingRows
from store.entities import EntityRows
from store.events import EventRows
from store.feedback import FeedbackRows
from store.keys import KeyRows
from store.knowledge import FactRows
from store.ledger import LedgerRows
from store.links import LinkRows
from store.looking_back import view_of
from store.mentioned import MentionRows
from store.merges import MergeRows
from store.names import NameRows
from store.notes import NoteRows
from store.opening import open_beside
from store.outbox import OutboxRows
from store.pinned import PinRows
from store.quarantine import QuarantineRows
from store.receipts import ReceiptRows
from store.reembedding import ReembeddingRows
from store.remembered import follow_notes
from store.rules import RuleRows
from store.rulings import RulingRows
from store.runs import RunRows
from store.spaces import SpaceRows
from store.streams import StreamRows
from store.surprisals import SurprisalRows
from store.tallies import TallyRows
from store.terms import TermRows
from store.titles import TitleRows
from store.tokens import TokenRows
from store.turns import TurnRows
from store.unlinkings import UnlinkingRows

log = structlog.get_logger(__name__)

T = TypeVar("T")

LOST = (
    "The database went away while this was being committed, so it may have been kept or not; send "
    "it again with the same Idempotency-Key, or look whether it is there."
)

LARGEST_GROUP = 128
"""Units in one commit at most, so that the first of them does not wait for long."""


class _CommitLost(Exception):
    """A server went away during a COMMIT."""


class SqlUnit:
    """All repositories over one connection; implements both `Reading` and `Unit`."""

    def __init__(self, connection: Connection) -> None:
        self.deltas = Deltas()
        heads: dict[SpaceKey, tuple[int, bytes]] = {}
        self.spaces = SpaceRows(connection, self.deltas, heads)
        self.streams = StreamRows(connection)
        self.turns = TurnRows(connection, self.deltas)
        self.documents = DocumentRows(connection)
        self.embeddings = EmbeddingRows(connection, self.deltas)
        self.events = EventRows(connection, self.deltas)
        self.titles = TitleRows(connection)
        self.tokens = TokenRows(connection)
        self.surprisals = SurprisalRows(connection)
        self.ledger = LedgerRows(connection, self.deltas, heads)
        self.outbox = OutboxRows(connection)
        self.answers = AnswerRows(connection)
        self.keys = KeyRows(connection)
        self.terms = TermRows(connection, self.deltas)
        self.mentions = MentionRows(connection, self.deltas)
        self.facts = FactRows(connection, self.deltas)
        self.rulings = RulingRows(connection)
        self.merges = MergeRows(connection, self.deltas)
        self.unlinkings = UnlinkingRows(connection, self.deltas)
        self.names = NameRows(connection, self.deltas)
        self.entities = EntityRows(connection)
        self.notes = NoteRows(connection, self.deltas)
        self.links = LinkRows(connection, self.deltas)
        self.runs = RunRows(connection)
        self.receipts = ReceiptRows(connection)
        self.quarantine = QuarantineRows(connection)
        self.feedback = FeedbackRows(connection, self.deltas)
        self.pinned = PinRows(connection)
        self.canaries = CanaryRows(connection, self.deltas)
        self.rules = RuleRows(connection)
        self.tallies = TallyRows(connection)
        self.reembeddings = ReembeddingRows(connection)


@dataclass(slots=True)
class _Job(Generic[T]):
    work: Callable[[SqlUnit], T]
    models: Models
    is_alone: bool = False
    answer: Future[T] = field(default_factory=Future)
    result: T | None = None
    refusal: Exception | None = None
    deltas: tuple[Delta, ...] = ()

    def run(self, connection: Connection, *, in_savepoint: bool) -> None:
        """Run the unit; what it raises is its own answer and nobody else's.

        What a refused unit did is rolled back with its savepoint, or else by the caller. Raises
        only what says that the database itself failed.
        """
        self.refusal = None
        self.deltas = ()  # a first run, in a group that was given up, may have left some
        unit = SqlUnit(connection)
        try:
            with connection.begin_nested() if in_savepoint else nullcontext():
                self.result = self.work(unit)
                for delta in unit.deltas.by_space.values():
                    follow_notes(connection, delta)
                    owe_the_other(connection, delta, self.models)
        except DatabaseError as error:
            if is_its_own(error):
                raise  # and with it perhaps the whole transaction failed
            self.refusal = error
        except Exception as refusal:  # noqa: BLE001  the caller's error goes back to the caller
            self.refusal = refusal
        else:
            self.deltas = tuple(unit.deltas.by_space.values())

    def resolve(self) -> None:
        """Let the caller go on."""
        if self.refusal is not None:
            self.answer.set_exception(self.refusal)
        else:
            self.answer.set_result(cast("T", self.result))


def _fail(group: Sequence[_Job[Any]], error: MemsvcError) -> None:
    """Say the same to all of a group."""
    for job in group:
        job.answer.set_exception(error)


@contextmanager
def one_view(engine: Engine, past: Past | None = None) -> Iterator[Connection]:
    """Lend a connection inside one consistent view of the rows; with `past`, as they were.

    Raises `StoreUnavailable`, or `StoreDamaged`.
    """
    try:
        with _begun(engine) if past is None else view_of(engine, past) as connection:
            yield connection
    except PoolTimeout as error:
        raise failed(error) from error
    except DatabaseError as error:
        if is_its_own(error):
            raise failed(error) from error
        raise


@contextmanager
def _begun(engine: Engine) -> Iterator[Connection]:
    with engine.connect() as connection, connection.begin():
        yield connection


class Views:
    """Lends views over one database: of the present from a pool, of the past for one use each."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._beside = open_beside(engine)

    def __call__(self, past: Past | None = None) -> AbstractContextManager[Connection]:
        """Lend a connection inside one consistent view of the rows; with `past`, as they were."""
        return one_view(self._engine if past is None else self._beside, past)


class SqlKeeping:
    """Rows in one SQLite database: many readers, one writer thread."""

    def __init__(
        self, engine: Engine, *, apply: Callable[[Delta], None], waiting_limit: int
    ) -> None:
        self._engine = engine
        self._views = Views(engine)
        self._apply = apply
        self._writing = to_write(engine)
        self._connection: Connection | None = None
        self._queue: Queue[_Job[Any] | None] = Queue(maxsize=waiting_limit)
        self._set_aside: _Job[Any] | None = None
        self._writer = Thread(target=self._write_forever, name="memsvc-writer", daemon=True)
        self._gate = Lock()
        self._is_closing = False
        self.models = Models()

    def start(self) -> None:
        """Start the writer."""
        self._writer.start()

    def close(self) -> None:
        """Finish what is queued and stop the writer. Later writes are refused."""
        with self._gate:  # whoever passed the gate before is in the queue before the end mark
            self._is_closing = True
        self._queue.put(None)
        self._writer.join()

    @contextmanager
    def read(self, past: Past | None = None) -> Iterator[SqlUnit]:
        """Lend one consistent view; with `past`, as the rows were."""
        with self._views(past) as connection:
            yield SqlUnit(connection)

    def write(self, work: Callable[[SqlUnit], T], *, alone: bool = False) -> T:
        """Run `work` as one unit and return what it returned, once durable and indexed.

        With `alone` no other unit shares its commit.
        """
        job: _Job[T] = _Job(work, self.models, alone)
        with self._gate:
            if self._is_closing:
                message = "The service is shutting down; send the request again later."
                raise StoreUnavailable(message)
            try:
                self._queue.put_nowait(job)
            except Full:
                message = "Too many writes are waiting; slow down and send this one again."
                raise Busy(message) from None
        return job.answer.result()

    def _write_forever(self) -> None:
        try:
            while (group := self._next_group()) is not None:
                self._commit(group)
        finally:
            self._let_go()

    def _connected(self) -> Connection:
        """Return the writer's connection, made anew after one that was let go.

        One that was invalidated would be filled again by itself, but read as readers do.
        """
        if self._connection is None:
            self._connection = self._writing.connect()
        return self._connection

    def _let_go(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.invalidate()
            connection.close()

    def _next_group(self) -> list[_Job[Any]] | None:
        """Wait for a unit, and take along those that are already waiting; None to stop."""
        first = self._set_aside or self._queue.get()
        self._set_aside = None
        if first is None:
            return None
        group = [first]
        while len(group) < LARGEST_GROUP and not first.is_alone:
            try:
                job = self._queue.get_nowait()
            except Empty:
                break
            if job is None:
                self._queue.put(None)
                break
            if job.is_alone:
                self._set_aside = job
                break
            group.append(job)
        return group

    def _commit(
        self, group: list[_Job[Any]], *, in_savepoints: bool = False, is_again: bool = False
    ) -> None:
        try:
            is_whole = self._run(group, in_savepoints=in_savepoints)
        except _CommitLost as error:  # not to be run again: it may have been kept
            self._let_go()
            log.warning("store.commit_lost", units=len(group), reason=str(error))
            _fail(group, OutcomeUnknown(LOST))
            return
        except Exception as error:  # the writer must outlive whatever failed
            is_there = self._connection is not None
            self._let_go()
            if is_lost(error) and not is_again:  # a server that was started anew, as a rule
                self._commit(group, is_again=True)
            elif is_there and len(group) > 1 and not isinstance(error, MemsvcError):
                self._commit_apart(group)
            else:
                log.exception("store.commit_failed")
                _fail(group, failed(error))
            return
        if is_whole or len(group) == 1:
            self._answer(group)
        else:
            self._commit(group, in_savepoints=True)

    def _commit_apart(self, group: list[_Job[Any]]) -> None:
        """Give each unit its own try: one of them may have broken it for all."""
        for job in group:
            self._commit([job])

    def _answer(self, group: list[_Job[Any]]) -> None:
        for job in group:
            for delta in job.deltas:
                self._apply_or_leave(delta)
            job.resolve()

    def _run(self, group: list[_Job[Any]], *, in_savepoints: bool) -> bool:
        """Run and commit the group; False when a refused unit made it roll back whole."""
        connection = self._connected()
        with connection.begin() as transaction:
            for job in group:
                job.run(connection, in_savepoint=in_savepoints)
                if job.refusal is not None and not in_savepoints:
                    transaction.rollback()
                    return False
            try:
                transaction.commit()
            except DBAPIError as error:
                if is_lost(error):
                    raise _CommitLost(str(error.orig)) from error
                raise
        return True

    def _apply_or_leave(self, delta: Delta) -> None:
        try:
            self._apply(delta)
        except Exception:  # the rows are safe; the shelf catches up from the ledger
            log.exception("indexes.apply_failed", space=delta.space, position=delta.after)

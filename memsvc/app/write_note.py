"""Write a note outright: a turn in the stream of notes, and the note that hangs on it.

It goes through the same door as every turn: what the space's admission policy refuses is refused,
and what it holds is held whole, with keywords, tags and context, and gets the ids that it was
answered with when it is released. The facets are looked at like the content, for they are shown
with it.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any

import structlog

from memsvc.app.append import Append, Author, Ready
from memsvc.app.found import make_space
from memsvc.app.hold import HeldTurn, hold, read_held, stopped
from memsvc.app.keep_notes import NoteWork, outright
from memsvc.app.remember import ANSWERS_KEPT
from memsvc.app.screen import (
    OtherPolicy,
    SaidBefore,
    Screened,
    other_policy,
    refuse,
    refuse_duplicates,
    remember_policy,
    said_before,
    screen,
)
from memsvc.domain.access import Access, Role
from memsvc.domain.admission import Admission
from memsvc.domain.errors import IdempotencyConflict, ModelUnavailable, StreamOwned
from memsvc.domain.ids import NoteId, Position, SpaceName, StreamName, TurnId
from memsvc.domain.ledger import canonical
from memsvc.domain.memory import NewTurn, Space, Stream
from memsvc.domain.note import ROLE, NewNote, tidied
from memsvc.domain.quarantine import HeldNote
from memsvc.ingest.compose import noted
from memsvc.ports.keeping import Keeping, Unit
from memsvc.ports.models import Embedder, Matrix
from memsvc.ports.world import Clock

log = structlog.get_logger(__name__)

STREAM = StreamName("notes")


@dataclass(frozen=True, slots=True)
class WrittenNote:
    """Where a note went: the turn that it is too, and the ledger position that it stands at.

    `embedded` says that it is found by meaning already; `replayed`, that nothing new was written.
    With `held` it is no note until that is released, and has these ids then.
    """

    id: NoteId
    turn: TurnId
    position: Position
    version: Position
    embedded: bool
    replayed: bool = False
    held: HeldTurn | None = None


@dataclass(frozen=True, slots=True)
class WriteNote:
    """The use case, with what it needs; `policies` are those that writes of turns have met."""

    keeping: Keeping
    append: Append
    clock: Clock
    policies: dict[SpaceName, Admission]

    def __call__(
        self,
        access: Access,
        space: SpaceName,
        new: NewNote,
        *,
        idempotency_key: str | None = None,
    ) -> WrittenNote:
        """Keep a note outright, or answer what an earlier request with the same key was answered.

        A space of a new name is made. Raises `IdempotencyConflict`, `StreamOwned` when a document
        keeps the stream of notes, what the space's admission policy refuses (`TooLarge`,
        `SecretRefused`, `DuplicateTurn`, `TextRejected`, `TooManyTurns`), and what `Keeping.write`
        raises; then nothing is kept.
        """
        access.require(Role.WRITER, space=space)
        new = replace(new, facets=tidied(new.facets))
        turn = NewTurn(role=ROLE, content=new.content, at=new.at, source=new.source)
        author = Author(access.id, self.clock.now(), new.user_id, new.agent_id)
        coming = _Coming(access, space, new, turn, author, idempotency_key)
        while not isinstance(done := self._write(coming), WrittenNote):
            remember_policy(self.policies, space, done.policy)
        return done

    def _write(self, coming: "_Coming") -> WrittenNote | OtherPolicy:
        """Make ready what nothing speaks against, and have the unit keep it, or hold it."""
        words = noted(coming.new.content, coming.new.facets)
        screened = screen(
            [coming.turn], self.policies.get(coming.space), words={0: words}, named="content"
        )
        made = _Made(screened)
        if not screened.reasons:
            ready = self.append.make_ready([coming.turn], embed_later=False)
            vector = None
            if ready[0].vectors is not None:
                vector = vector_of(words, self.append.embedder)
            before = said_before(self.keeping, coming.space, screened.policy, ready)
            made = _Made(screened, ready, vector, before)
        return self.keeping.write(lambda unit: self._keep(unit, coming, made))

    def _keep(self, unit: Unit, coming: "_Coming", made: "_Made") -> WrittenNote | OtherPolicy:
        found = unit.spaces.find(coming.space)
        screened = made.screened
        other = other_policy(found, screened)
        if other is not None:
            return other
        space = found or make_space(
            unit, coming.space, coming.access, clock=self.clock, ids=self.append.ids
        )
        earlier = _replay(unit, space, coming)
        if earlier is not None:
            return earlier
        stream = unit.streams.find(space.key, STREAM)
        if stream is not None and stream.document is not None:
            raise StreamOwned(stream.name, document=stream.document)
        refuse(unit, space, [(0, coming.turn)], screened, now=coming.author.now)
        refuse_duplicates(unit, space, made.ready, screened, made.before)
        if made.ready:
            written = self._add(unit, space, stream, coming, made)
        else:
            written = self._hold(unit, space, coming, screened)
        if coming.idempotency_key is not None:
            unit.answers.keep(
                space.key,
                actor=coming.access.id,
                idempotency_key=coming.idempotency_key,
                digest=coming.digest(),
                answer=asdict(written),
                at=coming.author.now,
            )
        return written

    def _add(
        self, unit: Unit, space: Space, stream: Stream | None, coming: "_Coming", made: "_Made"
    ) -> WrittenNote:
        author = coming.author
        stream = stream or self.append.make_stream(unit, space, STREAM, title=None, author=author)
        ((turn,),) = self.append.keep(unit, space, [(stream, made.ready)], author=author).turns
        fingerprint = self.append.embedder.fingerprint
        work = NoteWork(unit, space, fingerprint, author.actor, author.now)
        new = HeldNote(NoteId(self.append.ids.new("n")), coming.new.facets)
        (note,) = work.add([outright(turn, new, maker=author.actor, vector=made.vector)])
        return WrittenNote(note.id, turn.id, note.position, note.version, made.vector is not None)

    def _hold(self, unit: Unit, space: Space, coming: "_Coming", screened: Screened) -> WrittenNote:
        note = HeldNote(NoteId(self.append.ids.new("n")), coming.new.facets)
        (found,) = stopped([coming.turn], screened, {}, {})
        (held,) = hold(
            unit,
            space,
            STREAM,
            [found._replace(note=note)],
            title=None,
            author=coming.author,
            ids=self.append.ids,
        )
        return WrittenNote(
            note.id, held.id, held.position, held.position, embedded=False, held=held
        )


def vector_of(words: str, embedder: Embedder) -> Matrix | None:
    """Return the vector of a note, shape (1, d); None without a model, and it follows later."""
    try:
        return embedder.embed([words])
    except ModelUnavailable:
        log.warning("note.embedding_postponed")
        return None


@dataclass(frozen=True, slots=True)
class _Coming:
    """A request to keep a note, and the turn that it is too."""

    access: Access
    space: SpaceName
    new: NewNote
    turn: NewTurn
    author: Author
    idempotency_key: str | None

    def digest(self) -> bytes:
        """Return what an Idempotency-Key must come with again; 32 bytes."""
        return hashlib.sha256(canonical(self.new)).digest()


@dataclass(frozen=True, slots=True)
class _Made:
    """What was found out and made before the unit began; nothing is ready where it is held."""

    screened: Screened
    ready: Sequence[Ready] = ()
    vector: Matrix | None = None
    before: SaidBefore = field(default_factory=SaidBefore)


def _replay(unit: Unit, space: Space, coming: _Coming) -> WrittenNote | None:
    """Return the first answer to this Idempotency-Key; refuse it for other content."""
    key = coming.idempotency_key
    if key is None:
        return None
    since: datetime = coming.author.now - ANSWERS_KEPT
    found = unit.answers.find(space.key, actor=coming.access.id, idempotency_key=key, since=since)
    if found is None:
        return None
    if found[0] != coming.digest():
        raise IdempotencyConflict(key)
    answer: Mapping[str, Any] = found[1]
    held = answer.get("held")  # not in answers kept by an earlier version
    return WrittenNote(
        **{**answer, "replayed": True, "held": None if held is None else read_held(held)}
    )

"""Remember: append turns to a stream, durable and searchable when it answers.

The vectors are made before the unit of work begins, so that the one writer never waits for a
model. Everything else (rows, terms, ledger, what is owed) is one unit. Nothing here needs a
language model.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import structlog

from memsvc.app.fingerprints import content_digest, turn_digest
from memsvc.app.found import make_space
from memsvc.domain.access import Access, Role
from memsvc.domain.errors import (
    IdempotencyConflict,
    InvalidField,
    ModelUnavailable,
    TooLarge,
    TurnConflict,
)
from memsvc.domain.ids import Position, SpaceName, StreamName, TurnId
from memsvc.domain.ledger import Change, canonical, digest_of
from memsvc.domain.memory import NewTurn, Space, Stream, Turn
from memsvc.domain.work import Step
from memsvc.ingest.compose import Prepared, embed_prepared, prepare, said
from memsvc.ports.keeping import AnswerKeeper, Keeping, Unit
from memsvc.ports.lexicon import Analyzer
from memsvc.ports.models import Embedder, Matrix
from memsvc.ports.records import Embedding, EntryDraft, KnownTurn, TurnDraft
from memsvc.ports.world import Clock, Ids

log = structlog.get_logger(__name__)

ANSWERS_KEPT = timedelta(hours=24)
"""How long a request with an Idempotency-Key is answered with its first result."""

WORTH_A_LOOK = 16
"""Turns from which on it pays to look for an earlier answer before embedding them again."""


@dataclass(frozen=True, slots=True)
class WrittenTurn:
    """Where a turn went; `replayed` when the stream already held it."""

    id: TurnId
    client_id: str | None
    seq: int
    position: Position
    replayed: bool


@dataclass(frozen=True, slots=True)
class Written:
    """What a write answers; `replayed` when nothing new was written.

    Where vectors follow later, `lag_s` is the age of the oldest job that waits before them.
    """

    turns: tuple[WrittenTurn, ...]
    position: Position
    embedded: bool
    replayed: bool = False
    lag_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Batch:
    """What is to be written to one stream, all or nothing."""

    stream: StreamName
    turns: tuple[NewTurn, ...]
    user_id: str | None = None
    agent_id: str | None = None
    title: str | None = None
    embed_later: bool = False

    def digest(self) -> bytes:
        """Return what an Idempotency-Key must come with again; 32 bytes."""
        return hashlib.sha256(canonical(asdict(self))).digest()


@dataclass(frozen=True, slots=True)
class _Ready:
    """A turn with its place in the batch and all that can be computed before the unit begins."""

    place: int
    turn: NewTurn
    prepared: Prepared
    terms: tuple[str, ...]
    digest: bytes
    vectors: Matrix | None


@dataclass(frozen=True, slots=True)
class Remember:
    """The use case, with what it needs."""

    keeping: Keeping
    embedder: Embedder
    analyzer: Analyzer
    clock: Clock
    ids: Ids
    max_turn_chars: int

    def __call__(
        self,
        access: Access,
        space: SpaceName,
        batch: Batch,
        *,
        idempotency_key: str | None = None,
    ) -> Written:
        """Keep the batch, or answer what an earlier request with the same key was answered.

        A space or stream of a new name is made. Raises `TooLarge`, `IdempotencyConflict`,
        `TurnConflict`, and what `Keeping.write` raises; then nothing is kept.
        """
        access.require(Role.WRITER, space=space)
        for index, turn in enumerate(batch.turns):
            self._check_size(index, turn)
        request = _Request(access, space, batch, idempotency_key, batch.digest(), self.clock.now())
        earlier = self._earlier(request)
        if earlier is not None:
            return earlier
        ready = self._make_ready(batch)
        return self.keeping.write(lambda unit: self._keep(unit, request, ready))

    def _check_size(self, index: int, turn: NewTurn) -> None:
        if len(turn.content) > self.max_turn_chars:
            raise TooLarge(
                f"A turn may hold {self.max_turn_chars} characters; "
                f"turn {index} has {len(turn.content)}. Split it into several turns.",
                field=f"turns.{index}.content",
                limit=self.max_turn_chars,
            )

    def _earlier(self, request: "_Request") -> Written | None:
        """Look before the costly part whether this very request was answered already.

        The unit of work looks again, and decides; for a few turns that alone is cheaper.
        """
        if request.idempotency_key is None or len(request.batch.turns) < WORTH_A_LOOK:
            return None
        with self.keeping.read() as reading:
            space = reading.spaces.find(request.space)
            return None if space is None else _replay(reading.answers, space, request)

    def _make_ready(self, batch: Batch) -> list[_Ready]:
        prepared = [prepare(turn, self.embedder) for turn in batch.turns]
        vectors: Sequence[Matrix | None] = [None] * len(prepared)
        if not batch.embed_later:
            try:
                vectors = embed_prepared(prepared, self.embedder)
            except ModelUnavailable:
                # The words are safe and found by words; vectors follow when the model is back.
                log.warning("write.embedding_postponed", turns=len(prepared))
        return [
            _Ready(
                place,
                turn,
                ready,
                tuple(self.analyzer.terms(said(turn))),
                content_digest(turn),
                own,
            )
            for place, (turn, ready, own) in enumerate(
                zip(batch.turns, prepared, vectors, strict=True)
            )
        ]

    def _keep(self, unit: Unit, request: "_Request", ready: Sequence[_Ready]) -> Written:
        space = unit.spaces.find(request.space) or make_space(
            unit, request.space, request.access, clock=self.clock, ids=self.ids
        )
        earlier = _replay(unit.answers, space, request)
        if earlier is not None:
            return earlier
        stream = unit.streams.find(space.key, request.batch.stream)
        known = _known(unit, space, stream, ready)
        fresh = _fresh(ready, known)
        self._refuse_expired(fresh)
        turns: list[Turn] = []
        if fresh:
            stream = stream or self._make_stream(unit, space, request)
            turns = self._append(unit, space, stream, request, fresh)
        written = _written(
            ready,
            known,
            turns,
            position=Position(unit.ledger.next_position(space.key) - 1),
        )
        if not written.embedded:
            written = replace(written, lag_s=unit.outbox.lag_s(space.key, now=request.now))
        if request.idempotency_key is not None:
            unit.answers.keep(
                space.key,
                actor=request.access.id,
                idempotency_key=request.idempotency_key,
                digest=request.digest,
                answer=asdict(written),
                at=request.now,
            )
        return written

    def _refuse_expired(self, fresh: Sequence[_Ready]) -> None:
        """Refuse new turns that would be gone at once; a replay of old ones brings none back."""
        now = self.clock.latest()
        for each in fresh:
            if each.turn.expires_at is not None and each.turn.expires_at <= now:
                field = f"turns.{each.place}.expires_at"
                raise InvalidField(
                    f"{field}: the time is past; name a later one, or leave it out to keep the "
                    "turn.",
                    field=field,
                )

    def _make_stream(self, unit: Unit, space: Space, request: "_Request") -> Stream:
        name, title = request.batch.stream, request.batch.title
        stream = unit.streams.make(space.key, name, title=title, at=request.now)
        digest = digest_of({"name": name, "title": title}, secret=space.secret)
        entry = EntryDraft(Change.STREAM_MADE, name, digest)
        unit.ledger.append(space.key, [entry], actor=request.access.id, at=request.now)
        return stream

    def _append(
        self, unit: Unit, space: Space, stream: Stream, request: "_Request", fresh: Sequence[_Ready]
    ) -> list[Turn]:
        turns = unit.turns.add(
            space.key,
            stream,
            [self._draft(ready, space, request) for ready in fresh],
            first_position=unit.ledger.next_position(space.key),
        )
        unit.terms.add(
            space.key,
            {turn.key: ready.terms for turn, ready in zip(turns, fresh, strict=True)},
        )
        embeddings = [
            Embedding(turn.key, ready.prepared.spans, ready.vectors)
            for turn, ready in zip(turns, fresh, strict=True)
            if ready.vectors is not None
        ]
        if embeddings:
            unit.embeddings.add(space.key, embeddings, fingerprint=self.embedder.fingerprint)
        owed = [turn.key for turn in turns if not turn.embedded]
        unit.outbox.put(space.key, Step.EMBED, owed, now=request.now)
        entries = [
            EntryDraft(
                Change.TURN_ADDED,
                turn.id,
                turn_digest(turn, place=turn.place, metadata=turn.metadata, secret=space.secret),
            )
            for turn in turns
        ]
        unit.ledger.append(space.key, entries, actor=request.access.id, at=request.now)
        return turns

    def _draft(self, ready: _Ready, space: Space, request: "_Request") -> TurnDraft:
        turn = ready.turn
        return TurnDraft(
            id=TurnId(self.ids.new("t")),
            role=turn.role,
            content=turn.content,
            speaker=turn.speaker,
            client_id=turn.client_id,
            at=turn.at or request.now,
            place=turn.place,
            source=turn.source,
            metadata=turn.metadata or {},
            user_id=request.batch.user_id,
            agent_id=request.batch.agent_id,
            tokens=ready.prepared.tokens,
            length=len(ready.terms),
            content_digest=ready.digest,
            embedded=ready.vectors is not None,
            expires_at=turn.expires_at,
            stands_until=space.settings.stands_until(turn.expires_at, written_at=request.now),
        )


@dataclass(frozen=True, slots=True)
class _Request:
    """One call, as its steps pass it on."""

    access: Access
    space: SpaceName
    batch: Batch
    idempotency_key: str | None
    digest: bytes
    now: datetime


def _replay(answers: AnswerKeeper, space: Space, request: _Request) -> Written | None:
    """Return the first answer to this Idempotency-Key; refuse it for other content."""
    if request.idempotency_key is None:
        return None
    found = answers.find(
        space.key,
        actor=request.access.id,
        idempotency_key=request.idempotency_key,
        since=request.now - ANSWERS_KEPT,
    )
    if found is None:
        return None
    digest, answer = found
    if digest != request.digest:
        raise IdempotencyConflict(request.idempotency_key)
    return _written_from(answer)


def _written_from(answer: Mapping[str, Any]) -> Written:
    turns = tuple(WrittenTurn(**turn) for turn in answer["turns"])
    return Written(
        turns,
        answer["position"],
        answer["embedded"],
        replayed=True,
        lag_s=answer.get("lag_s", 0.0),  # not in answers kept by an earlier version
    )


def _known(
    unit: Unit, space: Space, stream: Stream | None, ready: Sequence[_Ready]
) -> Mapping[str, KnownTurn]:
    client_ids = [each.turn.client_id for each in ready if each.turn.client_id is not None]
    if stream is None or not client_ids:
        return {}
    return unit.turns.known(space.key, stream.key, client_ids)


def _fresh(ready: Sequence[_Ready], known: Mapping[str, KnownTurn]) -> list[_Ready]:
    """Return the turns that the stream does not hold yet; refuse an id with other content."""
    digests = {client_id: turn.content_digest for client_id, turn in known.items()}
    fresh = []
    for each in ready:
        client_id = each.turn.client_id
        if client_id is None or client_id not in digests:
            fresh.append(each)
        elif digests[client_id] != each.digest:
            raise TurnConflict(client_id)
        if client_id is not None:
            digests[client_id] = each.digest
    return fresh


def _written(
    ready: Sequence[_Ready],
    known: Mapping[str, KnownTurn],
    turns: Sequence[Turn],
    *,
    position: Position,
) -> Written:
    """Say for each turn of the request, in its order, where it is."""
    by_client_id = {turn.client_id: turn for turn in turns if turn.client_id is not None}
    unnamed = iter(turn for turn in turns if turn.client_id is None)
    answered: set[str] = set()
    written = []
    for each in ready:
        client_id = each.turn.client_id
        place: Turn | KnownTurn
        if client_id is None:
            place, replayed = next(unnamed), False
        elif client_id in known:
            place, replayed = known[client_id], True
        else:
            place, replayed = by_client_id[client_id], client_id in answered
            answered.add(client_id)
        written.append(WrittenTurn(place.id, client_id, place.seq, place.position, replayed))
    return Written(
        tuple(written),
        position,
        embedded=all(turn.embedded for turn in turns)
        and all(turn.embedded for turn in known.values()),
        replayed=all(turn.replayed for turn in written),
    )

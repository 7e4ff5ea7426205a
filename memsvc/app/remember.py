"""Remember: append turns to a stream, durable and searchable when it answers.

The vectors are made before the unit of work begins, and echoes are told, so that the one writer
never waits for a model or an index. Everything else (rows, terms, ledger, what is owed) is one
unit. Nothing here needs a language model.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from memsvc.app.append import Append, Author, Ready
from memsvc.app.echoes import Echoes
from memsvc.app.found import make_space
from memsvc.app.hold import HeldTurn, hold, read_held, stopped, told, waiting
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
from memsvc.domain.errors import (
    IdempotencyConflict,
    InvalidField,
    StreamOwned,
    TooLarge,
    TurnConflict,
)
from memsvc.domain.ids import EventId, Position, SpaceName, StreamName, TurnId
from memsvc.domain.ledger import canonical, fields_of
from memsvc.domain.memory import NewTurn, Space, Stream, Turn
from memsvc.ports.keeping import Keeping, Unit
from memsvc.ports.ledger import AnswerKeeper
from memsvc.ports.records import KnownTurn
from memsvc.ports.world import Clock

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

    `events` are those that it closed, `held` what it did not keep. Where vectors follow later,
    `lag_s` is the age of the oldest job that waits before them.
    """

    turns: tuple[WrittenTurn, ...]
    position: Position
    embedded: bool
    replayed: bool = False
    lag_s: float = 0.0
    events: tuple[EventId, ...] = ()
    held: tuple[HeldTurn, ...] = ()


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
        return hashlib.sha256(canonical(self)).digest()


@dataclass(frozen=True, slots=True)
class Remember:
    """The use case, with what it needs."""

    keeping: Keeping
    append: Append
    echoes: Echoes
    clock: Clock
    max_turn_chars: int
    policies: dict[SpaceName, Admission] = field(default_factory=dict)
    """What spaces let in, as far as writes have met a policy; each unit of work looks again."""

    def __call__(
        self,
        access: Access,
        space: SpaceName,
        batch: Batch,
        *,
        idempotency_key: str | None = None,
    ) -> Written:
        """Keep the batch, or answer what an earlier request with the same key was answered.

        A space or stream of a new name is made. What the space's admission policy holds back is
        named in `held`, and the rest is kept. Raises `TooLarge`, `IdempotencyConflict`,
        `TurnConflict`, `StreamOwned`, what that policy refuses (`SecretRefused`, `DuplicateTurn`,
        `TextRejected`, `TooManyTurns`), and what `Keeping.write` raises; then nothing is kept.
        """
        access.require(Role.WRITER, space=space)
        for index, turn in enumerate(batch.turns):
            self._check_size(index, turn)
        request = _Request(access, space, batch, idempotency_key, batch.digest(), self.clock.now())
        earlier = self._earlier(request)
        if earlier is not None:
            return earlier
        request = replace(request, echoes=self.echoes(space, batch.turns))
        screened = screen(batch.turns, self.policies.get(space))
        while not isinstance(done := self._write(request, screened), Written):
            remember_policy(self.policies, space, done.policy)
            screened = screen(batch.turns, done.policy)
        return done

    def _write(self, request: "_Request", screened: Screened) -> Written | OtherPolicy:
        """Make ready what nothing speaks against, and have the unit keep it and hold the rest."""
        echoes = request.echoes
        turns, embed_later = request.batch.turns, request.batch.embed_later
        places = [place for place in range(len(turns)) if place not in screened.reasons]
        made = self.append.make_ready(
            [turns[at] for at in places],
            embed_later=embed_later,
            echoes={i: echoes[at] for i, at in enumerate(places) if at in echoes},
        )
        ready = [
            one if one.place == place else replace(one, place=place)
            for place, one in zip(places, made, strict=True)
        ]
        before = said_before(self.keeping, request.space, screened.policy, ready)
        return self.keeping.write(lambda unit: self._keep(unit, request, ready, screened, before))

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

    def _keep(
        self,
        unit: Unit,
        request: "_Request",
        ready: Sequence[Ready],
        screened: Screened,
        before: SaidBefore,
    ) -> Written | OtherPolicy:
        found = unit.spaces.find(request.space)
        other = other_policy(found, screened)
        if other is not None:
            return other
        space = found or make_space(
            unit, request.space, request.access, clock=self.clock, ids=self.append.ids
        )
        earlier = _replay(unit.answers, space, request)
        if earlier is not None:
            return earlier
        stream = unit.streams.find(space.key, request.batch.stream)
        if stream is not None and stream.document is not None:
            raise StreamOwned(stream.name, document=stream.document)
        batch, author = request.batch, request.author
        known = _known(unit, space, stream, batch.turns)
        on_hold = waiting(unit, space, batch.stream, batch.turns, screened)
        ready = [one for one in ready if one.turn.client_id not in on_hold]
        fresh = _fresh(ready, known)
        to_hold = stopped(batch.turns, screened, known, on_hold, request.echoes)
        new = [*((one.place, one.turn) for one in fresh), *(one[:2] for one in to_hold)]
        self._refuse_expired(new)
        refuse(unit, space, new, screened, now=request.now)
        refuse_duplicates(unit, space, fresh, screened, before)
        turns: list[Turn] = []
        events: list[EventId] = []
        if fresh:
            stream = stream or self.append.make_stream(
                unit, space, batch.stream, title=batch.title, author=author
            )
            kept = self.append.keep(unit, space, [(stream, fresh)], author=author)
            (turns,), events = kept.turns, kept.events
        held = hold(
            unit,
            space,
            batch.stream,
            to_hold,
            title=batch.title,
            author=author,
            ids=self.append.ids,
        )
        written = _written(
            batch.turns,
            known,
            turns,
            events,
            told(batch.turns, held, on_hold),
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
                answer=_as_answer(written),
                at=request.now,
            )
        return written

    def _refuse_expired(self, fresh: Sequence[tuple[int, NewTurn]]) -> None:
        """Refuse new turns that would be gone at once; a replay of old ones brings none back."""
        now = self.clock.latest()
        for place, turn in fresh:
            if turn.expires_at is not None and turn.expires_at <= now:
                named = f"turns.{place}.expires_at"
                raise InvalidField(
                    f"{named}: the time is past; name a later one, or leave it out to keep the "
                    "turn.",
                    field=named,
                )


@dataclass(frozen=True, slots=True)
class _Request:
    """One call, as its steps pass it on; `echoes` are by places those that repeat, and what."""

    access: Access
    space: SpaceName
    batch: Batch
    idempotency_key: str | None
    digest: bytes
    now: datetime
    echoes: Mapping[int, TurnId] = field(default_factory=dict)

    @property
    def author(self) -> Author:
        """In whose name its turns are kept."""
        return Author(self.access.id, self.now, self.batch.user_id, self.batch.agent_id)


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


def _as_answer(written: Written) -> dict[str, Any]:
    turns = [fields_of(turn) for turn in written.turns]
    return fields_of(written) | {"turns": turns, "held": [asdict(one) for one in written.held]}


def _written_from(answer: Mapping[str, Any]) -> Written:
    turns = tuple(WrittenTurn(**turn) for turn in answer["turns"])
    return Written(
        turns,
        answer["position"],
        answer["embedded"],
        replayed=True,
        lag_s=answer.get("lag_s", 0.0),  # not in answers kept by an earlier version
        events=tuple(answer.get("events", ())),
        held=tuple(read_held(held) for held in answer.get("held", ())),
    )


def _known(
    unit: Unit, space: Space, stream: Stream | None, turns: Sequence[NewTurn]
) -> Mapping[str, KnownTurn]:
    client_ids = [turn.client_id for turn in turns if turn.client_id is not None]
    if stream is None or not client_ids:
        return {}
    return unit.turns.known(space.key, stream.key, client_ids)


def _fresh(ready: Sequence[Ready], known: Mapping[str, KnownTurn]) -> list[Ready]:
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
    asked: Sequence[NewTurn],
    known: Mapping[str, KnownTurn],
    turns: Sequence[Turn],
    events: Sequence[EventId],
    held: tuple[HeldTurn, ...],
    *,
    position: Position,
) -> Written:
    """Say for each turn of the request, in its order, where it is, and which are held."""
    stopped_at = {each.index for each in held}
    by_client_id = {turn.client_id: turn for turn in turns if turn.client_id is not None}
    unnamed = iter(turn for turn in turns if turn.client_id is None)
    answered: set[str] = set()
    written = []
    for index, each in enumerate(asked):
        if index in stopped_at:
            continue
        client_id = each.client_id
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
        replayed=all(turn.replayed for turn in written) and all(one.replayed for one in held),
        events=tuple(events),
        held=held,
    )

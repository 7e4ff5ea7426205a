"""Rows of `quarantine`, and what admission asks of the rows of turns.

A row that was decided on holds no text: released, the turn has it; rejected, a digest of its words
is all that is left.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    bindparam,
    delete,
    func,
    insert,
    or_,
    select,
    update,
)

from memsvc.domain.admission import Reason, Ruling
from memsvc.domain.ids import NoteId, Position, SpaceKey, StreamName, TurnId, TurnKey
from memsvc.domain.memory import NewTurn, Page, Source, Standing
from memsvc.domain.note import Facets
from memsvc.domain.quarantine import Held, HeldNote, KnownHeld
from store.batches import batched
from store.cursors import number_from
from store.rows import AnyRow
from store.tables import ledger, quarantine, spaces, terms, turns

_PURGED: Mapping[str, Any] = {
    "stream": "",
    "title": None,
    "content": "",
    "speaker": None,
    "client_id": None,
    "place": None,
    "metadata": {},
    "user_id": None,
    "agent_id": None,
    "expires_at": None,
    "content_digest": b"",
    "note": None,
    "echo_of": None,
}
"""What is left in the columns of a text that is purged."""

_OF = (quarantine.c.space == bindparam("of")) & (quarantine.c.id == bindparam("held"))
_GET = select(quarantine).where(_OF)


class QuarantineRows:
    """Reads and keeps what is held through one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, space: SpaceKey, held: TurnId) -> Held | None:
        """Return what is or was held under that id, however it was decided on."""
        row = self._connection.execute(_GET, {"of": space, "held": held}).first()
        return None if row is None else _held_from(row)

    def page(
        self, space: SpaceKey, *, standing: Standing, after: str | None, limit: int
    ) -> Page[Held]:
        """List what is held and has not expired, in the order of writing."""
        query = select(quarantine).where(_is_held(space), _stands(standing))
        if after is not None:
            query = query.where(quarantine.c.key > number_from(after))
        rows = self._connection.execute(query.order_by(quarantine.c.key).limit(limit + 1)).all()
        found = tuple(_held_from(row) for row in rows[:limit])
        return Page(found, str(rows[limit - 1].key) if len(rows) > limit else None)

    def rejected(self, space: SpaceKey, digests: Sequence[bytes]) -> set[bytes]:
        """Return those of these digests of words that were rejected."""
        return {
            words
            for part in batched(digests)
            for words in self._connection.execute(
                select(quarantine.c.words).where(
                    quarantine.c.space == space, quarantine.c.words.in_(part)
                )
            ).scalars()
        }

    def left(self, space: SpaceKey, ids: Sequence[TurnId]) -> int:
        """Count those of these ids that are still held."""
        return sum(
            self._connection.execute(
                select(func.count()).where(_is_held(space), quarantine.c.id.in_(part))
            ).scalar_one()
            for part in batched(ids)
        )

    def hold(self, space: SpaceKey, held: Sequence[Held]) -> None:
        """Hold these."""
        if held:
            self._connection.execute(insert(quarantine), [_row(space, each) for each in held])

    def known(
        self, space: SpaceKey, stream: StreamName, client_ids: Sequence[str]
    ) -> Mapping[str, KnownHeld]:
        """Return what of the stream is held under these ids of its writer's own."""
        return {
            row.client_id: KnownHeld(
                TurnId(row.id), Position(row.position), row.content_digest, _reasons(row.reasons)
            )
            for part in batched(client_ids)
            for row in self._connection.execute(
                select(quarantine).where(
                    quarantine.c.space == space,
                    quarantine.c.stream == stream,
                    quarantine.c.client_id.in_(part),
                )
            )
        }

    def release(self, space: SpaceKey, held: TurnId) -> None:
        """Purge its text, now that it is a turn's; its id stays."""
        self._decide(space, held, {"ruling": Ruling.RELEASED.value})

    def reject(self, space: SpaceKey, held: TurnId, *, words: bytes) -> None:
        """Purge its text; its id and the digest of its words stay."""
        self._decide(space, held, {"ruling": Ruling.REJECTED.value, "words": words})
        self._connection.execute(
            update(spaces).where(spaces.c.key == space).values(rejections=spaces.c.rejections + 1)
        )

    def every(self, space: SpaceKey, *, stream: StreamName | None = None) -> list[Held]:
        """Return all that is held, of one stream or of all, in the order of writing."""
        query = select(quarantine).where(_is_held(space)).order_by(quarantine.c.key)
        if stream is not None:
            query = query.where(quarantine.c.stream == stream)
        return [_held_from(row) for row in self._connection.execute(query)]

    def expired(self, space: SpaceKey, standing: Standing, *, limit: int) -> list[Held]:
        """Return what is held and stands no longer; fewer than `limit` only if that is all."""
        query = select(quarantine).where(_is_held(space), ~_stands(standing))
        rows = self._connection.execute(query.order_by(quarantine.c.key).limit(limit))
        return [_held_from(row) for row in rows]

    def delete(self, space: SpaceKey, ids: Sequence[TurnId]) -> None:
        """Delete the rows of these."""
        for part in batched(ids):
            self._connection.execute(
                delete(quarantine).where(quarantine.c.space == space, quarantine.c.id.in_(part))
            )

    def come(self, space: SpaceKey, source: Source, *, since: datetime) -> int:
        """Count the turns of a source that came after a moment, held ones included.

        Walks the ledger back from its end, so it costs what came since and not what there is.
        """
        before = self._connection.execute(
            select(ledger.c.position)
            .where(ledger.c.space == space, ledger.c.at <= since)
            .order_by(ledger.c.position.desc())
            .limit(1)
        ).scalar()
        return sum(
            self._connection.execute(
                select(func.count()).where(
                    table.c.space == space,
                    table.c.source == source.value,
                    table.c.position > (before or 0),
                )
            ).scalar_one()
            for table in (turns, quarantine)
        )

    def newest(self, space: SpaceKey) -> TurnKey:
        """Return the turn of the space that was written last; 0 when it holds none."""
        last = select(func.max(terms.c.turn)).where(terms.c.space == space)
        return TurnKey(self._connection.execute(last).scalar() or 0)

    def saying(self, space: SpaceKey, texts: Sequence[str], *, after: TurnKey) -> Sequence[TurnKey]:
        """Return the turns that have the terms of one of these texts, all and in that order."""
        return [
            TurnKey(turn)
            for part in batched(texts)
            for turn in self._connection.execute(
                select(terms.c.turn).where(
                    terms.c.space == space, terms.c.turn > after, terms.c.terms.in_(part)
                )
            ).scalars()
        ]

    def _decide(self, space: SpaceKey, held: TurnId, decided: Mapping[str, Any]) -> None:
        self._connection.execute(
            update(quarantine)
            .where(quarantine.c.space == space, quarantine.c.id == held)
            .values(**_PURGED, **decided)
        )


def _is_held(space: SpaceKey) -> ColumnElement[bool]:
    return (quarantine.c.space == space) & (quarantine.c.ruling == Ruling.HELD.value)


def _stands(standing: Standing) -> ColumnElement[bool]:
    own = or_(quarantine.c.expires_at.is_(None), quarantine.c.expires_at > standing.now)
    if standing.written_after is None:
        return own
    return own & (quarantine.c.at > standing.written_after)


def _row(space: SpaceKey, held: Held) -> dict[str, Any]:
    turn = held.turn
    return {
        "space": space,
        "id": held.id,
        "stream": held.stream,
        "title": held.title,
        "role": turn.role,
        "content": turn.content,
        "speaker": turn.speaker,
        "client_id": turn.client_id,
        "said_at": turn.at,
        "place": turn.place,
        "source": turn.source.value,
        "metadata": turn.metadata or {},
        "user_id": held.user_id,
        "agent_id": held.agent_id,
        "expires_at": turn.expires_at,
        "content_digest": held.content_digest,
        "reasons": [[reason.rule, reason.explanation] for reason in held.reasons],
        "ruling": held.ruling.value,
        "actor": held.actor,
        "at": held.at,
        "position": held.position,
        "note": None if held.note is None else asdict(held.note),
        "echo_of": turn.echo_of,
    }


def _held_from(row: AnyRow) -> Held:
    turn = NewTurn(
        role=row.role,
        content=row.content,
        speaker=row.speaker,
        client_id=row.client_id,
        at=row.said_at,
        place=row.place,
        source=Source(row.source),
        metadata=row.metadata,
        expires_at=row.expires_at,
        echo_of=None if row.echo_of is None else TurnId(row.echo_of),
    )
    return Held(
        id=TurnId(row.id),
        stream=StreamName(row.stream),
        turn=turn,
        title=row.title,
        user_id=row.user_id,
        agent_id=row.agent_id,
        reasons=_reasons(row.reasons),
        actor=row.actor,
        at=row.at,
        position=Position(row.position),
        content_digest=row.content_digest,
        ruling=Ruling(row.ruling),
        note=None if row.note is None else _note_from(row.note),
    )


def _note_from(kept: Mapping[str, Any]) -> HeldNote:
    facets = kept["facets"]
    own = Facets(tuple(facets["keywords"]), tuple(facets["tags"]), facets["context"])
    return HeldNote(NoteId(kept["id"]), own)


def _reasons(kept: Sequence[Sequence[str]]) -> tuple[Reason, ...]:
    return tuple(Reason(rule, explanation) for rule, explanation in kept)

"""Rows of `turns` and `turn_versions`."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import takewhile
from typing import Any

import numpy as np
from sqlalchemy import ColumnElement, Connection, bindparam, delete, insert, select, update

from memsvc.domain.ids import Position, SpaceKey, StreamKey, TurnId, TurnKey
from memsvc.domain.manner import Manner
from memsvc.domain.memory import Fingerprint, Page, Standing, Stream, Turn, TurnVersion
from memsvc.domain.recall import Filter
from memsvc.ports.records import KnownTurn, MovedTurn, PlacedTurn, TurnDraft
from memsvc.ports.vectors import Keys
from store.batches import as_one, batched
from store.cursors import number_from, page_of
from store.delta import AddedTurn, Deltas
from store.either import one_of
from store.filters import conditions, standing_conditions
from store.knowledge import leave
from store.moved import numbered, read_moved
from store.named import let_go, names_of
from store.outbox import forget_reasons
from store.rows import select_turns, traits_from, turn_from
from store.tables import OF_A_TURN, ledger, streams, terms, turn_versions, turns
from store.traits import packed
from store.unravel import hanging_on, unravel

# Statements of the write path are built once: building them costs more than running them.
_TAKE_NUMBERS = (
    update(streams)
    .where(streams.c.space == bindparam("of_space"), streams.c.key == bindparam("of"))
    .values(next_seq=streams.c.next_seq + bindparam("count"))
    .returning(streams.c.next_seq)
)
_KNOWN = select(
    turns.c.client_id,
    turns.c.id,
    turns.c.seq,
    turns.c.position,
    turns.c.content_digest,
    turns.c.embedded,
).where(
    turns.c.space == bindparam("space"),
    turns.c.stream == bindparam("stream"),
    turns.c.client_id.in_(bindparam("client_ids", expanding=True)),
)
# The sum keeps SQLite from looking through an index of the whole space for some twenty keys.
_BY_KEYS = select_turns().where(
    one_of(turns.c.key, "of_keys"), turns.c.space + 0 == bindparam("of_space")
)
# Not `sort_by_parameter_order`: on SQLite that sends a statement for every turn.
_APPEND = insert(turns).returning(turns.c.key, turns.c.position)


class TurnRows:
    """Reads and changes turns through one connection."""

    def __init__(self, connection: Connection, deltas: Deltas) -> None:
        self._connection = connection
        self._deltas = deltas

    def get(
        self, space: SpaceKey, turn: TurnId, *, standing: Standing | None = None
    ) -> Turn | None:
        """Return the turn of that id if it stands; any that has a row without `standing`."""
        query = select_turns().where(turns.c.space == space, turns.c.id == turn)
        if standing is not None:
            query = query.where(*standing_conditions(space, standing))
        row = self._connection.execute(query).first()
        return None if row is None else turn_from(row)

    def by_keys(self, space: SpaceKey, keys: Sequence[int]) -> list[Turn]:
        """Return those of these turns that the space holds, in the order of the keys given."""
        which = {"of_space": space, "of_keys": as_one(keys)}
        rows = self._connection.execute(_BY_KEYS, which).all()
        found = {row.key: turn_from(row) for row in rows}
        return [found[key] for key in keys if key in found]

    def by_ids(self, space: SpaceKey, ids: Sequence[TurnId]) -> list[Turn]:
        """Return those of these turns that the space holds, in no order."""
        return [
            turn_from(row)
            for part in batched(ids)
            for row in self._connection.execute(
                select_turns().where(turns.c.space == space, turns.c.id.in_(part))
            )
        ]

    def page(
        self,
        space: SpaceKey,
        where: Filter,
        *,
        after: str | None,
        limit: int,
        standing: Standing | None = None,
    ) -> Page[Turn]:
        """List turns in the order of writing; the cursor is a ledger position."""
        query = (
            select_turns()
            .where(*conditions(space, where))
            .order_by(turns.c.position)
            .limit(limit + 1)
        )
        if after is not None:
            query = query.where(turns.c.position > number_from(after))
        if standing is not None:
            query = query.where(*standing_conditions(space, standing))
        found = [turn_from(row) for row in self._connection.execute(query)]
        return page_of(found, limit, lambda one: one.position)

    def expired(self, space: SpaceKey, standing: Standing, *, limit: int) -> list[Turn]:
        """Return turns that stand no longer; fewer than `limit` only if there are no more."""
        own = select_turns().where(turns.c.space == space, turns.c.expires_at <= standing.now)
        found = {
            row.key: turn_from(row)
            for row in self._connection.execute(own.order_by(turns.c.position).limit(limit))
        }
        if standing.written_after is not None:
            found |= self._written_before(space, standing.written_after, limit=limit)
        return [found[key] for key in sorted(found)[:limit]]

    def _written_before(self, space: SpaceKey, moment: datetime, *, limit: int) -> dict[int, Turn]:
        """Return the oldest turns as far as they were written up to a moment.

        Only so many are looked at: a condition on the time would look at every turn of the space
        to find that there is none.
        """
        oldest = (
            select_turns()
            .add_columns(ledger.c.at.label("written_at"))
            .join(ledger, (ledger.c.space == space) & (ledger.c.position == turns.c.position))
            .where(turns.c.space == space)
            .order_by(turns.c.position)
            .limit(limit)
        )
        rows = self._connection.execute(oldest)
        return {
            row.key: turn_from(row) for row in takewhile(lambda row: row.written_at <= moment, rows)
        }

    def last_until(self, space: SpaceKey, position: Position) -> TurnKey | None:
        """Return the key of the last turn written up to a ledger position; None if none was."""
        query = (
            select(turns.c.key)
            .where(turns.c.space == space, turns.c.position <= position)
            .order_by(turns.c.position.desc())
            .limit(1)
        )
        found = self._connection.execute(query).scalar()
        return None if found is None else TurnKey(found)

    def keys_where(self, space: SpaceKey, where: Filter) -> Keys:
        """Return the keys of all turns that the filter lets through, ascending."""
        query = select(turns.c.key).where(*conditions(space, where)).order_by(turns.c.key)
        return np.array(self._connection.execute(query).scalars().all(), dtype=np.int64)

    def known(
        self, space: SpaceKey, stream: StreamKey, client_ids: Sequence[str]
    ) -> Mapping[str, KnownTurn]:
        """Return which of these client ids the stream already holds."""
        rows = self._connection.execute(
            _KNOWN, {"space": space, "stream": stream, "client_ids": client_ids}
        )
        return {
            row.client_id: KnownTurn(
                TurnId(row.id), row.seq, Position(row.position), row.content_digest, row.embedded
            )
            for row in rows
        }

    def before(self, space: SpaceKey, turn: Turn, *, limit: int) -> list[Turn]:
        """Return the last turns of the same stream before a turn, in order."""
        rows = self._connection.execute(
            select_turns()
            .where(
                turns.c.space == space,
                streams.c.space == space,
                streams.c.name == turn.stream,
                turns.c.seq < turn.seq,
            )
            .order_by(turns.c.seq.desc())
            .limit(limit)
        )
        return [turn_from(row) for row in reversed(rows.all())]

    def versions(self, space: SpaceKey, turn: TurnKey) -> list[TurnVersion]:
        """Return the turn's earlier versions, oldest first, without the current one."""
        rows = self._connection.execute(
            select(turn_versions)
            .where(turn_versions.c.space == space, turn_versions.c.turn == turn)
            .order_by(turn_versions.c.position)
        )
        return [TurnVersion(Position(row.position), row.place, row.metadata) for row in rows]

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
        return read_moved(
            self._connection,
            space,
            turns.c.position > after,
            turns.c.position <= until,
            *standing_conditions(space, standing),
            limit=limit,
            fingerprint=fingerprint,
        )

    def keys_of(
        self, space: SpaceKey, ids: Sequence[TurnId], *, standing: Standing
    ) -> Mapping[TurnId, TurnKey]:
        """Return the keys of those of these turns that stand."""
        query = select(turns.c.id, turns.c.key).where(
            turns.c.space == space, *standing_conditions(space, standing)
        )
        return {
            TurnId(row.id): TurnKey(row.key)
            for part in batched(ids)
            for row in self._connection.execute(query.where(turns.c.id.in_(part)))
        }

    def identified(self, space: SpaceKey, ids: Sequence[TurnId]) -> Mapping[TurnId, MovedTurn]:
        """Return those of these turns that the space holds, without vectors."""
        found = read_moved(
            self._connection, space, turns.c.id.in_(ids), limit=len(ids), fingerprint=None
        )
        return {turn.id: turn for turn in found}

    def add(
        self,
        space: SpaceKey,
        stream: Stream,
        drafts: Sequence[TurnDraft],
        *,
        first_position: Position,
    ) -> list[Turn]:
        """Append turns to the stream; turn i is entered in the ledger at `first_position + i`."""
        next_seq = self._connection.execute(
            _TAKE_NUMBERS, {"of_space": space, "of": stream.key, "count": len(drafts)}
        ).scalar_one()
        first_seq = next_seq - len(drafts)
        placed = [PlacedTurn(stream, first_seq + i, draft) for i, draft in enumerate(drafts)]
        return self._append(space, placed, first_position=first_position)

    def place(
        self, space: SpaceKey, placed: Sequence[PlacedTurn], *, first_position: Position
    ) -> list[Turn]:
        """Append turns of several streams, each at its own number or, past that, the next one.

        Turn i is entered in the ledger at `first_position + i`.
        """
        numbers = numbered(self._connection, space, placed)
        free = [
            PlacedTurn(each.stream, number, each.draft)
            for each, number in zip(placed, numbers, strict=True)
        ]
        return self._append(space, free, first_position=first_position)

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
        self._connection.execute(
            insert(turn_versions).values(
                space=space,
                turn=turn.key,
                position=turn.version,
                place=turn.place,
                metadata=dict(turn.metadata),
            )
        )
        self._connection.execute(
            update(turns)
            .where(turns.c.space == space, turns.c.key == turn.key)
            .values(metadata=dict(metadata), place=place, version=position)
        )
        if place != turn.place:
            self._deltas.of(space).moved.append((turn.key, place))
        row = self._connection.execute(select_turns().where(*_these(space, [turn.key]))).one()
        return turn_from(row)

    def set_lengths(self, space: SpaceKey, lengths: Mapping[TurnKey, int]) -> None:
        """Keep how many terms each turn has, after its terms were made anew."""
        if lengths:
            self._connection.execute(
                update(turns)
                .where(turns.c.space == space, turns.c.key == bindparam("of"))
                .values(length=bindparam("terms")),
                [{"of": key, "terms": length} for key, length in lengths.items()],
            )

    def set_manners(self, space: SpaceKey, manners: Mapping[TurnKey, Manner]) -> None:
        """Keep how turns speak, after that was told anew."""
        if manners:
            self._connection.execute(
                update(turns)
                .where(turns.c.space == space, turns.c.key == bindparam("of"))
                .values(manner=bindparam("speaks")),
                [{"of": key, "speaks": packed(manner)} for key, manner in manners.items()],
            )

    def mark_embedded(self, space: SpaceKey, keys: Sequence[TurnKey]) -> None:
        """Say that these turns have their vectors now."""
        for part in batched(keys):
            self._connection.execute(
                update(turns).where(*_these(space, part)).values(embedded=True)
            )

    def _append(
        self, space: SpaceKey, placed: Sequence[PlacedTurn], *, first_position: int
    ) -> list[Turn]:
        """Keep turns at numbers that are free and positions that go on from the first."""
        rows = [_row(space, each, position=first_position + i) for i, each in enumerate(placed)]
        keys = {row.position: row.key for row in self._connection.execute(_APPEND, rows)}
        delta = self._deltas.of(space)
        kept = []
        for each, row in zip(placed, rows, strict=True):
            key = keys[row["position"]]
            draft = each.draft
            delta.added.append(
                AddedTurn(key, each.stream.key, draft.length, traits_from(row), draft.stands_until)
            )
            kept.append(_kept(TurnKey(key), each, row))
        return kept

    def delete(self, space: SpaceKey, keys: Sequence[TurnKey]) -> list[TurnKey]:
        """Delete turns with their versions, vectors, terms and jobs, and what hangs on them.

        Returns other turns, whose notes fell back to an earlier version and may owe a vector.
        """
        owing: set[TurnKey] = set()
        for part in batched(keys):
            hanging = hanging_on(self._connection, space, part)
            owing.update(unravel(self._connection, self._deltas, space, hanging))
            inside = select(turns.c.key).where(*_these(space, part))
            named = set(names_of(self._connection, space, inside))
            named |= leave(self._connection, self._deltas, space, part)
            for table in OF_A_TURN:
                gone = delete(table).where(table.c.space == space, table.c.turn.in_(part))
                if table is terms:
                    said = self._connection.execute(gone.returning(terms.c.turn, terms.c.terms))
                    known = {row.turn: row.terms.split() for row in said}
                    self._deltas.of(space).removed_terms.update(known)
                else:
                    self._connection.execute(gone)
            self._connection.execute(delete(turns).where(*_these(space, part)))
            forget_reasons(self._connection, space)
            let_go(self._connection, self._deltas, space, named)
        self._deltas.of(space).removed.extend(keys)
        return sorted(owing.difference(keys))


def _row(space: SpaceKey, placed: PlacedTurn, *, position: int) -> dict[str, Any]:
    draft = placed.draft
    return {
        "space": space,
        "stream": placed.stream.key,
        "seq": placed.seq,
        "id": draft.id,
        "client_id": draft.client_id,
        "role": draft.role,
        "speaker": draft.speaker,
        "content": draft.content,
        "content_digest": draft.content_digest,
        "at": draft.at,
        "place": draft.place,
        "source": draft.source.value,
        "metadata": dict(draft.metadata),
        "user_id": draft.user_id,
        "agent_id": draft.agent_id,
        "tokens": draft.tokens,
        "length": draft.length,
        "position": position,
        "version": position,
        "embedded": draft.embedded,
        "expires_at": draft.expires_at,
        "echo_of": draft.echo_of,
        "manner": packed(draft.manner),
    }


def _kept(key: TurnKey, placed: PlacedTurn, row: Mapping[str, Any]) -> Turn:
    draft = placed.draft
    return Turn(
        key=key,
        id=draft.id,
        stream=placed.stream.name,
        seq=placed.seq,
        role=draft.role,
        content=draft.content,
        speaker=draft.speaker,
        client_id=draft.client_id,
        at=draft.at,
        place=draft.place,
        source=draft.source,
        metadata=draft.metadata,
        user_id=draft.user_id,
        agent_id=draft.agent_id,
        tokens=draft.tokens,
        position=row["position"],
        version=row["version"],
        embedded=draft.embedded,
        expires_at=draft.expires_at,
        echo_of=draft.echo_of,
    )


def _these(space: SpaceKey, keys: Sequence[int]) -> tuple[ColumnElement[bool], ...]:
    """Return what holds of those of these turns that are in the space.

    The sum keeps SQLite from looking through an index of the whole space for some twenty keys.
    """
    return turns.c.key.in_(keys), turns.c.space + 0 == space

"""Rows of `events`: how streams are cut, and what is computed from the units of each event."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    and_,
    bindparam,
    case,
    func,
    or_,
    select,
    tuple_,
)

from memsvc.domain.episode import Edge, Event, TurnInside
from memsvc.domain.ids import (
    EventId,
    EventKey,
    SpaceKey,
    StreamKey,
    TurnId,
    TurnKey,
)
from memsvc.domain.memory import WHOLE, Fingerprint, Page, Standing, Stretch
from memsvc.ports.records import Curve, Extent, OpenTail, StreamUnit
from store.batches import batched
from store.cursors import number_from, page_of
from store.event_rows import (
    curve_from,
    event_from,
    extent_from,
    holding,
    select_events,
    unit_from,
)
from store.filters import standing_conditions
from store.inside import EVENT, inside_from, reaches_into, run_between, select_inside
from store.tables import embeddings, events, open_tails, streams, surprisals, turns

OPENING, CLOSING = 200, 16

"""Characters of a unit's beginning that are read with it, and of its end when it is longer."""

_TAIL = select(
    open_tails.c.start_seq,
    open_tails.c.start_piece,
    open_tails.c.number,
    open_tails.c.moved,
    open_tails.c.measure,
    open_tails.c.trailing,
).where(open_tails.c.space == bindparam("space"), open_tails.c.stream == bindparam("stream"))

_START = func.coalesce(embeddings.c.start, 0)

_END = func.coalesce(embeddings.c.end, 0)

_CLOSING = case((_END - _START > OPENING, _END - CLOSING), else_=_END)


def _units_with(*more: ColumnElement[Any]) -> Select[Any]:
    return select(
        turns.c.key,
        turns.c.seq,
        turns.c.at,
        turns.c.place,
        func.substr(turns.c.content, _START + 1, OPENING).label("opening"),
        func.substr(turns.c.content, _CLOSING + 1, _END - _CLOSING).label("closing"),
        embeddings.c.piece,
        embeddings.c.vector,
        *more,
    )


_MADE_BY = and_(
    embeddings.c.space == turns.c.space,
    embeddings.c.turn == turns.c.key,
    embeddings.c.fingerprint == bindparam("fingerprint"),
)

_SAID_BY = and_(
    surprisals.c.space == turns.c.space,
    surprisals.c.turn == turns.c.key,
    surprisals.c.model == bindparam("model"),
    surprisals.c.piece == embeddings.c.piece,
)


def _of_stream(query: Select[Any]) -> Select[Any]:
    return (
        query.where(
            turns.c.space == bindparam("space"),
            turns.c.stream == bindparam("stream"),
            turns.c.seq >= bindparam("since"),
            or_(
                turns.c.seq > bindparam("since"),
                func.coalesce(embeddings.c.piece, 0) >= bindparam("piece"),
            ),
            turns.c.seq < bindparam("until"),
        )
        .order_by(turns.c.seq, embeddings.c.piece)
        .limit(bindparam("most"))
    )


_UNITS = _of_stream(_units_with().select_from(turns.outerjoin(embeddings, _MADE_BY)))

_UNITS_SCORED = _of_stream(
    _units_with(surprisals.c.mean).select_from(
        turns.outerjoin(embeddings, _MADE_BY).outerjoin(surprisals, _SAID_BY)
    )
)

NO_END = 2**62

"""A number that no turn of a stream has."""


class EventReading:
    """Reads events and the units that they are cut from through one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, space: SpaceKey, event: EventId) -> Event | None:
        """Return the event of that id."""
        row = self._connection.execute(
            select_events().where(events.c.space == space, events.c.id == event)
        ).first()
        return None if row is None else event_from(row)

    def of_ids(self, space: SpaceKey, ids: Sequence[EventId]) -> Mapping[EventId, Event]:
        """Return those of these events that the space holds."""
        return {
            EventId(row.id): event_from(row)
            for part in batched(ids)
            for row in self._connection.execute(
                select_events().where(events.c.space == space, events.c.id.in_(part))
            )
        }

    def by_keys(self, space: SpaceKey, keys: Sequence[EventKey]) -> list[Event]:
        """Return those of these events that the space holds, in the order in which they closed."""
        return [
            event_from(row)
            for part in batched(sorted(keys))
            for row in self._connection.execute(
                select_events()
                .where(events.c.space == space, events.c.key.in_(part))
                .order_by(events.c.key)
            )
        ]

    def page(
        self,
        space: SpaceKey,
        *,
        stream: StreamKey | None,
        since: datetime | None,
        until: datetime | None,
        stretch: Stretch = WHOLE,
        after: str | None,
        limit: int,
    ) -> Page[Event]:
        """List events in the order in which they closed; the cursor is a ledger position."""
        query = (
            select_events()
            .where(events.c.space == space)
            .order_by(events.c.position)
            .limit(limit + 1)
        )
        if stream is not None:
            query = query.where(events.c.stream == stream)
        if since is not None:
            query = query.where(events.c.last_at >= since)
        if until is not None:
            query = query.where(events.c.first_at < until)
        if stretch.start > 0:
            start = stretch.start
            query = query.where(
                or_(
                    events.c.end_seq > start,
                    (events.c.end_seq == start) & (events.c.end_piece > 0),
                )
            )
        if stretch.end is not None:
            query = query.where(events.c.start_seq < stretch.end)
        if after is not None:
            query = query.where(events.c.position > number_from(after))
        found = [event_from(row) for row in self._connection.execute(query)]
        return page_of(found, limit, lambda one: one.position)

    def of_turns(
        self, space: SpaceKey, keys: Sequence[TurnKey]
    ) -> Mapping[TurnKey, Sequence[Event]]:
        """Return the events that each of these turns is in, in order; none while it is open."""
        found: dict[TurnKey, list[Event]] = defaultdict(list)
        for part in batched(keys):
            rows = self._connection.execute(
                select_events()
                .add_columns(turns.c.key.label("turn"))
                .join(turns, holding())
                .where(events.c.space == space, turns.c.key.in_(part))
                .order_by(turns.c.key, events.c.number)
            )
            for row in rows:
                found[TurnKey(row.turn)].append(event_from(row))
        return found

    def turns_inside(
        self,
        space: SpaceKey,
        keys: Sequence[EventKey],
        *,
        standing: Standing,
        fingerprint: Fingerprint,
        texts: bool,
    ) -> Mapping[EventKey, Sequence[TurnInside]]:
        """Return what turns have in each of these events, in order; only those that stand."""
        found: dict[EventKey, list[TurnInside]] = {key: [] for key in keys}
        held = turns.join(events, holding())
        for part in batched(keys):
            rows = self._connection.execute(
                select_inside(held, EVENT, fingerprint, texts=texts)
                .add_columns(events.c.key.label("event"))
                .where(
                    events.c.space == space,
                    events.c.key.in_(part),
                    *standing_conditions(space, standing),
                )
                .order_by(events.c.key, turns.c.seq)
            )
            for row in rows:
                found[EventKey(row.event)].append(inside_from(row))
        return found

    def turns_between(
        self,
        space: SpaceKey,
        stream: StreamKey,
        start: Edge,
        end: Edge,
        *,
        standing: Standing,
        fingerprint: Fingerprint,
    ) -> list[TurnInside]:
        """Return what turns have between two edges of a stream, with their texts, in order."""
        run = run_between(start, end)
        rows = self._connection.execute(
            select_inside(turns, run, fingerprint, texts=True)
            .where(
                turns.c.space == space,
                turns.c.stream == stream,
                reaches_into(run),
                *standing_conditions(space, standing),
            )
            .order_by(turns.c.seq)
        )
        return [inside_from(row) for row in rows]

    def turns_standing(
        self, space: SpaceKey, stream: StreamKey, *, standing: Standing
    ) -> Mapping[int, TurnId]:
        """Return the turns of a stream that stand, by their numbers."""
        rows = self._connection.execute(
            select(turns.c.seq, turns.c.id).where(
                turns.c.space == space,
                turns.c.stream == stream,
                *standing_conditions(space, standing),
            )
        )
        return {row.seq: TurnId(row.id) for row in rows}

    def tail(self, space: SpaceKey, stream: StreamKey) -> OpenTail:
        """Return where the open tail of a stream begins, and what was seen before it."""
        row = self._connection.execute(_TAIL, {"space": space, "stream": stream}).first()
        if row is None:
            return OpenTail()
        seq, piece, number, moved, measure, trailing = row
        seen = None if trailing is None else curve_from(trailing).tolist()
        return OpenTail(Edge(seq, piece), number, moved, measure, seen)

    def curves(
        self, space: SpaceKey, stream: StreamKey, *, before: int, measure: str, limit: int
    ) -> list[Curve]:
        """Return the curves of the last events before a number, oldest first."""
        rows = self._connection.execute(
            select(events.c.curve)
            .where(
                events.c.space == space,
                events.c.stream == stream,
                events.c.number < before,
                events.c.measure == measure,
            )
            .order_by(events.c.number.desc())
            .limit(limit)
        )
        return [curve_from(kept) for kept in reversed(rows.scalars().all())]

    def units(
        self,
        space: SpaceKey,
        stream: StreamKey,
        *,
        since: Edge,
        until: int | None = None,
        limit: int,
        fingerprint: Fingerprint,
        surprisal: str | None = None,
    ) -> list[StreamUnit]:
        """Return the first units of a stream from `since` on, in order."""
        bound: dict[str, Any] = {
            "space": space,
            "stream": stream,
            "since": since.seq,
            "piece": since.piece,
            "until": NO_END if until is None else until,
            "most": limit,
            "fingerprint": fingerprint.text,
        }
        if surprisal is None:
            return [unit_from(*row) for row in self._connection.execute(_UNITS, bound)]
        rows = self._connection.execute(_UNITS_SCORED, bound | {"model": surprisal})
        return [unit_from(*row) for row in rows]

    def around(self, space: SpaceKey, keys: Sequence[TurnKey]) -> list[Extent]:
        """Return the events that any of these turns is in, and those right beside them."""
        near: dict[tuple[int, int], bool] = {}
        for part in batched(keys):
            rows = self._connection.execute(
                select(events.c.stream, events.c.number)
                .join(turns, holding())
                .where(events.c.space == space, turns.c.key.in_(part))
                .distinct()
            )
            for row in rows:
                for step in (-1, 0, 1):
                    place = (row.stream, row.number + step)
                    near[place] = near.get(place, False) or step == 0
        found: list[Extent] = []
        for some in batched(sorted(near)):
            rows = self._connection.execute(
                select(events)
                .where(events.c.space == space, tuple_(events.c.stream, events.c.number).in_(some))
                .order_by(events.c.stream, events.c.number)
            )
            found.extend(extent_from(row, holds=near[row.stream, row.number]) for row in rows)
        return found

    def behind(self, space: SpaceKey, *, by: int) -> list[StreamKey]:
        """Return the streams whose open tail has at least `by` turns."""
        query = _behind(streams.c.key, by=by).where(streams.c.space == space)
        rows = self._connection.execute(query.order_by(streams.c.key))
        return [StreamKey(key) for key in rows.scalars()]

    def spaces_behind(self, *, by: int) -> list[SpaceKey]:
        """Return the spaces with such a stream, of all the installation's."""
        query = _behind(streams.c.space, by=by).distinct()
        rows = self._connection.execute(query.order_by(streams.c.space))
        return [SpaceKey(key) for key in rows.scalars()]


def _behind(*columns: ColumnElement[Any], by: int) -> Select[Any]:
    """Select columns of streams whose open tail has at least `by` turns."""
    start = func.coalesce(open_tails.c.start_seq, 0)
    return (
        select(*columns)
        .outerjoin(
            open_tails,
            (open_tails.c.space == streams.c.space) & (open_tails.c.stream == streams.c.key),
        )
        .where(streams.c.next_seq - start >= by)
    )

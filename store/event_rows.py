"""Rows of `events` as values: each with its stream's name, and with its title if it has one."""

from datetime import datetime
from typing import Any

import numpy as np
from sqlalchemy import ColumnElement, Select, and_, select

from memsvc.domain.episode import Boundary, Edge, Event, Title
from memsvc.domain.ids import (
    EventId,
    EventKey,
    Position,
    RunId,
    StreamKey,
    StreamName,
    TurnKey,
)
from memsvc.ports.records import Curve, Extent, StreamUnit
from store.history import stands
from store.inside import EVENT, reaches_into
from store.rows import AnyRow
from store.tables import events, streams, titles, turns


def holding() -> ColumnElement[bool]:
    """Say that a turn, or a piece of it, is in an event: events tile their stream."""
    return and_(
        turns.c.space == events.c.space, turns.c.stream == events.c.stream, reaches_into(EVENT)
    )


def select_events() -> Select[Any]:
    """Select events as `event_from` reads them."""
    its_own = and_(titles.c.space == events.c.space, titles.c.event == events.c.key, stands(titles))
    return (
        select(
            *events.c,
            streams.c.name.label("stream_name"),
            titles.c.text.label("title"),
            titles.c.maker.label("titled_by"),
            titles.c.run.label("titled_in"),
            titles.c.position.label("titled_at"),
        )
        .join(streams, streams.c.key == events.c.stream)
        .outerjoin(titles, its_own)
    )


def event_from(row: AnyRow) -> Event:
    """Read a row of `events` with its stream's name and its title."""
    return Event(
        key=EventKey(row.key),
        id=EventId(row.id),
        stream=StreamName(row.stream_name),
        number=row.number,
        start=Edge(row.start_seq, row.start_piece),
        end=Edge(row.end_seq, row.end_piece),
        boundary=Boundary(row.boundary),
        units=tuple(Edge(*pair) for pair in _pairs(row.units)),
        curve=_known(row.curve),
        thresholds=_known(row.thresholds),
        representatives=tuple(np.frombuffer(row.representatives, dtype="<i4").tolist()),
        first_at=row.first_at,
        last_at=row.last_at,
        position=Position(row.position),
        version=Position(row.version),
        title=None if row.title is None else _title(row),
    )


def _title(row: AnyRow) -> Title:
    run = None if row.titled_in is None else RunId(row.titled_in)
    return Title(row.title, row.titled_by, run, Position(row.titled_at))


def extent_from(row: AnyRow, *, holds: bool) -> Extent:
    """Read a row of `events` as the run of its stream that it is."""
    return Extent(
        EventKey(row.key),
        StreamKey(row.stream),
        row.number,
        Edge(row.start_seq, row.start_piece),
        Edge(row.end_seq, row.end_piece),
        row.measure,
        holds,
    )


def unit_from(  # noqa: PLR0917  the columns of a row, in their order
    turn: int,
    seq: int,
    happened: datetime,
    place: str | None,
    opening: str,
    closing: str,
    piece: int | None,
    kept: bytes | None,
    surprisal: float | None = None,
) -> StreamUnit:
    """Read a unit of a stream."""
    vector = None if kept is None else np.frombuffer(kept, dtype=np.float32)
    edge, glimpse = Edge(seq, piece or 0), f"{opening}\n{closing}" if closing else opening
    return StreamUnit(edge, TurnKey(turn), happened, place, glimpse, vector, surprisal)


def _pairs(kept: bytes) -> list[list[int]]:
    pairs: list[list[int]] = np.frombuffer(kept, dtype="<i8").reshape(-1, 2).tolist()
    return pairs


def curve_from(kept: bytes) -> Curve:
    """Read the numbers of a curve."""
    return np.frombuffer(kept, dtype="<f4")


def _known(kept: bytes) -> tuple[float | None, ...]:
    return tuple(None if each != each else each for each in curve_from(kept).tolist())  # noqa: PLR0124
